"""`make kill`: runs cut off at random moments, and what is left of them.

SIGKILL for the engine, the provider host, or the emulator on its SQLite file; then
`pulumi cancel --yes`, the same run again and `refresh --clear-pending-creates`. Exit
code 1 when something did not converge, or when fewer than half of the kills came
between the first write and the last.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence

from scripts.proof.kill_report import missed_bars, report
from scripts.proof.kill_rounds import Drawn, run_rounds
from scripts.proof.scenarios import named
from scripts.proof.world import find_engine

SCENARIOS = [
    "users-up",
    "users-change",
    "users-destroy",
    "roster-up",
    "roster-change",
    "roster-destroy",
    "users-up-of-many",
    "roster-up-of-many",
]
"""Those that write."""


def main(words: Sequence[str] | None = None) -> int:
    """Run the rounds, and print the table last."""
    options = _options(words)
    drawn = Drawn(
        named(options.scenario or SCENARIOS),
        options.rounds,
        options.interrupts,
        options.seed,
        options.workers,
    )
    print(f"{drawn.kills} kills and {drawn.interrupts} SIGINTs, --seed {drawn.seed}")
    results = run_rounds(find_engine(), drawn)
    bars = missed_bars(results)
    for bar in bars:
        print(f"missed: {bar}")
    print(report(results))
    return 1 if bars else 0


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.proof.kill", description=__doc__
    )
    parser.add_argument(
        "--scenario",
        action="append",
        default=[],
        choices=SCENARIOS,
        help="only this one; may be given several times",
    )
    parser.add_argument("--rounds", type=int, default=200, help="so many SIGKILLs")
    parser.add_argument("--interrupts", type=int, default=20, help="so many SIGINTs")
    parser.add_argument(
        "--seed",
        type=int,
        default=random.randrange(10**6),  # noqa: S311 - no secret depends on it
        help="of the chance; printed",
    )
    parser.add_argument("--workers", type=int, default=2, help="so many at a time")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
