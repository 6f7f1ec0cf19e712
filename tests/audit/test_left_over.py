"""What an earlier run left to be deleted: findings of an audit, and judged by guard."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from pulumi_cerevox.audit import FindingKind
from pulumi_cerevox.testing import EmulatorProcess
from tests.audit.conftest import ADA, BOB, Auditor
from tests.audit.test_guard_previews import changes, guard, judged, named, preview
from tests.audit.test_stack_source import TYPE, export, ours

Document = dict[str, Any]


def resource(document: Document, name: str) -> dict[str, Any]:
    return next(one for one in ours(document) if one["urn"].endswith(f"::{name}"))


def left(document: Document, name: str, **outputs: Any) -> dict[str, Any]:
    """Add an old copy of a resource, as a replacement that broke off leaves it."""
    made = copy.deepcopy(resource(document, name)) | {"delete": True}
    made["outputs"] |= outputs
    document["deployment"]["resources"].append(made)
    return made


@pytest.fixture
def stack(account: EmulatorProcess, owner: str) -> Document:
    """A stack that the account is in sync with: owner and Ada, and Bob as an admin."""
    ids = {one["email"]: one for one in account.users()}
    account.patch_user(BOB["email"], role="admin")
    document = export("users")
    users = {"grace": owner, "ada": ADA["email"], "bob": BOB["email"]}
    document["deployment"]["resources"] = [
        one
        for one in document["deployment"]["resources"]
        if not one["type"].startswith(TYPE) or one["urn"].rpartition("::")[2] in users
    ]
    for name, email in users.items():
        one, user = resource(document, name), ids[email]
        one["inputs"] = {"email": email, "role": "admin"}
        one["id"] = user["user_id"]
        one["outputs"] |= {
            "email": email,
            "role": "admin",
            "__givenRole": "admin",
            "userId": user["user_id"],
            "accountId": "acc_empty",
        }
    return document


def audited(run: Auditor, document: Document) -> Any:
    Path("stack.json").write_text(json.dumps(document))
    return run("stack.json")


def without(document: Document, name: str, **outputs: Any) -> dict[str, Any]:
    """Leave the old copy of a resource alone."""
    made = left(document, name, **outputs)
    document["deployment"]["resources"].remove(resource(document, name))
    return made


def test_whom_the_next_run_deletes_is_drift(stack: Document, run: Auditor) -> None:
    assert audited(run, stack).code == 0
    without(stack, "bob")
    result = audited(run, stack)
    assert result.code == 7
    assert result.kinds == ["left_over"]
    (found,) = result.document["findings"]
    assert (found["email"], found["declared"]) == (BOB["email"], "deleted")
    assert found["resource"] == "User bob"
    assert "the next `pulumi up` deletes them" in result.told
    assert "declare them: " not in result.told


@pytest.mark.parametrize(
    ("outputs", "kinds", "said"),
    [
        ({"adopted": True, "priorRole": "member"}, ["left_over"], "makes them member"),
        ({"adopted": True, "priorRole": "admin"}, [], ""),
        ({"adopted": True, "priorRole": "member", "__givenRole": "member"}, [], ""),
        ({"onDestroy": "keep"}, [], ""),
        ({"adopted": True, "onDestroy": "delete"}, ["left_over"], "deletes them"),
    ],
)
def test_whom_the_next_run_lets_go_is_drift_where_they_lose_a_role(
    stack: Document, run: Auditor, outputs: Document, kinds: list[str], said: str
) -> None:
    without(stack, "bob", **outputs)
    result = audited(run, stack)
    assert [one for one in result.kinds if one != "undeclared"] == kinds
    assert result.code == (7 if kinds else 0)
    assert said in result.told


def test_the_copy_of_an_assignment_demotes(stack: Document, run: Auditor) -> None:
    made = left(stack, "bob", priorRole="member")
    made["type"] = f"{TYPE}RoleAssignment"
    assert audited(run, stack).code == 0, "User bob gives the role"
    del resource(stack, "bob")["inputs"]["role"]
    result = audited(run, stack)
    assert result.kinds == ["left_over"]
    assert "makes them member" in result.told
    made["outputs"]["onDestroy"] = "keep"
    assert audited(run, stack).code == 0


@pytest.mark.parametrize("change", [{"retainOnDelete": True}, {"id": "somebody-gone"}])
def test_whom_it_takes_nothing_is_no_finding(
    stack: Document, run: Auditor, change: Document
) -> None:
    left(stack, "bob").update(change)
    assert audited(run, stack).code == 0


def test_whom_another_resource_declares_stays(stack: Document, run: Auditor) -> None:
    left(stack, "bob")
    assert audited(run, stack).code == 0
    roster = resource(export("roster"), "team")
    without(stack, "bob")
    bob = resource(stack, "bob")["id"]
    roster["outputs"]["accountId"] = resource(stack, "bob")["outputs"]["accountId"]
    people = {BOB["email"]: {"role": "admin"}}
    roster["outputs"]["members"] = roster["inputs"]["members"] = people
    roster["outputs"]["__known"] = {BOB["email"]: {"role": "admin", "userId": bob}}
    roster["inputs"]["undeclared"] = "ignore"
    stack["deployment"]["resources"].append(roster)
    assert "left_over" not in audited(run, stack).kinds
    roster["outputs"]["__known"][BOB["email"]]["undeclared"] = True
    assert "left_over" in audited(run, stack).kinds


@pytest.mark.parametrize("missing", ["accountId", "priorRole"])
def test_what_the_state_does_not_tell_is_a_gap(
    stack: Document, run: Auditor, missing: str
) -> None:
    without(stack, "bob")["outputs"][missing] = ["no text"]
    result = audited(run, stack)
    assert result.code == 4
    assert "does not tell what that does to whom" in result.told


def test_a_roster_that_is_to_go_with_its_people_is_a_gap(
    stack: Document, run: Auditor
) -> None:
    roster = resource(export("roster"), "team") | {"delete": True}
    stack["deployment"]["resources"].append(roster)
    assert audited(run, stack).code == 0
    roster["outputs"]["onDestroy"] = "remove_created"
    assert audited(run, stack).code == 4


def test_a_stored_audit_of_before_has_no_such_count(
    stack: Document, run: Auditor
) -> None:
    document = audited(run, stack).document
    del document["counts"]["by_kind"][FindingKind.LEFT_OVER]
    from pulumi_cerevox.audit import from_json  # noqa: PLC0415  one test's own

    assert from_json(json.dumps(document), "audit.json").exit_code == 0


def state(document: Document) -> str:
    Path("stack.json").write_text(json.dumps(document))
    return "stack.json"


def state_of_previews() -> Document:
    """The stack of the previews, before their change."""
    return export("users")


def new_step(name: str) -> Document:
    """A create of `users-new`, in the stack of the other previews."""
    text = json.dumps(named(preview("users-new"), name))
    step: Document = json.loads(text.replace("urn:pulumi:new::", "urn:pulumi:prod::"))
    return step


@pytest.fixture
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_folder")
def test_guard_shows_whom_the_next_run_takes_something() -> None:
    document, stack = preview("users-unchanged"), state_of_previews()
    gone = without(stack, "eve")
    words = ("--state", state(stack))
    assert changes(document, *words) == {"Eve@example.com".lower(): "remove member->-"}
    assert guard(document, *words, "--max-removals", "0").exit_code == 5
    gone["outputs"] |= {"adopted": True, "priorRole": "member", "role": "admin"}
    gone["outputs"]["__givenRole"] = "admin"
    state(stack)
    assert changes(document, *words) == {"eve@example.com": "demote admin->member"}
    gone["outputs"]["email"] = gone["inputs"]["email"] = ["no text"]
    state(stack)
    assert guard(document, *words).exit_code == 4


@pytest.mark.usefixtures("_folder")
def test_guard_takes_nothing_from_whom_the_program_declares() -> None:
    stack = state_of_previews()
    left(stack, "eve")
    words = ("--state", state(stack))
    assert changes(preview("users-unchanged"), *words) == {}
    without(stack, "eve")
    state(stack)
    # The change declares her again.
    document = preview("users-unchanged") | {"changeSummary": {"create": 1}}
    document["steps"].append(new_step("eve"))
    assert changes(document, *words) == {"eve@example.com": "create -->member"}


@pytest.mark.usefixtures("_folder")
def test_guard_shows_whom_the_copy_of_an_assignment_demotes() -> None:
    stack = state_of_previews()
    made = left(stack, "bob", priorRole="member", role="admin", __givenRole="admin")
    made["type"] = f"{TYPE}RoleAssignment"
    words = ("--state", state(stack))
    assert changes(preview("users-unchanged"), *words) == {
        "bob@example.com": "demote admin->member"
    }
    for side in ("inputs", "outputs"):
        resource(stack, "bob")[side]["role"] = "admin"
    state(stack)
    assert changes(preview("users-unchanged"), *words) == {}


@pytest.mark.usefixtures("_folder")
def test_the_state_tells_who_stays_as_they_are() -> None:
    """A preview leaves them out, so it does not know their roles by itself."""
    stack = state_of_previews()
    words = ("--state", state(stack))
    made = new_step("linus-admin")
    made["newState"]["inputs"] = {"email": "bob@example.com", "role": "member"}
    made["urn"] = made["newState"]["urn"] = made["urn"] + "-2"
    document = preview("users-unchanged")
    document["changeSummary"]["create"] = 1
    document["steps"].append(made)
    assert changes(document) == {"bob@example.com": "demote admin->member"}
    assert changes(document, *words) == {}
    made["newState"]["inputs"]["role"] = "admin"
    bob = resource(stack, "bob")
    bob["outputs"]["role"] = "admin"
    state(stack)
    assert changes(document) == {"bob@example.com": "promote member->admin"}
    assert changes(document, *words) == {}
    made["newState"]["inputs"] = {"userId": bob["id"], "role": "member"}
    assert list(changes(document)) == [f"user {bob['id']}"]
    assert changes(document, *words) == {"bob@example.com": "demote admin->member"}
    # How many admins are left is known as well.
    assert guard(document, "--min-admins", "1").exit_code == 4
    assert guard(document, *words, "--min-admins", "1").exit_code == 0


@pytest.mark.usefixtures("_folder")
def test_the_state_of_another_stack_is_a_gap() -> None:
    stack = json.loads(json.dumps(state_of_previews()).replace("::people::", "::x::"))
    document = preview("users-removed")
    result = guard(document, "--state", state(stack))
    assert result.exit_code == 4
    assert "--state is of " in " ".join(result.stderr.split())
    assert judged(document)["verdict"] == "passed"
