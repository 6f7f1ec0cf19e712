"""A roster's calls on the real provider host: order, failures, and what is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_cerevox.provider import RosterProvider
from pulumi_cerevox.roster import Guards

OWNER = {"owner@example.com": {"role": "admin"}}
ADA = {"ada@example.com": {"role": "admin"}}
LAST_YEAR = "2025-06-01T00:00:00Z"


def said(host: Any) -> str:
    """Return everything that the host told the engine."""
    return "\n".join(line for _, line in host.engine.lines)


def writes(account: Any) -> list[str]:
    """Return the writes that the API saw, in order."""
    return [
        f"{one['method']} {one['route']}"
        for one in account.journal()
        if one["method"] != "GET" and "/token/" not in one["path"]
    ]


def people(count: int, role: str = "member") -> dict[str, dict[str, str]]:
    """Return so many declared people."""
    return {f"user-{number}@example.com": {"role": role} for number in range(count)}


@pytest.mark.parametrize("kind", ["User", "Roster"])
def test_an_impossible_number_of_seats_blocks_nobody_and_is_said(
    account: Any, start_host: Callable[..., Any], kind: str
) -> None:
    account.patch_account(max_users=0)
    host = start_host(account)
    if kind == "Roster":
        host.provider = RosterProvider
    news = {"members": OWNER | ADA} if kind == "Roster" else {"email": "a@example.com"}
    assert not host.check(news, {}).get("failures")
    host.check(news, {})
    assert said(host).count("account has 0 seats, which can't be: nobody checks") == 1


def test_steps_come_in_the_order_that_keeps_admins(
    account: Any, roster_host: Callable[..., Any]
) -> None:
    host = roster_host()
    first = OWNER | ADA | people(3)
    _, outs = host.create({"members": first})
    changed = {
        **OWNER,
        "ada@example.com": {"role": "member"},
        "user-0@example.com": {"role": "admin"},
        "user-1@example.com": {"role": "member", "name": "One"},
        "new@example.com": {"role": "member"},
    }
    later = roster_host()
    inputs = later.check({"members": changed}, {"members": outs["members"]})
    account.clear_journal()
    later.update("acc_empty", outs, inputs)
    bodies = [
        (one["method"], one["body"]) for one in account.journal() if one["committed"]
    ]
    assert bodies == [
        ("PUT", {"role": "admin"}),
        ("POST", {"email": "new@example.com", "role": "member"}),
        ("PUT", {"name": "One"}),
        ("PUT", {"role": "member"}),
        ("DELETE", {"email": "user-2@example.com"}),
    ]


def test_the_day_of_a_review_is_not_in_the_state(
    roster_host: Callable[..., Any],
) -> None:
    reviewed = {"role": "member", "reviewed": "2026-10-01"}
    news = roster_host().check({"members": OWNER | {"bob@example.com": reviewed}})
    assert news["members"]["bob@example.com"] == {"role": "member"}


def test_a_new_admin_who_is_banned_is_named(
    account: Any, roster_host: Callable[..., Any]
) -> None:
    account.add_user("bob@example.com", lastlogin=LAST_YEAR, isbanned=True)
    host = roster_host()
    host.check({"members": OWNER | {"bob@example.com": {"role": "admin"}}})
    assert "bob@example.com: to be admin, and banned in the account" in said(host)


def test_an_update_says_at_its_end_what_was_done_and_who_is_in_place(
    account: Any, roster_host: Callable[..., Any]
) -> None:
    before = OWNER | ADA | {"bob@example.com": {"role": "member"}}
    id_, outs = roster_host().create({"members": before})
    account.add_user("eve@example.com", lastlogin=LAST_YEAR)
    host = roster_host()
    news = host.check({"members": OWNER | ADA}, {"members": before})
    host.update(id_, outs, news)
    done = "create 0, promote 0, demote 0, update 0, remove 1, 2 in place"
    assert f"done: {done}" in said(host)


def test_nobody_is_said_to_be_removed_who_stays(
    account: Any, roster_host: Callable[..., Any]
) -> None:
    id_, outs = roster_host().create({"members": OWNER | ADA})
    host = roster_host()
    news = host.check({"members": OWNER}, {"members": OWNER | ADA})
    # Another resource of the program declares her from now on.
    host.check({"members": ADA | OWNER})
    host.update(id_, outs, news)
    assert "ada@example.com stays in the account as admin" in said(host)
    assert "done:" not in said(host)
    assert writes(account) == ["POST /v1/users"]


def test_one_persons_error_stops_later_steps_and_nobody_beside_them(
    account: Any, roster_host: Callable[..., Any], call_error: type[Exception]
) -> None:
    host = roster_host(CEREVOX_APPROVE="")
    _, outs = host.create({"members": OWNER | people(4)})
    account.add_fault(method="POST", path="/users", status=400)
    account.clear_journal()
    added = {f"new-{number}@example.com": {"role": "member"} for number in range(3)}
    news = {"members": OWNER | people(3) | added}
    with pytest.raises(call_error) as caught:
        host.update("acc_empty", outs, news)
    text = str(caught.value)
    assert "1 of 4 changes failed" in text
    assert "create new-" in text
    assert "Done: create 2" in text
    assert "Not started, because they come after: remove 1" in text
    assert "Traceback" not in text
    assert account.count("DELETE", "/users/{user_id}") == 0

    again = roster_host()
    again.update("acc_empty", outs, news)
    assert account.count("POST", "/users") == 4
    assert account.count("DELETE", "/users/{user_id}") == 1


def test_a_role_that_the_api_ignores_is_told_and_leaves_nobody(
    start_emulator: Callable[..., Any],
    start_host: Callable[..., Any],
    call_error: type[Exception],
) -> None:
    emulator = start_emulator(seed="empty", dialect="sdk-0.2")
    host = start_host(emulator)
    host.provider = RosterProvider
    with pytest.raises(call_error, match=r"ada@example\.com"):
        host.create({"members": OWNER | ADA})
    assert len(emulator.users()) == 1


def test_a_refresh_shows_who_changed_their_email_and_nobody_comes_or_goes(
    account: Any, roster_host: Callable[..., Any]
) -> None:
    guards = {
        "requiredAdmins": ["owner@example.com"],
        "maxRemovals": {"count": 0, "fraction": 0},
        "minAdmins": 1,
    }
    props = {"members": OWNER | ADA, "guards": guards}
    id_, outs = roster_host().create(props)
    account.patch_user("ada@example.com", email="Ada@lovelace.example")
    account.clear_journal()
    _, outs, inputs = roster_host().read(id_, outs)
    new = {"role": "admin", "newEmail": "ada@lovelace.example"}
    assert inputs["members"] == OWNER | {"ada@example.com": new}
    host = roster_host()
    # In a refresh the engine compares with what the state had before.
    assert host.diff(id_, outs, props)[0] == "DIFF_UNKNOWN"
    # Once it is stored, it is no difference any more; each preview names it.
    news = host.check(props, inputs)
    assert news["members"] == inputs["members"]
    assert host.diff(id_, outs, news) == ("DIFF_NONE", [])
    # An update about something else leaves it in the state.
    carl = {"carl@example.com": {"role": "member"}}
    news = host.check({**props, "members": OWNER | ADA | carl}, inputs)
    outs = host.update(id_, outs, news)
    assert outs["__known"]["ada@example.com"]["newEmail"] == "ada@lovelace.example"
    # Under the new address they are who they were: no guard counts a removal.
    declared = OWNER | carl | {"ada@lovelace.example": {"role": "admin"}}
    later = roster_host()
    news = later.check({**props, "members": declared}, news)
    assert news["members"] == declared
    outs = later.update(id_, outs, news)
    assert outs["__known"]["ada@lovelace.example"]["created"] is True
    assert writes(account) == ["POST /v1/users"]
    _, _, inputs = roster_host().read(id_, outs)
    assert inputs["members"] == declared


def test_a_destroy_removes_whom_the_roster_made_also_under_a_new_email(
    account: Any, roster_host: Callable[..., Any]
) -> None:
    guards = {"maxRemovals": {"count": 1, "fraction": 1}}
    props = {"members": OWNER | ADA, "guards": guards, "onDestroy": "remove_created"}
    id_, outs = roster_host().create(props)
    account.patch_user("ada@example.com", email="ada@lovelace.example")
    host = roster_host()
    host.delete(id_, outs)
    assert [user["email"] for user in account.users()] == ["owner@example.com"]
    assert "whom it made" in said(host)


def test_a_person_declared_under_both_emails_is_refused_by_name(
    account: Any, roster_host: Callable[..., Any], call_error: type[Exception]
) -> None:
    id_, outs = roster_host().create({"members": OWNER | ADA})
    account.patch_user("ada@example.com", email="ada@lovelace.example")
    account.clear_journal()
    _, outs, inputs = roster_host().read(id_, outs)
    both = OWNER | ADA | {"ada@lovelace.example": {"role": "admin"}}
    host = roster_host()
    news = host.check({"members": both}, inputs)
    with pytest.raises(call_error, match="the same person, declared twice") as caught:
        host.update(id_, outs, news)
    assert "ada@lovelace.example is the email of ada@example.com" in str(caught.value)
    assert writes(account) == []


def test_without_a_key_the_preview_says_that_it_did_not_look(
    account: Any, roster_host: Callable[..., Any]
) -> None:
    host = roster_host(CEREVOX_API_KEY="")
    inputs = host.check({"members": OWNER})
    assert inputs["members"] == OWNER
    assert "the live account was not looked at" in said(host)
    assert account.journal() == []


def test_an_account_that_does_not_answer_does_not_stop_a_preview(
    account: Any, roster_host: Callable[..., Any]
) -> None:
    account.add_fault(action="hang", times=None)
    host = roster_host()
    assert "failures" not in host.check({"members": OWNER})
    assert "it did not answer within 5 seconds" in said(host)
    account.clear_faults()


def test_a_late_look_refuses_nobody_and_the_update_does(
    account: Any, roster_host: Callable[..., Any], call_error: type[Exception]
) -> None:
    """undeclared="fail" is no promise of a preview that could not see the account."""
    members = {"members": OWNER, "undeclared": "fail"}
    _, outs = roster_host().create(members)
    account.add_user("mallory@example.com", name="M", role="member")
    account.clear_journal()
    account.add_fault(method="GET", path="/users", delay_seconds=7.0)
    host = roster_host()
    news = {"members": OWNER | ADA, "undeclared": "fail"}
    inputs = host.check(news, members)
    assert "failures" not in inputs
    assert "it did not answer within 5 seconds" in said(host)
    with pytest.raises(call_error, match=r"not in the roster: mallory@example\.com"):
        host.update("acc_empty", outs, inputs)
    assert writes(account) == []
    # The look that was late still filled the directory.
    assert account.count("GET", "/users") == 1


UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@pytest.mark.parametrize(
    "unknown",
    [
        pytest.param({"members": UNKNOWN}, id="members"),
        pytest.param({"members": {"ada@example.com": UNKNOWN}}, id="a member"),
        pytest.param({"guards": UNKNOWN}, id="guards"),
        pytest.param({"guards": {"minAdmins": UNKNOWN}}, id="a guard"),
        pytest.param({"undeclared": UNKNOWN}, id="undeclared"),
    ],
)
def test_what_is_not_known_yet_is_refused_once_there_is_a_roster(
    roster_host: Callable[..., Any], unknown: dict[str, Any]
) -> None:
    host = roster_host()
    news = {"members": OWNER} | unknown
    assert "failures" not in host.check(news)
    refusal = host.check(news, {"members": OWNER})
    assert "--target" in refusal["failures"][0][1]


@pytest.mark.parametrize("key", ["accountId", "onDestroy"])
def test_what_judges_nobody_may_be_unknown(
    roster_host: Callable[..., Any], key: str
) -> None:
    host = roster_host()
    news = {"members": OWNER, key: UNKNOWN}
    assert "failures" not in host.check(news)
    olds = {"members": OWNER, "accountId": "acc_empty"}
    assert "failures" not in host.check(news, olds)


@pytest.mark.parametrize(
    ("declared", "bound"), [("acc_empty", "acc_other"), ("acc_other", "acc_empty")]
)
def test_a_declared_account_and_a_bound_one_that_differ_are_both_named(
    account: Any, roster_host: Callable[..., Any], declared: str, bound: str
) -> None:
    host = roster_host(CEREVOX_ACCOUNT_ID=bound)
    answer = host.check({"members": OWNER, "accountId": declared})
    ((_, text),) = answer["failures"]
    assert declared in text
    assert bound in text
    assert writes(account) == []


def test_a_roster_never_moves_to_another_account(
    account: Any,
    roster_host: Callable[..., Any],
    start_emulator: Callable[..., Any],
    start_host: Callable[..., Any],
    call_error: type[Exception],
) -> None:
    host = roster_host()
    _, outs = host.create({"members": OWNER, "accountId": "acc_empty"})
    moved = host.check(
        {"members": OWNER, "accountId": "acc_other"},
        {"members": OWNER, "accountId": "acc_empty"},
    )
    assert "a roster belongs to one account" in moved["failures"][0][1]

    foreign = start_host(start_emulator(seed="empty", account_id="acc_other"))
    foreign.provider = RosterProvider
    calls: list[Callable[[], Any]] = [
        lambda: foreign.read("acc_empty", outs),
        lambda: foreign.update("acc_empty", outs, {"members": OWNER | ADA}),
        lambda: foreign.delete("acc_empty", outs),
    ]
    for call in calls:
        with pytest.raises(call_error, match="belongs to account acc_other"):
            call()
    assert writes(account) == []


def test_names_are_compared_only_where_they_are_managed(
    account: Any, roster_host: Callable[..., Any]
) -> None:
    members = OWNER | {
        "ada@example.com": {"role": "member", "name": "Ada"},
        "bob@example.com": {"role": "member"},
    }
    _, outs = roster_host().create({"members": members})
    account.patch_user("ada@example.com", name="A\u0301da")
    account.patch_user("bob@example.com", name="Robert")
    _, _, inputs = roster_host().read("acc_empty", outs)
    assert inputs["members"]["ada@example.com"]["name"] == "A\u0301da"
    assert inputs["members"]["bob@example.com"] == {"role": "member"}


def test_a_guard_that_an_old_state_lacks_is_at_its_default_and_no_change(
    roster_host: Callable[..., Any],
) -> None:
    host = roster_host()
    every_guard = Guards(min_admins=1).to_properties()
    older = {key: every_guard[key] for key in ("minAdmins", "requiredAdmins")}
    id_, outs = host.create_checked({"members": OWNER, "guards": older})
    news = {"members": OWNER, "guards": every_guard}
    assert host.diff(id_, outs, host.check(news, outs)) == ("DIFF_NONE", [])
    stricter = {"members": OWNER, "guards": every_guard | {"allowEmpty": True}}
    assert host.diff(id_, outs, host.check(stricter, outs))[0] == "DIFF_UNKNOWN"
