"""`guard` on previews that the engine made (`python -m scripts.previews`)."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pulumi_cerevox.audit import sources
from pulumi_cerevox.cli import main

PREVIEWS = Path(__file__).parents[1] / "data" / "previews"
USER = "pulumi-python:dynamic/cerevox:User"
Preview = dict[str, Any]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("CEREVOX_API_KEY", "CEREVOX_APPROVE", "CEREVOX_MAX_REMOVALS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def preview(name: str) -> Preview:
    document: Preview = json.loads((PREVIEWS / f"{name}.json").read_text())
    return document


def ours(document: Preview) -> list[dict[str, Any]]:
    return [one for one in document["steps"] if "dynamic/cerevox:" in one["urn"]]


def named(document: Preview, name: str) -> dict[str, Any]:
    return next(one for one in ours(document) if one["urn"].endswith(f"::{name}"))


def guard(document: Preview | str, *words: str, **env: str) -> Result:
    text = document if isinstance(document, str) else json.dumps(document)
    result = CliRunner().invoke(main, ["guard", *words], input=text, env=env)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def judged(document: Preview | str, *words: str, **env: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        guard(document, "--format", "json", *words, **env).stdout
    )
    return found


def changes(document: Preview | str, *words: str) -> dict[str, str]:
    """Return each change as `kind before->after`, by email."""
    told: dict[str, str] = {}
    for part in judged(document, *words)["parts"]:
        for one in part["changes"]:
            roles = [one[side]["role"] if one[side] else "-" for side in SIDES]
            told[one["email"]] = f"{one['kind']} {'->'.join(roles)}"
    return told


SIDES = ("before", "after")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("users-unchanged", {}),
        ("users-unchanged-shown", {}),
        ("roster-unchanged", {}),
        (
            "users-removed",
            {
                "bob@example.com": "remove member->-",
                "eve@example.com": "remove member->-",
            },
        ),
        (
            "users-replaced",
            {
                "eve@example.com": "remove member->-",
                "eva@example.com": "create -->member",
            },
        ),
        ("users-demoted", {"ada@example.com": "demote admin->member"}),
        ("users-promoted", {"eve@example.com": "promote member->admin"}),
        ("users-assignment-removed", {"linus@example.com": "demote admin->member"}),
        ("users-drifted", {"eve@example.com": "create -->member"}),
        (
            "users-new",
            {
                "ada@example.com": "create -->admin",
                "bob@example.com": "create -->member",
                "eve@example.com": "create -->member",
                "grace@example.com": "create -->admin",
                "linus@example.com": "promote member->admin",
            },
        ),
        (
            "roster-changed",
            {
                "eve@example.com": "promote member->admin",
                "grace@example.com": "demote admin->member",
                "bob@example.com": "remove member->-",
            },
        ),
        (
            "roster-drifted",
            {
                "bob@example.com": "demote admin->member",
                "eve@example.com": "create -->member",
            },
        ),
        ("roster-gone", {}),
    ],
)
def test_a_preview_says_who_is_touched(name: str, expected: dict[str, str]) -> None:
    assert changes(preview(name)) == expected
    assert guard(preview(name)).exit_code == 0


def test_a_replacement_is_counted_once_however_many_steps_it_has() -> None:
    assert changes(preview("users-replaced-in-steps")) == changes(
        preview("users-replaced")
    )
    told = judged(preview("users-replaced"))["parts"][0]["changes"][0]
    assert told["replaced_by"] == "eva@example.com"
    assert "replaced: their User names" in guard(preview("users-replaced")).stdout
    ada = preview("users-replaced")
    named(ada, "eve")["oldState"]["outputs"]["role"] = "admin"
    assert "somebody else now; is an admin" in guard(ada).stdout


def test_promotions_stand_at_the_top() -> None:
    lines = guard(preview("roster-changed")).stdout.splitlines()
    assert lines[2] == "Becomes admin (1)"
    assert "eve@example.com" in lines[3]
    said = guard(preview("users-new")).stdout
    assert "assigned admin; the preview doesn't know the role now" in said


# What can't be judged.


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("users-errored", "resource 'bob' has a problem: email: contains white"),
        ("users-crashed", "RuntimeError: half way"),
        ("roster-refused", "CEREVOX_APPROVE="),
        ("users-unknown", "User late: email can't be compared: not known before"),
        ("users-secret", "User bob: email can't be compared: a secret, which no"),
        ("roster-unknown", "Roster other: members can't be compared: not known"),
    ],
)
def test_a_preview_that_does_not_say_it_all_is_incomplete(name: str, sign: str) -> None:
    result = guard(preview(name))
    assert result.exit_code == 4
    assert result.stdout.startswith("incomplete: ")
    assert "digest: none" in result.stdout
    assert sign in result.stderr
    alone = guard(preview(name), "--digest")
    assert (alone.exit_code, alone.stdout) == (4, "")
    told = judged(preview(name))
    assert (told["digest"], told["verdict"]) == (None, "incomplete")
    markdown = guard(preview(name), "--format", "markdown").stdout
    assert sign in markdown
    assert "Digest" not in markdown


@pytest.mark.parametrize(
    ("change", "sign"),
    [
        ({"maybeCorrupt": True}, "may be corrupt"),
        ({"changeSummary": {}}, "no changeSummary"),
    ],
)
def test_a_preview_without_its_end_is_incomplete(change: Preview, sign: str) -> None:
    result = guard(preview("users-removed") | change)
    assert result.exit_code == 4
    assert sign in result.stderr


def test_an_empty_document_is_incomplete() -> None:
    result = guard('{"steps": []}')
    assert result.exit_code == 4


def test_many_errors_are_counted() -> None:
    errors = [{"severity": "error", "message": f"e{number}"} for number in range(13)]
    result = guard(preview("users-removed") | {"diagnostics": errors})
    assert result.exit_code == 4
    assert "failed for 3 more reasons" in result.stderr


def test_a_step_that_nobody_knows_is_incomplete() -> None:
    document = preview("users-removed")
    ours(document)[0]["op"] = "teleport"
    result = guard(document)
    assert result.exit_code == 4
    assert "doesn't know: teleport" in result.stderr


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_preview_is_incomplete(share: float) -> None:
    text = (PREVIEWS / "users-removed.json").read_text()
    result = guard(text[: int(len(text) * share)])
    assert result.exit_code == 4
    assert "stdin: its JSON breaks off" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("", "stdin: is empty; did the command before it fail?"),
        ("error: no stack selected\n", "stdin: holds no JSON"),
        ('{"members": []}', "stdin: is a roster; guard takes what"),
        ('{"version": 3, "deployment": {}}', "is a stack's export"),
        ('{"sequence": 1, "timestamp": 1}\n{"sequence": 2}', "the engine's events"),
        ('{"steps": []}\n{"steps": []}', "more than one JSON document"),
        ('{"steps": 1}', "steps is no list of mappings"),
        (
            f'{{"steps": [{{"op": "create", "urn": "urn:pulumi:s::p::{USER}::x"}}]}}',
            "",
        ),
    ],
)
def test_what_is_no_preview_is_bad_input(text: str, sign: str) -> None:
    result = guard(text)
    assert result.exit_code == (2 if sign else 4)
    assert sign in result.stderr


def test_text_may_precede_the_preview(folder: Path) -> None:
    text = "Installing policy pack {a}...\n" + json.dumps(preview("users-removed"))
    assert "remove 2" in guard(text).stdout
    (folder / "preview.json").write_text(text)
    assert "remove 2" in guard("", "preview.json").stdout
    assert guard("", "none.json").exit_code == 2


def test_a_preview_that_is_too_large_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sources, "MAX_EXPORT_BYTES", 10)
    assert guard(preview("users-removed")).exit_code == 2


# Limits of single people.


def test_a_fuse_refuses_too_many_deletes() -> None:
    document = preview("users-removed")
    assert guard(document).exit_code == 0
    result = guard(document, CEREVOX_MAX_REMOVALS="1")
    assert result.exit_code == 5
    assert "2 of 2 people would be removed; one change may remove 1" in result.stderr
    assert "only with CEREVOX_MAX_REMOVALS=2" in result.stderr
    token = judged(document)["digest"]
    passed = guard(document, CEREVOX_MAX_REMOVALS="1", CEREVOX_APPROVE=token)
    assert passed.exit_code == 0
    assert "CEREVOX_MAX_REMOVALS=2" in passed.stdout
    # An option says more than the environment.
    assert (
        guard(document, "--max-removals", "2", CEREVOX_MAX_REMOVALS="1").exit_code == 0
    )
    assert guard(document, "--max-removals", "1").exit_code == 5


def test_a_replacement_counts_as_a_removal() -> None:
    assert guard(preview("users-replaced"), "--max-removals", "0").exit_code == 5


def test_demotions_are_limited_too() -> None:
    for name in ("users-demoted", "users-assignment-removed"):
        assert guard(preview(name), "--max-demotions", "0").exit_code == 5


def test_a_required_admin_stays() -> None:
    result = guard(preview("users-demoted"), "--required-admin", "Ada@example.com")
    assert result.exit_code == 5
    assert "required_admins" in result.stderr


def test_admins_are_counted_only_where_all_of_them_are_shown() -> None:
    document = preview("users-demoted")
    result = guard(document, "--min-admins", "1")
    assert result.exit_code == 4
    assert "--show-sames" in result.stderr
    shown = preview("users-unchanged-shown")
    shown["steps"] = [
        named(document, "ada") if one["urn"].endswith("::ada") else one
        for one in shown["steps"]
    ]
    assert guard(shown, "--min-admins", "2").exit_code == 0
    assert guard(shown, "--min-admins", "3").exit_code == 5


# Rosters.


def test_a_roster_is_approved_by_the_digest_of_its_preview() -> None:
    document = preview("roster-approved")
    refused = guard(document)
    assert refused.exit_code == 5
    errored = preview("roster-refused")["diagnostics"][0]["message"]
    token = judged(document)["digest"]
    assert f"CEREVOX_APPROVE={token}" in errored
    assert f"CEREVOX_APPROVE={token}" in refused.stderr
    assert guard(document, CEREVOX_APPROVE=token).exit_code == 0


def test_a_used_approval_never_fits_again() -> None:
    document = preview("roster-approved")
    token = judged(document)["digest"]
    named(document, "team")["oldState"]["inputs"]["__spent"] = [token]
    another = judged(document)["digest"]
    assert another != token
    assert guard(document, CEREVOX_APPROVE=token).exit_code == 5
    assert guard(document, CEREVOX_APPROVE=another).exit_code == 0


def test_the_old_guards_of_a_roster_count_too() -> None:
    document = preview("roster-changed")
    lifted = {"maxRemovals": {"count": 0, "fraction": 1}}
    named(document, "team")["oldState"]["inputs"]["guards"] = lifted
    result = guard(document)
    assert result.exit_code == 5
    assert "Roster team: the guards change" in result.stdout
    assert (
        "- `Roster team`: `the guards change"
        in guard(document, "--format", "markdown").stdout
    )


@pytest.mark.parametrize(
    ("guards", "sign"),
    [
        ("04da6b54-80e4-46f7-96ec-b56ff0331ba9", "not known before"),
        (["x"], "its guards are no mapping"),
        ({"minAdmins": -1}, "guards: min_admins"),
    ],
)
def test_guards_that_cannot_be_read_are_incomplete(guards: object, sign: str) -> None:
    document = preview("roster-changed")
    named(document, "team")["newState"]["inputs"]["guards"] = guards
    result = guard(document)
    assert result.exit_code == 4
    assert sign in result.stderr


def test_undeclared_people_are_not_removed_but_where_the_mode_says_so() -> None:
    document = preview("roster-changed")
    mallory = {"mallory@example.com": {"role": "admin", "undeclared": True}}
    for side in ("oldState", "newState"):
        named(document, "team")[side]["inputs"]["members"] |= mallory
    assert "mallory@example.com" not in changes(document)
    del named(document, "team")["newState"]["inputs"]["members"]["mallory@example.com"]
    assert changes(document)["mallory@example.com"] == "remove admin->-"


def test_a_roster_that_goes_removes_whom_it_made_where_it_says_so() -> None:
    document = preview("roster-gone")
    said = guard(document).stdout
    assert "everybody in it stays in the account" in said
    outputs = named(document, "team")["oldState"]["outputs"]
    outputs["onDestroy"] = "remove_created"
    assert sorted(changes(document)) == [
        "ada@example.com",
        "bob@example.com",
        "eve@example.com",
        "grace@example.com",
    ]
    result = guard(document)
    assert result.exit_code == 5
    assert "max_removals" in result.stderr
    # Another resource of the program declares one of them.
    new = copy.deepcopy(named(preview("users-new"), "eve"))
    new["newState"]["provider"] = named(document, "team")["oldState"]["provider"]
    document["steps"].append(new)
    assert "eve@example.com" not in {
        one["email"] for one in judged(document)["parts"][0]["changes"]
    }
    named(document, "team")["oldState"]["retainOnDelete"] = True
    assert "everybody in it stays" in guard(document).stdout


def test_a_roster_whose_code_alone_changes_touches_nobody() -> None:
    document = preview("roster-changed")
    step = named(document, "team")
    step["newState"]["inputs"] = step["oldState"]["inputs"] | {"__provider": "new"}
    result = guard(document)
    assert (
        "touches nobody (other code, a setting, or a person only let go): Roster team"
        in (result.stdout)
    )
    assert result.exit_code == 0


def test_a_last_day_that_moves_is_named() -> None:
    document = preview("roster-changed")
    step = named(document, "team")
    old = step["newState"]["inputs"] = dict(step["oldState"]["inputs"])
    ada, bob, *_ = old["members"]
    step["oldState"]["outputs"]["__days"] = {ada: {"until": "2027-03-31"}}
    days = {ada: {"until": "2037-03-31"}, bob: {"roleUntil": "2027-06-30"}}
    step["newState"]["inputs"] = old | {"__days": days}
    said = guard(document)
    assert said.exit_code == 0
    text = " ".join(said.stdout.split())
    assert f"{ada}: until 2027-03-31 -> until 2037-03-31" in text
    assert f"{bob}: no last day -> admin until 2027-06-30" in text
    step["oldState"]["outputs"]["__days"] = {}
    assert f"{ada}: no last day -> until 2037-03-31" in guard(document).stdout
    del step["oldState"]["outputs"]["__days"]
    assert "last days change" not in guard(document).stdout


def test_two_rosters_have_a_digest_each() -> None:
    document = preview("roster-approved")
    second = copy.deepcopy(named(document, "team"))
    second["urn"] += "-two"
    second["newState"]["urn"] = second["oldState"]["urn"] = second["urn"]
    members = second["newState"]["inputs"]["members"]
    members["bob@example.com"] = members.pop("ada@example.com")
    document["steps"].append(second)
    told = judged(document)
    tokens = [part["digest"] for part in told["parts"]]
    assert told["digest"] == ",".join(sorted(tokens))
    assert guard(document, "--approve", told["digest"]).exit_code == 0
    assert guard(document, "--approve", tokens[0]).exit_code == 5


# Single people, resource by resource.


def test_an_update_of_the_provider_code_alone_touches_nobody() -> None:
    document = preview("users-demoted")
    step = named(document, "ada")
    step["newState"]["inputs"] = step["oldState"]["inputs"] | {"__provider": "new"}
    result = guard(document)
    assert (
        "touches nobody (other code, a setting, or a person only let go): User ada"
        in (result.stdout)
    )
    assert judged(document)["untouched"] == ["User ada"]
    assert "`User ada`" in guard(document, "--format", "markdown").stdout


def test_a_role_that_is_no_longer_declared_changes_nothing() -> None:
    document = preview("users-demoted")
    del named(document, "ada")["newState"]["inputs"]["role"]
    assert changes(document) == {}


def test_a_new_name_is_an_update() -> None:
    document = preview("users-demoted")
    named(document, "ada")["newState"]["inputs"] |= {"role": "admin", "name": "A. L."}
    assert changes(document) == {"ada@example.com": "update admin->admin"}
    assert "Renamed (1)" in guard(document).stdout


@pytest.mark.parametrize(
    ("state", "outputs", "expected"),
    [
        pytest.param({}, {"onDestroy": "keep"}, {}, id="kept"),
        pytest.param({"retainOnDelete": True}, {}, {}, id="retained"),
        pytest.param(
            {},
            {"adopted": True, "priorRole": "admin", "__givenRole": "member"},
            {"eve@example.com": "promote member->admin"},
            id="adopted, with another role before",
        ),
        pytest.param(
            {},
            {"adopted": True, "priorRole": "admin", "__givenRole": "admin"},
            {},
            id="adopted, and changed by hand since",
        ),
        pytest.param(
            {},
            {"adopted": True, "onDestroy": "delete"},
            {"eve@example.com": "remove member->-"},
            id="adopted, to be deleted all the same",
        ),
        pytest.param({"external": True}, {}, {}, id="only looked up"),
    ],
)
def test_a_user_that_goes(
    state: dict[str, Any], outputs: dict[str, Any], expected: dict[str, str]
) -> None:
    document = preview("users-removed")
    document["steps"] = [
        one for one in document["steps"] if not one["urn"].endswith("::bob")
    ]
    old = named(document, "eve")["oldState"]
    old |= state
    old["outputs"] |= outputs
    assert changes(document) == expected
    untouched = judged(document)["untouched"]
    stays = "User eve (it goes, and eve@example.com stays in the account as "
    is_told = [one.startswith(stays) for one in untouched]
    assert is_told == ([] if expected or state.get("external") else [True])


def test_an_assignment_that_is_kept_demotes_nobody() -> None:
    document = preview("users-assignment-removed")
    old = named(document, "linus-admin")["oldState"]["outputs"]
    old["onDestroy"] = "keep"
    assert changes(document) == {}
    old |= {"onDestroy": "restore", "role": "member"}
    named(document, "linus-admin")["oldState"]["inputs"]["role"] = "member"
    assert changes(document) == {}


def test_an_assignment_by_user_id_names_the_id_where_no_email_is_known() -> None:
    document = preview("users-new")
    inputs = named(document, "linus-admin")["newState"]["inputs"]
    del inputs["email"]
    inputs |= {"userId": "u-1", "role": "member"}
    assert changes(document)["user u-1"] == "demote admin->member"
    del inputs["userId"]
    assert "RoleAssignment linus-admin: it names nobody" in guard(document).stderr


def test_a_new_assignment_over_a_known_user_starts_from_their_role() -> None:
    document = preview("users-unchanged-shown")
    new = copy.deepcopy(named(preview("users-new"), "linus-admin"))
    new["newState"]["inputs"]["email"] = "BOB@example.com"
    provider = named(document, "bob")["newState"]["provider"]
    new["newState"]["provider"] = provider
    new["urn"] = new["newState"]["urn"] = new["urn"] + "-2"
    document["steps"].append(new)
    assert changes(document) == {"bob@example.com": "promote member->admin"}
    new["newState"]["inputs"]["role"] = "member"
    assert changes(document) == {}


def test_a_person_who_moves_to_another_resource_is_not_removed() -> None:
    document = preview("users-removed")
    moved = copy.deepcopy(named(preview("users-new"), "eve"))
    moved["newState"]["provider"] = named(document, "eve")["oldState"]["provider"]
    moved["urn"] = moved["newState"]["urn"] = moved["urn"] + "-renamed"
    document["steps"].append(moved)
    assert changes(document) == {"bob@example.com": "remove member->-"}


def test_a_person_who_moves_into_a_roster_is_not_removed() -> None:
    document = preview("users-removed")
    roster = copy.deepcopy(named(preview("roster-new"), "team"))
    roster["newState"]["provider"] = named(document, "eve")["oldState"]["provider"]
    document["steps"].append(roster)
    told = {part["title"]: part for part in judged(document)["parts"]}
    assert "Users" not in told
    assert len(told["Roster team"]["changes"]) == 6


def test_a_user_and_their_assignment_that_both_go_are_one_removal() -> None:
    document = preview("users-removed")
    step = copy.deepcopy(named(preview("users-assignment-removed"), "linus-admin"))
    for side in ("inputs", "outputs"):
        step["oldState"][side]["email"] = "bob@example.com"
    step["oldState"]["provider"] = named(document, "bob")["oldState"]["provider"]
    document["steps"].append(step)
    assert changes(document) == {
        "bob@example.com": "remove admin->-",
        "eve@example.com": "remove member->-",
    }


def test_an_old_copy_that_is_still_to_be_deleted_is_a_removal_of_its_own() -> None:
    document = preview("users-demoted")
    leftover = copy.deepcopy(named(preview("users-removed"), "eve"))
    leftover["urn"] = leftover["oldState"]["urn"] = named(document, "ada")["urn"]
    leftover["oldState"]["delete"] = True
    document["steps"].append(leftover)
    assert changes(document) == {
        "ada@example.com": "demote admin->member",
        "eve@example.com": "remove member->-",
    }


def test_people_of_two_accounts_are_judged_apart() -> None:
    document = preview("users-removed")
    bob = named(document, "bob")["oldState"]
    bob["provider"] = "urn:pulumi:prod::people::pulumi:providers:p::two::id"
    # Two providers of one account are one account.
    assert [part["title"] for part in judged(document)["parts"]] == ["Users"]
    bob["outputs"]["accountId"] = "acc_two"
    told = judged(document)
    titles = sorted(part["title"] for part in told["parts"])
    assert titles == ["Users of acc_empty", "Users of acc_two"]
    assert guard(document, CEREVOX_MAX_REMOVALS="1").exit_code == 0


def test_a_person_who_moves_to_another_provider_of_the_account_stays() -> None:
    document = preview("users-removed")
    two = "urn:pulumi:prod::people::pulumi:providers:p::two::id"
    named(document, "bob")["oldState"]["provider"] = two
    moved = copy.deepcopy(named(preview("users-new"), "eve"))
    moved["newState"]["provider"] = two
    moved["urn"] = moved["newState"]["urn"] = moved["urn"] + "-moved"
    document["steps"].append(moved)
    assert changes(document) == {"bob@example.com": "remove member->-"}


def test_a_replacement_by_something_that_is_only_looked_up_is_a_removal() -> None:
    document = preview("users-replaced")
    step = named(document, "eve")
    step["op"] = "read-replacement"
    step["newState"]["external"] = True
    assert changes(document) == {"eve@example.com": "remove member->-"}


def test_somebody_who_is_only_looked_up_is_never_touched() -> None:
    document = preview("users-drifted")
    step = named(document, "bob")
    assert step["op"] == "refresh"
    for side in ("oldState", "newState"):
        step[side]["external"] = True
    assert changes(document) == {"eve@example.com": "create -->member"}


def test_a_secret_of_somebody_who_stays_is_nobodys_business() -> None:
    assert guard(preview("secret-unchanged-shown")).exit_code == 0
    document = preview("users-unchanged-shown")
    for side in ("oldState", "newState"):
        named(document, "bob")[side]["inputs"]["email"] = "[secret]"
    assert guard(document).exit_code == 0
