"""The figures as a table for the terminal, and how their numbers are written."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.figures import Figure, Raw


def verdict(figure: Figure) -> str:
    """Say in a word whether a figure keeps to its bar."""
    if not figure.has_bar:
        return "-"
    return "kept" if figure.is_kept else "MISSED"


def as_text(figures: Sequence[Figure]) -> str:
    """Lay the figures out for a terminal."""
    rows = [("figure", "value", "bar", "")]
    rows += [
        (figure.name, number(figure.value), bar(figure), verdict(figure))
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        f"{name:<{widths[0]}}  {value:>{widths[1]}}  {most:>{widths[2]}}  {word}"
        for name, value, most, word in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def bar(figure: Figure) -> str:
    """Write a figure's bar."""
    limits = (("<=", figure.most), (">=", figure.least))
    return " ".join(
        f"{sign} {number(limit)}" for sign, limit in limits if limit is not None
    )


def number(value: float) -> str:
    """Write a number with as many digits as it deserves."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"


def raw(figure: Figure) -> str:
    """Write the numbers behind a figure, and its note."""
    told = "; ".join(_told(one) for one in figure.raw)
    return "; ".join(part for part in (told, figure.note) if part)


def _told(one: Raw) -> str:
    return f"{one.what} {number(one.value)} {one.unit}"
