"""Each guard in the preview check and in the live check, on accounts of every size.

`check` is the preview check; `update` and `delete` judge the live account once more,
and are called here past `check`, as if the account had changed in between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_cerevox.provider import RosterProvider

SIZES = [1, 2, 3, 10, 1000]
OWNER = "owner@example.com"
LAST_YEAR = "2025-06-01T00:00:00Z"
Members = dict[str, dict[str, Any]]


class Account:
    """An account of a size, declared in full, and the host that serves it."""

    def __init__(self, emulator: Any, start: Callable[..., Any]) -> None:
        self.emulator = emulator
        self._start = start
        self.host = self.new_host()
        self.members: Members = {
            user["email"]: {"role": user["role"]} for user in emulator.users()
        }

    def new_host(self) -> Any:
        """Start a host as a later run does: it knows nothing of this one."""
        host = self._start(self.emulator)
        host.provider = RosterProvider
        return host

    def properties(self, members: Members, **more: Any) -> dict[str, Any]:
        return {"members": members, **more}

    def made(self, **more: Any) -> dict[str, Any]:
        """Create the roster of everybody; give its outputs."""
        _, outs = self.host.create(self.properties(self.members, **more))
        assert not self.writes()
        return dict(outs)

    def writes(self) -> list[str]:
        return [
            one["method"]
            for one in self.emulator.journal()
            if one["method"] != "GET" and "/token/" not in one["path"]
        ]

    def without(self, *emails: str) -> Members:
        return {who: one for who, one in self.members.items() if who not in emails}


@pytest.fixture(params=SIZES, ids=lambda size: f"{size} people")
def account(
    request: pytest.FixtureRequest,
    start_emulator: Callable[..., Any],
    start_host: Callable[..., Any],
) -> Account:
    emulator = start_emulator(seed="empty", users=request.param - 1)
    emulator.patch_rules(self_delete_protected=False, last_admin_protected=False)
    return Account(emulator, start_host)


def refused(account: Account, news: dict[str, Any], olds: dict[str, Any]) -> str:
    """Return the text with which `check` refuses."""
    inputs = {key: olds[key] for key in ("members", "guards") if key in olds}
    failures = account.host.check(news, inputs).get("failures")
    assert failures, "check refused nothing"
    return "\n".join(reason for _, reason in failures)


def refused_live(
    account: Account,
    news: dict[str, Any],
    olds: dict[str, Any],
    call_error: type[Exception],
) -> str:
    """Return the text with which `update` refuses, having written nothing."""
    with pytest.raises(call_error) as caught:
        account.host.update("acc_empty", olds, news)
    assert account.writes() == []
    return str(caught.value)


def test_protect_self(account: Account, call_error: type[Exception]) -> None:
    guards = {"minAdmins": 0, "allowEmpty": True}
    olds = account.made(guards=guards)
    for members in (
        account.without(OWNER),
        account.members | {OWNER: {"role": "member"}},
    ):
        news = account.properties(members, guards=guards)
        assert "protect_self" in refused(account, news, olds)
        assert "protect_self" in refused_live(account, news, olds, call_error)


def test_min_admins(account: Account, call_error: type[Exception]) -> None:
    olds = account.made()
    demoted = account.members | {OWNER: {"role": "member"}}
    news = account.properties(demoted, guards={"protectSelf": False})
    assert "min_admins" in refused(account, news, olds)
    lenient = {**olds, "guards": {"protectSelf": False}}
    assert "min_admins" in refused_live(account, news, lenient, call_error)


def test_required_admins(account: Account, call_error: type[Exception]) -> None:
    guards = {"requiredAdmins": [OWNER], "protectSelf": False, "minAdmins": 0}
    olds = account.made(guards=guards)
    demoted = account.members | {OWNER: {"role": "member"}}
    news = account.properties(demoted, guards=guards)
    assert "required_admins" in refused(account, news, olds)
    assert "required_admins" in refused_live(account, news, olds, call_error)


def test_max_removals(account: Account, call_error: type[Exception]) -> None:
    olds = account.made()
    others = [email for email in account.members if email != OWNER]
    news = account.properties(account.without(*others))
    if len(others) <= 1:  # one may always go, but for oneself
        assert "failures" not in account.host.check(news, {"members": olds["members"]})
        return
    assert "max_removals" in refused(account, news, olds)
    assert "max_removals" in refused_live(account, news, olds, call_error)


def test_max_demotions(account: Account, call_error: type[Exception]) -> None:
    others = [email for email in account.members if email != OWNER][:40]
    for email in others:
        account.emulator.patch_user(
            email, role="admin", lastlogin="2026-01-01T00:00:00Z"
        )
        account.members[email] = {"role": "admin"}
    olds = account.made()
    demoted = account.members | {who: {"role": "member"} for who in others}
    news = account.properties(demoted)
    if len(others) <= 1:
        assert "failures" not in account.host.check(news, {"members": olds["members"]})
        return
    assert "max_demotions" in refused(account, news, olds)
    assert "max_demotions" in refused_live(account, news, olds, call_error)


def test_allowed_domains(account: Account) -> None:
    guards = {"allowedDomains": ["example.com"]}
    olds = account.made(guards=guards)
    stranger = {"ada@exarnple.com": {"role": "member"}}
    news = account.properties(account.members | stranger, guards=guards)
    assert "allowed_domains" in refused(account, news, olds)


def test_allowed_admins(account: Account) -> None:
    admins = [who for who, one in account.members.items() if one["role"] == "admin"]
    olds = account.made(guards={"allowedAdmins": admins})
    eve = {"eve@example.com": {"role": "admin"}}
    for allowed in ([*admins, *eve], []):
        guards = {"allowedAdmins": allowed}
        news = account.properties(account.members | eve, guards=guards)
        assert "allowed_admins" in refused(account, news, olds)


def test_an_empty_roster(account: Account) -> None:
    olds = account.made()
    assert "nobody" in refused(account, account.properties({}), olds)


def test_destroy_judges_the_live_account(
    account: Account, call_error: type[Exception]
) -> None:
    """What the state says was created here may not take the account away."""
    olds = account.made(onDestroy="remove_created")
    known = {who: {**one, "created": True} for who, one in olds["__known"].items()}
    with pytest.raises(call_error) as caught:
        account.new_host().delete("acc_empty", {**olds, "__known": known})
    assert "refused by guard" in str(caught.value)
    assert account.writes() == []
