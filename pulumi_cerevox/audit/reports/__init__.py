"""Reports: one module a format, each with `render(result, look)`, all from one result.

A module makes text or bytes out of an `AuditResult` and nothing else. Texts in a result
are as the account or the declaration has them: each format escapes them for itself.

A new format is a module here and a line in `ReportFormat`: the command takes its names
from there. JSON alone has its module elsewhere: `audit.stored` also reads it back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Protocol, cast

from pulumi_cerevox.audit.result import AuditResult


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


class MissingPackageError(ImportError):
    """A format needs a package that is not installed; the text says how to get it."""


def load_format(form: ReportFormat) -> _Module:
    """Import the module of a format.

    Raises:
        MissingPackageError: The format needs an extra that is not installed.
    """
    is_json = form is ReportFormat.JSON
    name = "pulumi_cerevox.audit.stored" if is_json else f"{__name__}.{form}"
    try:
        return cast("_Module", import_module(name))
    except ModuleNotFoundError as error:
        # Not ours to explain unless one of the extra's packages is what is missing.
        if (error.name or "").startswith("pulumi_cerevox"):
            raise
        raise MissingPackageError(
            f"{error.name} is missing; the {form} report needs: "
            "pip install 'pulumi-cerevox[report]'"
        ) from error


def render(
    form: ReportFormat, result: AuditResult, look: Look | None = None
) -> str | bytes:
    """Return an audit in a format: bytes of a binary one, else text.

    Text ends in a line break.

    Raises:
        MissingPackageError: The format needs an extra that is not installed.
    """
    return load_format(form).render(result, look or Look())
