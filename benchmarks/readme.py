"""The figures in docs/performance.md: those that have a bar, between two marks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from benchmarks.figures import Figure
from benchmarks.table import bar, number, verdict

_BEGIN = "<!-- make bench writes from here -->"
_END = "<!-- to here -->"
_BETWEEN = re.compile(f"(?<={re.escape(_BEGIN)}\n).*?(?={re.escape(_END)})", re.DOTALL)


def updated(readme: str, figures: Sequence[Figure]) -> str:
    """Give the README's text with these figures in place of older ones.

    Raises:
        ValueError: it has no marks.
    """
    if not _BETWEEN.search(readme):
        raise ValueError(f"README.md has no {_BEGIN!r} with {_END!r} after it")
    return _BETWEEN.sub(lambda _: _rows(figures), readme, count=1)


def _rows(figures: Sequence[Figure]) -> str:
    lines = ["| figure | value | bar | |", "| --- | ---: | ---: | --- |"]
    lines += [
        f"| {one.name} | {number(one.value)} | {bar(one)} | {verdict(one)} |"
        for one in figures
        if one.has_bar
    ]
    return "\n".join([*lines, ""])
