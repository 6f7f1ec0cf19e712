"""Keep the newest run of each measurement, and write tables and a chart of them."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Raw, number
from scripts.page import commit, put_between

_SVG = "http://www.w3.org/2000/svg"
# Of the chart, in pixels: the height of a line, the widths of names and bars.
_LINE, _NAMES, _BARS = 26, 520, 300
_STYLE = (
    "text{font:13px sans-serif;fill:#222}"
    "rect.kept{fill:#4c78a8}rect.missed{fill:#c0392b}line{stroke:#222}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}line{stroke:#ddd}}"
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one measurement, in `full` or `quick` form, on one machine."""

    measurement: str
    form: str
    machine: Mapping[str, Any]
    figures: tuple[Figure, ...]


def machine() -> dict[str, Any]:
    """Describe where and when figures are measured."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }


def figures_of(runs: Iterable[Run]) -> list[Figure]:
    """Return the figures of several runs, in their order."""
    return [figure for run in runs for figure in run.figures]


def read(folder: Path) -> list[Run]:
    """Read what is kept in a folder; nothing where there is nothing."""
    file = folder / "results.json"
    if not file.exists():
        return []
    runs = []
    for run in json.loads(file.read_text())["runs"]:
        figures = []
        for one in run.pop("figures"):
            del one["bar_kept"]
            raw = tuple(Raw(**part) for part in one.pop("raw"))
            figures.append(Figure(**one, raw=raw))
        runs.append(Run(**run, figures=tuple(figures)))
    return runs


def merged(kept: Iterable[Run], new: Iterable[Run], order: Sequence[str]) -> list[Run]:
    """Put new runs in the place of older ones of the same measurements."""
    newest = {run.measurement: run for run in (*kept, *new)}
    return [newest[name] for name in order if name in newest]


def write(folder: Path, runs: Sequence[Run]) -> None:
    """Write results.json, results.md and chart.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    document = [asdict(run) for run in runs]
    for run, written in zip(runs, document, strict=True):
        for figure, one in zip(run.figures, written["figures"], strict=True):
            one["bar_kept"] = figure.is_kept if figure.has_bar else None
    text = json.dumps({"runs": document}, indent=2)
    (folder / "results.json").write_text(text + "\n")
    (folder / "results.md").write_text(as_markdown(runs))
    (folder / "chart.svg").write_text(chart(figures_of(runs)))


def as_markdown(runs: Iterable[Run]) -> str:
    """Write the figures down with the raw numbers behind them."""
    lines = ["# Results", "", "![Figures as bars](chart.svg)"]
    for run in runs:
        where = ", ".join(f"{key} {value}" for key, value in run.machine.items())
        lines += ["", f"## {run.measurement}", ""]
        lines += [f"{run.form.capitalize()} form; {where}.", ""]
        lines += ["| figure | value | bar | | raw numbers |"]
        lines += ["| --- | ---: | ---: | --- | --- |"]
        for one in run.figures:
            behind = "; ".join([*map(str, one.raw), *([one.note] if one.note else [])])
            lines.append(f"{_row(one)} {behind} |")
    return "\n".join([*lines, ""])


def with_figures(page: str, runs: Iterable[Run]) -> str:
    """Return a page with the figures that have a bar in place of older ones."""
    lines = ["| figure | value | bar | | measured |"]
    lines += ["| --- | ---: | ---: | --- | --- |"]
    for run in runs:
        told = [run.machine[key] for key in ("date", "commit") if key in run.machine]
        when = ", ".join(told)
        lines += [f"{_row(one)} {when} |" for one in run.figures if one.has_bar]
    return put_between(page, "make bench", "\n".join([*lines, ""]))


def _row(one: Figure) -> str:
    return f"| {one.name} | {number(one.value)} | {one.bar} | {one.verdict} |"


def as_text(figures: Iterable[Figure]) -> str:
    """Lay the figures out for a terminal."""
    rows = [("figure", "value", "bar", "")]
    rows += [(one.name, number(one.value), one.bar, one.verdict) for one in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        f"{name:<{widths[0]}}  {value:>{widths[1]}}  {most:>{widths[2]}}  {word}"
        for name, value, most, word in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def chart(figures: Iterable[Figure]) -> str:
    """Draw each figure as its share of its bar: the line is where it would be missed.

    A figure that must be large is drawn upside down, so that short is good everywhere.
    """
    rows: list[str] = []
    for figure in figures:
        if figure.has_bar:
            y = _LINE * len(rows)
            width = min(figure.share_of_bar, 2) * _BARS / 2
            kind = "kept" if figure.is_kept else "missed"
            text = escape(f"{number(figure.value)} ({figure.bar})")
            rows.append(
                f'<text x="0" y="{y + 17}">{escape(figure.name)}</text>'
                f'<rect class="{kind}" x="{_NAMES}" y="{y + 4}" width="{width:.0f}" '
                f'height="{_LINE - 8}"/>'
                f'<text x="{_NAMES + _BARS + 10}" y="{y + 17}">{text}</text>'
            )
    bottom, limit = _LINE * len(rows), _NAMES + _BARS // 2
    lines = [
        f'<svg xmlns="{_SVG}" viewBox="0 0 960 {bottom + _LINE}" role="img">',
        "<title>Each figure as a share of its bar</title>",
        f"<style>{_STYLE}</style>",
        *rows,
        f'<line x1="{limit}" y1="0" x2="{limit}" y2="{bottom}"/>',
        f'<text x="{limit}" y="{bottom + 18}" text-anchor="middle">the bar</text>',
        "</svg>",
    ]
    return "\n".join([*lines, ""])
