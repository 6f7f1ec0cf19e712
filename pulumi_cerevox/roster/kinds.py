"""Kinds of values in a roster. Each finds faults and returns its JSON Schema.

The file's reader, the resource's properties and the schema for editors use the same
objects, so none of them accepts what another refuses. Values are plain, as in JSON, and
come from YAML, a program or the state.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

from pulumi_cerevox.text import (
    MAX_EMAIL,
    email_fault,
    fold_email,
    name_fault,
    printable,
    tags_escaped,
    unseen_escaped,
)

Path = tuple[str | int, ...]
"""The way to a value: keys of mappings and positions in lists."""

_SHOWN = 60
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MANY_DIGITS = 10**18
_LONGEST_GUESS = 64  # difflib's time grows with the square of what it compares


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with one value.

    Attributes:
        path: The way to the value; () for the whole.
        text: What is wrong, with what may stand there. Foreign text is escaped.
        at_key: Whether the key is at fault and not what stands under it.
    """

    path: Path
    text: str
    at_key: bool = False

    @property
    def told(self) -> str:
        """The text after the nearest key, for a message that names the place."""
        return self._after(self._key_path()[-1:])

    @property
    def told_in_full(self) -> str:
        """The text after the whole way, for a message without a place."""
        return self._after(self._key_path())

    def _key_path(self) -> list[str]:
        """Return the keys on the way, each with the positions in lists under it."""
        told: list[str] = []
        for part in self.path[:-1] if self.at_key else self.path:
            if isinstance(part, int) and told:
                told[-1] += f"[{part}]"
            else:
                told.append(shown(str(part)))
        return told

    def _after(self, keys: list[str]) -> str:
        return f"{'.'.join(keys)}: {self.text}" if keys else self.text


def nearest(word: str, words: Iterable[str]) -> str:
    """Return ``; did you mean "…"?`` when one of *words* is close, else nothing."""
    close = get_close_matches(word[:_LONGEST_GUESS].lower(), list(words), n=1)
    return f'; did you mean "{close[0]}"?' if close else ""


def shown(text: str) -> str:
    """Return foreign text for a message: escaped, and cut when it is long."""
    return printable(text, _SHOWN)


def described(value: object) -> str:
    """Say what was found, without giving a whole list or mapping."""
    if isinstance(value, str):
        return f'"{shown(value)}"' if value else "an empty text"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) >= _MANY_DIGITS:
        return "a number with very many digits"
    if isinstance(value, int | float):
        return f"{value:g}"
    return "a list" if isinstance(value, list | tuple) else "a mapping"


class Kind(ABC):
    """The valid values of one place."""

    @abstractmethod
    def faults(self, value: object, path: Path = ()) -> Iterator[Fault]:
        """Find what is wrong with *value*, which stands at *path*."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of such values."""


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """A string that follows a rule.

    Attributes:
        rule: Says what is wrong with a string, None if nothing.
        constraints: The same for JSON Schema, never stricter than the rule.
    """

    rule: Callable[[str], str | None] = lambda _: None
    constraints: Mapping[str, Any] = field(default_factory=dict)

    def faults(self, value: object, path: Path = ()) -> Iterator[Fault]:
        """Find what is no string, or breaks the rule."""
        if not isinstance(value, str):
            hint = ""
            if value is None:
                hint = "; leave the key out, or put a word such as Null in quotes"
            elif isinstance(value, bool | int | float):
                hint = "; put it in quotes if it is meant"
            yield Fault(path, f"must be text, not {described(value)}{hint}")
        elif (fault := self.rule(value)) is not None:
            yield Fault(path, f'"{shown(value)}" {fault}')

    def schema(self) -> dict[str, Any]:
        """Return a string's schema."""
        return {"type": "string", **self.constraints}


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    """One of a few words."""

    words: tuple[str, ...]

    def faults(self, value: object, path: Path = ()) -> Iterator[Fault]:
        """Find what is none of the words."""
        if value not in self.words:
            words = " or ".join(f'"{word}"' for word in self.words)
            found = f'"{shown(value)}"' if isinstance(value, str) else described(value)
            hint = nearest(value, self.words) if isinstance(value, str) else ""
            yield Fault(path, f"must be {words}, not {found}{hint}")

    def schema(self) -> dict[str, Any]:
        """Return an enumeration's schema."""
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Number(Kind):
    """A number within bounds; a whole one may be written as a float (5.0)."""

    whole: bool
    least: float = 0
    most: float | None = None

    def faults(self, value: object, path: Path = ()) -> Iterator[Fault]:
        """Find what is no number, or out of bounds."""
        if not self._fits(value):
            kind = "whole number" if self.whole else "number"
            bounds = f"of at least {self.least:g}"
            if self.most is not None:
                bounds = f"from {self.least:g} to {self.most:g}"
            yield Fault(path, f"must be a {kind} {bounds}, not {described(value)}")

    def _fits(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if self.whole and isinstance(value, float) and not value.is_integer():
            return False
        return value >= self.least and (self.most is None or value <= self.most)

    def schema(self) -> dict[str, Any]:
        """Return a number's schema."""
        kind = {"type": "integer" if self.whole else "number", "minimum": self.least}
        return kind if self.most is None else {**kind, "maximum": self.most}


class Flag(Kind):
    """True or false."""

    def faults(self, value: object, path: Path = ()) -> Iterator[Fault]:
        """Find what is neither."""
        if not isinstance(value, bool):
            yield Fault(path, f"must be true or false, not {described(value)}")

    def schema(self) -> dict[str, Any]:
        """Return a truth value's schema."""
        return {"type": "boolean"}


ROLE_UNTIL_FAULT = 'role_until may stand beside role "admin" alone'


class Day(Kind):
    """A date, YYYY-MM-DD."""

    def faults(self, value: object, path: Path = ()) -> Iterator[Fault]:
        """Find what is no day of the calendar."""
        # Python's reader of dates takes more forms, such as 2027-W01-1.
        if isinstance(value, str) and re.fullmatch(_DAY, value):
            try:
                date.fromisoformat(value)
            except ValueError:
                pass
            else:
                return
        yield Fault(path, f"must be a date, YYYY-MM-DD, not {described(value)}")

    def schema(self) -> dict[str, Any]:
        """Return a date's schema."""
        return {
            "type": "string",
            "format": "date",
            "pattern": f"^{_DAY}$",
        }


@dataclass(frozen=True, slots=True)
class ListOf(Kind):
    """A list with items of one kind."""

    item: Kind

    def faults(self, value: object, path: Path = ()) -> Iterator[Fault]:
        """Find what is no list, and the faults of its items."""
        if not isinstance(value, list | tuple):
            yield Fault(path, f"must be a list, not {described(value)}")
            return
        for position, item in enumerate(value):
            yield from self.item.faults(item, (*path, position))

    def schema(self) -> dict[str, Any]:
        """Return a list's schema."""
        return {"type": "array", "items": self.item.schema()}


@dataclass(frozen=True, slots=True)
class Nullable(Kind):
    """Something of a kind, or nothing."""

    kind: Kind

    def faults(self, value: object, path: Path = ()) -> Iterator[Fault]:
        """Find the faults of what is there."""
        if value is not None:
            yield from self.kind.faults(value, path)

    def schema(self) -> dict[str, Any]:
        """Return the schema of either."""
        return {"anyOf": [self.kind.schema(), {"type": "null"}]}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table.

    Attributes:
        name: As it is written.
        kind: What may stand under it.
        description: For people who hover over it in an editor.
        default: What counts without it, for the schema; None where nothing does.
        required: Whether it must be there.
    """

    name: str
    kind: Kind
    description: str
    default: Any = None
    required: bool = False

    def schema(self) -> dict[str, Any]:
        """Return the schema of what stands under the key, with the description."""
        default = {} if self.default is None else {"default": self.default}
        return {**self.kind.schema(), "description": self.description, **default}


@dataclass(frozen=True, slots=True)
class Table(Kind):
    """A mapping with these keys and no others."""

    keys: tuple[Key, ...]

    def faults(self, value: object, path: Path = ()) -> Iterator[Fault]:
        """Find unknown and missing keys, and the faults of what stands under them."""
        if not isinstance(value, Mapping):
            yield Fault(path, f"must be a mapping, not {described(value)}")
            return
        known = {key.name: key for key in self.keys}
        for name, entry in value.items():
            if name not in known:
                hint = nearest(name, known) or f"; there are {', '.join(known)}"
                text = f'unknown key "{shown(name)}"{hint}'
                yield Fault((*path, name), text, at_key=True)
                continue
            yield from known[name].kind.faults(entry, (*path, name))
        for name, key in known.items():
            if key.required and name not in value:
                yield Fault(path, f"{name} is missing")

    def schema(self) -> dict[str, Any]:
        """Return an object's schema."""
        required = [key.name for key in self.keys if key.required]
        return {
            "type": "object",
            "additionalProperties": False,
            **({"required": required} if required else {}),
            "properties": {key.name: key.schema() for key in self.keys},
        }


def fold_domain(domain: str) -> str:
    """Return a domain in the form of a folded email's."""
    return fold_email(f"@{domain.strip()}")[1:]


def email_rule(email: str) -> str | None:
    """Say what is wrong with an email as somebody declared it; None if fine.

    Beside the API's own rule: no character that can't be seen, for the people who
    review the declaration would take one person for another.
    """
    stripped = email.strip()
    unseen = next((char for char in stripped if not char.isprintable()), None)
    if unseen is not None and not unseen.isspace():
        return f"contains a character that can't be seen ({printable(unseen)})"
    if tag_fault(stripped) is None and unseen_escaped(stripped) != stripped:
        return "contains a backslash before what reads like an escape, such as x1b"
    return tag_fault(stripped) or email_fault(stripped)


def name_rule(name: str) -> str | None:
    """Say what is wrong with a name as somebody declared it; None if fine."""
    return tag_fault(name) or name_fault(name)


def choice_fault(name: str, value: object, allowed: Sequence[str]) -> str | None:
    """Say that a value is none of those allowed, without repeating it; None if fine."""
    if value in allowed:
        return None
    choices = " or ".join(f'"{choice}"' for choice in allowed)
    return f"{name} must be {choices}"


def tag_fault(text: str) -> str | None:
    """Refuse a text that the engine would not print as it is."""
    if tags_escaped(text) == text:
        return None
    # Written apart: the engine prints this as well.
    return 'contains "<" before "{%" (or that escaped), a colour tag of Pulumi\'s'


def domain_rule(domain: str) -> str | None:
    """Say what is wrong with a domain; None if it is fine."""
    if "@" in domain:
        return 'must be a domain alone, without "@"'
    if domain.strip().startswith((".", "*")) or ":" in domain or "/" in domain:
        return "is no domain, such as example.com; a subdomain is listed by itself"
    fault = email_rule(f"x@{domain.strip()}")
    return None if fault is None else "is no domain, such as example.com"


EMAIL = Text(
    email_rule,
    {
        # A dot with something on both sides of it, somewhere behind the "@".
        "pattern": r"^\s*[^\s@]+@[^\s@]*[^\s@.]\.+[^\s@.][^\s@]*\s*$",
        "maxLength": MAX_EMAIL,
    },
)
"""Any email that somebody may declare."""

DOMAIN = Text(domain_rule, {"pattern": r"^[^@]+$"})
"""The part of an email behind the "@"."""
