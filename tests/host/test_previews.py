"""A preview refuses what the `up` would refuse, and works without a key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from pulumi_cerevox.provider import RoleProvider, RosterProvider, UserProvider

OWNER = {"owner@example.com": {"role": "admin"}}
EVE = "eve@example.com"
NEW = "new@example.com"
ADMIN_KEY = "This takes an admin's key"


@dataclass(frozen=True)
class Case:
    """A change that the account refuses.

    Attributes:
        provider: Whose resource is new.
        inputs: Its inputs.
        refusal: What the preview says.
        dialect: Of the account's API.
        seats: How many the account has; by default no limit.
        key_role: The role of the key's own user.
        is_removed: Whether a roster that comes before removes eve.
    """

    provider: type
    inputs: dict[str, Any]
    refusal: str
    dialect: str = "documented"
    seats: int | None = None
    key_role: str = "admin"
    is_removed: bool = False


CASES = {
    "taken email": Case(
        UserProvider, {"email": EVE}, "eve@example.com is in account acc_empty already"
    ),
    "no seat": Case(
        UserProvider, {"email": NEW}, "the account has 0 free seats of 2", seats=2
    ),
    "no seat for a roster": Case(
        RosterProvider,
        {"members": OWNER | {EVE: {}, NEW: {}}},
        "1 people are to be created, but the account has 0 free seats of 2",
        seats=2,
    ),
    "a member's key": Case(UserProvider, {"email": NEW}, ADMIN_KEY, key_role="member"),
    "a member's key adopts with a role": Case(
        UserProvider,
        {"email": EVE, "role": "admin", "onExisting": "adopt"},
        ADMIN_KEY,
        key_role="member",
    ),
    "a member's key gives a role": Case(
        RoleProvider, {"email": EVE, "role": "admin"}, ADMIN_KEY, key_role="member"
    ),
    "an API without roles": Case(
        UserProvider,
        {"email": NEW, "role": "admin"},
        "has no call that sets a role",
        dialect="sdk-0.2",
    ),
    "an API without roles, for an assignment": Case(
        RoleProvider,
        {"email": EVE, "role": "admin"},
        "has no call that sets a role",
        dialect="sdk-0.2",
    ),
    "removed by a roster": Case(
        UserProvider,
        {"email": EVE, "onExisting": "adopt"},
        "eve@example.com is removed in this run by a Roster of this program",
        is_removed=True,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_preview_refuses_what_the_up_would(
    case: Case,
    start_emulator: Callable[..., Any],
    start_host: Callable[..., Any],
    call_error: type[Exception],
) -> None:
    account = start_emulator(seed="empty", dialect=case.dialect)
    account.add_user(EVE, name="Eve", lastlogin="2026-11-01T00:00:00Z")
    if case.seats is not None:
        account.patch_account(max_users=case.seats)
    account.patch_user("owner@example.com", role=case.key_role)
    removal = ({"members": OWNER}, {"members": OWNER | {EVE: {"role": "member"}}})
    hosts = [start_host(account), start_host(account)]
    if case.is_removed:
        for host in hosts:
            host.provider = RosterProvider
            host.check(*removal)
    preview, update = hosts
    preview.provider = update.provider = case.provider
    account.clear_journal()
    checked = preview.check(case.inputs)
    assert "failures" in checked, preview.engine.lines
    ((_, reason),) = checked["failures"]
    assert case.refusal in reason
    routes = {one["route"] for one in account.journal() if one["method"] != "GET"}
    assert routes <= {"/v1/token/login"}
    # The truth of it: past its check the `up` fails as well, or would lose somebody.
    if not case.is_removed:
        with pytest.raises(call_error):
            update.create_checked(case.inputs)

    # Without a key the preview works, and says that it did not look.
    blind = start_host(account, CEREVOX_API_KEY="")
    blind.provider = case.provider
    assert "failures" not in blind.check(case.inputs)
    said = "\n".join(line for _, line in blind.engine.lines)
    assert "no API key is set" in said
