"""Demotions that leave too few admins, since somebody else takes one away meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from google.protobuf import json_format

OWNER = {"owner@example.com": {"role": "admin"}}
LAST_YEAR = "2025-06-01T00:00:00Z"
GUARDS = {"minAdmins": 2, "maxDemotions": {"count": 3, "fraction": 1}}


def people(*roles: str) -> dict[str, dict[str, str]]:
    """Return declared people with these roles."""
    return OWNER | {
        f"user-{number}@example.com": {"role": role}
        for number, role in enumerate(roles)
    }


def roles_in(account: Any) -> list[str]:
    """Return the first letter of the role of everybody but the owner, in order."""
    others = sorted(account.users(), key=lambda one: one["email"])[1:]
    return [one["role"][0] for one in others]


@pytest.fixture
def admins(
    account: Any, roster_host: Callable[..., Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make three admins who have logged in; give the roster's inputs and outputs."""
    props = {"members": people("admin", "admin", "admin"), "guards": GUARDS}
    _, outs = roster_host().create(props)
    for number in range(3):
        account.patch_user(f"user-{number}@example.com", lastlogin=LAST_YEAR)
    return props, outs


def test_demotions_are_undone_when_somebody_else_takes_an_admin(
    account: Any,
    roster_host: Callable[..., Any],
    call_error: type[Exception],
    admins: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    """Two runs, each with two admins left in its own eyes."""
    props, outs = admins
    guards = GUARDS | {"minAdmins": 3}
    news = {"members": people("member", "admin", "admin"), "guards": guards}
    host = roster_host()
    checked = host.check(news, props | {"guards": guards})
    # While the demotion is on its way, user-1 is demoted by hand.
    account.add_fault(method="PUT", path="/users/{user_id}", delay_seconds=1.0)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(host.update, "acc_empty", outs, checked)
        account.patch_user("user-1@example.com", role="member")
        with pytest.raises(call_error, match=r"Promoted back: user-0@example\.com\."):
            running.result()
    assert roles_in(account) == ["a", "m", "a"]


def test_every_promotion_back_is_tried_and_the_next_run_goes_on(
    account: Any,
    roster_host: Callable[..., Any],
    call_error: type[Any],
    admins: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    props, outs = admins
    news = {"members": people("member", "member", "admin"), "guards": GUARDS}
    host = roster_host()
    host.check(news, props)
    # After the host has read the account, somebody demotes user-2 by hand. The first
    # promotion back fails.
    account.patch_user("user-2@example.com", role="member")
    account.add_fault(method="PUT", path="/users/{user_id}", nth=3, status=400)
    with pytest.raises(call_error) as caught:
        host.update("acc_empty", outs, news)
    text = str(caught.value)
    assert "refused by guard min_admins: after the demotions the account had 1" in text
    assert "and it needs 2" in text
    assert "Promoted back: user-1@example.com." in text
    assert "Still without the role admin: user-0@example.com (" in text
    assert "Run `pulumi up` again: it reads the account first" in text
    assert roles_in(account) == ["m", "a", "m"]
    # The engine prints the reasons and keeps them, so the text is said beside them.
    assert ("ERROR", text) in host.engine.lines
    kept = caught.value.kept
    assert (kept.id, kept.refresh_before_update) == ("acc_empty", True)
    assert "example.com" not in str(kept.reasons)

    # The engine goes on so: it reads with the outputs that it kept, before the check.
    next_host = roster_host()
    kept_outs = json_format.MessageToDict(kept.properties)
    id_, read, inputs = next_host.read("acc_empty", kept_outs)
    checked = next_host.check(news, inputs)
    assert "promote 1, demote 1" in "".join(line for _, line in next_host.engine.lines)
    next_host.update(id_, read, checked)
    assert roles_in(account) == ["m", "m", "a"]


def test_a_change_that_left_too_few_admins_is_refused_while_nobody_reads_the_account(
    account: Any,
    roster_host: Callable[..., Any],
    call_error: type[Exception],
    admins: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    """An engine that is too old to read first comes with the old state."""
    props, outs = admins
    news = {"members": people("member", "member", "admin"), "guards": GUARDS}
    for number in range(3):
        account.patch_user(f"user-{number}@example.com", role="member")
    refusals = roster_host().check(news, props)["failures"]
    account.clear_journal()
    with pytest.raises(call_error) as again:
        roster_host().update("acc_empty", outs, news)
    for text in (refusals[0][1], str(again.value)):
        assert "refused by guard min_admins: of 3 admins who can log in, 1" in text
        assert "user-0@example.com, user-1@example.com: without the role admin" in text
    assert account.count("PUT", "/users/{user_id}") == 0
