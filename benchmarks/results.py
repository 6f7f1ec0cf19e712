"""The results that are kept: of each measurement the newest run."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.chart import chart
from benchmarks.figures import Figure, Raw
from benchmarks.table import bar, number, raw, verdict

_FILE = "results.json"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one measurement.

    Attributes:
        measurement: Its name, as `--only` takes it.
        form: `full`, or `quick`: small sizes and few rounds.
        machine: Where and when it ran, and the machine's load as it began.
        figures: What came of it.
    """

    measurement: str
    form: str
    machine: Mapping[str, Any]
    figures: tuple[Figure, ...]


def machine() -> dict[str, Any]:
    """Describe where and when figures are measured."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }


def figures_of(runs: Iterable[Run]) -> list[Figure]:
    """Give the figures of several runs, in their order."""
    return [figure for run in runs for figure in run.figures]


def read(folder: Path) -> list[Run]:
    """Read what is kept in a folder; nothing where there is nothing."""
    file = folder / _FILE
    if not file.exists():
        return []
    return [_run(one) for one in json.loads(file.read_text())["runs"]]


def merged(kept: Iterable[Run], new: Iterable[Run], order: Sequence[str]) -> list[Run]:
    """Put new runs in the place of older ones of the same measurements."""
    newest = {run.measurement: run for run in (*kept, *new)}
    return [newest[name] for name in order if name in newest]


def write(folder: Path, runs: Sequence[Run]) -> None:
    """Write results.json, results.md and chart.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {"runs": [_as_json(run) for run in runs]}
    (folder / _FILE).write_text(json.dumps(document, indent=2) + "\n")
    (folder / "results.md").write_text(as_markdown(runs))
    (folder / "chart.svg").write_text(chart(figures_of(runs)))


def as_markdown(runs: Iterable[Run]) -> str:
    """Write the figures down with the raw numbers behind them."""
    lines = ["# Results", "", "![Figures as bars](chart.svg)"]
    for run in runs:
        where = ", ".join(f"{key} {value}" for key, value in run.machine.items())
        lines += [
            "",
            f"## {run.measurement}",
            "",
            f"{run.form.capitalize()} form; {where}.",
            "",
            "| figure | value | bar | | raw numbers |",
            "| --- | ---: | ---: | --- | --- |",
            *(_row(figure) for figure in run.figures),
        ]
    return "\n".join([*lines, ""])


def _row(figure: Figure) -> str:
    value, word = number(figure.value), verdict(figure)
    return f"| {figure.name} | {value} | {bar(figure)} | {word} | {raw(figure)} |"


def _as_json(run: Run) -> dict[str, Any]:
    figures = [
        {**asdict(figure), "bar_kept": figure.is_kept if figure.has_bar else None}
        for figure in run.figures
    ]
    return {
        "measurement": run.measurement,
        "form": run.form,
        "machine": dict(run.machine),
        "figures": figures,
    }


def _run(one: Mapping[str, Any]) -> Run:
    figures = tuple(_figure(figure) for figure in one["figures"])
    return Run(one["measurement"], one["form"], one["machine"], figures)


def _figure(one: Mapping[str, Any]) -> Figure:
    numbers = tuple(Raw(**number) for number in one["raw"])
    return Figure(
        one["name"],
        one["value"],
        most=one["most"],
        least=one["least"],
        raw=numbers,
        note=one["note"],
    )
