"""Writing a roster file: the same roster gives the same bytes, and reads back equal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from pulumi_cerevox.roster.model import (
    MEMBER,
    Guards,
    Limit,
    Member,
    Roster,
    RosterOnDestroy,
)

_SAFE = re.compile(r"[A-Za-z][A-Za-z0-9@._+-]*(?: [A-Za-z][A-Za-z0-9._-]*)*")
"""Texts that read as themselves without quotes, also in flow style.

Everything else is quoted, as a JSON string, which YAML reads the same.
"""
_RESERVED = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


def write_roster(roster: Roster) -> str:
    """Return the content of the file for a roster, in UTF-8 when it is encoded.

    One member a line, in the roster's own order; defaults are left out.
    """
    return "".join(f"{line}\n" for line in _lines(roster))


def member_line(member: Member) -> str:
    """Return a member as the file writes one, without the dash."""
    entries: dict[str, Any] = {"email": member.email}
    if member.name is not None:
        entries["name"] = member.name
    if member.role != MEMBER:
        entries["role"] = member.role
    if member.note is not None:
        entries["note"] = member.note
    if member.until is not None:
        entries["until"] = member.until
    return _flow(entries)


def _lines(roster: Roster) -> Iterator[str]:
    if roster.account_id is not None:
        yield f"account_id: {yaml_text(roster.account_id)}"
    yield f"undeclared: {roster.undeclared.value}"
    if roster.on_destroy is not RosterOnDestroy.KEEP:
        yield f"on_destroy: {roster.on_destroy.value}"
    default = Guards()
    guards = {
        key: getattr(roster.guards, key)
        for key in Guards.__dataclass_fields__
        if getattr(roster.guards, key) != getattr(default, key)
    }
    if guards:
        yield f"guards: {_flow(guards)}"
    if not roster.members:
        yield "members: []"
        return
    yield "members:"
    for member in roster.members:
        yield f"  - {member_line(member)}"


def _flow(entries: dict[str, Any]) -> str:
    told = ", ".join(f"{key}: {_value(value)}" for key, value in entries.items())
    return f"{{{told}}}"


def _value(value: Any) -> str:
    if isinstance(value, Limit):
        return _flow({"count": value.count, "fraction": value.fraction})
    if isinstance(value, tuple):
        return f"[{', '.join(yaml_text(one) for one in value)}]"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return yaml_text(value)
    return str(value).lower() if isinstance(value, bool) else repr(value)


def yaml_text(text: str) -> str:
    """Write a text so that every YAML reads it back, whatever is in it.

    Half of a surrogate pair is no character that a file can hold; it is written in a
    visible form, the one that the engine gets for such a name.
    """
    text = text.encode("utf-8", "backslashreplace").decode()
    if _SAFE.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    return f'"{"".join(_quoted(char) for char in text)}"'


def _quoted(char: str) -> str:
    if char in {'"', "\\"}:
        return f"\\{char}"
    # What can't be seen is written as what it is: reviewers read this file.
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
