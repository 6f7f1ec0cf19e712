"""A small bar chart of the figures that have a bar to keep, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from benchmarks.figures import Figure
from benchmarks.table import bar, number

_SVG = "http://www.w3.org/2000/svg"
_LINE = 26
_NAMES = 520
_BARS = 300
_STYLE = (
    "text{font:13px sans-serif;fill:#222}"
    "rect.kept{fill:#4c78a8}rect.missed{fill:#c0392b}line{stroke:#222}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}line{stroke:#ddd}}"
)


def chart(figures: Sequence[Figure]) -> str:
    """Draw each figure as its share of its bar: the line is where it would be missed.

    A figure that must be large is drawn upside down, so that short is good everywhere.
    """
    shown = [figure for figure in figures if figure.has_bar]
    height = _LINE * (len(shown) + 1)
    limit = _NAMES + _BARS // 2
    lines = [
        f'<svg xmlns="{_SVG}" viewBox="0 0 960 {height}" role="img">',
        "<title>Each figure as a share of its bar</title>",
        f"<style>{_STYLE}</style>",
        *(_row(figure, place) for place, figure in enumerate(shown)),
        f'<line x1="{limit}" y1="0" x2="{limit}" y2="{height - _LINE}"/>',
        f'<text x="{limit}" y="{height - 8}" text-anchor="middle">the bar</text>',
        "</svg>",
    ]
    return "\n".join([*lines, ""])


def share_of_bar(figure: Figure) -> float:
    """Give how much of its bar a figure uses; above 1 it is missed."""
    if figure.most is not None:
        return figure.value / figure.most
    return (figure.least or 0) / figure.value


def _row(figure: Figure, place: int) -> str:
    y = place * _LINE
    width = min(share_of_bar(figure), 2) * _BARS / 2
    kind = "kept" if figure.is_kept else "missed"
    told = f"{number(figure.value)} ({bar(figure)})"
    return (
        f'<text x="0" y="{y + 17}">{escape(figure.name)}</text>'
        f'<rect class="{kind}" x="{_NAMES}" y="{y + 4}" width="{width:.0f}" '
        f'height="{_LINE - 8}"/>'
        f'<text x="{_NAMES + _BARS + 10}" y="{y + 17}">{escape(told)}</text>'
    )
