"""Property values as the engine writes them: what is secret or unknown is marked.

The signatures are those of the engine's own serialisation (CLI 3.259, read and run).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - what tells a secret
_SECRET_IN_PREVIEWS = "[secret]"  # noqa: S105 - what stands in its place
_UNKNOWN = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


class Unreadable(Enum):
    """What stands in place of a value that can't be compared; the value says why."""

    SECRET = "a secret; `pulumi stack export --show-secrets` shows it"  # noqa: S105
    HIDDEN = "a secret, which no preview shows"
    UNKNOWN = "not known before `pulumi up`"
    FOREIGN = "no plain value"


def readable(value: object) -> Any:
    """Give a value in plain form, with `Unreadable` for what can't be read.

    A secret is readable where its plain text was exported (`--show-secrets`).
    """
    if isinstance(value, str):
        return _readable_text(value)
    if isinstance(value, list):
        return [readable(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if _SIGNATURE in value:
        return _readable_signed(value)
    return {key: readable(one) for key, one in value.items()}


def why_unreadable(value: object) -> Unreadable | None:
    """Say why a value, or anything in it, can't be compared; None where all can."""
    return next(_unreadable_in(value), None)


def _unreadable_in(value: object) -> Iterator[Unreadable]:
    if isinstance(value, Unreadable):
        yield value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _unreadable_in(_readable_text(str(key)))
            yield from _unreadable_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from _unreadable_in(one)


def _readable_text(text: str) -> str | Unreadable:
    if text in _UNKNOWN:
        return Unreadable.UNKNOWN
    return Unreadable.HIDDEN if text == _SECRET_IN_PREVIEWS else text


def _readable_signed(value: Mapping[str, Any]) -> Any:
    if value[_SIGNATURE] != _SECRET:
        return Unreadable.FOREIGN
    plain = value.get("plaintext")
    if not isinstance(plain, str):
        return Unreadable.SECRET
    try:
        return readable(json.loads(plain))
    except json.JSONDecodeError:
        return Unreadable.SECRET
