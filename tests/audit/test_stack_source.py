"""Stacks as the declared side of an audit: real exports, and what is made of them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from pulumi_cerevox.audit import (
    Declared,
    DeclaredPerson,
    SourceError,
    SourceKind,
    declared_in_stack,
)
from pulumi_cerevox.testing import EmulatorProcess
from tests.audit.conftest import Auditor

STACKS = Path(__file__).parents[1] / "data" / "stacks"
TYPE = "pulumi-python:dynamic/cerevox:"


def export(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((STACKS / f"{name}.json").read_text())
    return document


def ours(document: dict[str, Any]) -> list[dict[str, Any]]:
    resources: list[dict[str, Any]] = document["deployment"]["resources"]
    return [one for one in resources if one["type"].startswith(TYPE)]


def read(document: dict[str, Any]) -> Declared:
    return declared_in_stack(document, "prod")


def people(declared: Declared) -> dict[str, DeclaredPerson]:
    return {one.email: one for one in declared.people}


def gaps(declared: Declared) -> str:
    return "\n".join(gap.text for gap in declared.gaps)


@pytest.mark.parametrize("name", ["users", "roster"])
def test_a_stack_of_the_native_provider_reads_like_one_of_the_dynamic(
    name: str,
) -> None:
    text = (STACKS / f"{name}.json").read_text()
    native = read(json.loads(text.replace(TYPE, "cerevox:index:")))
    dynamic = read(json.loads(text))
    assert people(native) == people(dynamic)
    assert people(native)
    assert native.account_id == dynamic.account_id
    assert native.whole_account == dynamic.whole_account


def test_single_users_and_assignments_are_declared_by_name() -> None:
    declared = read(export("users"))
    assert declared.source.kind is SourceKind.STACK
    assert declared.account_id == "acc_empty"
    assert not declared.whole_account
    assert not declared.gaps
    told = people(declared)
    assert told["ada@example.com"] == DeclaredPerson(
        "ada@example.com", "admin", "Ada Lovelace", resource="User ada"
    )
    assert told["bob@example.com"].role is None
    assert told["Eve@example.com"].name is None
    assert told["linus@example.com"] == DeclaredPerson(
        "linus@example.com", "admin", resource="RoleAssignment linus-admin"
    )


def test_a_roster_claims_the_whole_account() -> None:
    declared = read(export("roster"))
    assert declared.whole_account
    assert not declared.ignores_undeclared
    told = people(declared)
    assert len(told) == 6
    assert told["eve@example.com"].role == "member"
    assert told["ada@example.com"].name == "Ada Lovelace"
    assert told["ada@example.com"].resource == "Roster team"


def test_what_a_refresh_brought_into_the_inputs_is_not_declared() -> None:
    document = export("roster")
    roster = ours(document)[0]
    roster["inputs"]["members"]["mallory@example.com"] = {
        "role": "admin",
        "undeclared": True,
    }
    roster["inputs"]["members"]["eve@example.com"]["role"] = "admin"
    told = people(read(document))
    assert "mallory@example.com" not in told
    assert told["eve@example.com"].role == "member"


def test_the_role_that_a_user_gave_counts_after_a_refresh() -> None:
    document = export("users")
    ada = next(one for one in ours(document) if one["urn"].endswith("::ada"))
    for side in ("inputs", "outputs"):
        ada[side]["role"] = "member"
    assert people(read(document))["ada@example.com"].role == "admin"


def test_a_name_that_a_refresh_overwrote_is_not_taken_for_a_declared_one() -> None:
    document = export("users")
    ada = next(one for one in ours(document) if one["urn"].endswith("::ada"))
    for side in ("inputs", "outputs"):
        ada[side]["name"] = "Countess"
    ada["outputs"]["__overwritten"] = ["name"]
    declared = read(document)
    assert "User ada: a refresh stored the account's name" in gaps(declared)
    told = people(declared)["ada@example.com"]
    assert (told.name, told.role) == (None, "admin")


def test_an_ignoring_roster_ignores_undeclared_people() -> None:
    document = export("roster")
    ours(document)[0]["inputs"]["undeclared"] = "ignore"
    assert read(document).ignores_undeclared


def test_an_ignoring_roster_speaks_for_itself_alone() -> None:
    document = export("roster")
    other = copy.deepcopy(ours(document)[0])
    other["urn"] += "-2"
    other["inputs"]["undeclared"] = "ignore"
    document["deployment"]["resources"].append(other)
    assert not read(document).ignores_undeclared


def test_a_roster_that_says_nothing_readable_ignores_nobody() -> None:
    document = export("roster")
    ours(document)[0]["inputs"]["undeclared"] = "never"
    declared = read(document)
    assert "which is no mode" in gaps(declared)
    assert not declared.ignores_undeclared


def test_a_user_and_an_assignment_over_one_person_are_one_person() -> None:
    document = export("users")
    assignment = next(one for one in ours(document) if "RoleAss" in one["type"])
    for side in ("inputs", "outputs"):
        assignment[side]["email"] = "BOB@example.com"
    declared = read(document)
    assert not declared.gaps
    told = people(declared)
    assert "linus@example.com" not in told
    assert len(told) == 4
    bob = next(one for one in told.values() if one.email.lower() == "bob@example.com")
    assert (bob.role, bob.name) == ("admin", "Bob Noyce")


def test_two_resources_that_contradict_each_other_cannot_be_compared() -> None:
    document = export("users")
    assignment = next(one for one in ours(document) if "RoleAss" in one["type"])
    for side in ("inputs", "outputs"):
        assignment[side] |= {"email": "eve@example.com"}
    assert "declare another role each" in gaps(read(document))


def test_an_assignment_by_user_id_takes_the_email_of_its_outputs() -> None:
    document = export("users")
    assignment = next(one for one in ours(document) if "RoleAss" in one["type"])
    assignment["inputs"] = {"userId": "u-1", "role": "admin"}
    assert people(read(document))["linus@example.com"].role == "admin"
    del assignment["outputs"]["email"]
    assert "nobody can tell whom it is about" in gaps(read(document))


@pytest.mark.parametrize(
    ("change", "sign"),
    [
        pytest.param({"external": True}, "", id="looked up"),
        pytest.param({"initErrors": ["x"]}, "did not end", id="init errors"),
        pytest.param({"pendingReplacement": True}, "did not end", id="half replaced"),
    ],
)
def test_what_is_no_sound_resource(change: dict[str, Any], sign: str) -> None:
    document = export("users")
    next(one for one in ours(document) if one["urn"].endswith("::ada")).update(change)
    declared = read(document)
    assert sign in gaps(declared)
    assert bool(declared.gaps) == bool(sign)
    assert ("ada@example.com" in people(declared)) == bool(sign)


def test_an_operation_that_was_cut_off_makes_the_audit_incomplete() -> None:
    document = export("users")
    ada = next(one for one in ours(document) if one["urn"].endswith("::ada"))
    bucket = {"urn": "urn:pulumi:prod::people::aws:s3/bucket:Bucket::b"}
    document["deployment"]["pending_operations"] = [
        {"resource": bucket, "type": "creating"}
    ]
    assert not read(document).gaps
    document["deployment"]["pending_operations"] = [
        {"resource": ada, "type": "updating"}
    ]
    assert "User ada: its updating was cut off" in gaps(read(document))


def test_a_corrupt_state_makes_the_audit_incomplete() -> None:
    document = export("users")
    document["deployment"]["metadata"] = {"integrity_error": {"version": "3"}}
    assert "corrupt" in gaps(read(document))


def test_secrets_are_gaps_and_never_missing_people() -> None:
    declared = read(export("secret"))
    assert declared.people == ()
    assert "User ada: email can't be compared: a secret" in gaps(declared)
    assert "Roster team: members can't be compared: a secret" in gaps(declared)
    assert "--show-secrets" in gaps(declared)
    assert declared.whole_account


def test_secrets_that_were_shown_are_compared() -> None:
    declared = read(export("secret-shown"))
    assert not declared.gaps
    assert set(people(declared)) == {
        "ada@example.com",
        "owner@example.com",
        "bob@example.com",
    }


SIGNATURE = "4dabf18193072939515e22adb298388d"


@pytest.mark.parametrize(
    "value",
    [
        {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": "not json"},
        {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "an asset"},
        ["a list"],
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    ],
)
def test_a_value_that_is_no_text_cannot_be_compared(value: object) -> None:
    document = export("users")
    ada = next(one for one in ours(document) if one["urn"].endswith("::ada"))
    ada["inputs"]["name"] = value
    assert "User ada: name can't be compared" in gaps(read(document))


@pytest.mark.parametrize("members", [["list"], {"ada@example.com": "admin"}, None])
def test_members_that_are_no_mapping_cannot_be_compared(members: object) -> None:
    document = export("roster")
    ours(document)[0]["outputs"]["members"] = members
    assert "its members are no mapping" in gaps(read(document))


def test_a_mode_that_is_none_cannot_be_compared() -> None:
    document = export("roster")
    ours(document)[0]["inputs"]["undeclared"] = "sometimes"
    assert "sometimes, which is no mode" in gaps(read(document))


def test_each_account_is_declared_for_itself() -> None:
    document = export("users")
    moved = copy.deepcopy(ours(document)[0])
    moved["urn"] += "-other"
    moved["outputs"]["accountId"] = "acc_other"
    document["deployment"]["resources"].append(moved)
    declared = read(document)
    assert len(declared.for_account("acc_empty").people) == 5
    assert len(declared.for_account("acc_other").people) == 1
    assert declared.for_account("acc_third") is declared


def test_whoever_the_last_up_found_past_their_last_day_is_not_missing(
    account: EmulatorProcess, owner: str, run: Auditor
) -> None:
    document = export("roster")
    (roster,) = ours(document)
    members = {one: {"role": "admin"} for one in (owner, "ada@example.com")}
    members |= {"bob@example.com": {"role": "member"}}
    roster["outputs"]["members"] = roster["inputs"]["members"] = members
    roster["inputs"]["__expired"] = ["bob@example.com", "eve@example.com"]
    Path("stack.json").write_text(json.dumps(document))
    # Somebody re-invited Eve, whom the roster removed.
    account.add_user("eve@example.com", role="admin")
    there = run("stack.json")
    assert there.code == 7
    found = [(one["kind"], one["email"]) for one in there.document["findings"]]
    expired = [("expired", f"{one}@example.com") for one in ("bob", "eve")]
    assert [one for one in found if one[0] != "never_logged_in"] == expired
    assert "past their last day, still in the account" in there.told
    for email in ("bob@example.com", "eve@example.com"):
        account.remove_user(email)
    gone = run("stack.json")
    assert (gone.code, gone.document["findings"]) == (0, [])
    roster["inputs"]["__expired"] = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    assert "who is past their last day can't be compared" in gaps(read(document))


def test_a_stack_is_judged_by_its_last_days_on_the_day_of_the_audit(
    owner: str, run: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = export("roster")
    (roster,) = ours(document)
    roles = {owner: "admin", "ada@example.com": "admin", "bob@example.com": "member"}
    members = {email: {"role": role} for email, role in roles.items()}
    roster["outputs"]["members"] = roster["inputs"]["members"] = members
    roster["inputs"]["__days"] = {
        "ada@example.com": {"roleUntil": "2027-03-31"},
        "bob@example.com": {"until": "2027-04-15"},
    }
    Path("stack.json").write_text(json.dumps(document))

    def found(day: str, *words: str) -> list[tuple[str, str]]:
        monkeypatch.setenv("CEREVOX_TODAY", day)
        audit = run("stack.json", *words)
        kinds = [(one["kind"], one["email"]) for one in audit.document["findings"]]
        return [one for one in kinds if one[0] != "never_logged_in"]

    former, gone = ("expired.role", "ada@example.com"), ("expired", "bob@example.com")
    assert found("2027-03-31") == []
    assert found("2027-04-01") == [former]
    soon = found("2027-04-01", "--expiring-days", "30")
    assert soon == [former, ("expiring", "bob@example.com")]
    assert found("2027-04-16") == [former, gone]
    odd: Any
    for odd in ({"until": "soon"}, {"until": 7}, {"since": "2027-04-15"}, [], "soon"):
        roster["inputs"]["__days"] = {"bob@example.com": odd}
        assert "last days can't be compared: no plain value" in gaps(read(document))
    roster["inputs"]["__days"] = [{"until": "2027-04-15"}]
    assert "last days can't be compared: no plain value" in gaps(read(document))


def test_what_is_declared_for_another_account_is_a_gap_of_the_one_result(
    run: Auditor,
) -> None:
    document = export("users")
    ada = next(one for one in ours(document) if one["urn"].endswith("::ada"))
    moved = copy.deepcopy(ada)
    moved["urn"] += "-other"
    moved["outputs"] |= {"accountId": "acc_other", "email": "eve@example.com"}
    document["deployment"]["resources"] = [ada, moved]
    Path("stack.json").write_text(json.dumps(document))
    both = run("stack.json")
    assert (both.code, both.document["verdict"]) == (4, "incomplete")
    assert both.document["exit_code"] == 4
    [gap] = both.document["gaps"]
    assert "1 people of account acc_other were not compared" in gap["text"]
    assert "1 people of account acc_other were not compared" in both.told
    one = run("stack.json", "--account", "acc_empty")
    assert (one.code, one.document["verdict"], one.document["gaps"]) == (
        *(0, "in_sync"),
        [],
    )
    other = run("stack.json", "--account", "acc_other")
    assert other.code == 4
    assert (
        "the source belongs to account acc_other, and the key to acc_em" in other.told
    )
    nobody = run("stack.json", "--account", "acc_third")
    assert nobody.code == 2
    assert "--account acc_third: the source declares nobody" in nobody.result.stderr


def test_a_stack_without_our_resources_is_incomplete() -> None:
    document = export("users")
    document["deployment"]["resources"] = []
    assert "nobody is declared; is it the right stack?" in gaps(read(document))
    del document["deployment"]["resources"]
    assert read(document).gaps


@pytest.mark.parametrize(
    ("change", "sign"),
    [
        ({"version": 2}, "version 2; this release reads 3 and 4"),
        ({"version": 5}, "version 5"),
        ({"version": 4, "features": ["views", "time travel"]}, "uses time travel"),
        ({"deployment": []}, "deployment is no mapping"),
        ({"deployment": {"resources": ["x"]}}, "resources is no list of mappings"),
        ({"deployment": {"resources": [{"type": f"{TYPE}User"}]}}, "User has no URN"),
    ],
)
def test_what_cannot_be_read_is_refused(change: dict[str, Any], sign: str) -> None:
    with pytest.raises(SourceError, match=sign):
        read(export("users") | change)


def test_values_that_are_nested_too_deeply_are_refused() -> None:
    document = export("users")
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    ours(document)[0]["inputs"]["name"] = deep
    with pytest.raises(SourceError, match="inputs are nested too deeply"):
        read(document)


def test_a_state_of_version_4_is_read() -> None:
    assert read(export("users") | {"version": 4, "features": ["views"]}).people


def test_resources_in_components_are_found_by_their_own_type() -> None:
    document = export("users")
    ada = next(one for one in ours(document) if one["urn"].endswith("::ada"))
    ada["urn"] = f"urn:pulumi:prod::people::my:Team${TYPE}User::ada"
    document["deployment"]["pending_operations"] = [
        {"resource": ada, "type": "updating"}
    ]
    declared = read(document)
    assert "User ada: its updating" in gaps(declared)
    assert people(declared)["ada@example.com"].resource == "User ada"
