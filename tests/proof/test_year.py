"""The short form of `make year`, and a promise that is broken on purpose."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scripts.proof.year import PROMISES, Week, growth, main

# What each Python loads that the engine starts: somebody else is created.
_BROKEN = """
from pulumi_cerevox.account import calls

create_user = calls.create_user
calls.create_user = lambda email, *rest: create_user(f"un{email}", *rest)
"""


def test_some_weeks(engine_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert engine_folder.is_dir()
    assert main(["--weeks=2"]) == 0
    printed = capsys.readouterr()
    assert "WRONG" not in printed.out + printed.err
    assert printed.out.splitlines()[-1] == "2 weeks, every promise kept"
    for text in PROMISES.values():
        assert text in printed.out


def test_a_promise_that_is_broken_ends_with_1(
    engine_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert engine_folder.is_dir()
    (tmp_path / "sitecustomize.py").write_text(_BROKEN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert main(["--weeks=1"]) == 1
    printed = capsys.readouterr()
    assert "WRONG  week 1: promise 1: not shown: [('create', 'unperson" in printed.err
    assert printed.out.splitlines()[-1] == "WRONG"


def weeks(*sizes: tuple[int, int]) -> list[Week]:
    made = []
    for number, (state, memory) in enumerate(sizes):
        week = Week(number, date(2027, 1, 4), "a week", people=10)
        week.state_bytes, week.host_mb = state, memory
        made.append(week)
    return made


def test_growth_without_reason_is_named() -> None:
    assert growth(weeks((9000, 60), (9500, 61), (9200, 64), (9900, 66))) == []
    grown = growth(weeks((9000, 60), (9500, 61), (9200, 64), (15000, 99)))
    assert grown == ["bytes of state a person grew", "MB of a provider host grew"]
