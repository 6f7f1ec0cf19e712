"""The journal: what it holds, and what it must not."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import requests

from pulumi_cerevox.testing import EmulatorProcess

Call = Callable[..., requests.Response]
Basic = Callable[[str], dict[str, str]]


def test_an_entry_tells_the_call(emulator: EmulatorProcess, call: Call) -> None:
    emulator.set_clock(set="2026-03-01T12:00:00Z", frozen=True)
    owner = emulator.user("owner@example.com")["user_id"]
    body = {"email": "new@example.com", "name": "New"}

    answer = call("POST", "/users?x=1&y=", json=body)

    assert emulator.journal("POST", "/users") == [
        {
            "n": 2,
            "time": "2026-03-01T12:00:00.000Z",
            "method": "POST",
            "path": "/v1/users",
            "route": "/v1/users",
            "query": {"x": "1", "y": ""},
            "status": 201,
            "body": body,
            "user_id": owner,
            "committed": True,
            "fault": None,
            "unexpected": None,
            "request_id": answer.headers["x-request-id"],
        }
    ]


def test_reads_and_refusals_committed_nothing(
    emulator: EmulatorProcess, call: Call
) -> None:
    call("GET", "/users")
    call("POST", "/users", json={})
    call("GET", "/nowhere")

    entries = emulator.journal()[1:]

    assert [entry["committed"] for entry in entries] == [False, False, False]
    assert [entry["status"] for entry in entries] == [200, 400, 404]
    assert entries[2]["route"] is None
    assert entries[2]["unexpected"] == "unknown route"


def test_no_secret_is_kept(emulator: EmulatorProcess, call: Call, basic: Basic) -> None:
    header = basic(emulator.api_key)
    login = call("POST", "/token/login", anonymous=True, headers=header).json()
    for body in (
        {"email": "owner@example.com", "password": "hunter2-secret"},
        {"refresh_token": login["refresh_token"]},
        {"deep": [{"Password": "hunter2-secret"}]},
    ):
        call("POST", "/token/refresh", anonymous=True, headers=header, json=body)
    call("POST", "/token/login", anonymous=True, data=b"hunter2-secret {")
    call("GET", "/users/me?password=hunter2-secret", token=login["access_token"])
    call("POST", "/token/login?api_key=hunter2-secret", anonymous=True)

    text = json.dumps(emulator.journal()) + emulator.log()

    assert "hunter2" not in text
    assert emulator.api_key not in text
    assert login["access_token"] not in text
    assert login["refresh_token"] not in text
    assert header["Authorization"] not in text
    assert "[redacted]" in text


def test_the_filter_by_path(emulator: EmulatorProcess, call: Call) -> None:
    user_id = emulator.user("ada@example.com")["user_id"]
    for path in ("/users", "/users/me", f"/users/{user_id}"):
        call("GET", path)

    def found(path: str) -> list[str]:
        return [entry["path"] for entry in emulator.journal("GET", path)]

    by_id = f"/v1/users/{user_id}"
    assert found("/users") == ["/v1/users"]
    assert found("/v1/users") == ["/v1/users"]
    assert found("/users/me") == ["/v1/users/me"]
    assert found("/users/{user_id}") == [by_id]
    assert found("/v1/users/{user_id}") == [by_id]
    assert found(f"/users/{user_id}") == [by_id]
    assert found("/users/*") == ["/v1/users/me", by_id]
    assert found("*") == ["/v1/users", "/v1/users/me", by_id]
    assert found("/user") == []


def test_the_filter_by_method(emulator: EmulatorProcess, call: Call) -> None:
    call("GET", "/users/me")
    call("PUT", "/users/me", json={"name": "Me"})

    assert emulator.count("put", "/users/me") == 1
    assert emulator.count("PUT") == 1
    assert emulator.count(path="/users/me") == 2
    assert emulator.count("DELETE") == 0


def test_clearing_begins_again_at_one(emulator: EmulatorProcess, call: Call) -> None:
    call("GET", "/users/me")
    emulator.clear_journal()
    assert emulator.journal() == []

    call("GET", "/users/me")

    assert [entry["n"] for entry in emulator.journal()] == [1]


def test_the_admin_api_is_not_in_it(emulator: EmulatorProcess) -> None:
    emulator.users()
    requests.get(emulator.url.replace("/v1", "/docs"), timeout=20)

    assert emulator.journal() == []


@pytest.mark.parametrize("path", ["/users/a%0Ab", "/%0Aforged", "/a%ff"])
def test_a_line_break_in_a_path_does_not_forge_a_log_line(
    emulator: EmulatorProcess, call: Call, path: str
) -> None:
    call("GET", path)

    assert len(emulator.journal()) == 2
    for line in emulator.log().splitlines():
        assert line.startswith(("INFO: ", "WARNING: "))
