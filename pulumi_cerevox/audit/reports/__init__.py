"""Reports: one module a format, each with `render(result, look)`, all from one result.

A module makes text or bytes out of an `AuditResult` and nothing else. Texts in a result
are as the account or the declaration has them: each format escapes them for itself.

A new format is a module here and a line in `ReportFormat`: the command takes its names
from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Protocol, cast

from pulumi_cerevox.audit.model import AuditResult


class ReportFormat(StrEnum):
    """What an audit can be written as; the value is the module's name."""

    CONSOLE = "console"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Look:
    """What a report is made for.

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


class _Module(Protocol):
    def render(self, result: AuditResult, look: Look) -> str | bytes: ...


def render(
    form: ReportFormat, result: AuditResult, look: Look | None = None
) -> str | bytes:
    """Return an audit in a format: bytes of a binary one, else text.

    Text ends in a line break.
    """
    name = "as_json" if form is ReportFormat.JSON else form.value
    module = cast("_Module", import_module(f"{__name__}.{name}"))
    return module.render(result, look or Look())
