"""Write a roster file. The same roster gives the same bytes, and reads back equal.

A single member can be removed from a file that people wrote. The rest stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, cast

import yaml

from pulumi_cerevox.roster.file import RosterFileError, parse_roster, readable_text
from pulumi_cerevox.roster.model import (
    MEMBER,
    Expired,
    Guards,
    Limit,
    Member,
    Roster,
    RosterOnDestroy,
)
from pulumi_cerevox.roster.yaml_tree import LOADER
from pulumi_cerevox.text import fold_email

_SAFE = re.compile(r"[A-Za-z][A-Za-z0-9@._+-]*(?: [A-Za-z][A-Za-z0-9._-]*)*")
"""Texts that read as themselves without quotes, also in flow style.

Everything else is quoted, as a JSON string, which YAML reads the same.
"""
_RESERVED = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


def write_roster(roster: Roster) -> str:
    """Return the content of the file for a roster, in UTF-8 when it is encoded.

    One member a line, in the roster's own order; defaults are left out.
    """
    lines = []
    if roster.account_id is not None:
        lines.append(f"account_id: {yaml_text(roster.account_id)}")
    lines.append(f"undeclared: {roster.undeclared.value}")
    if roster.expired is not Expired.REPORT:
        lines.append(f"expired: {roster.expired.value}")
    if roster.on_destroy is not RosterOnDestroy.KEEP:
        lines.append(f"on_destroy: {roster.on_destroy.value}")
    default = Guards()
    guards = {
        key: getattr(roster.guards, key)
        for key in Guards.__dataclass_fields__
        if getattr(roster.guards, key) != getattr(default, key)
    }
    if guards:
        lines.append(f"guards: {_flow(guards)}")
    lines.append("members:" if roster.members else "members: []")
    lines += [f"  - {member_line(member)}" for member in roster.members]
    return "".join(f"{line}\n" for line in lines)


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
    if member.role_until is not None:
        entries["role_until"] = member.role_until
    if member.reviewed is not None:
        entries["reviewed"] = member.reviewed
    return _flow(entries)


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


class RosterEditError(ValueError):
    """A member can't be taken out of a file without touching what else is in it."""


def without_member(content: bytes, email: str) -> bytes:
    """Return a roster file's content without one member.

    Everything else stays byte by byte, comments on lines of their own included. A
    comment on the member's own line goes with it.

    Args:
        content: Of a file that `parse_roster` reads.
        email: Whom to take out; case does not matter.

    Raises:
        RosterEditError: The text says why, and a person has to edit the file.
        RosterFileError: The file has faults.
    """
    before = parse_roster(content)
    left = [one for one in before.members if fold_email(one.email) != fold_email(email)]
    if len(left) == len(before.members):
        raise RosterEditError("they are not in the file")
    if not left:
        raise RosterEditError("they are its only member")
    text = readable_text(content)
    (members,) = [
        value
        for key, value in cast("Any", yaml.compose(text, Loader=LOADER)).value
        if key.value == "members"
    ]
    gone = next(
        place
        for place, one in enumerate(before.members)
        if fold_email(one.email) == fold_email(email)
    )
    cut = _without_entry if members.flow_style else _without_lines
    edited = content[: len(content) - len(text.encode())] + cut(
        text, members.value, gone
    ).encode("utf-8")
    # The reader is the judge of what was written: places apart, nobody else changed.
    try:
        after = parse_roster(edited)
    except RosterFileError as error:
        raise RosterEditError(_BY_HAND) from error
    if replace(after, members=()) != replace(before, members=()) or [
        replace(one, place=None) for one in after.members
    ] != [replace(one, place=None) for one in left]:
        raise RosterEditError(_BY_HAND)
    return edited


_BY_HAND = "they share their lines with something else"


def _without_lines(text: str, members: Sequence[Any], gone: int) -> str:
    """Cut the lines of one member of a list with dashes; comment lines stay."""
    lines = text.splitlines(keepends=True)
    first, last = members[gone].start_mark.line, _last_line(members[gone])
    if not re.fullmatch(r"\s*-\s+", lines[first][: members[gone].start_mark.column]):
        raise RosterEditError(_BY_HAND)
    while not lines[last].strip():  # a folded text takes the empty lines after it
        last -= 1
    kept = [one for one in lines[first : last + 1] if one.lstrip().startswith("#")]
    return "".join((*lines[:first], *kept, *lines[last + 1 :]))


def _last_line(node: Any) -> int:
    """Return the last line of what a node holds; YAML counts comments after it too."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        return max(_last_line(value) for _, value in node.value)
    mark = node.end_mark
    return int(mark.line if mark.column else mark.line - 1)


def _without_entry(text: str, members: Sequence[Any], gone: int) -> str:
    """Cut one member of a list in brackets, with the comma on one side of it."""
    own_start, own_end = members[gone].start_mark.index, members[gone].end_mark.index
    is_last = gone == len(members) - 1
    start = members[gone - 1].end_mark.index if is_last else own_start
    end = own_end if is_last else members[gone + 1].start_mark.index
    # A comment there may be about a neighbour.
    if "#" in text[start:own_start] + text[own_end:end]:
        raise RosterEditError(_BY_HAND)
    return text[:start] + text[end:]
