"""The figures as tables: for the terminal, as Markdown, and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from benchmarks.figures import Figure, Raw


def machine() -> dict[str, Any]:
    """Describe where and when the figures were measured."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }


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


def as_markdown(figures: Sequence[Figure], where: dict[str, Any], *, form: str) -> str:
    """Write the figures down with the raw numbers behind them."""
    told = ", ".join(f"{key} {value}" for key, value in where.items())
    lines = [
        "# Results",
        "",
        f"`make bench`, {form} form; {told}.",
        "",
        "![Figures as bars](chart.svg)",
        "",
        "| figure | value | bar | | raw numbers |",
        "| --- | ---: | ---: | --- | --- |",
    ]
    lines += [
        f"| {figure.name} | {number(figure.value)} | {bar(figure)} | "
        f"{verdict(figure)} | {_raw(figure)} |"
        for figure in figures
    ]
    return "\n".join([*lines, ""])


def as_json(figures: Sequence[Figure], where: dict[str, Any], *, form: str) -> str:
    """Write the figures down for programs."""
    listed = [
        {**asdict(figure), "bar_kept": figure.is_kept if figure.has_bar else None}
        for figure in figures
    ]
    document = {"form": form, "machine": where, "figures": listed}
    return json.dumps(document, indent=2) + "\n"


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


def _raw(figure: Figure) -> str:
    told = "; ".join(_told(one) for one in figure.raw)
    return "; ".join(part for part in (told, figure.note) if part)


def _told(raw: Raw) -> str:
    return f"{raw.what} {number(raw.value)} {raw.unit}"
