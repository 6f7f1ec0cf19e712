"""The short form of `make kill`."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.proof.kill import main

SEED = 6


def test_some_rounds(engine_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert engine_folder.is_dir()
    scenarios = ("--scenario=users-change", "--scenario=roster-change")
    main([*scenarios, "--rounds=3", "--interrupts=2", f"--seed={SEED}"])
    text = capsys.readouterr().out
    # So few rounds may miss the bar of kills between writes.
    assert text.splitlines()[-1].split()[-2:] == ["0", "5"], text
