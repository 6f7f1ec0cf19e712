"""What is wrong with a value, and how a message tells it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from pulumi_cerevox.account.escaping import printable

Path = tuple[str | int, ...]
"""The way to a value: keys of mappings and positions in lists."""

_SHOWN = 60
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
        """Give the keys on the way, each with the positions in lists under it."""
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
    """Give ``; did you mean "…"?`` when one of *words* is close, else nothing."""
    close = get_close_matches(word[:_LONGEST_GUESS].lower(), list(words), n=1)
    return f'; did you mean "{close[0]}"?' if close else ""


def shown(text: str) -> str:
    """Give foreign text for a message: escaped, and cut when it is long."""
    return printable(text, _SHOWN)


def described(value: object) -> str:
    """Say what was found, without giving a whole list or mapping."""
    if isinstance(value, str):
        return f'"{shown(value)}"' if value else "an empty text"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}"
    return "a list" if isinstance(value, list | tuple) else "a mapping"
