"""Plain tables for a terminal: words left, numbers right."""

from __future__ import annotations

from collections.abc import Sequence

Row = Sequence[str | int]


def table(head: Sequence[str], rows: Sequence[Row]) -> str:
    """Lay out rows below their heads, and a line between."""
    texts = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(head))]
    numbers = [
        all(isinstance(row[column], int) for row in rows) for column in range(len(head))
    ]
    lines = [
        "  ".join(
            text.rjust(width) if is_number else text.ljust(width)
            for text, width, is_number in zip(row, widths, numbers, strict=True)
        ).rstrip()
        for row in texts
    ]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([lines[0], rule, *lines[1:]])
