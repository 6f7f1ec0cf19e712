"""`pulumi-cerevox report`: a stored audit in other formats."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit import StoredAuditError, from_json, redacted
from pulumi_cerevox.cli.report_files import (
    FORMAT_HELP,
    FormatOption,
    Wanted,
    keep_sources,
    one_on_stdout,
    require_formats,
    write_reports,
)
from pulumi_cerevox.cli.terminal import ExitCode, examples, fail

if TYPE_CHECKING:
    from pulumi_cerevox.audit import AuditResult


@click.command(
    epilog=examples(
        "pulumi-cerevox report audit.json --format html=report.html",
        'pulumi-cerevox report audit.json --format markdown >> "$GITHUB_STEP_SUMMARY"',
    )
)
@click.argument("path", metavar="AUDIT.json")
@click.option(
    "--format",
    "reports",
    type=FormatOption(),
    multiple=True,
    help=FORMAT_HELP,
)
@click.option(
    "--redact", is_flag=True, help="Replace emails and names by stable hashes."
)
def report(*, path: str, reports: tuple[Wanted, ...], redact: bool) -> None:
    """Write a stored audit in other formats; nothing is read but the file.

    AUDIT.json is what `audit --format json` gave; `-` is stdin.

    Exits with 0 when the reports are written, whatever they say (the job that made
    the audit has failed already), and with 2 when the file is no audit.
    """
    wanted = one_on_stdout(reports)
    keep_sources(wanted, [path])
    require_formats(wanted)
    result = _stored(path)
    write_reports(redacted(result) if redact else result, wanted)


def _stored(path: str) -> AuditResult:
    name = "stdin" if path == "-" else printable(path)
    try:
        return from_json(_text(path), name)
    except OSError as error:
        fail(f"{name}: can't be read: {error.strerror}", ExitCode.BAD_INPUT)
    except UnicodeDecodeError:
        fail(f"{name}: is no UTF-8", ExitCode.BAD_INPUT)
    except StoredAuditError as error:
        fail(str(error), ExitCode.BAD_INPUT)


def _text(path: str) -> str:
    if path == "-":
        return sys.stdin.buffer.read().decode("utf-8-sig")
    return Path(path).read_text(encoding="utf-8-sig")
