"""The admin API: what it refuses, and changes behind the API's back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pulumi_cerevox.testing import EmulatorError, EmulatorProcess

Call = Callable[..., requests.Response]

pytestmark = pytest.mark.parametrize("dialect", ["documented"], indirect=True)


def admin(
    emulator: EmulatorProcess, method: str, path: str, **more: Any
) -> requests.Response:
    return requests.request(method, emulator.admin_url + path, timeout=20, **more)


def test_health(emulator: EmulatorProcess) -> None:
    health = admin(emulator, "GET", "/health").json()

    assert health["status"] == "ok"
    assert health["dialect"] == "documented"
    assert (health["account_id"], health["users"]) == ("acc_team", 12)


@pytest.mark.parametrize("path", ["/nothing", "", "/", "/health/", "/users"])
def test_an_unknown_route_is_404_or_405(emulator: EmulatorProcess, path: str) -> None:
    answer = admin(emulator, "GET", path)

    assert answer.status_code in {404, 405}
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "body", "named"),
    [
        ("POST", "/faults", {"status": 503, "wehn": "after"}, "wehn"),
        ("POST", "/faults", {"action": "explode"}, "action"),
        ("POST", "/faults", {}, "action"),
        ("POST", "/faults", {"action": "status"}, "status"),
        ("POST", "/faults", {"action": "delay"}, "delay_seconds"),
        ("POST", "/faults", {"status": 200}, "status"),
        ("POST", "/faults", {"status": 700}, "status"),
        ("POST", "/faults", {"status": 503, "nth": 0}, "nth"),
        ("POST", "/faults", {"status": 503, "times": 0}, "times"),
        ("POST", "/faults", {"status": 503, "seconds": 0}, "seconds"),
        ("POST", "/faults", {"status": 503, "when": "during"}, "when"),
        ("POST", "/faults", [{"status": 503}, {"status": 503, "x": 1}], "x"),
        ("POST", "/faults", "close", "body"),
        ("POST", "/reset", {"everything": True}, "everything"),
        ("POST", "/clock", {"advance": 5}, "advance"),
        ("PATCH", "/users/ada@example.com", {"isadmin": True}, "isadmin"),
        ("PATCH", "/users/ada@example.com", {"role": "owner"}, "role"),
        ("PATCH", "/users/ada@example.com", {"name": None}, "name"),
        ("POST", "/users", {"name": "N"}, "email"),
        ("POST", "/users", {"email": "a@example.com", "x": 1}, "x"),
        ("POST", "/keys", {}, "email"),
        ("DELETE", "/keys", {"key": "x"}, "key"),
        ("PATCH", "/account", {"status": "gone"}, "status"),
        ("PATCH", "/account", {"plan": None}, "plan"),
        ("PATCH", "/account", {"account_id": "acc_2"}, "account_id"),
        ("PATCH", "/rules", {"rate_limit": {"requests": 1}}, "window_seconds"),
        ("PATCH", "/rules", {"latency_ms": -1}, "latency_ms"),
        ("PATCH", "/rules", {"latency_ms": None}, "latency_ms"),
        ("PATCH", "/rules", {"latency": 1}, "latency"),
        ("PUT", "/snapshot", {}, "account"),
        ("POST", "/users", {"email": "\ud800"}, "email"),
        ("POST", "/users", {"\ud800": 1}, "unicode"),
    ],
)
def test_a_bad_field_is_422_naming_it(
    emulator: EmulatorProcess, method: str, path: str, body: Any, named: str
) -> None:
    answer = admin(emulator, method, path, json=body)

    assert answer.status_code == 422
    assert named in answer.text


def test_a_bad_rule_in_a_list_adds_none(emulator: EmulatorProcess) -> None:
    admin(emulator, "POST", "/faults", json=[{"status": 503}, {"status": 1}])

    assert emulator.faults() == []


def test_an_unknown_parameter_is_422_naming_it(emulator: EmulatorProcess) -> None:
    answer = admin(emulator, "GET", "/journal?pth=/users")

    assert answer.status_code == 422
    assert "pth" in answer.text


def test_no_fault_and_no_limit_touches_it(
    emulator: EmulatorProcess, call: Call
) -> None:
    call("GET", "/users/me")
    emulator.add_fault(action="close", times=None)
    emulator.patch_rules(rate_limit={"requests": 0, "window_seconds": 60})

    assert admin(emulator, "GET", "/health").status_code == 200


def test_users_change_behind_the_apis_back(
    emulator: EmulatorProcess, call: Call
) -> None:
    added = emulator.add_user("Mallory@example.com", role="admin", isbanned=True)
    patched = emulator.patch_user(
        "mallory@EXAMPLE.com", name="", isbanned=False, lastlogin="2026-01-01T00:00:00Z"
    )
    shown = call("GET", f"/users/{added['user_id']}").json()
    removed = emulator.remove_user(added["user_id"])

    assert (added["name"], added["isbanned"]) == ("Mallory", True)
    assert patched == removed
    assert (shown["name"], shown["isbanned"]) == ("", False)
    assert shown["lastlogin"] == "2026-01-01T00:00:00Z"
    assert call("GET", f"/users/{added['user_id']}").status_code == 404


def test_fields_that_are_left_out_stay(emulator: EmulatorProcess) -> None:
    before = emulator.user("ada@example.com")

    emulator.patch_user("ada@example.com", lastlogin=None)

    assert emulator.user("ada@example.com") == {**before, "lastlogin": None}


def test_no_rule_protects_the_last_admin_here(
    emulator: EmulatorProcess, call: Call
) -> None:
    for user in emulator.users():
        if user["role"] == "admin":
            emulator.patch_user(user["email"], role="member")

    assert call("GET", "/users").status_code == 403


def test_everybody_can_be_removed(emulator: EmulatorProcess, call: Call) -> None:
    call("GET", "/users/me")
    for user in emulator.users():
        emulator.remove_user(user["email"])

    assert emulator.users() == []
    assert call("GET", "/users").status_code == 401


@pytest.mark.parametrize(
    ("method", "arguments", "status"),
    [
        ("add_user", {"email": "ADA@example.com"}, 409),
        ("remove_user", {"email": "nobody@example.com"}, 404),
        ("key_for", {"email": "nobody@example.com"}, 404),
        ("revoke_keys", {"email": "nobody@example.com"}, 404),
    ],
)
def test_what_cannot_be_done_is_told(
    emulator: EmulatorProcess, method: str, arguments: dict[str, str], status: int
) -> None:
    with pytest.raises(EmulatorError, match=str(status)):
        getattr(emulator, method)(**arguments)


def test_changing_somebody_who_is_not_there_is_told(
    emulator: EmulatorProcess,
) -> None:
    with pytest.raises(EmulatorError, match="404"):
        emulator.patch_user("nobody@example.com", name="N")


def test_an_email_can_be_changed_but_not_to_somebody_elses(
    emulator: EmulatorProcess,
) -> None:
    taken = admin(
        emulator, "PATCH", "/users/alan@example.com", json={"email": "Ada@example.com"}
    )
    free = admin(
        emulator, "PATCH", "/users/alan@example.com", json={"email": "ALAN@example.com"}
    )

    assert taken.status_code == 409
    assert free.json()["email"] == "ALAN@example.com"


def test_keys_can_be_given_and_revoked(emulator: EmulatorProcess, call: Call) -> None:
    first, second = (emulator.key_for("alan@example.com") for _ in range(2))
    assert first != second
    for key in (first, second):
        assert call("GET", "/users/me", key=key).status_code == 200

    emulator.revoke_keys(email="alan@example.com")

    for key in (first, second):
        assert call("GET", "/users/me", key=key).status_code == 401
    assert call("GET", "/users/me").status_code == 200


def test_a_shorter_token_life_can_be_set(
    emulator: EmulatorProcess, call: Call, basic: Callable[[str], dict[str, str]]
) -> None:
    emulator.patch_rules(access_token_seconds=30)

    header = basic(emulator.api_key)
    answer = call("POST", "/token/login", anonymous=True, headers=header)

    assert answer.json()["expires_in"] == 30
