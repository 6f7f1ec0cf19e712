"""`python -m benchmarks`: measure, write the results down, print the table last.

Exits with 1 when a bar is missed, 0 otherwise, 2 for a bad option.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import (
    audit,
    grid,
    host_start,
    rate_limit,
    readme,
    requests_counted,
    results,
    state_size,
    table,
    unchanged,
    ups,
)
from benchmarks.figures import Figure, missed
from benchmarks.setup import Setup, say

MEASUREMENTS: dict[str, Callable[[Setup], list[Figure]]] = {
    "host-start": host_start.measure,
    "requests": requests_counted.measure,
    "state": state_size.measure,
    "audit": audit.measure,
    "rate-limit": rate_limit.measure,
    "user-up": ups.measure_users,
    "roster-up": ups.measure_roster,
    "preview": unchanged.measure,
    "grid": grid.measure,
}


def main(words: Sequence[str] | None = None) -> int:
    """Run what was asked for; each measurement is written down when it has ended."""
    options = _options(words)
    new: list[results.Run] = []
    with tempfile.TemporaryDirectory(prefix="pulumi-cerevox-bench-") as folder:
        setup = Setup(quick=options.quick, folder=Path(folder))
        for name in options.only:
            say(name)
            new.append(_measured(name, setup))
            _write_down(new, options.results, options.readme)
    figures = results.figures_of(new)
    print(table.as_text(figures))
    return 1 if missed(figures) else 0


def _measured(name: str, setup: Setup) -> results.Run:
    where = results.machine()
    figures = tuple(MEASUREMENTS[name](setup))
    return results.Run(name, "quick" if setup.quick else "full", where, figures)


def _write_down(
    new: Sequence[results.Run], folder: Path, readme_file: Path | None
) -> None:
    kept = results.merged(results.read(folder), new, list(MEASUREMENTS))
    results.write(folder, kept)
    if readme_file is not None:
        text = readme.updated(readme_file.read_text(), results.figures_of(kept))
        readme_file.write_text(text)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="small sizes, few rounds")
    parser.add_argument(
        "--only",
        type=_names,
        default=list(MEASUREMENTS),
        metavar="NAME,…",
        help=f"some of: {', '.join(MEASUREMENTS)}",
    )
    parser.add_argument(
        "--results",
        type=Path,
        default=Path(__file__).parent,
        metavar="DIR",
        help="where results.json, results.md and chart.svg go; benchmarks/ by default",
    )
    parser.add_argument(
        "--readme",
        type=Path,
        metavar="FILE",
        help="also put the figures that have a bar between the marks in this file",
    )
    return parser.parse_args(words)


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
