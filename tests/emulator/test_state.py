"""Snapshot, reset and clock."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from pulumi_cerevox.testing import EmulatorError, EmulatorProcess

Call = Callable[..., requests.Response]

pytestmark = pytest.mark.parametrize("dialect", ["documented"], indirect=True)
NEW = {"email": "new@example.com", "name": "New"}


def test_reset_returns_to_the_seed_with_its_ids_and_key(
    emulator: EmulatorProcess, call: Call
) -> None:
    seed = emulator.snapshot()
    call("POST", "/users", json=NEW)
    first = emulator.user("new@example.com")["user_id"]
    emulator.remove_user("ada@example.com")
    emulator.patch_account(status="suspended", account_name="Other")
    emulator.revoke_keys()

    emulator.reset()

    assert emulator.snapshot() == seed
    assert emulator.journal() == []
    created = call("POST", "/users", json=NEW, key=emulator.api_key)
    # The caller's token is from before the reset.
    assert created.status_code == 401
    assert emulator.add_user(**NEW)["user_id"] == first


@pytest.mark.parametrize("what", ["state", "faults", "journal", "clock", "rules"])
def test_one_part_can_be_reset(
    emulator: EmulatorProcess, call: Call, what: str
) -> None:
    call("GET", "/users/me")
    emulator.add_user("new@example.com")
    emulator.add_fault(status=503, path="/never")
    emulator.set_clock(set="2030-01-01T00:00:00Z", frozen=True)
    emulator.patch_rules(list_wrapped=True, latency_ms=1)

    emulator.reset(what)

    kept = {
        "state": len(emulator.users()) == 13,
        "faults": bool(emulator.faults()),
        "journal": bool(emulator.journal()),
        "clock": bool(emulator.set_clock()["frozen"]),
        "rules": bool(emulator.patch_rules()["list_wrapped"]),
    }
    assert kept == {name: name != what for name in kept}


def test_a_snapshot_restores_everything(emulator: EmulatorProcess, call: Call) -> None:
    call("POST", "/users", json=NEW)
    before = emulator.snapshot()
    users = call("GET", "/users").json()
    for user in emulator.users()[1:]:
        emulator.remove_user(user["user_id"])
    emulator.patch_account(account_name="Other")
    emulator.patch_user("owner@example.com", name="Other", lastlogin=None)

    emulator.restore(before)

    assert emulator.snapshot() == before
    # The same tokens, too.
    assert call("GET", "/users").json() == users


def test_a_snapshot_of_one_emulator_fits_another(
    emulator: EmulatorProcess, caller_of: Callable[[EmulatorProcess], Call]
) -> None:
    emulator.add_user("new@example.com", name="New", role="admin")
    with EmulatorProcess(account_id="acc_other") as other:
        other.restore(emulator.snapshot())

        assert other.users() == emulator.users()
        call = caller_of(other)
        body = {"headers": None, "key": emulator.api_key}
        assert call("GET", "/users", **body).status_code == 200


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ({"users": None}, "users"),
        ({"more": 1}, "more"),
        ({"keys": [{"api_key": "k", "user_id": "nobody"}]}, "snapshot"),
    ],
)
def test_a_snapshot_that_does_not_fit_is_422_and_changes_nothing(
    emulator: EmulatorProcess, damage: dict[str, object], named: str
) -> None:
    before = emulator.snapshot()

    with pytest.raises(EmulatorError, match=f"422.*{named}"):
        emulator.restore({**before, **damage})

    assert emulator.snapshot() == before


def test_a_doubled_user_is_422_and_changes_nothing(emulator: EmulatorProcess) -> None:
    before = emulator.snapshot()

    with pytest.raises(EmulatorError, match="422"):
        emulator.restore({**before, "users": before["users"] * 2})

    assert emulator.snapshot() == before


def test_the_clock_can_be_set_moved_and_stopped(emulator: EmulatorProcess) -> None:
    stopped = emulator.set_clock(set="2026-03-01T00:00:00+01:00", frozen=True)
    assert stopped["now"] == "2026-02-28T23:00:00.000Z"
    assert stopped["frozen"] is True

    moved = emulator.set_clock(advance_seconds=-3600.5)
    assert moved["now"] == "2026-02-28T21:59:59.500Z"

    running = emulator.set_clock(frozen=False)
    assert running["now"].startswith("2026-02-28T2")
    assert running["frozen"] is False
    emulator.reset("clock")
    assert abs(emulator.set_clock()["offset_seconds"]) < 1e-3


@pytest.mark.parametrize(
    "setting",
    [
        {"set": "1969-12-31T00:00:00Z"},
        {"set": "9999-12-31T00:00:00Z"},
        {"set": "soon"},
        {"advance_seconds": 1e300},
        {"advance_seconds": "x"},
        {"now": 1},
    ],
)
def test_a_bad_time_is_422(emulator: EmulatorProcess, setting: dict[str, str]) -> None:
    with pytest.raises(EmulatorError, match="422"):
        emulator.set_clock(**setting)
