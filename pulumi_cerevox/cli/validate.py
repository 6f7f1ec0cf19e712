"""`pulumi-cerevox validate`: judge roster files, without a key or an engine."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from pulumi_cerevox.account import printable
from pulumi_cerevox.cli.terminal import ExitCode, examples
from pulumi_cerevox.roster import (
    RosterFileError,
    judge_roster,
    read_rosters,
    refusal_text,
)

if TYPE_CHECKING:
    from pulumi_cerevox.roster import Roster


@click.command(
    epilog=examples(
        "pulumi-cerevox validate team.yaml",
        "pulumi-cerevox validate --together admins.yaml members.yaml",
    )
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--together",
    is_flag=True,
    help="The files make one roster, as in Roster.from_file(name, *files).",
)
def validate(*, files: tuple[str, ...], together: bool) -> None:
    """Judge roster files by the format and by their own guards.

    Needs neither an API key nor Pulumi's engine. Exits with 2 when a file has faults,
    and with 5 when the guards of a file refuse it.
    """
    rosters = [files] if together else [(file,) for file in files]
    codes = [_judged(paths) for paths in rosters]
    if ExitCode.REFUSED in codes and len(codes) > 1:
        click.echo(
            "each file was judged as a roster of its own; if they make one, say so "
            "with --together",
            err=True,
        )
    if ExitCode.BAD_INPUT in codes:
        sys.exit(ExitCode.BAD_INPUT)
    sys.exit(max(codes))


def _judged(paths: tuple[str, ...]) -> ExitCode:
    """Judge one roster: faults and refusals on stderr, one line on stdout."""
    title = " + ".join(printable(path) for path in paths)
    try:
        roster = read_rosters(paths)
    except RosterFileError as error:
        click.echo(str(error), err=True)
        count = len(error.faults)
        click.echo(f"{title}: {count} fault{'' if count == 1 else 's'}")
        return ExitCode.BAD_INPUT
    today = datetime.now(UTC).date()
    for member in roster.expired(today):
        click.echo(
            f"{member.place}: warning: the last day of {printable(member.email)} was "
            f"{member.until}",
            err=True,
        )
    refusals = judge_roster(roster.guards, roster.membership())
    if refusals:
        for line in refusal_text(refusals, digest=None).splitlines():
            click.echo(f"{title}: {line}", err=True)
    click.echo(f"{title}: {_counts(roster)}: {'refused' if refusals else 'ok'}")
    return ExitCode.REFUSED if refusals else ExitCode.IN_SYNC


def _counts(roster: Roster) -> str:
    members = len(roster.members)
    admins = sum(one.role == "admin" for one in roster.members)
    return (
        f"{members} member{'' if members == 1 else 's'}, "
        f"{admins} admin{'' if admins == 1 else 's'}"
    )
