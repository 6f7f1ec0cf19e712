"""The short form of `make kill`."""

from __future__ import annotations

from pathlib import Path

from scripts.proof.kill import report, run_rounds
from scripts.proof.scenarios import named

SEED = 6


def test_some_rounds(engine_folder: Path) -> None:
    scenarios = named(["users-change", "roster-change"])
    tried = run_rounds(engine_folder, scenarios, kills=3, interrupts=2, seed=SEED)
    assert len(tried) == 5
    assert [one for one in tried if one.is_wrong] == [], report(tried)
