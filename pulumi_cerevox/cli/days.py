"""The day that a command uses as today, and how far it looks ahead."""

from __future__ import annotations

import os
from datetime import date

import click

from pulumi_cerevox.account import Settings
from pulumi_cerevox.cli.session import settled_base_url
from pulumi_cerevox.cli.terminal import ExitCode, fail
from pulumi_cerevox.roster import TODAY_VARIABLE, TodayError, set_today, today_in_utc

expiring_option = click.option(
    "--expiring-days",
    type=click.IntRange(0, 36_500),
    default=0,
    metavar="N",
    help="Also name people whose last day is less than N days ahead.",
)


def command_day() -> date:
    """Return today in UTC, or the day that was set in its place, which is said.

    What was set and is no day ends the command with 2.
    """
    try:
        day = set_today(os.environ)
    except TodayError as error:
        fail(str(error), ExitCode.BAD_INPUT)
    if day is None:
        return today_in_utc()
    click.echo(f"as of {day} ({TODAY_VARIABLE})", err=True)
    return day


def require_real_day(base_url: str | None) -> None:
    """End the command with 2 while another day is set, unless the API is local.

    Args:
        base_url: As the user gave it.
    """
    is_set = bool(os.environ.get(TODAY_VARIABLE, "").strip())
    if is_set and not Settings.of(base_url=settled_base_url(base_url)).is_loopback:
        fail(
            f"{TODAY_VARIABLE} is set, and the account is a real one: nothing was "
            f"written. Run this without {TODAY_VARIABLE}",
            ExitCode.BAD_INPUT,
        )
