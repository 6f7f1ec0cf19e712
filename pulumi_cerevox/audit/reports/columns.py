"""Text in columns of a terminal, where one character may take none, one or two."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import category, east_asian_width

_WIDE = {"W", "F"}
_MARKS = {"Mn", "Me"}  # they stand on the character before them


def columns(text: str) -> int:
    """Give how many columns a printable text takes."""
    return len(text) if text.isascii() else sum(_columns_of(char) for char in text)


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> Iterator[str]:
    """Break a text into lines, at spaces where it has them.

    Args:
        text: Printable.
        width: Columns of a line, at least two more than either indent.
        first: What the first line begins with.
        rest: What the others begin with.
    """
    line, used = first, columns(first)
    is_empty = True
    for word in text.split(" "):
        size = columns(word)
        if not is_empty and used + 1 + size <= width:
            line, used = f"{line} {word}", used + 1 + size
            continue
        if not is_empty:
            yield line
            line, used = rest, columns(rest)
        *whole, last = _pieces(word, width - max(columns(first), columns(rest)))
        for piece in whole:
            yield line + piece
            line = rest
        line, used = line + last, columns(line) + columns(last)
        is_empty = False
    yield line


def _pieces(word: str, room: int) -> list[str]:
    """Cut a word into pieces that fit."""
    if columns(word) <= room:
        return [word]
    pieces, start, used = [], 0, 0
    for position, char in enumerate(word):
        size = _columns_of(char)
        if used + size > room:
            pieces.append(word[start:position])
            start, used = position, 0
        used += size
    return [*pieces, word[start:]]


def _columns_of(char: str) -> int:
    if east_asian_width(char) in _WIDE:
        return 2
    return 0 if category(char) in _MARKS else 1
