"""The command `pulumi-cerevox`: one module for each of its commands."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from pulumi_cerevox.cli.terminal import full_disks_told, open_closed_streams

_SUMMARIES = {
    "audit": "Compare the declared people with those in the account.",
    "billing": "Show what the current billing period costs.",
    "completion": "Print a script that completes commands in a shell.",
    "diff": "Show who came, went or changed between two days.",
    "doctor": "Check everything that Pulumi and this command need.",
    "emulator": "Serve an emulated Cerevox account on this machine.",
    "export": "Write everybody in the account as code.",
    "guard": "Judge a change before it is applied.",
    "login": "Log in, and keep the tokens in the system's keyring.",
    "logout": "End the stored login.",
    "remove": "Remove one person from the account now.",
    "report": "Write a stored audit in other formats.",
    "schema": "Print the JSON Schema of a file format.",
    "usage": "Show what the account used.",
    "validate": "Check roster files, without a key and without Pulumi.",
    "whoami": "Show the account and the user of the key or login.",
}
_MODULES = {name: name for name in _SUMMARIES} | {
    "billing": "usage",
    "completion": "tooling",
    "diff": "audit",
    "logout": "login",
    "report": "audit",
    "schema": "tooling",
    "validate": "tooling",
    "whoami": "login",
}


class LazyGroup(click.Group):
    """Imports the module of a command when that command is used."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, whatever its standard streams are."""
        open_closed_streams()
        with full_disks_told():
            return super().invoke(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, from its module if it has one."""
        if cmd_name not in _MODULES:
            return super().get_command(ctx, cmd_name)
        module = import_module(f"{__name__}.{_MODULES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the list of commands in full, without a single import."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(_SUMMARIES.items()))


@click.group(
    cls=LazyGroup,
    # Click takes its list of commands and its hints from the names.
    commands={name: click.Command(name) for name in _SUMMARIES},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="pulumi-cerevox", prog_name="pulumi-cerevox")
def main() -> None:
    """Users as code for a Cerevox account."""
