"""Each call that the engine makes to the plugin, on the plugin's real process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
SIGNATURE = "4dabf18193072939515e22adb298388d"
ADA = {"email": "ada@example.com", "name": "Ada", "role": "admin"}
PROVIDER = "urn:pulumi:test::people::pulumi:providers:cerevox::"


def test_a_user_lives_from_create_to_delete(
    plugin: Any, account: Any, start_plugin: Callable[..., Any]
) -> None:
    id_, outs = plugin.create("User", "ada", ADA)
    assert account.user("ada@example.com")["user_id"] == id_ == outs["userId"]
    _, read, inputs = plugin.read("User", id_, outs)
    assert inputs == ADA
    assert read["accountId"] == "acc_empty"
    news = ADA | {"role": "member"}
    diff = plugin.call("Diff", urn=urn("User"), id=id_, olds=outs, news=news)
    assert diff.changes == diff.DIFF_UNKNOWN
    same = plugin.call("Diff", urn=urn("User"), id=id_, olds=outs, news=ADA)
    assert same.changes == same.DIFF_NONE
    other = ADA | {"email": "eve@example.com"}
    replaced = plugin.call("Diff", urn=urn("User"), id=id_, olds=outs, news=other)
    assert list(replaced.replaces) == ["email"]
    plugin.call("Update", urn=urn("User"), id=id_, olds=outs, news=news)
    assert account.user("ada@example.com")["role"] == "member"
    later = start_plugin().configure()
    later.call("Delete", urn=urn("User"), id=id_, properties=outs)
    assert [one["email"] for one in account.users()] == ["owner@example.com"]
    assert start_plugin().configure().read("User", id_, outs) == ("", {}, {})


def test_a_preview_writes_nothing_and_leaves_unknown_what_it_can_not_know(
    plugin: Any, account: Any
) -> None:
    id_, outs = plugin.create("User", "ada", ADA, preview=True)
    assert (id_, outs["email"], outs["role"]) == ("", "ada@example.com", "admin")
    assert outs["userId"] == outs["accountId"] == UNKNOWN
    members = {"owner@example.com": {"role": "admin"}}
    _, team = plugin.create("Roster", "team", {"members": members}, preview=True)
    assert team["userIds"] == team["counts"] == UNKNOWN
    answer = plugin.call(
        "Update",
        urn=urn("User"),
        id="u-1",
        olds={**ADA, "userId": "u-1", "accountId": "acc_empty"},
        news=ADA | {"role": "member"},
        preview=True,
    )
    assert (answer.properties["role"], answer.properties["userId"]) == ("member", "u-1")
    assert account.count("POST", "/v1/users") == 0
    assert len(account.users()) == 1


def test_a_role_assignment_restores_the_prior_role(
    plugin: Any, account: Any, start_plugin: Callable[..., Any]
) -> None:
    account.add_user("bob@example.com", role="member")
    news = {"email": "bob@example.com", "role": "admin"}
    id_, outs = plugin.create("RoleAssignment", "bob", news)
    assert outs["priorRole"] == "member"
    assert account.user("bob@example.com")["role"] == "admin"
    later = start_plugin().configure()
    later.call("Delete", urn=urn("RoleAssignment"), id=id_, properties=outs)
    assert account.user("bob@example.com")["role"] == "member"


@pytest.mark.parametrize("by", ["id", "email"])
def test_a_user_and_a_role_are_imported_by_id_or_email(
    plugin: Any, account: Any, by: str
) -> None:
    user = account.add_user("bob@example.com", name="Bob", role="admin")
    asked = user["user_id"] if by == "id" else "bob@example.com"
    id_, outs, inputs = plugin.read("User", asked)
    assert id_ == user["user_id"]
    assert inputs == {"email": "bob@example.com", "name": "Bob", "role": "admin"}
    assert plugin.check("User", "bob", inputs, inputs) == inputs
    same = plugin.call("Diff", urn=urn("User"), id=id_, olds=outs, news=inputs)
    assert same.changes == same.DIFF_NONE
    id_, outs, inputs = plugin.read("RoleAssignment", asked)
    assert inputs == {"email": "bob@example.com", "role": "admin"}
    assert outs["priorRole"] == "admin"


def test_whoever_has_no_name_is_imported_without_one(
    plugin: Any, account: Any, start_plugin: Callable[..., Any]
) -> None:
    account.add_user("bob@example.com", name="", role="member")
    _, _, inputs = plugin.read("User", "bob@example.com")
    assert inputs == {"email": "bob@example.com", "role": "member"}
    assert plugin.check("User", "bob", inputs, inputs) == inputs
    other = start_plugin().configure()
    _, _, inputs = other.read("Roster", "acc_empty")
    assert inputs["members"]["bob@example.com"] == {"role": "member"}
    assert other.check("Roster", "all", inputs, inputs) == inputs


def test_a_whole_account_is_imported_as_one_roster(plugin: Any, account: Any) -> None:
    account.add_user("bob@example.com", name="Bob", role="member")
    id_, outs, inputs = plugin.read("Roster", "acc_empty")
    assert inputs == {
        "members": {
            "bob@example.com": {"name": "Bob", "role": "member"},
            "owner@example.com": {"name": "Example Owner", "role": "admin"},
        }
    }
    assert outs["counts"] == {"members": 2, "admins": 1, "undeclared": 0}
    assert plugin.check("Roster", "all", inputs, inputs) == inputs
    _, _, again = plugin.read("Roster", id_, outs)
    assert again == inputs


def test_who_is_not_there_is_not_imported(
    plugin: Any, call_error: type[Exception]
) -> None:
    with pytest.raises(call_error, match="account acc_empty has no user 'no body'"):
        plugin.read("User", "no body")
    with pytest.raises(call_error, match="imported by the id or the email"):
        plugin.read("RoleAssignment", "nobody@example.com")
    with pytest.raises(call_error, match="belongs to account acc_other"):
        plugin.read("Roster", "acc_other")


def test_a_property_that_there_is_not_is_refused_with_the_nearest(plugin: Any) -> None:
    [refusal] = plugin.check("User", "ada", {"email": "a@b.de", "rolle": "admin"})
    assert refusal == (
        "User has no property rolle: did you mean role? It has email, name, role, "
        "onExisting, onDestroy"
    )


def test_members_may_be_a_list_or_a_map(plugin: Any) -> None:
    expected = {
        "members": {
            "ada@example.com": {"role": "member"},
            "owner@example.com": {"role": "admin"},
        }
    }
    owner = {"email": "owner@example.com", "role": "admin"}
    listed = {"members": [owner, {"email": "Ada@example.com"}]}
    assert plugin.check("Roster", "team", listed) == expected
    mapped = {"members": {"Ada@example.com": {}, "owner@example.com": owner}}
    assert plugin.check("Roster", "team", mapped) == expected
    twice = {"members": [owner, {"email": "OWNER@example.com"}]}
    [refusal] = plugin.check("Roster", "team", twice)
    assert "is in the roster twice" in refusal


def test_whom_a_refresh_has_seen_is_no_fault_where_changes_are_ignored(
    plugin: Any,
) -> None:
    members = {
        "eve@example.com": {"role": "member", "undeclared": True},
        "owner@example.com": {"role": "admin", "newEmail": "boss@example.com"},
    }
    checked = plugin.check("Roster", "team", {"members": members})
    assert checked == {"members": {"owner@example.com": {"role": "admin"}}}


def test_members_that_a_preview_does_not_know_are_left_open(plugin: Any) -> None:
    owner = {"email": "owner@example.com", "role": "admin"}
    listed = {"members": [owner, {"email": UNKNOWN, "role": "member"}]}
    assert plugin.check("Roster", "team", listed) == {"members": UNKNOWN}
    mapped = {"members": {"ada@example.com": UNKNOWN, "owner@example.com": owner}}
    checked = plugin.check("Roster", "team", mapped)
    assert checked["members"]["ada@example.com"] == UNKNOWN


BOB = {"email": "bob@example.com"}
BOB_ADMIN = {**BOB, "role": "admin"}
TEAM = {"members": {"bob@example.com": {"role": "admin"}}}
CONFLICTS: list[tuple[tuple[str, dict[str, Any]], tuple[str, dict[str, Any]]]] = [
    (("User", BOB), ("User", {"email": "BOB@example.com"})),
    (("User", BOB_ADMIN), ("RoleAssignment", BOB_ADMIN)),
    (("User", BOB), ("Roster", TEAM)),
    (("Roster", TEAM), ("User", BOB)),
    (("RoleAssignment", BOB_ADMIN), ("Roster", TEAM)),
]


@pytest.mark.parametrize(("first", "second"), CONFLICTS)
def test_two_resources_over_one_person_are_refused_and_named(
    plugin: Any, first: tuple[str, Any], second: tuple[str, Any]
) -> None:
    assert isinstance(plugin.check(first[0], "one", first[1]), dict)
    # The engine checks a resource that is replaced twice.
    assert isinstance(plugin.check(first[0], "one", first[1]), dict)
    [refusal] = plugin.check(second[0], "two", second[1])
    assert "declared twice in this program" in refusal
    assert f"{first[0]} " in refusal
    assert "'one'" in refusal
    assert "'two'" in refusal
    assert "bob" not in refusal


def test_a_role_beside_a_user_without_one_is_no_conflict(plugin: Any) -> None:
    assert isinstance(plugin.check("User", "bob", BOB), dict)
    assert isinstance(plugin.check("RoleAssignment", "bob", BOB_ADMIN), dict)


def test_two_rosters_of_one_account_are_refused_unless_one_ignores(plugin: Any) -> None:
    owner = {"members": {"owner@example.com": {"role": "admin"}}}
    assert isinstance(plugin.check("Roster", "one", owner), dict)
    [refusal] = plugin.check("Roster", "two", TEAM)
    assert "both declare everybody in one account" in refusal
    ignoring = {**TEAM, "undeclared": "ignore"}
    assert isinstance(plugin.check("Roster", "two", ignoring), dict)


def test_whom_a_refresh_saw_first_is_not_removed_in_the_same_run(
    plugin: Any, account: Any, start_plugin: Callable[..., Any]
) -> None:
    news = {
        "members": {"owner@example.com": {"role": "admin"}},
        "undeclared": "remove",
        "guards": {"maxRemovals": {"count": 5, "fraction": 1}},
    }
    id_, outs = plugin.create("Roster", "one", news)
    account.add_user("eve@example.com", role="member")
    refreshing = start_plugin().configure()
    _, _, live = refreshing.read("Roster", id_, outs)
    assert live["members"]["eve@example.com"]["undeclared"]
    assert not [key for key in live if key.startswith("__")]
    same_run = refreshing.check("Roster", "one", news, live)
    assert "eve@example.com" in same_run["members"]
    next_run = start_plugin().configure().check("Roster", "one", news, live)
    assert "eve@example.com" not in next_run["members"]


def test_an_account_that_changed_under_an_update_is_read_before_the_next(
    plugin: Any,
    account: Any,
    start_plugin: Callable[..., Any],
    call_error: type[Any],
) -> None:
    everybody = {
        f"{name}@example.com": {"role": "admin"} for name in ("owner", "ada", "bob")
    }
    guards = {"maxDemotions": {"count": 3, "fraction": 1}, "minAdmins": 2}
    team = {"members": everybody, "guards": guards}
    id_, outs = plugin.create("Roster", "team", team)
    for name in ("ada", "bob"):
        account.patch_user(f"{name}@example.com", lastlogin="2025-06-01T00:00:00Z")
    members = everybody | {"ada@example.com": {"role": "member"}}
    later = start_plugin().configure()
    news = later.check("Roster", "team", team | {"members": members}, team)
    # The plugin has read the account when somebody demotes bob by hand.
    account.patch_user("bob@example.com", role="member")
    with pytest.raises(call_error, match=r"Promoted back: ada@") as caught:
        later.call("Update", urn=urn("Roster"), id=id_, olds=outs, news=news)
    kept = caught.value.kept
    assert kept.refresh_before_update
    assert json_format.MessageToDict(kept.properties) == outs


def test_messages_belong_to_their_resource(plugin: Any, account: Any) -> None:
    account.add_user("bob@example.com", role="admin")
    plugin.create("User", "bob", {**BOB, "role": "member", "onExisting": "adopt"})
    told = {one for one, text in plugin.engine.urns if "they lose the role" in text}
    assert told == {"urn:pulumi:test::people::cerevox:index:User::bob"}


def test_settings_that_there_are_not_are_refused_with_the_nearest(plugin: Any) -> None:
    def faults(name: str, **settings: Any) -> list[str]:
        answer = plugin.call("CheckConfig", urn=PROVIDER + name, news=settings)
        return [one.reason for one in answer.failures]

    assert faults("default", maxRemovals=3, native=True, version="0.1.0") == []
    assert faults("default", a_key_of_the_project=1) == []
    assert faults("default_0_1_0", maxRemoval=3) == [
        "cerevox:maxRemoval is no setting of this provider; cerevox:maxRemovals is one"
    ]
    assert faults("prod", acountId="x") == [
        "acountId is no setting of this provider; accountId is one"
    ]
    [refusal] = faults("prod", colour="x")
    assert "there are accountId, apiKey, apiKeyEnv" in refusal


def test_an_api_key_in_the_settings_becomes_a_secret(plugin: Any) -> None:
    urn_ = PROVIDER + "prod"
    answer = plugin.call("CheckConfig", urn=urn_, news={"apiKey": "cvx-1"})
    assert dict(answer.inputs["apiKey"].items()) == {
        SIGNATURE: SECRET,
        "value": "cvx-1",
    }
    sealed = {"apiKey": {SIGNATURE: SECRET, "value": "cvx-1"}}
    again = plugin.call("CheckConfig", urn=urn_, news=sealed)
    assert dict(again.inputs["apiKey"].items()) == sealed["apiKey"]


def test_no_change_of_settings_replaces_the_provider(plugin: Any) -> None:
    olds, news = {"accountId": "a"}, {"accountId": "b"}
    changed = plugin.call("DiffConfig", urn=PROVIDER + "p", olds=olds, news=news)
    assert (changed.changes, list(changed.replaces)) == (changed.DIFF_SOME, [])
    same = plugin.call("DiffConfig", urn=PROVIDER + "p", olds=olds, news=olds)
    assert same.changes == same.DIFF_NONE


def test_an_instance_has_its_own_settings_and_numbers_come_as_floats(
    start_plugin: Callable[..., Any], account: Any, call_error: type[Exception]
) -> None:
    prod = start_plugin(PROD_KEY=account.api_key, CEREVOX_API_KEY="")
    prod.configure("prod", apiKeyEnv="PROD_KEY", maxRemovals=0, accountId="acc_empty")
    id_, outs = prod.create("User", "ada", ADA | {"role": "member"})
    prod = start_plugin(PROD_KEY=account.api_key, CEREVOX_API_KEY="")
    prod.configure("prod", apiKeyEnv="PROD_KEY", maxRemovals=0, accountId="acc_empty")
    with pytest.raises(call_error, match="one run may delete 0 users"):
        prod.call("Delete", urn=urn("User"), id=id_, properties=outs)
    bad = start_plugin().configure("prod", accountId="acc_other")
    [refusal] = bad.check("User", "ada", ADA)
    assert "account_id of Provider 'prod'" in refusal


def test_a_wrong_key_is_one_plain_error(
    start_plugin: Callable[..., Any], call_error: type[Exception]
) -> None:
    plugin = start_plugin(CEREVOX_API_KEY="cvx-wrong-key").configure()
    with pytest.raises(call_error) as caught:
        plugin.read("User", "ada@example.com")
    assert "CEREVOX_API_KEY" in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert "cvx-wrong-key" not in str(caught.value)


def test_the_functions_answer_with_the_names_of_the_schema(
    plugin: Any, account: Any, call_error: type[Exception]
) -> None:
    account.add_user("bob@example.com", role="member")
    assert plugin.invoke("getCurrentUser")["email"] == "owner@example.com"
    assert plugin.invoke("getUser", email="BOB@example.com")["accountId"] == "acc_empty"
    [admin] = plugin.invoke("getUsers", role="admin")["users"]
    assert admin["userId"] == account.user("owner@example.com")["user_id"]
    features = plugin.invoke("getAccountInfo")["features"]
    assert features["maxUsers"] == 100000
    for name in ("getPlan", "getUsage", "getBillingInfo"):
        assert plugin.invoke(name)
    with pytest.raises(call_error, match="getUser has no argument mail; it has email"):
        plugin.invoke("getUser", mail="a@b.de")
    with pytest.raises(call_error, match="there is no function getTeams"):
        plugin.invoke("getTeams")
    with pytest.raises(call_error, match="getUser: account acc_empty has no user"):
        plugin.invoke("getUser", email="nobody@example.com")


def test_read_roster_gives_a_file_as_a_roster_s_properties(
    plugin: Any, tmp_path: Path, call_error: type[Exception]
) -> None:
    file = tmp_path / "team.yaml"
    file.write_text(
        "account_id: acc_empty\n"
        "guards: {min_admins: 1}\n"
        "members:\n"
        "  - {email: owner@example.com, role: admin}\n"
        "  - {email: Bob@example.com, name: Bob, until: 2020-01-01}\n"
    )
    found = plugin.invoke("readRoster", paths=[str(file)])
    assert found["accountId"] == "acc_empty"
    assert found["guards"]["minAdmins"] == 1
    assert isinstance(plugin.check("Roster", "team", found), dict)
    assert "past their last day" in plugin.engine.lines[0][1]
    file.write_text("members:\n  - {email: owner@example.com, rolle: admin}\n")
    with pytest.raises(call_error, match=r"team\.yaml:2:"):
        plugin.invoke("readRoster", paths=[str(file)])
    with pytest.raises(call_error, match="give paths"):
        plugin.invoke("readRoster", paths=[])


def urn(kind: str) -> str:
    return f"urn:pulumi:test::people::cerevox:index:{kind}::one"
