"""What a journal and a preview say was done, and was to be done."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.proof.journal import Action, people_of, replay, shown, writes

OWNER = {"user_id": "u0", "email": "owner@example.com", "role": "admin"}
ADA = {"user_id": "u1", "email": "ada@example.com", "role": "admin"}
BOB = {"user_id": "u2", "email": "bob@example.com", "role": "member"}


def entry(
    method: str, path: str, body: Any = None, *, committed: bool = True
) -> dict[str, Any]:
    return {"method": method, "path": path, "body": body, "committed": committed}


def test_actions_are_the_committed_writes() -> None:
    journal = [
        entry("POST", "/v1/token/login", {"login": True}),
        entry("GET", "/v1/users"),
        entry("POST", "/v1/users", {"email": "bob@example.com", "role": "member"}),
        entry("POST", "/v1/users", {"email": "eve@example.com"}, committed=False),
        entry("PUT", "/v1/users/u2", {"name": "Bob", "role": "admin"}),
        entry("PUT", "/v1/users/u1", {"role": "member"}),
        entry("DELETE", "/v1/users/u1", {"email": "ada@example.com"}),
    ]
    history = replay(journal, [OWNER, ADA], [OWNER, BOB])
    assert history.actions == [
        Action("create", "bob@example.com"),
        Action("rename", "bob@example.com"),
        Action("promote", "bob@example.com"),
        Action("demote", "ada@example.com"),
        Action("remove", "ada@example.com"),
    ]
    assert history.roles == {"owner@example.com": "admin", "bob@example.com": "admin"}
    assert history.fewest_admins == 2
    assert len(writes(journal)) == 4


def test_the_worst_moment_counts_though_it_passed() -> None:
    journal = [
        entry("PUT", "/v1/users/u1", {"role": "member"}),
        entry("PUT", "/v1/users/u2", {"role": "admin"}),
    ]
    assert replay(journal, [OWNER, ADA, BOB], []).fewest_admins == 1


def create(email: str, status: int | None = 201, fault: str = "") -> dict[str, Any]:
    made = entry("POST", "/v1/users", {"email": email})
    return made | {"status": status, "fault": fault or None}


LOOK = entry("GET", "/v1/users")


@pytest.mark.parametrize(
    ("journal", "blind"),
    [
        pytest.param([create("a"), create("b")], [], id="no-fault"),
        pytest.param([create("a", 503, "f"), create("a")], ["a"], id="503"),
        pytest.param([create("a", None, "f"), create("a")], ["a"], id="no-answer"),
        pytest.param([create("a", 201, "f"), create("a")], ["a"], id="cut"),
        pytest.param([create("a", 429, "f"), create("a")], [], id="refused"),
        pytest.param([create("a", 503, "f"), LOOK, create("a")], [], id="looked"),
        pytest.param([create("a", 503, "f"), create("b")], [], id="others"),
    ],
)
def test_creates_that_were_sent_again_blindly(
    journal: list[dict[str, Any]], blind: list[str]
) -> None:
    assert replay(journal, [OWNER], []).blind_creates == blind


def test_a_user_whom_nobody_knows_is_named_by_id() -> None:
    history = replay([entry("PUT", "/v1/users/u9", {"name": "X"})], [OWNER], [])
    assert history.actions == [Action("rename", "the user u9")]


def step(op: str, old: Any = None, new: Any = None) -> dict[str, Any]:
    return {
        "op": op,
        "urn": "urn:pulumi:test::people::pulumi-python:dynamic/cerevox:User::ada",
        "oldState": old and {"inputs": old},
        "newState": new and {"inputs": new},
    }


def test_a_preview_of_users() -> None:
    ada = {"email": "ada@example.com", "name": "Ada", "role": "admin"}
    eve = {"email": "eve@example.com"}
    stack = {"op": "create", "urn": "urn:pulumi:test::p::pulumi:pulumi:Stack::p-test"}
    steps = [
        stack,
        step("same", ada, ada),
        step("create", None, eve),
        step("update", ada, ada | {"name": "A", "role": "member"}),
        step("delete", {"email": "bob@example.com"}),
    ]
    assert shown({"steps": steps}) == {
        Action("create", "eve@example.com"),
        Action("rename", "ada@example.com"),
        Action("demote", "ada@example.com"),
        Action("remove", "bob@example.com"),
    }


def test_a_preview_of_a_roster() -> None:
    old = {"members": {"owner@example.com": {}, "bob@example.com": {"role": "member"}}}
    new = {"members": {"bob@example.com": {"role": "admin"}, "eve@example.com": {}}}
    assert shown({"steps": [step("update", old, new)]}) == {
        Action("promote", "bob@example.com"),
        Action("create", "eve@example.com"),
    }
    assert shown({"steps": [step("delete", new)]}) == {
        Action("remove", "bob@example.com"),
        Action("remove", "eve@example.com"),
    }


def test_a_step_that_no_scenario_has_is_refused() -> None:
    with pytest.raises(ValueError, match="replace"):
        shown({"steps": [step("replace", {}, {})]})


def test_people_are_named_by_their_email() -> None:
    users = [OWNER | {"name": "O"}, BOB | {"name": "Bob", "email": "BOB@example.com"}]
    assert people_of(users) == {"bob@example.com": ("Bob", "member")}
    assert len(people_of(users, with_owner=True)) == 2
    with pytest.raises(RuntimeError, match=r"bob@example\.com is in the account twice"):
        people_of([*users, users[1]])
