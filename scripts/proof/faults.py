"""`make faults`: every request of every scenario, with every fault, on the engine.

Exit code 1 when an outcome is wrong: a fault that had to be survived was not, a
failure was not clear, or a run without faults did not reach the declared state
afterwards, exactly and by nothing but what the preview had shown.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence

from scripts.proof.fault_matrix import Plan, Tried, report, try_all
from scripts.proof.scenarios import SCENARIOS, named
from scripts.proof.verdict import Outcome
from scripts.proof.world import find_engine


def main(words: Sequence[str] | None = None) -> int:
    """Try what was asked for, and print the matrix last."""
    options = _options(words)
    plan = Plan(
        named(options.scenario),
        options.only,
        options.sample,
        options.seed,
        options.workers,
    )
    if options.sample is not None:
        print(f"a sample of {options.sample} cases, --seed {options.seed}")
    tried = try_all(find_engine(), plan)
    print(report(tried))
    return exit_code(tried)


def exit_code(tried: Sequence[Tried]) -> int:
    """Give 0 when something was tried and nothing is wrong, otherwise 1."""
    wrong = any(one.verdict.outcome is Outcome.WRONG for one in tried)
    return 1 if wrong or not tried else 0


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.proof.faults", description=__doc__
    )
    parser.add_argument(
        "--scenario",
        action="append",
        default=[],
        choices=[one.name for one in SCENARIOS],
        help="only this one; may be given several times",
    )
    parser.add_argument("--only", default="", help="only cases that hold this text")
    parser.add_argument("--sample", type=int, help="at most so many cases, by chance")
    parser.add_argument(
        "--seed",
        type=int,
        default=random.randrange(10**6),  # noqa: S311 - no secret depends on it
        help="of that chance; printed",
    )
    parser.add_argument("--workers", type=int, default=2, help="so many at a time")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
