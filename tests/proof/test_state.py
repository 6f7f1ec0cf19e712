"""What is compared of a state, and how reports look."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.proof.faults import KINDS, Case, Tried, exit_code, report
from scripts.proof.journal import Request
from scripts.proof.sandbox import STACK_FILE, read_stack, remove_empty_notes
from scripts.proof.state import differences, essence, known_ids, pending
from scripts.proof.verdict import Outcome, Verdict
from scripts.table import table

USERS = [{"user_id": "u1", "email": "ada@example.com"}]
USER = {
    "urn": "urn:pulumi:test::people::pulumi-python:dynamic/cerevox:User::ada",
    "type": "pulumi-python:dynamic/cerevox:User",
    "id": "u1",
    "inputs": {"email": "ada@example.com", "__provider": "gAS"},
    "outputs": {"userId": "u1", "lastLogin": "now", "made": [{"created": True}]},
}
STACK = {"urn": "urn:stack", "type": "pulumi:pulumi:Stack"}


@pytest.mark.parametrize("kind", [USER["type"], "cerevox:index:User"])
def test_the_essence_of_a_state(kind: str) -> None:
    state = {"resources": [STACK, USER | {"type": kind}]}
    found = essence(state, USERS)["ada"]
    assert found["id"] == found["outputs"]["userId"] == "id of ada@example.com"
    assert found["inputs"] == {"email": "ada@example.com"}
    assert found["outputs"]["made"] == [{"created": True}]
    lenient = essence(state, USERS, strict=False)["ada"]
    assert lenient["outputs"]["made"] == [{}]
    assert essence({"resources": None}, USERS) == {}


def test_whom_a_state_stands_for() -> None:
    roster = {
        "type": "pulumi-python:dynamic/cerevox:Roster",
        "outputs": {"userIds": {"bob@example.com": "u2"}},
    }
    assert known_ids({"resources": [STACK, USER, roster]}) == {"u1", "u2"}
    assert known_ids({}) == set()


def test_differences_are_named_by_their_place() -> None:
    wanted = {"ada": {"role": "admin", "name": "Ada"}}
    assert differences(wanted, wanted) == []
    assert differences({"ada": {"role": "member", "name": "Ada"}}, wanted) == [
        "the state.ada.role is member, not admin"
    ]


def test_pending_operations_are_named() -> None:
    one = {"type": "creating", "resource": USER}
    assert pending({"pending_operations": [one]}) == [f"creating {USER['urn']}"]
    assert pending({}) == []


def test_a_torn_state_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / STACK_FILE
    file.parent.mkdir(parents=True)
    text = json.dumps({"checkpoint": {"latest": {"resources": []}}})
    file.write_text(text)
    assert read_stack(tmp_path) == {"resources": []}
    file.write_text(text[:-5])
    with pytest.raises(ValueError, match="Expecting"):
        read_stack(tmp_path)


def test_a_table() -> None:
    assert table(["what", "n"], [["one", 1], ["other", 10]]).splitlines() == [
        "what    n",
        "-----  --",
        "one     1",
        "other  10",
    ]


def tried(outcome: Outcome, *faults: str) -> Tried:
    request = Request("POST", "/v1/users", 1, is_write=True)
    return Tried(Case("users-up", request, KINDS[0], "after"), Verdict(outcome, faults))


def test_the_matrix_says_what_is_wrong_and_ends_in_a_table() -> None:
    text = report(
        [tried(Outcome.SURVIVED), tried(Outcome.WRONG, "it was lost")]
    ).splitlines()
    assert text[:2] == [
        "WRONG  users-up: POST /users #1: 500, after the commit",
        "    it was lost",
    ]
    assert text[-1].split() == ["all", "1", "0", "1", "2"]


def test_the_exit_code_of_the_matrix() -> None:
    assert exit_code([tried(Outcome.SURVIVED), tried(Outcome.FAILED)]) == 0
    assert exit_code([tried(Outcome.SURVIVED), tried(Outcome.WRONG)]) == 1
    assert exit_code([]) == 1


def test_empty_notes_of_the_file_backend_are_removed(tmp_path: Path) -> None:
    folder = tmp_path / "states" / ".pulumi"
    folder.mkdir(parents=True)
    for name, text in (("a.attrs", ""), ("b.attrs", "{}"), ("c.json", "")):
        (folder / name).write_text(text)
    assert remove_empty_notes(tmp_path) == 1
    assert {one.name for one in folder.iterdir()} == {"b.attrs", "c.json"}
