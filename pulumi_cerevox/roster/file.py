"""Read roster files. All faults are reported at once, each with its line and column.

The keys of a file are one table, which the reader and the JSON Schema share.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from pulumi_cerevox.roster.kinds import (
    EMAIL,
    ROLE_UNTIL_FAULT,
    Choice,
    Day,
    Key,
    ListOf,
    Table,
    Text,
    name_rule,
    shown,
)
from pulumi_cerevox.roster.model import (
    ADMIN,
    GUARD_KEYS,
    MEMBER,
    ROLES,
    Expired,
    Guards,
    Member,
    Place,
    Roster,
    RosterOnDestroy,
    Undeclared,
    guards_of,
)
from pulumi_cerevox.roster.yaml_tree import MOST_FAULTS, Mark, Tree, read_tree
from pulumi_cerevox.text import MAX_NAME, fold_email, printable


def _account_rule(account_id: str) -> str | None:
    if not account_id:
        return "is empty"
    is_word = account_id.isprintable() and not any(map(str.isspace, account_id))
    return None if is_word else "contains white space, or what can't be seen"


MEMBER_KEYS = Table(
    (
        Key("email", EMAIL, "Who it is. Case does not matter.", required=True),
        Key(
            "name",
            Text(name_rule, {"minLength": 1, "maxLength": MAX_NAME, "pattern": r"\S"}),
            "The full name. Without it the name in the account is left as it is.",
        ),
        Key("role", Choice(ROLES), "What they may do in the account.", MEMBER),
        Key("note", Text(), "For the readers of this file; it is sent nowhere."),
        Key(
            "until",
            Day(),
            "Last day of the membership, in UTC. After it they count as not declared: "
            "see expired.",
        ),
        Key(
            "role_until",
            Day(),
            "Last day as an admin, in UTC, beside role: admin. After it they are a "
            "member.",
        ),
        Key(
            "reviewed",
            Day(),
            "Day on which somebody last confirmed that they need this access. "
            "`audit --review-days` names whose is too long ago; it is sent nowhere.",
        ),
    )
)
"""The keys of one member."""

ROSTER_KEYS = Table(
    (
        Key(
            "account_id",
            Text(_account_rule, {"pattern": r"^\S+$"}),
            "The account this roster belongs to; any other is refused.",
        ),
        Key(
            "undeclared",
            Choice(tuple(Undeclared)),
            "What is done about people in the account whom nobody declares: report "
            "them, fail while there are any, remove them in a later run, or ignore "
            "them.",
            Undeclared.REPORT.value,
        ),
        Key(
            "expired",
            Choice(tuple(Expired)),
            "What is done about people in the account past their last day: report "
            "them, or remove them in the next run.",
            Expired.REPORT.value,
        ),
        Key(
            "on_destroy",
            Choice(tuple(RosterOnDestroy)),
            "What `pulumi destroy` does: keep everybody, or remove the people that "
            "this roster created.",
            RosterOnDestroy.KEEP.value,
        ),
        Key("guards", GUARD_KEYS, "What refuses a change."),
        Key(
            "members",
            ListOf(MEMBER_KEYS),
            "Everybody who belongs into the account.",
            required=True,
        ),
    )
)
"""The keys of the whole file."""


def roster_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a roster file.

    It is made of the same definitions as the reader, and refuses nothing that the
    reader takes. People who are there twice are found by the reader alone.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cerevox roster",
        "description": "Everybody who belongs into a Cerevox account.",
        **ROSTER_KEYS.schema(),
    }


MAX_BYTES = 20_000_000
"""Largest file that is read; 100,000 people need about 10 MB."""

_FAR_TOO_MANY = 100

_UNREADABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd"
    "\U00010000-\U0010ffff]"
    "|\r(?!\n)"
)
"""Characters that a file must not hold unescaped.

YAML's forbidden characters; then what reads otherwise than it looks: line breaks that
YAML 1.1 knows and reviewers' tools don't show (a lone CR, U+0085, U+2028, U+2029) could
hide a member in a comment, and so could marks that turn the direction of text.
"""


class UnusableFileError(Exception):
    """A file can't be read as text.

    Attributes:
        faults: Line, column and text of each reason; (0, 0) for the file as a whole.
    """

    def __init__(self, faults: list[tuple[int, int, str]]) -> None:
        super().__init__(faults[0][2])
        self.faults = faults


def read_bytes(path: Path) -> bytes:
    """Read a file that is not too large.

    Raises:
        UnusableFileError: It is, or it can't be read.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _unusable(f"has {size:,} bytes; the limit is {MAX_BYTES:,}")
        with path.open("rb") as file:
            # What is no regular file has no size to judge beforehand.
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        if not path.is_absolute():
            reason += f" (looked for in {printable(str(Path.cwd()))})"
        raise _unusable(f"can't be read: {reason}") from error
    if len(content) > MAX_BYTES:
        raise _unusable(f"has more than {MAX_BYTES:,} bytes, which is the limit")
    return content


def readable_text(content: bytes | str) -> str:
    """Return the text of a file, without its byte order mark.

    Raises:
        UnusableFileError: It is no UTF-8, or holds characters that may not stand in
            a file as they are.
    """
    if isinstance(content, bytes):
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise UnusableFileError([(1, 1, "is UTF-16; save it as UTF-8")])
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            before = content[: error.start].decode("utf-8").removeprefix("\ufeff")
            byte = f"byte {content[error.start]:#04x}"
            told = f"{byte} is no UTF-8; save the file as UTF-8"
            raise UnusableFileError([(*_place(before), told)]) from error
    else:
        text = content
    text = text.removeprefix("\ufeff")
    faults = list(_unreadable(text))
    if faults:
        raise UnusableFileError(faults)
    return text


def _unreadable(text: str) -> Iterator[tuple[int, int, str]]:
    for count, found in enumerate(_UNREADABLE.finditer(text)):
        if count == _FAR_TOO_MANY:
            return
        char = found.group()
        told = f"character {printable(char)} may not stand in a roster file as it is"
        if char != "\0":
            code = ord(char)
            escape = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
            told += f'; in double quotes it is "{escape}"'
        yield (*_place(text[: found.start()]), told)


def _place(before: str) -> tuple[int, int]:
    """Return line and column of what follows *before*."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _unusable(text: str) -> UnusableFileError:
    return UnusableFileError([(0, 0, text)])


_SETTINGS = ("account_id", "undeclared", "expired", "on_destroy", "guards")


class RosterFileError(ValueError):
    """Roster files can't be used; the text has a line for each reason.

    Attributes:
        faults: The lines, `path:line:column: what is wrong`, in the files' order.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def read_rosters(
    paths: Sequence[str | PathLike[str]],
    contents: Mapping[str, bytes] | None = None,
    *,
    is_old: bool = False,
) -> Roster:
    """Read one roster from one or several files.

    Several files share an account, each with an owner of its own. A person may be in
    one of them only. Settings stand in the first one, and an admin in another one
    needs the first one's `allowed_admins`: else whoever owns a part owns the account.

    Args:
        paths: The files.
        contents: What stands in those that are not on the disk.
        is_old: Whether this is the roster before a change. Then settings may stand in
            any file, as they could in the first releases, and must agree.

    Raises:
        RosterFileError: with every fault of every file.
    """
    if not paths:
        raise RosterFileError(["no roster file was named"])
    files = [_File(fspath(path)) for path in paths]
    for file in files:
        if contents and file.path in contents:
            file.parse(contents[file.path])
        else:
            file.read()
    return _merged(files, is_old=is_old)


def parse_roster(content: str | bytes, path: str | PathLike[str] = "roster") -> Roster:
    """Read a roster from the content of a file.

    Args:
        content: YAML; bytes are UTF-8.
        path: The name for places and faults.

    Raises:
        RosterFileError: with every fault.
    """
    file = _File(fspath(path))
    file.parse(content)
    return _merged([file])


class _File:
    """One file: its plain values while they are sound, and its faults."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.tree = Tree()
        self._faults: list[tuple[Mark, str]] = []

    def read(self) -> None:
        """Read the file and find its faults."""
        try:
            content = read_bytes(Path(self.path))
        except UnusableFileError as error:
            self._note(error)
        else:
            self.parse(content)

    def parse(self, content: str | bytes) -> None:
        """Find the faults of the content."""
        try:
            text = readable_text(content)
        except UnusableFileError as error:
            self._note(error)
            return
        self.tree = read_tree(text)
        self._faults += self.tree.faults
        room = MOST_FAULTS - len(self._faults)
        self._faults += islice(self._format_faults(), max(room, 0) + 1)

    def faults(self) -> list[str]:
        """Return the faults in the order of their places."""
        told = [
            self._line(mark, text) for mark, text in sorted(self._faults)[:MOST_FAULTS]
        ]
        if len(self._faults) > MOST_FAULTS:
            told.append(f"{printable(self.path)}: more than {MOST_FAULTS} faults")
        return told

    def add_fault(self, mark: Mark, text: str) -> None:
        """Note a fault that only several members or files together have."""
        self._faults.append((mark, text))

    def members(self) -> Iterator[tuple[Mark, Mapping[str, Any]]]:
        """Return what members the file holds, sound ones or not, with their places."""
        members = self._top().get("members")
        for position, one in enumerate(members if isinstance(members, list) else ()):
            if isinstance(one, Mapping) and isinstance(one.get("email"), str):
                mark = self.tree.values[("members", position, "email")]
                yield mark, one

    def settings_keys(self) -> list[str]:
        """Return the settings that the file has, sound ones or not."""
        return [key for key in _SETTINGS if key in self._top()]

    def settings(self) -> dict[str, Any]:
        """Return the settings that a file without faults makes."""
        top = self._top()
        settings = {key: top[key] for key in self.settings_keys()}
        if "guards" in settings:
            settings["guards"] = guards_of(settings["guards"])
        return settings

    def mark(self, key: str) -> Mark:
        """Return where a setting's key stands."""
        return self.tree.keys[(key,)]

    def _top(self) -> Mapping[str, Any]:
        return self.tree.value if isinstance(self.tree.value, dict) else {}

    def _format_faults(self) -> Iterator[tuple[Mark, str]]:
        """Find what does not keep to the format, but for what was refused already."""
        if self.tree.value is None and self.tree.faults:
            return
        for fault in ROSTER_KEYS.faults(self.tree.value):
            told = fault.told
            if fault.path == () and fault.text.startswith("must be a mapping"):
                told += ": a roster file has at least `members: []`"
            if fault.path not in self.tree.unread:
                yield self.tree.mark(fault), told

    def _note(self, error: UnusableFileError) -> None:
        self._faults += [((line, column), text) for line, column, text in error.faults]

    def _line(self, mark: Mark, text: str) -> str:
        line, column = mark
        place = f":{line}:{column}" if line else ""
        return f"{printable(self.path)}{place}: {text}"


def _merged(files: Sequence[_File], *, is_old: bool = False) -> Roster:
    """Make one roster of files.

    Raises:
        RosterFileError: with every fault of every file, and of all together.
    """
    _find_doubled(files)
    for file in files:
        for mark, one in file.members():
            if "role_until" in one and one.get("role") != ADMIN:
                file.add_fault(mark, f'"{shown(one["email"])}": {ROLE_UNTIL_FAULT}')
    if not is_old:
        _find_rights_of_others(files)
    if any(file.faults() for file in files):
        raise RosterFileError([text for file in files for text in file.faults()])
    settings = _agreed_settings(files)
    return Roster(
        members=tuple(
            _member(file.path, mark, one)
            for file in files
            for mark, one in file.members()
        ),
        guards=settings.get("guards", Guards()),
        undeclared=Undeclared(settings.get("undeclared", Undeclared.REPORT)),
        expired=Expired(settings.get("expired", Expired.REPORT)),
        account_id=settings.get("account_id"),
        on_destroy=RosterOnDestroy(settings.get("on_destroy", RosterOnDestroy.KEEP)),
    )


def _find_doubled(files: Sequence[_File]) -> None:
    """Find people who are declared twice, in one file or in two."""
    first: dict[str, tuple[_File, Mark, str]] = {}
    for file in files:
        for mark, one in file.members():
            email = one["email"]
            other, there, spelling = first.setdefault(
                fold_email(email), (file, mark, email)
            )
            if (other, there) == (file, mark):
                continue
            place = f"line {there[0]}, column {there[1]}"
            if other is not file:
                place = str(Place(other.path, *there))
            same = "" if spelling == email else f' as "{shown(spelling)}"'
            file.add_fault(
                mark, f'"{shown(email)}" is declared twice; first{same} at {place}'
            )


def _find_rights_of_others(files: Sequence[_File]) -> None:
    """Find settings, and admins who are not allowed, in other files than the first."""
    first, *others = files
    # What the first file allows is not known while it has faults.
    is_known = not first.faults()
    guards = first.settings().get("guards", Guards()) if is_known else Guards()
    for file in others:
        for key in file.settings_keys():
            file.add_fault(
                file.mark(key),
                f"{key} may stand in the first file alone, {printable(first.path)}",
            )
        for mark, one in file.members():
            is_admin = is_known and one.get("role") == ADMIN
            if is_admin and fold_email(one["email"]) not in guards.allowed_admins:
                file.add_fault(
                    mark,
                    f'"{shown(one["email"])}" may not be an admin here: name them in '
                    f"allowed_admins of the first file, {printable(first.path)}",
                )


def _agreed_settings(files: Sequence[_File]) -> dict[str, Any]:
    """Return the settings of all files.

    Raises:
        RosterFileError: Two of them differ.
    """
    agreed: dict[str, Any] = {}
    owners: dict[str, _File] = {}
    for file in files:
        for key, value in file.settings().items():
            if agreed.setdefault(key, value) == value:
                owners.setdefault(key, file)
                continue
            owner = owners[key]
            place = Place(owner.path, *owner.mark(key))
            file.add_fault(file.mark(key), f"{key} differs from the one at {place}")
    faults = [text for file in files for text in file.faults()]
    if faults:
        raise RosterFileError(faults)
    return agreed


def _member(path: str, mark: Mark, written: Mapping[str, Any]) -> Member:
    days = {
        key: date.fromisoformat(written[key])
        for key in ("until", "role_until", "reviewed")
        if written.get(key) is not None
    }
    return Member(
        email=written["email"].strip(),
        role=written.get("role", MEMBER),
        name=written.get("name"),
        note=written.get("note"),
        **days,
        place=Place(path, *mark),
    )
