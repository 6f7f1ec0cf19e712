"""Read the declared side of an audit from files and stacks.

A source is recognised by its content.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.findings import SourceKind
from pulumi_cerevox.audit.model import (
    Declared,
    DeclaredPerson,
    Gap,
    GapKind,
    Source,
    SourceError,
)
from pulumi_cerevox.audit.stack import (
    declared_in_preview,
    declared_in_stack,
)
from pulumi_cerevox.roster import Roster, Undeclared, parse_roster, read_rosters
from pulumi_cerevox.roster.file import MAX_BYTES

STDIN = "-"
MAX_EXPORT_BYTES = 200_000_000
"""Largest state or preview that is read; 10,000 people as `User`s need about 30 MB."""

_OBJECT = re.compile(r"^\{", re.MULTILINE)
_WRITTEN_BY_THE_ENGINE = re.compile(
    r'\s*\{\s*"(config|steps|diagnostics|duration|changeSummary|maybeCorrupt|version'
    r'|deployment|features|sequence)"'
)


class ContentKind(StrEnum):
    """The kind of a content."""

    ROSTER = "a roster"
    STACK = "a stack's export"
    PREVIEW = "a preview"


class CutError(SourceError):
    """JSON that begins and does not end: the command that wrote it broke off."""


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a source.

    Attributes:
        kind: What it is.
        data: Its bytes.
        document: Its JSON; empty for a roster.
    """

    kind: ContentKind
    data: bytes
    document: Mapping[str, Any]


def read_content(name: str) -> bytes:
    """Read a file, or stdin for `-`.

    Raises:
        SourceError: it can't be read, is too large, or is empty.
    """
    try:
        if name == STDIN:
            data = sys.stdin.buffer.read(MAX_EXPORT_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_EXPORT_BYTES + 1)
    except OSError as error:
        raise SourceError(
            f"{printable(name)}: can't be read: {error.strerror or error}"
        ) from None
    if len(data) > MAX_EXPORT_BYTES:
        raise SourceError(
            f"{_told(name)}: has more than {MAX_EXPORT_BYTES:,} bytes, which is "
            "the limit"
        )
    if not data.strip():
        raise SourceError(f"{_told(name)}: is empty; did the command before it fail?")
    return data


def recognise(data: bytes, name: str) -> Content:
    """Recognise a content by its text.

    Text may precede a preview: the engine prints notes of its own there.

    Raises:
        CutError: it is JSON that does not end.
        SourceError: it is JSON, and nothing that declares people.
    """
    text = _text(data)
    try:
        document = _document(text, name)
    except SourceError:
        if _WRITTEN_BY_THE_ENGINE.match(text):
            raise
        return Content(ContentKind.ROSTER, data, {})
    if text.lstrip().startswith("{"):
        kind = _kind_of(document)
        if kind is None:
            raise SourceError(f"{_told(name)}: is {_what(document)}; {_ACCEPTED}")
        return Content(kind, data, {} if kind is ContentKind.ROSTER else document)
    if _kind_of(document) is ContentKind.PREVIEW:
        return Content(ContentKind.PREVIEW, data, document)
    return Content(ContentKind.ROSTER, data, {})


def recognise_preview(data: bytes, name: str) -> Mapping[str, Any]:
    """Return the preview that a content is, whatever stands before it.

    Raises:
        CutError: it does not end.
        SourceError: it is none.
    """
    document = _document(_text(data), name)
    if _kind_of(document) is not ContentKind.PREVIEW:
        raise SourceError(f"{_told(name)}: is {_what(document)}; {_PREVIEW_WANTED}")
    return document


_PREVIEW_WANTED = "guard takes what `pulumi preview --json` prints"
_ACCEPTED = (
    "an audit takes a roster file, what `pulumi stack export` writes, or what "
    "`pulumi preview --json --show-sames` prints"
)


def _kind_of(document: Mapping[str, Any]) -> ContentKind | None:
    if "members" in document:
        return ContentKind.ROSTER
    if "deployment" in document:
        return ContentKind.STACK
    if document.keys() & {"steps", "changeSummary", "diagnostics", "maybeCorrupt"}:
        return ContentKind.PREVIEW
    return None


def _what(document: Mapping[str, Any]) -> str:
    if "sequence" in document and "timestamp" in document:
        return (
            "the engine's events, a line each; unset "
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW to get one document"
        )
    if "verdict" in document:
        return "a report of this command"
    return _kind_of(document) or "JSON with the keys " + printable(", ".join(document))


def _document(text: str, name: str) -> Mapping[str, Any]:
    """Return the one JSON object in a text, or the first line's of the engine's events.

    Raises:
        SourceError: there is none, or more than one.
    """
    begin = _OBJECT.search(text) or re.search(r"\{", text)
    if begin is None:
        raise SourceError(f"{_told(name)}: holds no JSON; {_PREVIEW_WANTED}")
    try:
        document, end = json.JSONDecoder().raw_decode(text, begin.start())
    except json.JSONDecodeError as error:
        raise CutError(
            f"{_told(name)}: its JSON breaks off or is damaged at line "
            f"{error.lineno}, column {error.colno}: {error.msg}. Did the command that "
            "wrote it end?"
        ) from None
    except RecursionError:
        raise SourceError(f"{_told(name)}: its JSON is nested too deeply") from None
    except ValueError:
        # Python reads no number of more than 4300 digits.
        raise SourceError(
            f"{_told(name)}: its JSON holds a number with too many digits"
        ) from None
    if "{" in text[end:] and "sequence" not in document:
        raise SourceError(
            f"{_told(name)}: holds more than one JSON document; give one at a time"
        )
    found: Mapping[str, Any] = document
    return found


def _text(data: bytes) -> str:
    """Decode what a command wrote; Windows PowerShell's `>` makes UTF-16 of it."""
    is_utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if is_utf_16 else "utf-8-sig", "replace")


def _told(name: str) -> str:
    return "stdin" if name == STDIN else printable(name)


def declared_in_roster(roster: Roster, paths: Sequence[str]) -> Declared:
    """Return everybody whom a roster declares.

    Args:
        roster: As read.
        paths: The files, as the user named them.
    """
    return Declared(
        source=Source(SourceKind.ROSTER, tuple(paths)),
        people=tuple(
            DeclaredPerson(
                email=member.email,
                role=member.role,
                name=member.name,
                note=member.note,
                until=member.until,
                role_until=member.role_until,
                reviewed=member.reviewed,
                place=member.place,
            )
            for member in roster.members
        ),
        ignores_undeclared=roster.undeclared is Undeclared.IGNORE,
        account_id=roster.account_id,
    )


def read_declared(names: Sequence[str]) -> Declared:
    """Read the declared side.

    Args:
        names: Files, or `-` for stdin; several are one roster.

    Raises:
        RosterFileError: a roster has faults.
        SourceError: it is nothing that declares people.
    """
    if len(names) > 1:
        if STDIN in names:
            raise SourceError("`-` is a source of its own: give it alone")
        roster = read_rosters(names)
        read = b"".join(Path(one).read_bytes() for one in names)
        return _with_digest(declared_in_roster(roster, names), read)
    (name,) = names
    return declared_in_content(read_content(name), name)


def declared_in_content(data: bytes, name: str) -> Declared:
    """Return whom one file declares.

    Args:
        data: What was read.
        name: Its name, as the user gave it.

    Raises:
        RosterFileError: a roster has faults.
        SourceError: it is nothing that declares people.
    """
    content = recognise(data, name)
    if content.kind is ContentKind.STACK:
        declared = declared_in_stack(content.document, name)
        return _with_digest(declared, content.data)
    if content.kind is ContentKind.PREVIEW:
        declared = declared_in_preview(content.document, name)
        return _with_digest(declared, content.data)
    path = "stdin" if name == STDIN else name
    if len(content.data) > MAX_BYTES:
        raise SourceError(
            f"{printable(path)}: has {len(content.data):,} bytes; the limit of a "
            f"roster is {MAX_BYTES:,}"
        )
    declared = declared_in_roster(parse_roster(content.data, path), [name])
    return _with_digest(declared, content.data)


def _with_digest(declared: Declared, data: bytes) -> Declared:
    digest = hashlib.sha256(data).hexdigest()
    return replace(
        declared,
        source=replace(declared.source, digest=digest),
        elsewhere=tuple(_with_digest(one, data) for one in declared.elsewhere),
    )


def read_declared_stack(stack: str, folder: Path | None = None) -> Declared:
    """Read the declared side out of a stack, through Pulumi's engine.

    Raises:
        SourceError: the engine says no, or its export can't be read.
    """
    content = recognise(export_stack(stack, folder), stack)
    declared = declared_in_stack(content.document, stack)
    declared = _with_digest(declared, content.data)
    text = forgotten_in(stack, folder)
    return declared if text is None else declared.with_gap(Gap(GapKind.SOURCE, text))


_MOST_LINES = 20
_MOST_RUNS = 200


def export_stack(stack: str, folder: Path | None = None) -> bytes:
    """Return what `pulumi stack export` writes; the stack is only read.

    Args:
        stack: Its name, as `pulumi` takes it.
        folder: The project's folder; None for the current one.

    Raises:
        SourceError: there is no `pulumi`, or it says no; the text has its words.
    """
    run = _run_pulumi(["stack", "export"], stack, folder)
    if run.returncode:
        said = run.stderr.decode("utf-8", "replace").strip().splitlines()[:_MOST_LINES]
        lines = "\n".join(f"  {printable(line)}" for line in said if line.strip())
        raise SourceError(
            f"`pulumi stack export --stack {printable(stack)}` ended with "
            f"{run.returncode}:\n{lines}\n"
            "`pulumi login` and `pulumi stack ls`, in the project's folder (--cwd), "
            "show what there is"
        )
    return run.stdout


def forgotten_in(stack: str, folder: Path | None = None) -> str | None:
    """Say what a refresh took out of a stack's state; None where that is nothing.

    A refresh forgets a `User` who is gone from the account, and no export shows it. The
    stack's history does, until the next `pulumi up` compares the program again.

    Args:
        stack: Its name, as `pulumi` takes it.
        folder: The project's folder; None for the current one.

    Raises:
        SourceError: there is no `pulumi`.
    """
    words = ["stack", "history", "--json", f"--page-size={_MOST_RUNS}"]
    run = _run_pulumi(words, stack, folder)
    try:
        runs = json.loads(run.stdout) if run.returncode == 0 else None
    except (ValueError, RecursionError):
        runs = None
    if not isinstance(runs, list) or not all(isinstance(one, dict) for one in runs):
        return (
            "the stack's history can't be read (`pulumi stack history --json`), so "
            "nobody can say whether a refresh took somebody out of the state"
        )
    forgotten = 0
    for one in runs:
        if one.get("kind") == "update" and one.get("result") == "succeeded":
            break
        changes = one.get("resourceChanges")
        if one.get("kind") == "refresh" and isinstance(changes, dict):
            deleted = changes.get("delete")
            forgotten += deleted if isinstance(deleted, int) else 0
    else:
        if len(runs) >= _MOST_RUNS:
            return (
                f"none of the stack's last {_MOST_RUNS} runs is a `pulumi up`, so no "
                "one can say whether a refresh before them took somebody out of the "
                "state. `pulumi up` settles it"
            )
    if not forgotten:
        return None
    return (
        f"since the last `pulumi up`, `pulumi refresh` took {forgotten} resources out "
        "of the state because they are gone; a User whose person left the account may "
        "be among them, and nobody can tell whom the program declares. `pulumi "
        "preview` shows it, and `pulumi up` settles it"
    )


def _run_pulumi(
    words: list[str], stack: str, folder: Path | None
) -> subprocess.CompletedProcess[bytes]:
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise SourceError(
            "there is no `pulumi` on PATH, which --stack asks for the state. Export it "
            "where there is one: pulumi stack export > stack.json, then: "
            "pulumi-cerevox audit stack.json"
        )
    try:
        return subprocess.run(  # noqa: S603 - no shell, and a path of our own finding
            # The = keeps a name that begins with a dash from being an option.
            [pulumi, *words, f"--stack={stack}", "--non-interactive", "--color=never"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        place = error.filename or pulumi
        raise SourceError(
            f"{printable(str(place))}: {printable(error.strerror or str(error))}"
        ) from None
