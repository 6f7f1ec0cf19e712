"""Changes that look harmless in a preview, and documents with less in them than said.

Each of them passed once, with exit code 0.
"""

from __future__ import annotations

import codecs
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.audit.test_guard_previews import (
    Preview,
    changes,
    guard,
    named,
    ours,
    preview,
)

KEPT = "users-unchanged-shown"
LINUS = "linus-admin"
ASSIGNMENT, USER = "cerevox:RoleAssignment", "cerevox:User"


def only_new(document: Preview, **inputs: Any) -> Preview:
    """Leave one new resource of `users-new`, with other inputs."""
    name = "linus-admin" if "userId" in inputs else "eve"
    step = named(document, name)
    step["newState"]["inputs"] = inputs
    document["steps"] = [step]
    return document | {"changeSummary": {"create": 1}}


def without_linus(document: Preview) -> Preview:
    """Let `User linus` go in a program whose `RoleAssignment` names him on."""
    assigned = named(document, LINUS)
    gone = copy.deepcopy(assigned)
    text = json.dumps(gone["oldState"])
    gone["oldState"] = json.loads(text.replace(ASSIGNMENT, USER))
    gone["oldState"]["outputs"]["adopted"] = False
    gone["urn"] = gone["oldState"]["urn"]
    gone["op"] = "delete"
    del gone["newState"]
    document["steps"].append(gone)
    document["changeSummary"]["delete"] = 1
    return document


def test_whom_a_user_adopts_as_a_member_may_be_an_admin() -> None:
    step = {"email": "ada@example.com", "role": "member", "onExisting": "adopt"}
    document = only_new(preview("users-new"), **step)
    assert changes(document) == {"ada@example.com": "demote admin->member"}
    assert guard(document, "--max-demotions", "0").exit_code == 5
    result = guard(document, "--required-admin", "ada@example.com")
    assert result.exit_code == 5
    assert "would be removed or demoted: ada@example.com" in result.stderr


@pytest.mark.parametrize("role", ["admin", None])
def test_whom_a_user_adopts_otherwise_loses_nothing(role: str | None) -> None:
    step = {"email": "ada@example.com", "role": role, "onExisting": "adopt"}
    document = only_new(preview("users-new"), **step)
    assert guard(document, "--required-admin", "ada@example.com").exit_code == 0


def test_an_assignment_keeps_nobody_whose_user_goes() -> None:
    document = without_linus(preview(KEPT))
    assert changes(document) == {"linus@example.com": "remove admin->-"}
    assert guard(document, "--max-removals", "0").exit_code == 5


def test_a_user_id_that_a_state_knows_is_a_person() -> None:
    document = preview(KEPT)
    ada = named(document, "ada")["oldState"]["outputs"]["userId"]
    made = only_new(preview("users-new"), userId=ada, role="member")["steps"]
    document["steps"] += made
    document["changeSummary"]["create"] = 1
    assert changes(document) == {"ada@example.com": "demote admin->member"}
    assert guard(document, "--required-admin", "ada@example.com").exit_code == 5


def test_a_user_id_that_nobody_knows_may_be_a_required_admin() -> None:
    document = only_new(preview("users-new"), userId="u-1", role="member")
    assert guard(document).exit_code == 0
    result = guard(document, "--required-admin", "ada@example.com")
    assert result.exit_code == 4
    assert "this preview doesn't know who user u-1 is" in result.stderr


def test_a_preview_whose_steps_were_taken_out_is_incomplete() -> None:
    document = preview("users-removed")
    document["steps"] = [one for one in document["steps"] if one["op"] == "same"]
    result = guard(document)
    assert result.exit_code == 4
    assert "it counts 2 changes and has 0 of them" in result.stderr


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("users-removed", "oldState"),
        ("users-new", "newState"),
        ("users-demoted", "oldState"),
        ("users-demoted", "newState"),
        ("users-replaced", "oldState"),
        ("roster-changed", "oldState"),
    ],
)
def test_a_step_without_its_states_is_incomplete(name: str, side: str) -> None:
    document = preview(name)
    for step in ours(document):
        del step[side]
    result = guard(document)
    assert result.exit_code == 4
    assert "says too little to be judged" in result.stderr


def test_a_second_document_on_the_same_line_is_refused() -> None:
    first = json.dumps({"steps": [], "changeSummary": {"same": 1}})
    result = guard(first + json.dumps(preview("users-removed")))
    assert result.exit_code == 2
    assert "more than one JSON document" in result.stderr


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF8, "utf-8"),
    ],
)
def test_what_a_windows_shell_made_of_it_is_read(
    mark: bytes, encoding: str, tmp_path: Path
) -> None:
    text = json.dumps(preview("users-removed"), ensure_ascii=False)
    (tmp_path / "preview.json").write_bytes(mark + text.encode(encoding))
    result = guard("", str(tmp_path / "preview.json"), "--max-removals", "1")
    assert result.exit_code == 5
