"""`pulumi-cerevox doctor`: what is wrong, and how to repair it."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click
from rich.table import Column, Table
from rich.text import Text

from pulumi_cerevox.cli import terminal
from pulumi_cerevox.cli.session import base_url_option, open_account
from pulumi_cerevox.cli.terminal import ExitCode, examples, format_option, show
from pulumi_cerevox.doctor import State, examine

if TYPE_CHECKING:
    from pulumi_cerevox.doctor import Check

_PATIENCE = 10.0
"""Seconds that one call may take with all its repetitions."""

_CODES = {
    "key": ExitCode.AUTHENTICATION,
    "api": ExitCode.NOT_READ_IN_FULL,
    "other": ExitCode.UNEXPECTED,
}
"""By the fault of a failed check; the first that applies."""

_STYLES = {"ok": "green", "warning": "yellow", "fail": "bold red"}
_UNWRAPPED = 10_000
"""Columns of what is no terminal: whoever reads it has each text on one line."""


@click.command(
    epilog=examples("pulumi-cerevox doctor", "pulumi-cerevox doctor --format json")
)
@format_option("text", "json")
@base_url_option
def doctor(*, form: str, base_url: str | None) -> None:
    """Check everything that Pulumi and this command need, and say how to repair it.

    Checks key, base URL, connection, TLS, clock, login, account, rights, dialect,
    engine, SDK and Python. Changes nothing, and never prints the key.

    Exits with 0 if nothing failed (a warning is no failure). Otherwise it exits with 3
    if the key is wrong, else with 4 if the API can't be reached or fails, else with 1.
    """
    opening = partial(open_account, base_url, max_wait_seconds=_PATIENCE)
    screen = terminal.screen()
    if not sys.stdout.isatty():
        screen = replace(screen, width=_UNWRAPPED)
    checks: list[Check] = []
    for check in examine(base_url, opening):
        checks.append(check)
        if form == "text":
            table = Table.grid(Column(width=9), Column(width=12), "")
            state = Text(check.state, _STYLES.get(check.state, ""))
            table.add_row(state, check.name, Text(check.found))
            if check.mend:
                table.add_row("", "", Text(check.mend))
            show(screen.draw(table))
    faults = {check.fault.value for check in checks}
    codes = (code for fault, code in _CODES.items() if fault in faults)
    code = next(codes, ExitCode.IN_SYNC)
    if form == "json":
        rows = [
            {"name": one.name, "state": one.state, "found": one.found, "mend": one.mend}
            for one in checks
        ]
        click.echo(json.dumps({"exit_code": code, "checks": rows}, indent=2))
    else:
        counts = Counter(check.state for check in checks)
        told = ", ".join(f"{counts[one]} {one}" for one in State if counts[one])
        click.echo(f"{len(checks)} checks: {told}")
    sys.exit(code)
