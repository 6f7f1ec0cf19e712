"""Versions and dates judged, whatever is installed here."""

from __future__ import annotations

from importlib import metadata

import pytest

from pulumi_cerevox import doctor
from pulumi_cerevox.doctor import State, check_clock


def test_the_floors_are_those_of_the_package() -> None:
    ours = metadata.metadata("pulumi-cerevox")
    needs = ours.get_all("Requires-Dist") or []
    oldest = doctor.OLDEST_SDK
    assert f"pulumi<{doctor.NEXT_SDK[0]},>={oldest[0]}.{oldest[1]}" in needs
    python = doctor.OLDEST_PYTHON
    assert ours["Requires-Python"] == f">={python[0]}.{python[1]}"


@pytest.mark.parametrize(
    ("installed", "state"),
    [
        ("3.235.0", State.OK),
        ("3.272.0", State.OK),
        ("3.234.9", State.FAIL),
        ("4.0.0", State.FAIL),
        ("nonsense", State.FAIL),
        ("", State.FAIL),
    ],
)
def test_the_sdk(installed: str, state: State) -> None:
    check = doctor.judge_sdk(installed)
    assert check.state is state
    assert ("pip install" in check.mend) == (state is State.FAIL)


def test_no_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    assert doctor.check_sdk().found == "Python package pulumi is not installed."


def test_python() -> None:
    assert doctor.check_python().state is State.OK
    assert doctor.judge_python((3, 10, 9)).state is State.FAIL


def test_the_engine() -> None:
    assert doctor.judge_engine((3, 254, 0)).state is State.OK
    told = doctor.judge_engine((3, 227, 0)).found
    assert "pulumi 3.227.0 is too old for `pulumi import --file`" in told


@pytest.mark.parametrize(
    ("date", "state"),
    [
        ("Thu, 01 Jan 1970 00:10:00 GMT", State.OK),
        ("Thu, 01 Jan 1970 00:11:00 GMT", State.OK),
        ("Thu, 01 Jan 1970 00:09:00 GMT", State.OK),
        ("Thu, 01 Jan 1970 00:11:01 GMT", State.WARNING),
        ("Thu, 01 Jan 1970 00:08:59 GMT", State.WARNING),
        (None, State.NOTE),
        ("", State.NOTE),
        ("yesterday", State.NOTE),
        ("Thu, 99 Jan 99999 00:00:00 GMT", State.NOTE),
    ],
)
def test_clocks(date: str | None, state: State) -> None:
    assert check_clock(date, 600.0).state is state
