"""The short form of `make kill`."""

from __future__ import annotations

from pathlib import Path

from scripts.proof.kill_report import report
from scripts.proof.kill_rounds import Drawn, run_rounds
from scripts.proof.scenarios import named

SEED = 6


def test_some_rounds(engine_folder: Path) -> None:
    scenarios = named(["users-change", "roster-change"])
    drawn = Drawn(scenarios, kills=3, interrupts=2, seed=SEED)
    results = run_rounds(engine_folder, drawn)
    assert len(results) == 5
    assert [one for one in results if one.faults] == [], report(results)
