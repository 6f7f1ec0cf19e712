"""Who counts as an admin, and what the removal limit lets through: pure logic."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pulumi_cerevox.account import AccountUser
from pulumi_cerevox.provider import GuardError
from pulumi_cerevox.provider.connection import AdminGuard, RemovalLimit
from pulumi_cerevox.provider.people import of_this_phase


@pytest.fixture(autouse=True)
def a_new_phase() -> None:
    """Forget the notes of the test before."""
    of_this_phase.cache_clear()


def person(name: str, **changes: Any) -> AccountUser:
    fields: dict[str, Any] = {
        "user_id": name,
        "email": f"{name}@example.com",
        "name": name,
        "role": "admin",
        "account_id": "acc_1",
        "isadmin": True,
        "isbanned": False,
        "lastlogin": "2026-01-01T00:00:00Z",
    }
    return AccountUser(**(fields | changes))


def guard(caller: AccountUser, *others: AccountUser) -> AdminGuard:
    directory: Any = SimpleNamespace(users=lambda: (caller, *others))
    return AdminGuard(directory, lambda: caller)


def test_the_last_admin_who_can_act_stays() -> None:
    # A caller who is no admin: only then can anybody else be the last one.
    caller = person("caller", role="member", isadmin=False)
    last = person("last")
    with (
        pytest.raises(GuardError, match="min_admins"),
        guard(caller, last).losing(last, "demote"),
    ):
        pass


def test_two_admins_cannot_leave_at_the_same_time() -> None:
    caller = person("caller", role="member", isadmin=False)
    one, other = person("one"), person("other")
    watched = guard(caller, one, other)
    with (
        watched.losing(one, "delete"),
        pytest.raises(GuardError, match="0 admins"),
        watched.losing(other, "delete"),
    ):
        pass
    # Gone is gone, whatever an old list says; who stays after all counts again.
    with (
        pytest.raises(GuardError, match="0 admins"),
        watched.losing(other, "delete"),
    ):
        pass


def test_an_admin_whose_delete_failed_counts_again() -> None:
    caller = person("caller", role="member", isadmin=False)
    one, other = person("one"), person("other")
    watched = guard(caller, one, other)
    with pytest.raises(ValueError, match="failed"), watched.losing(one, "delete"):
        raise ValueError("failed")
    with watched.losing(other, "delete"):
        pass


def test_an_admin_who_never_counted_may_go() -> None:
    caller = person("caller")
    banned = person("banned", isbanned=True)
    with guard(caller, banned).losing(banned, "delete"):
        pass


def test_the_limit_counts_what_is_done_and_names_it() -> None:
    limit = RemovalLimit(2)
    for name in ("a", "b"):
        with limit.deleting(person(name)):
            pass
    with (
        pytest.raises(GuardError, match=r"a@example\.com, b@example\.com"),
        limit.deleting(person("c")),
    ):
        pass


def test_a_delete_that_failed_does_not_count() -> None:
    limit = RemovalLimit(1)
    with pytest.raises(ValueError, match="failed"), limit.deleting(person("a")):
        raise ValueError("failed")
    with limit.deleting(person("b")):
        pass
