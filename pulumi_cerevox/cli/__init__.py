"""The command `pulumi-cerevox`: one module for each of its commands."""

from __future__ import annotations

import click

from pulumi_cerevox.cli.audit import audit
from pulumi_cerevox.cli.comment import comment
from pulumi_cerevox.cli.completion import completion
from pulumi_cerevox.cli.doctor import doctor
from pulumi_cerevox.cli.emulator import emulator
from pulumi_cerevox.cli.export import export
from pulumi_cerevox.cli.groups import HintingGroup
from pulumi_cerevox.cli.guard import guard
from pulumi_cerevox.cli.login import login, logout, whoami
from pulumi_cerevox.cli.report import report
from pulumi_cerevox.cli.schema import schema
from pulumi_cerevox.cli.usage import billing, usage
from pulumi_cerevox.cli.validate import validate


@click.group(cls=HintingGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pulumi-cerevox", prog_name="pulumi-cerevox")
def main() -> None:
    """Users as code for a Cerevox account."""


main.add_command(audit)
main.add_command(billing)
main.add_command(comment)
main.add_command(completion)
main.add_command(doctor)
main.add_command(emulator)
main.add_command(export)
main.add_command(guard)
main.add_command(login)
main.add_command(logout)
main.add_command(report)
main.add_command(schema)
main.add_command(usage)
main.add_command(validate)
main.add_command(whoami)
