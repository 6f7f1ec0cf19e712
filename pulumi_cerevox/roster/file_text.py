"""The bytes of a roster file as text: bounded, UTF-8, and reading as it looks."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from pulumi_cerevox.account.escaping import printable

MAX_BYTES = 20_000_000
"""Largest file that is read; 100,000 people need about 10 MB."""

_FAR_TOO_MANY = 100

_UNREADABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd"
    "\U00010000-\U0010ffff]"
    "|\r(?!\n)"
)
"""What may not stand in a file as it is.

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
        raise _unusable(f"can't be read: {error.strerror or error}") from error
    if len(content) > MAX_BYTES:
        raise _unusable(f"has more than {MAX_BYTES:,} bytes, which is the limit")
    return content


def readable_text(content: bytes | str) -> str:
    """Give the text of a file, without its byte order mark.

    Raises:
        UnusableFileError: It is no UTF-8, or holds characters that may not stand in
            a file as they are.
    """
    text = content if isinstance(content, str) else _decoded(content)
    text = text.removeprefix("\ufeff")
    faults = list(_unreadable(text))
    if faults:
        raise UnusableFileError(faults)
    return text


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnusableFileError([(1, 1, "is UTF-16; save it as UTF-8")])
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8").removeprefix("\ufeff")
        line, column = _place(before)
        text = f"byte {content[error.start]:#04x} is no UTF-8; save the file as UTF-8"
        raise UnusableFileError([(line, column, text)]) from error


def _unreadable(text: str) -> Iterator[tuple[int, int, str]]:
    for count, found in enumerate(_UNREADABLE.finditer(text)):
        if count == _FAR_TOO_MANY:
            return
        char = found.group()
        told = f"character {printable(char)} may not stand in a roster file as it is"
        if char != "\0":
            told += f'; in double quotes it is "{_in_yaml(char)}"'
        yield (*_place(text[: found.start()]), told)


def _in_yaml(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _place(before: str) -> tuple[int, int]:
    """Give line and column of what follows *before*."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _unusable(text: str) -> UnusableFileError:
    return UnusableFileError([(0, 0, text)])
