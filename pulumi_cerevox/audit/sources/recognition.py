"""Recognising a source by its content."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.declared import Declared
from pulumi_cerevox.audit.sources.content import (
    STDIN,
    Content,
    ContentKind,
    read_content,
    recognise,
)
from pulumi_cerevox.audit.sources.preview_source import declared_in_preview
from pulumi_cerevox.audit.sources.roster_source import declared_in_roster
from pulumi_cerevox.audit.sources.source_error import SourceError
from pulumi_cerevox.audit.sources.stack_export import export_stack
from pulumi_cerevox.audit.sources.stack_source import declared_in_stack
from pulumi_cerevox.roster import parse_roster, read_rosters
from pulumi_cerevox.roster.file_text import MAX_BYTES


def read_declared(names: Sequence[str]) -> Declared:
    """Read the declared side.

    Args:
        names: Files, or `-` for stdin; several are one roster.

    Raises:
        RosterFileError: a roster has faults.
        SourceError: it is nothing that declares people.
    """
    if len(names) > 1:
        return _several(names)
    (name,) = names
    content = recognise(read_content(name), name)
    return _declared(content, name)


def read_declared_stack(stack: str, folder: Path | None = None) -> Declared:
    """Read the declared side out of a stack, through Pulumi's engine.

    Raises:
        SourceError: the engine says no, or its export can't be read.
    """
    content = recognise(export_stack(stack, folder), stack)
    return declared_in_stack(content.document, stack)


def _several(names: Sequence[str]) -> Declared:
    if STDIN in names:
        raise SourceError("`-` is a source of its own: give it alone")
    return declared_in_roster(read_rosters(names), names)


def _declared(content: Content, name: str) -> Declared:
    if content.kind is ContentKind.STACK:
        return declared_in_stack(content.document, name)
    if content.kind is ContentKind.PREVIEW:
        return declared_in_preview(content.document, name)
    path = "stdin" if name == STDIN else name
    if len(content.data) > MAX_BYTES:
        raise SourceError(
            f"{printable(path)}: has {len(content.data):,} bytes; the limit of a "
            f"roster is {MAX_BYTES:,}"
        )
    return declared_in_roster(parse_roster(content.data, path), [name])
