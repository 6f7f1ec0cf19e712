"""The commands that need no account: `validate`, `schema` and `completion`."""

from __future__ import annotations

import json
import sys
from datetime import date
from importlib import import_module
from typing import Any

import click
from click import shell_completion

from pulumi_cerevox.account import printable
from pulumi_cerevox.cli.days import command_day, expiring_option
from pulumi_cerevox.cli.terminal import ExitCode, examples
from pulumi_cerevox.roster import (
    RosterFileError,
    ending,
    judge_roster,
    membership_on,
    read_rosters,
    refusal_text,
)


@click.command(
    epilog=examples(
        "pulumi-cerevox validate team.yaml",
        "pulumi-cerevox validate --together admins.yaml members.yaml",
        "pulumi-cerevox validate team.yaml --expiring-days 30",
    )
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--together",
    is_flag=True,
    help="The files make one roster, as in Roster.from_file(name, *files).",
)
@expiring_option
def validate(*, files: tuple[str, ...], together: bool, expiring_days: int) -> None:
    """Check roster files against the format and their own guards.

    Needs no API key and no engine. Names people whose last day has passed. They count
    for the guards unless the roster has `expired: remove`. Today is the day in UTC, or
    CEREVOX_TODAY.

    Exits with 0 if all is well, 2 if a file has faults, 5 if the guards of a file
    refuse it.
    """
    rosters = [files] if together else [(file,) for file in files]
    today = command_day()
    codes = [_judged(paths, today, expiring_days) for paths in rosters]
    if ExitCode.REFUSED in codes and len(codes) > 1:
        click.echo(
            "each file was judged as a roster of its own; if they make one, say so "
            "with --together",
            err=True,
        )
    if ExitCode.BAD_INPUT in codes:
        sys.exit(ExitCode.BAD_INPUT)
    sys.exit(max(codes))


def _judged(paths: tuple[str, ...], today: date, expiring_days: int) -> ExitCode:
    """Judge one roster: faults and refusals on stderr, one line on stdout."""
    title = " + ".join(printable(path) for path in paths)
    try:
        roster = read_rosters(paths)
    except RosterFileError as error:
        click.echo(str(error), err=True)
        count = len(error.faults)
        click.echo(f"{title}: {count} fault{'' if count == 1 else 's'}")
        return ExitCode.BAD_INPUT
    for one in ending(roster.members, today, expiring_days):
        click.echo(f"{one.member.place}: warning: {one}", err=True)
    counted = membership_on(roster, today)
    refusals = judge_roster(roster.guards, counted)
    if refusals:
        for line in refusal_text(refusals, digest=None).splitlines():
            click.echo(f"{title}: {line}", err=True)
    members = len(counted)
    admins = sum(one.role == "admin" for one in counted.values())
    click.echo(
        f"{title}: {members} member{'' if members == 1 else 's'}, "
        f"{admins} admin{'' if admins == 1 else 's'}: "
        f"{'refused' if refusals else 'ok'}"
    )
    return ExitCode.REFUSED if refusals else ExitCode.IN_SYNC


_SCHEMAS = {
    "roster": ("pulumi_cerevox.roster", "roster_schema"),
    "audit": ("pulumi_cerevox.audit", "audit_schema"),
    "ignores": ("pulumi_cerevox.audit", "ignores_schema"),
    "usage": ("pulumi_cerevox.consumption", "usage_schema"),
    "billing": ("pulumi_cerevox.consumption", "billing_schema"),
}


@click.command(
    epilog=examples(
        "pulumi-cerevox schema roster > roster.schema.json",
    )
)
@click.argument("name", type=click.Choice(list(_SCHEMAS)))
def schema(name: str) -> None:
    """Print the JSON Schema (2020-12) of a file format.

    People write `roster` and `ignores`. The commands `audit`, `usage` and `billing`
    write the others with `--format json`. An editor with a YAML language server
    checks and completes a roster that begins with
    `# yaml-language-server: $schema=roster.schema.json`.
    """
    # Loaded by name: --help stays quick.
    module, function = _SCHEMAS[name]
    made: dict[str, Any] = getattr(import_module(module), function)()
    click.echo(json.dumps(made, indent=2, ensure_ascii=False))


_PROGRAM = "pulumi-cerevox"
_VARIABLE = "_PULUMI_CEREVOX_COMPLETE"


@click.command(
    epilog=examples(
        "pulumi-cerevox completion bash > ~/.pulumi-cerevox.bash  # source it",
        "pulumi-cerevox completion zsh > ~/.pulumi-cerevox.zsh    # likewise",
        "pulumi-cerevox completion fish | source                  # for this session",
    )
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands and options in a shell."""
    script = {
        "bash": shell_completion.BashComplete,
        "zsh": shell_completion.ZshComplete,
        "fish": shell_completion.FishComplete,
    }[shell]
    command = ctx.find_root().command
    click.echo(script(command, {}, _PROGRAM, _VARIABLE).source())
