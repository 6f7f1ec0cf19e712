"""`pulumi-cerevox doctor`: what is wrong, and how to mend it."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from pulumi_cerevox.cli.session import base_url_option, open_account
from pulumi_cerevox.cli.terminal import ExitCode, examples
from pulumi_cerevox.doctor import examine

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

_INDENT = " " * 21


@click.command(
    epilog=examples("pulumi-cerevox doctor", "pulumi-cerevox doctor --format json")
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
)
@base_url_option
def doctor(*, form: str, base_url: str | None) -> None:
    """Look at all that Pulumi and this command need, and say how to mend it.

    Checks key, base URL, connection, TLS, clock, login, account, rights, dialect,
    engine, SDK and Python. Changes nothing, and never prints the key.

    Exits with 0 when nothing failed (a warning is no failure), 3 when the key is at
    fault, else 4 when the API can't be reached or fails, else 1.
    """
    opening = partial(open_account, base_url, max_wait_seconds=_PATIENCE)
    checks: list[Check] = []
    for check in examine(base_url, opening):
        checks.append(check)
        if form == "text":
            line = f"{check.state:9}{check.name:12}{check.found}"
            click.echo(f"{line}\n{_INDENT}{check.mend}" if check.mend else line)
    code = _exit_code(checks)
    click.echo(_summary(checks) if form == "text" else _json(checks, code))
    sys.exit(code)


def _summary(checks: Sequence[Check]) -> str:
    counts = Counter(check.state.value for check in checks)
    return f"{len(checks)} checks: " + ", ".join(
        f"{counts[state]} {state}"
        for state in ("ok", "note", "warning", "fail")
        if counts[state]
    )


def _json(checks: Sequence[Check], code: ExitCode) -> str:
    rows = [
        {"name": one.name, "state": one.state, "found": one.found, "mend": one.mend}
        for one in checks
    ]
    return json.dumps({"exit_code": code, "checks": rows}, indent=2)


def _exit_code(checks: Sequence[Check]) -> ExitCode:
    faults = {check.fault.value for check in checks}
    codes = (code for fault, code in _CODES.items() if fault in faults)
    return next(codes, ExitCode.IN_SYNC)
