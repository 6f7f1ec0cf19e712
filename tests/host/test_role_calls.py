"""Each call that the engine makes for a `RoleAssignment`, on the real provider host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_cerevox.provider import RoleProvider

BOB = {"email": "bob@example.com", "role": "admin"}
Start = Callable[..., Any]


@pytest.fixture
def start_role_host(start_host: Start) -> Start:
    """Start hosts that serve role assignments."""

    def start(*arguments: Any, **env: str) -> Any:
        host = start_host(*arguments, **env)
        host.provider = RoleProvider
        return host

    return start


@pytest.fixture
def roles(account: Any, start_role_host: Start) -> Any:
    """Start one host for an account with Bob in it."""
    account.add_user(email="bob@example.com", name="Bob", role="member")
    return start_role_host(account)


def test_create_gives_the_role_and_keeps_the_prior_one(
    roles: Any, account: Any
) -> None:
    id_, outs = roles.create(BOB)
    assert outs.pop("userId") == id_ == account.user("bob@example.com")["user_id"]
    assert outs == {
        **BOB,
        "accountId": "acc_empty",
        "priorRole": "member",
        "__by": "email",
        "__givenRole": "admin",
    }
    (write,) = account.journal(method="PUT")
    assert write["body"] == {"role": "admin"}


def test_a_role_that_is_there_already_writes_nothing(roles: Any, account: Any) -> None:
    _, outs = roles.create({**BOB, "role": "member"})
    assert outs["priorRole"] == "member"
    assert account.count("PUT") == 0


def test_read_gives_live_inputs(
    roles: Any, account: Any, start_role_host: Start
) -> None:
    id_, outs = roles.create(BOB)
    account.patch_user("bob@example.com", role="member")
    _, read, inputs = start_role_host(account).read(id_, outs)
    assert inputs == {**BOB, "role": "member"}
    assert read["priorRole"] == "member"
    assert read["__givenRole"] == "admin"


def test_another_email_of_the_same_user_is_never_written_to(
    roles: Any, account: Any, start_role_host: Start, call_error: type[Exception]
) -> None:
    id_, outs = roles.create(BOB)
    account.patch_user("bob@example.com", email="mallory@example.com")
    host = start_role_host(account)
    calls: list[Callable[[], Any]] = [
        lambda: host.update(id_, outs, {**BOB, "role": "member"}),
        lambda: host.delete(id_, outs),
    ]
    for call in calls:
        with pytest.raises(call_error, match=r"another email .* mallory@example\.com"):
            call()
    assert host.read(id_, outs)[2]["email"] == "mallory@example.com"


def test_an_update_writes_only_what_the_preview_showed(
    roles: Any, account: Any, start_role_host: Start
) -> None:
    id_, outs = roles.create(BOB)
    account.patch_user("bob@example.com", role="member")
    account.clear_journal()
    host = start_role_host(account)
    outs = host.update(id_, outs, {**BOB, "onDestroy": "keep"})
    assert account.count("PUT") == 0
    assert outs["role"] == "admin"  # as the preview compared it; a refresh finds more


@pytest.mark.parametrize("prior", ["member", "admin"])
def test_a_role_that_the_program_takes_over_is_noted_once_and_stays(
    account: Any, start_role_host: Start, prior: str
) -> None:
    """Somebody demotes bob by hand, a refresh stores it, and the program declares it.

    No delete makes him an admin again.
    """
    account.add_user(email="bob@example.com", name="Bob", role=prior)
    id_, outs = start_role_host(account).create(BOB)
    account.patch_user("bob@example.com", role="member")
    host = start_role_host(account)
    _, outs, inputs = host.read(id_, outs)
    account.clear_journal()
    news = host.check({**BOB, "role": "member"}, inputs)
    assert host.diff(id_, outs, news) == ("DIFF_SOME", [])
    outs = host.update(id_, outs, news)
    assert outs["__givenRole"] == outs["priorRole"] == "member"
    later = start_role_host(account)
    later.check(news, inputs)
    assert later.diff(id_, outs, news) == ("DIFF_NONE", [])
    start_role_host(account).delete(id_, outs)
    assert account.count("PUT") == 0
    assert account.user("bob@example.com")["role"] == "member"


def test_the_last_admin_keeps_the_role(
    account: Any, start_role_host: Start, call_error: type[Exception]
) -> None:
    account.patch_rules(last_admin_protected=False)
    owner = account.users()[0]["email"]
    for inputs in (
        {"email": owner, "role": "member"},
        {"userId": account.users()[0]["user_id"], "role": "member"},
    ):
        with pytest.raises(call_error, match="refused to demote"):
            start_role_host(account).create(inputs)
    assert account.users()[0]["role"] == "admin"


def test_two_creates_for_one_person_are_refused(
    roles: Any, account: Any, call_error: type[Exception]
) -> None:
    id_, _ = roles.create(BOB)
    with pytest.raises(call_error, match="declared by two resources"):
        roles.create({"userId": id_, "role": "member"})
    assert account.user("bob@example.com")["role"] == "admin"


def test_looking_an_assignment_up_is_refused(
    roles: Any, call_error: type[Exception]
) -> None:
    with pytest.raises(call_error, match="can't be looked up"):
        roles.read("u-1", {"email": "bob@example.com"})


def test_an_instance_reads_its_own_inputs(
    account: Any, start_host: Start, call_error: type[Exception]
) -> None:
    host = start_host(account, CEREVOX_API_KEY="", CEREVOX_BASE_URL="")
    host.configure_instance(apiKey=account.api_key, baseUrl=account.url)
    id_, outs = host.create({"email": "ada@example.com"})
    assert outs["accountId"] == "acc_empty"
    with pytest.raises(call_error, match="belongs to account acc_other"):
        host.diff(id_, {**outs, "accountId": "acc_other"}, outs)


def test_a_preview_without_the_instances_api_goes_on(start_host: Start) -> None:
    class Away:
        api_key, url = "k", "http://127.0.0.1:9/v1"

    host = start_host(Away()).configure_instance(apiKey="k", maxWaitSeconds="0")
    olds = {"email": "a@example.com", "accountId": "acc", "__managed": []}
    assert host.diff("u", olds, {"email": "a@example.com"})[0] == "DIFF_NONE"


def test_somebody_with_a_colour_tag_is_named_by_id(
    roles: Any, account: Any, start_role_host: Start
) -> None:
    user = account.add_user("eve<{%reset%}>@b.de", name="Eve", role="member")
    named = {"userId": user["user_id"], "role": "admin"}
    id_, outs = roles.create(named)
    assert outs["email"] == r"eve\x3c{%reset%}>@b.de"
    later = start_role_host(account)
    assert later.read(id_, outs)[2] == named
    assert later.diff(id_, outs, named) == ("DIFF_NONE", [])
