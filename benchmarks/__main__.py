"""`python -m benchmarks`: measure, write the results down, print the table last.

Exits with 1 when a bar is missed, 0 otherwise, 2 for a bad option.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import audit, hosts, load, native, peers, report, runs
from benchmarks.figures import Figure, missed
from benchmarks.stacks import Setup, say

MEASUREMENTS: dict[str, Callable[[Setup], list[Figure]]] = {
    "host-start": hosts.measure_start,
    "requests": hosts.measure_requests,
    "state": hosts.measure_state,
    "audit": audit.measure,
    "rate-limit": hosts.measure_rate_limit,
    "user-up": runs.measure_users_up,
    "roster-up": runs.measure_roster_up,
    "preview": runs.measure_preview,
    "native-start": native.measure_start,
    "native": native.measure_runs,
    "load": load.measure,
    "peers": peers.measure,
    "grid": runs.measure_grid,
}


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}")
    return names


def main(words: Sequence[str] | None = None) -> int:
    """Run what was asked for; each measurement is written down when it has ended."""
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
        "--page",
        "--readme",
        type=Path,
        metavar="FILE",
        help="also put the figures that have a bar, and the table of the peers, "
        "between their marks in this file",
    )
    options = parser.parse_args(words)
    new: list[report.Run] = []
    with tempfile.TemporaryDirectory(prefix="pulumi-cerevox-bench-") as folder:
        setup = Setup(quick=options.quick, folder=Path(folder))
        for name in options.only:
            say(name)
            machine, form = report.machine(), "quick" if setup.quick else "full"
            figures = tuple(MEASUREMENTS[name](setup))
            new.append(report.Run(name, form, machine, figures))
            old = report.read(options.results)
            kept = report.merged(old, new, list(MEASUREMENTS))
            report.write(options.results, kept)
            if (page := options.page) is not None:
                text = report.with_figures(page.read_text(), kept)
                page.write_text(peers.with_table(text, kept))
    measured = report.figures_of(new)
    print(report.as_text(measured))
    return 1 if missed(measured) else 0


if __name__ == "__main__":
    sys.exit(main())
