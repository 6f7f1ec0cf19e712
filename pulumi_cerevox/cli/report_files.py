"""`--format NAME[=FILE]`: which reports are written, and where."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pulumi_cerevox.audit import (
    Look,
    MissingPackageError,
    ReportFormat,
    load_format,
    render,
)
from pulumi_cerevox.cli.terminal import (
    STDOUT,
    ExitCode,
    check_files,
    columns,
    fail,
    is_colored,
    replace_file,
    show,
)

if TYPE_CHECKING:
    from pulumi_cerevox.audit import AuditResult

_NAMES = tuple(ReportFormat)
_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Wanted:
    """One report.

    Attributes:
        name: Its format.
        path: Its file; None for stdout.
    """

    name: str
    path: Path | None


class FormatOption(click.ParamType):  # type: ignore[type-arg]  # new in 8.4
    """The type of `--format`: `html=report.html`, or `console` alone for stdout."""

    name = "format"

    def __init__(self, names: Sequence[str]) -> None:
        """Accept these formats."""
        self._names = names

    def get_metavar(self, *_: Any, **__: Any) -> str:
        """Show what may be given."""
        return "NAME[=FILE]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Wanted:
        """Read one use of the option."""
        if isinstance(value, Wanted):
            return value
        name, given, path = str(value).partition("=")
        if name not in self._names:
            told = ", ".join(self._names)
            self.fail(f"there is no format {name!r}; {told}", param, ctx)
        if given and not path:
            self.fail(f"{name}= names no file", param, ctx)
        return Wanted(name, Path(path) if path and path != "-" else None)


def reports_option(names: Sequence[str] = _NAMES) -> Callable[[_F], _F]:
    """Return the option `--format`, which may be given several times."""
    return click.option(
        "--format",
        "reports",
        type=FormatOption(names),
        multiple=True,
        help=f"{names[0]} (default), {', '.join(names[1:-1])} or {names[-1]}; "
        "several at once, each to its own file.",
    )


def checked_reports(
    reports: Sequence[Wanted],
    sources: Iterable[str | None],
    also: Iterable[tuple[str, Path]] = (),
) -> Sequence[Wanted]:
    """Return the reports, `console` where none is asked for.

    Args:
        reports: As asked for.
        sources: What is read.
        also: What else is written, with what it is called.

    Raises:
        click.UsageError: Two of them would be mixed, or one would be written over a
            source.
    """
    wanted = reports or (Wanted("console", None),)
    files = [
        (f"--format {one.name}={one.path}" if one.path else one.name, one.path)
        for one in wanted
    ]
    check_files([*((name, path or STDOUT) for name, path in files), *also], sources)
    return wanted


def require_formats(reports: Sequence[Wanted]) -> None:
    """End the command with 1 where a format's package is not installed."""
    for one in reports:
        try:
            load_format(ReportFormat(one.name))
        except MissingPackageError as error:
            fail(str(error), ExitCode.UNEXPECTED)


def write_reports(result: AuditResult, reports: Sequence[Wanted]) -> None:
    """Write every report; ends the command with 1 when one could not be written."""
    write_rendered(lambda name, look: render(ReportFormat(name), result, look), reports)


def write_rendered(
    rendered: Callable[[str, Look], str | bytes], reports: Sequence[Wanted]
) -> None:
    """Write every report that a function makes of a format's name and a look.

    Bytes are written as they are. Ends the command with 1 when a report could not be
    written.
    """
    folder = str(Path.cwd())
    # A code host's file names begin in the checkout of a GitHub workflow.
    checkout = os.environ.get("GITHUB_WORKSPACE", "")
    places = Look(
        folder=folder,
        root=checkout if checkout and Path(folder).is_relative_to(checkout) else folder,
    )
    seen = replace(places, color=is_colored(), width=columns())
    failed = []
    for one in reports:
        look = places if one.path else seen
        report = rendered(one.name, look)
        if one.path is None:
            if isinstance(report, bytes):
                click.echo(report, nl=False)
            else:
                show(report)
            continue
        try:
            replace_file(
                one.path, report if isinstance(report, bytes) else report.encode()
            )
        except OSError as error:
            failed.append(f"could not write {one.path}: {error.strerror or error}")
    if failed:
        fail("\n".join(failed), ExitCode.UNEXPECTED)
