"""Reports: one function for each format, all from one result.

The texts in a result are as the account or the declaration has them. Each format
escapes them itself.

For a new format, write a function `render(result, look)` in a module here, and add a
line each to `ReportFormat` and `_RENDERERS`. The command takes its names from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import cast

from pulumi_cerevox.audit.model import AuditResult


class ReportFormat(StrEnum):
    """The formats of an audit."""

    CONSOLE = "console"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"
    CSV = "csv"
    PROMETHEUS = "prometheus"


@dataclass(frozen=True, slots=True)
class Look:
    """The target of a report.

    Attributes:
        color: Whether it is coloured, on a terminal.
        width: Columns, on a terminal.
        folder: The folder that relative names of files begin in; "" where it is not
            known.
        root: The folder, above it or the same, that a code host's names begin in.
    """

    color: bool = False
    width: int = 80
    folder: str = ""
    root: str = ""


Renderer = Callable[[AuditResult, Look], str | bytes]
"""Makes text or bytes out of a result and nothing else."""

_RENDERERS = {
    ReportFormat.CONSOLE: ("reports.console", "render"),
    ReportFormat.JSON: ("stored", "render"),
    ReportFormat.MARKDOWN: ("reports.github", "render_markdown"),
    ReportFormat.HTML: ("reports.html", "render"),
    ReportFormat.JUNIT: ("reports.machine", "render_junit"),
    ReportFormat.SARIF: ("reports.machine", "render_sarif"),
    ReportFormat.GITHUB: ("reports.github", "render_annotations"),
    ReportFormat.CSV: ("reports.machine", "render_csv"),
    ReportFormat.PROMETHEUS: ("reports.prometheus", "render"),
}
"""The module and the function of each; a module is loaded when it is used."""


class MissingPackageError(ImportError):
    """A format needs a package that is not installed; the text says how to get it."""


def load_format(form: ReportFormat) -> Renderer:
    """Return the renderer of a format.

    Raises:
        MissingPackageError: The format needs an extra that is not installed.
    """
    module, function = _RENDERERS[form]
    try:
        found = getattr(import_module(f"pulumi_cerevox.audit.{module}"), function)
    except ModuleNotFoundError as error:
        # Not ours to explain unless one of the extra's packages is what is missing.
        if (error.name or "").startswith("pulumi_cerevox"):
            raise
        extra = "metrics" if form is ReportFormat.PROMETHEUS else "report"
        raise MissingPackageError(
            f"{error.name} is missing; the {form} report needs: "
            f"pip install 'pulumi-cerevox[{extra}]'"
        ) from error
    return cast("Renderer", found)


def render(
    form: ReportFormat, result: AuditResult, look: Look | None = None
) -> str | bytes:
    """Return an audit in a format: bytes of a binary one, else text.

    Text ends in a line break.

    Raises:
        MissingPackageError: The format needs an extra that is not installed.
    """
    return load_format(form)(result, look or Look())
