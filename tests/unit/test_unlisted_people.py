"""A list of users that lacks somebody proves nothing to a roster."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from pulumi_cerevox.provider import ProviderError, RosterCalls
from tests.scripted_server import Script

OWNER = "owner@example.com"
BOB = "bob@example.com"
ADA = "ada@example.com"
GONE = (404, {"error": "Resource not found", "error_type": "not_found"})
_numbers = count(1)


def person(user_id: str, email: str, role: str) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "email": email,
        "name": email.partition("@")[0],
        "account_id": "acc_123",
        "isadmin": role == "admin",
        "isbanned": False,
        "lastlogin": "2026-01-01T00:00:00Z",
        "role": role,
    }


@pytest.fixture
def roster(script: Script) -> RosterCalls:
    """A roster of the owner and Bob, whose account lists the owner alone."""
    owner = person("u1", OWNER, "admin")
    script.on("GET", "/users/me", (200, owner))
    script.on("GET", "/users", (200, [owner]))
    script.on("GET", "/accounts/my", (200, {"account_id": "acc_123"}))
    calls = RosterCalls()
    calls.configure_with(
        {
            "cerevox:apiKey": f"sk_{next(_numbers)}",
            "cerevox:baseUrl": script.url,
            "cerevox:maxWaitSeconds": "0",
        }
    )
    return calls


OUTS: dict[str, Any] = {
    "accountId": "acc_123",
    "members": {OWNER: {"role": "admin"}, BOB: {"role": "member"}},
    "__known": {
        OWNER: {"role": "admin", "userId": "u1"},
        BOB: {"role": "member", "userId": "u2", "created": True},
    },
}


def test_who_is_there_by_their_id_is_not_gone(
    script: Script, roster: RosterCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("pulumi_cerevox.provider.host.warning", told.append)
    script.on("GET", "/users/u2", (200, person("u2", BOB, "member")))
    read = roster.read("acc_123", OUTS)
    assert set(read.outs["__known"]) == {OWNER, BOB}
    assert "lacks 1 people who are in the account" in "\n".join(told)
    script.on("DELETE", "/users/u2", (200, {"deleted": True}))
    roster.update("acc_123", OUTS, {"members": {OWNER: {"role": "admin"}}})
    assert script.count("DELETE", "/users/u2") == 1


def test_who_is_missing_from_the_list_after_a_demotion_is_removed_all_the_same(
    script: Script, roster: RosterCalls
) -> None:
    owner, bob = person("u1", OWNER, "admin"), person("u2", BOB, "member")
    ada = person("u3", ADA, "admin")
    demoted = ada | {"role": "member", "isadmin": False}
    script.on("GET", "/users", (200, [owner, bob, ada]), (200, [owner]))
    script.on("PUT", "/users/u3", (200, demoted))
    script.on("GET", "/users/u2", (200, bob))
    script.on("GET", "/users/u3", (200, demoted))
    script.on("DELETE", "/users/u2", (200, {"deleted": True}))
    outs = OUTS | {
        "members": OUTS["members"] | {ADA: {"role": "admin"}},
        "__known": OUTS["__known"] | {ADA: {"role": "admin", "userId": "u3"}},
    }
    news = {"members": {OWNER: {"role": "admin"}, ADA: {"role": "member"}}}
    after = roster.update("acc_123", outs, news).outs
    assert script.count("DELETE", "/users/u2") == 1
    assert after["__known"][ADA]["userId"] == "u3"


def test_who_is_not_there_by_their_id_either_is_gone(
    script: Script, roster: RosterCalls
) -> None:
    script.on("GET", "/users/u2", GONE)
    assert set(roster.read("acc_123", OUTS).outs["__known"]) == {OWNER}


def test_who_can_not_be_asked_for_is_not_gone(
    script: Script, roster: RosterCalls
) -> None:
    script.on("GET", "/users/u2", (404, b"<html>"))
    with pytest.raises(ProviderError, match="not the API's own"):
        roster.read("acc_123", OUTS)


@pytest.mark.parametrize("is_taken", [False, True])
def test_who_left_the_roster_under_another_email_is_removed_by_their_id(
    script: Script, roster: RosterCalls, *, is_taken: bool
) -> None:
    """Where somebody else has the old email by now, the emails decide, and it is said.

    The roster never declared that one under another email.
    """
    renamed = person("u2", "robert@example.com", "member")
    other = [person("u5", BOB, "member")] if is_taken else []
    everybody = [person("u1", OWNER, "admin"), renamed, *other]
    script.on("GET", "/users", (200, everybody))
    leaver = "u5" if is_taken else "u2"
    script.on("DELETE", f"/users/{leaver}", (200, {"deleted": True}))
    with pytest.MonkeyPatch.context() as patched:
        told: list[str] = []
        patched.setattr("pulumi_cerevox.provider.host.warning", told.append)
        roster.update("acc_123", OUTS, {"members": {OWNER: {"role": "admin"}}})
    assert script.count("DELETE", f"/users/{leaver}") == 1
    named = "bob@example.com was not removed: the same person by their id"
    assert (named in "".join(told)) is is_taken
