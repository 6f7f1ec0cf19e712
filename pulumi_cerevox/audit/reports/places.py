"""Where a report points to: a line of a file, named as a repository names it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import quote

from pulumi_cerevox.audit.declared import SourceKind
from pulumi_cerevox.audit.finding import Finding
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.audit.result import AuditResult

STACK_FILE = "Pulumi.yaml"
"""What stands for a stack: code hosts take no finding without a file."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A line of a file.

    Attributes:
        path: With `/`; relative to the look's root where it is inside it.
        line: Counted from 1.
        column: Counted from 1; None where the whole line is meant.
    """

    path: str
    line: int = 1
    column: int | None = None

    @property
    def uri(self) -> str:
        """The path as a URI, with `file:` where it is absolute."""
        # As in JSON: half of a surrogate pair is shown as what it is.
        path = quote(self.path.encode("utf-8", "backslashreplace"), safe="/")
        return f"file://{path}" if self.is_absolute else path

    @property
    def is_absolute(self) -> bool:
        """Whether the path says where it begins."""
        return self.path.startswith("/")


def anchor(finding: Finding, result: AuditResult, look: Look) -> Anchor:
    """Give the line that declares somebody; for all others that of the declaration."""
    place = finding.place
    if place is None:
        return whole_declaration(result, look)
    return Anchor(_inside(place.path, look), place.line, place.column)


def whole_declaration(result: AuditResult, look: Look) -> Anchor:
    """Give the first line of the first roster file, or of the stack's project."""
    names = result.source.names
    is_roster = result.source.kind is SourceKind.ROSTER and bool(names)
    return Anchor(_inside(names[0] if is_roster else STACK_FILE, look))


def _inside(path: str, look: Look) -> str:
    """Name a file by its way from the root; one outside by its whole way."""
    if not look.folder:
        return PurePath(path).as_posix()
    whole = os.path.normpath(PurePath(look.folder, path))
    root = PurePath(look.root or look.folder)
    if PurePath(whole).is_relative_to(root):
        return PurePath(whole).relative_to(root).as_posix()
    named = PurePath(whole).as_posix()
    return named if named.startswith("/") else f"/{named}"
