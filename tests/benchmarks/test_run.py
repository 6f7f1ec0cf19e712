"""One small measurement, as `make bench` runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_run_writes_results_and_prints_the_table_last(tmp_path: Path) -> None:
    run = bench("--quick", "--only", "requests", "--results", str(tmp_path))
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.splitlines()[0].startswith("figure")
    assert run.stdout.count("kept") == 2
    (kept,) = json.loads((tmp_path / "results.json").read_text())["runs"]
    figures = kept["figures"]
    assert [figure["value"] for figure in figures] == [1, 1]
    assert {raw["what"]: raw["value"] for raw in figures[1]["raw"]} == {
        "ours: lists of users": 1,
        "ours: GETs of one user": 0,
        "ours: other GETs (the caller, the account)": 1,
        "naive: GETs of one user": 100,
    }
    assert (tmp_path / "results.md").exists()
    assert (tmp_path / "chart.svg").exists()


def test_an_unknown_measurement_is_a_bad_option() -> None:
    run = bench("--only", "haste")
    assert run.returncode == 2
    assert "there is no haste" in run.stderr
