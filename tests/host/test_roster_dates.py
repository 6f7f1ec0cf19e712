"""Last days on the real provider host: whom they keep out, remove and demote."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from pulumi_cerevox.provider import RoleProvider, RosterProvider, UserProvider

OWNER, BOB, EVE = "owner@example.com", "bob@example.com", "eve@example.com"
LAST, AFTER = "2027-03-31", "2027-04-01"
LOGIN = "2026-06-01T00:00:00Z"
WIDE = {"maxRemovals": {"count": 9, "fraction": 1}}
Members = dict[str, dict[str, str]]


def members(**bob: str) -> Members:
    """Declare the owner, Eve and Bob, of whom more is said."""
    admin = {"role": "admin"}
    return {OWNER: dict(admin), EVE: dict(admin), BOB: {"role": "member", **bob}}


class Stack:
    """A roster's state, and one host for each phase of a run."""

    def __init__(self, account: Any, start: Callable[..., Any]) -> None:
        self.account = account
        self._start = start
        self.inputs: dict[str, Any] = {}
        self.outs: dict[str, Any] = {}
        self.id = ""
        self._lines: list[tuple[str, str]] = []

    def host(self, today: str, **env: str) -> Any:
        """Start a host as a run on that day does."""
        host = self._start(self.account, CEREVOX_TODAY=today, **env)
        host.provider = RosterProvider
        return host

    def check(self, host: Any, news: Members, more: dict[str, Any]) -> dict[str, Any]:
        """Return the checked inputs, or the failures."""
        props = {"members": news, "guards": WIDE} | more
        checked: dict[str, Any] = host.check(props, self.inputs)
        self._lines = host.engine.lines
        return checked

    @property
    def said(self) -> str:
        """What the last host has said so far."""
        return "\n".join(line for _, line in self._lines)

    def up(self, today: str, news: Members, **more: Any) -> list[str]:
        """Carry out what check lets pass; give the writes, or the refusals."""
        host = self.host(today, CEREVOX_APPROVE=more.pop("approve", ""))
        checked = self.check(host, news, more)
        if "failures" in checked:
            return [text for _, text in checked["failures"]]
        self.account.clear_journal()
        if not self.id:
            self.id, self.outs = host.create_checked(checked)
        elif host.diff(self.id, self.outs, checked)[0] != "DIFF_NONE":
            self.outs = host.update(self.id, self.outs, checked)
        self.inputs = checked
        return self.writes()

    def writes(self) -> list[str]:
        """Return the writes since the journal was cleared, each with its person."""
        return [
            f"{one['method']} {one['body'].get('email') or one['body'].get('role')}"
            for one in self.account.journal()
            if one["method"] != "GET" and "/token/" not in one["path"]
        ]

    def refresh(self) -> None:
        """Read the account into the state."""
        _, self.outs, self.inputs = self.host("").read(self.id, self.outs)

    def is_settled(self, today: str, news: Members, **more: Any) -> bool:
        """Return whether the next preview shows nothing."""
        host = self.host(today)
        checked = self.check(host, news, more)
        return bool(host.diff(self.id, self.outs, checked)[0] == "DIFF_NONE")


@pytest.fixture
def stack(account: Any, start_host: Callable[..., Any]) -> Stack:
    """Have a roster with Bob in it, applied on his last day."""
    stack = Stack(account, start_host)
    account.add_user(EVE, role="admin", lastlogin=LOGIN)
    made = stack.up(LAST, members(until=LAST))
    assert made == [f"POST {BOB}"]
    return stack


def put(stack: Stack, place: str, role: str) -> None:
    """Bring Bob where a row of the table has him."""
    if place == "there":
        stack.account.patch_user(BOB, role=role, lastlogin=LOGIN)
        return
    stack.account.remove_user(BOB)
    if place == "re-invited":
        stack.refresh()
        stack.up(AFTER, members(until=LAST, role=role))
        stack.account.add_user(BOB, role="member", lastlogin=LOGIN)


def roles(stack: Stack) -> dict[str, str]:
    return {one["email"]: one["role"] for one in stack.account.users()}


ROWS = [
    (expired, place, role, "report", is_refreshed)
    for expired, place, is_refreshed in product(
        ("report", "remove"), ("there", "gone", "re-invited"), (False, True)
    )
    for role in ("member", "admin")
    if place == "there" or role == "admin"
] + [
    (expired, "re-invited", "admin", undeclared, True)
    for expired, undeclared in product(("report", "remove"), ("fail", "remove"))
]


@pytest.mark.parametrize(
    ("expired", "place", "role", "undeclared", "is_refreshed"),
    [pytest.param(*row, id="-".join(map(str, row))) for row in ROWS],
)
def test_nobody_past_the_last_day_is_created_created_again_or_promoted(
    stack: Stack,
    expired: str,
    place: str,
    role: str,
    undeclared: str,
    *,
    is_refreshed: bool,
) -> None:
    put(stack, place, role)
    if is_refreshed:
        stack.refresh()
    news = members(until=LAST, role="admin")
    settings = {"expired": expired, "undeclared": undeclared}
    before = roles(stack)
    is_known = place == "there" or (place == "re-invited" and is_refreshed)
    goes = expired == "remove" and is_known
    writes = stack.up(AFTER, news, **settings)
    assert writes == ([f"DELETE {BOB}"] if goes else [])
    assert f"as of {AFTER}: past their last day" in stack.said
    assert f"{BOB} ({LAST})" in stack.said
    assert "undeclared 1" not in stack.said
    stays = {who: one for who, one in before.items() if who != BOB or not goes}
    assert roles(stack) == stays
    assert stack.is_settled(AFTER, news, **settings)


@pytest.mark.parametrize("expired", ["report", "remove"])
def test_on_the_last_day_itself_nobody_is_out(stack: Stack, expired: str) -> None:
    assert stack.up(LAST, members(until=LAST), expired=expired) == []
    assert f"as of {LAST}: nobody is past their last day" in stack.said
    stack.account.remove_user(BOB)
    stack.refresh()
    assert stack.up(LAST, members(until=LAST), expired=expired) == [f"POST {BOB}"]


def test_a_new_roster_creates_nobody_past_their_last_day(
    account: Any, start_host: Callable[..., Any]
) -> None:
    stack = Stack(account, start_host)
    news = {OWNER: {"role": "admin"}, BOB: {"role": "admin", "until": LAST}}
    assert stack.up(AFTER, news, expired="remove") == []
    assert BOB not in stack.outs["__known"]


@pytest.mark.parametrize("undeclared", ["report", "ignore"])
def test_who_is_out_before_a_roster_is_made_goes_once_a_refresh_has_seen_them(
    account: Any, start_host: Callable[..., Any], undeclared: str
) -> None:
    stack = Stack(account, start_host)
    account.add_user(BOB, role="member", lastlogin=LOGIN)
    news = {OWNER: {"role": "admin"}, BOB: {"until": LAST}}
    settings = {"expired": "remove", "undeclared": undeclared}
    is_seen = undeclared == "report"
    for _ in range(2):
        assert stack.up(AFTER, news, **settings) == []
        assert f"still in the account: {BOB}" in stack.said
        assert ("After a refresh the next `up` removes them" in stack.said) == is_seen
    stack.refresh()
    gone = [f"DELETE {BOB}"] if is_seen else []
    assert stack.up(AFTER, news, **settings) == gone


@pytest.mark.parametrize(
    ("who", "guards", "refusal"),
    [
        (BOB, {"maxRemovals": {"count": 0, "fraction": 0}}, "guard max_removals"),
        (EVE, {"requiredAdmins": [EVE]}, "guard required_admins"),
        (EVE, {"minAdmins": 2}, "guard min_admins"),
        (OWNER, {}, "guard protect_self"),
    ],
)
def test_guards_refuse_who_would_go_and_not_who_stays(
    stack: Stack, who: str, guards: dict[str, Any], refusal: str
) -> None:
    news = members()
    news[who]["until"] = LAST
    guards = WIDE | guards
    (said,) = stack.up(AFTER, news, expired="remove", guards=guards)
    assert refusal in said
    assert who in said
    assert stack.up(AFTER, news, guards=guards) == []
    assert len(roles(stack)) == 3


@pytest.mark.parametrize(
    ("who", "guards", "expected"),
    [
        (EVE, {}, ["PUT member"]),
        (EVE, {"requiredAdmins": [EVE]}, "guard required_admins"),
        (EVE, {"minAdmins": 2}, "guard min_admins"),
        (EVE, {"maxDemotions": {"count": 0, "fraction": 0}}, "guard max_demotions"),
        (OWNER, {}, "guard protect_self"),
    ],
)
def test_after_the_last_day_as_an_admin_they_are_a_member(
    stack: Stack, who: str, guards: dict[str, Any], expected: list[str] | str
) -> None:
    news = members()
    news[who]["roleUntil"] = LAST
    guards = WIDE | guards
    assert stack.up(LAST, news, guards=guards) == []
    done = stack.up(AFTER, news, guards=guards)
    if isinstance(expected, str):
        assert expected in done[0]
        return
    assert done == expected
    assert f"past their last day as an admin: {who} ({LAST})" in stack.said
    assert stack.is_settled(AFTER, news, guards=guards)
    # By hand somebody is an admin again, or is gone: declared is a member.
    stack.account.patch_user(who, role="admin")
    stack.refresh()
    assert stack.up(AFTER, news, guards=guards) == ["PUT member"]
    stack.account.remove_user(who)
    stack.refresh()
    assert stack.up(AFTER, news, guards=guards) == [f"POST {who}"]
    assert roles(stack)[who] == "member"


def test_who_is_past_both_last_days_stays_as_a_member(stack: Stack) -> None:
    news = members()
    news[EVE] |= {"until": LAST, "roleUntil": "2027-03-01"}
    assert stack.up(AFTER, news) == ["PUT member"]
    assert stack.is_settled(AFTER, news)


def test_a_later_last_day_brings_them_back(stack: Stack) -> None:
    assert stack.up(AFTER, members(until=LAST), expired="remove") == [f"DELETE {BOB}"]
    assert stack.up(AFTER, members(until=AFTER), expired="remove") == [f"POST {BOB}"]


def test_a_roster_that_takes_the_place_of_another_removes_nobody_by_a_date(
    stack: Stack,
) -> None:
    """The old roster's delete would take along whom it made."""
    old = dict(stack.outs, onDestroy="remove_created")
    host = stack.host(AFTER)
    news = {"members": members(until=LAST), "guards": WIDE, "expired": "remove"}
    host.create_checked(host.check(news))
    host.delete(stack.id, old)
    assert BOB in roles(stack)


@pytest.mark.parametrize("provider", [RoleProvider, UserProvider])
def test_a_resource_that_goes_gives_nobody_past_the_last_day_the_role_admin_back(
    stack: Stack, start_host: Callable[..., Any], provider: type
) -> None:
    """The role from before was admin; the roster names them in the same change."""
    carol = "carol@example.com"
    stack.account.add_user(carol, role="admin", lastlogin=LOGIN)
    host = start_host(stack.account)
    host.provider = provider
    own = {"email": carol, "role": "member"}
    if provider is UserProvider:
        own["onExisting"] = "adopt"
    id_, outs = host.create(own)
    assert roles(stack)[carol] == "member"
    news = members() | {carol: {"role": "admin", "until": LAST}}
    host = stack.host(AFTER)
    checked = stack.check(host, news, {"expired": "remove"})
    stack.account.clear_journal()
    host.diff(stack.id, stack.outs, checked)
    host.provider = provider
    host.delete(id_, outs)
    assert stack.writes() == []
    assert "past their last day, so the prior role admin" in str(host.engine.lines)


def test_a_removal_under_a_new_email_is_approved_as_the_preview_named_it(
    stack: Stack,
) -> None:
    stack.account.patch_user(BOB, email="robert@example.com")
    stack.refresh()
    news = members(until=LAST)
    news["robert@example.com"] = news.pop(BOB)
    more = {"expired": "remove", "guards": {"maxRemovals": {"count": 0}}}
    (refusal,) = stack.up(AFTER, news, **more)
    (digest,) = set(re.findall(r"[0-9a-f]{16}", refusal))
    assert stack.up(AFTER, news, approve=digest, **more) == [
        "DELETE robert@example.com"
    ]
    assert stack.is_settled(AFTER, news, **more)


def test_an_old_state_shows_no_difference(stack: Stack) -> None:
    """Files named last days before a state kept them; the default is not stored."""
    del stack.outs["__days"], stack.inputs["__days"]
    assert stack.is_settled(LAST, members(until=AFTER), expired="report")
    assert "expired" not in stack.inputs
    assert "last days change" not in stack.said


def test_a_last_day_that_moves_is_a_change_that_writes_nothing(stack: Stack) -> None:
    assert stack.inputs["__days"] == stack.outs["__days"] == {BOB: {"until": LAST}}
    extended = members(until=AFTER)
    extended[EVE]["roleUntil"] = LAST
    assert not stack.is_settled(LAST, extended)
    told = f"last days change: {BOB}: until {LAST} -> until {AFTER}; "
    assert f"{told}{EVE}: no last day -> admin until {LAST}" in stack.said
    assert stack.up(LAST, extended) == []
    assert stack.is_settled(LAST, extended)
    assert "last days change" not in stack.said
    stack.refresh()
    assert stack.inputs["__days"] == {BOB: {"until": AFTER}, EVE: {"roleUntil": LAST}}
    assert stack.up(LAST, members()) == []
    assert f"{BOB}: until {AFTER} -> no last day; {EVE}: admin" in stack.said
    assert "__days" not in stack.inputs
    # A first last day is a change too; whoever joins is one anyhow, and is not told.
    first = members(until=AFTER) | {"new@example.com": {"until": LAST}}
    assert not stack.is_settled(LAST, first)
    assert f"last days change: {BOB}: no last day -> until {AFTER}" in stack.said
    assert "new@example.com: " not in stack.said
    stack.refresh()
    assert "__days" not in stack.inputs
    assert stack.is_settled(LAST, members())
