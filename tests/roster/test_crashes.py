"""Any account, roster, change by hand and guards; a crash after any step.

An account in memory stands for the live one. A run is what the resource does: judge
the roster, the change and what is still to do live; then make the changes in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import event, given, settings
from hypothesis import strategies as st

from pulumi_cerevox.account import AccountUser
from pulumi_cerevox.roster import (
    Change,
    ChangeKind,
    Guards,
    Limit,
    Person,
    Plan,
    effective_admins,
    judge_change,
    judge_live,
    judge_roster,
    plan,
)

CALLER = "p0@example.com"
CALLER_ID = f"id-{CALLER}"
EMAILS = [f"p{number}@example.com" for number in range(7)]
LOGIN = "2026-01-01T00:00:00Z"


@dataclass
class LiveAccount:
    """The account, and whom the run wrote to."""

    users: dict[str, AccountUser]
    touched: set[str] = field(default_factory=set)

    def admins(self) -> int:
        return len(effective_admins(self.users.values(), CALLER_ID))

    def needs(self, change: Change) -> Iterator[Change]:
        """Give what is still to do of a change; nothing that it did not announce."""
        user = self.users.get(change.email)
        wanted = change.after
        if user is None:
            if change.kind is ChangeKind.CREATE:
                yield change
        elif change.kind is ChangeKind.CREATE:
            if wanted is not None and wanted.role == "admin" != user.role:
                yield replace(change, kind=ChangeKind.PROMOTE)
        elif change.kind is ChangeKind.REMOVE:
            yield change
        elif wanted is not None:
            is_name = change.kind is ChangeKind.UPDATE
            same = user.name == wanted.name if is_name else user.role == wanted.role
            if not same:
                yield change

    def make(self, change: Change) -> None:
        self.touched.add(change.email)
        if change.kind is ChangeKind.REMOVE:
            del self.users[change.email]
            return
        assert change.after is not None
        if change.kind is ChangeKind.CREATE:
            self.users[change.email] = user(change.email, change.after.role, None)
        elif change.kind is ChangeKind.UPDATE:
            there = self.users[change.email]
            name = change.after.name or ""
            self.users[change.email] = replace(there, name=name)
        else:
            there = self.users[change.email]
            self.users[change.email] = replace(there, role=change.after.role)


def user(
    email: str, role: str, lastlogin: str | None, *, isbanned: bool = False
) -> AccountUser:
    return AccountUser(
        user_id=f"id-{email}",
        email=email,
        name="Ada",
        role=role,
        account_id="acc_1",
        isadmin=role == "admin",
        isbanned=isbanned,
        lastlogin=lastlogin,
    )


def still_needed(change: Plan, account: LiveAccount) -> list[Change]:
    order = list(ChangeKind)
    needed = [one for planned in change.changes for one in account.needs(planned)]
    return sorted(needed, key=lambda one: order.index(one.kind))


def passes_preview(
    guards: Guards,
    old: dict[str, Person],
    new: dict[str, Person],
    *,
    approved: bool,
) -> bool:
    refusals = judge_roster(guards, new) + judge_change(guards, plan(old, new), old)
    return all(approved and one.approvable for one in refusals)


def passes_live(
    guards: Guards, account: LiveAccount, needed: list[Change], *, approved: bool
) -> bool:
    users = list(account.users.values())
    refusals = judge_live(guards, users, CALLER_ID, needed)
    return all(approved and one.approvable for one in refusals)


roles = st.sampled_from(["admin", "member"])
persons = st.builds(
    Person,
    role=roles,
    name=st.sampled_from([None, "Ada", "Bob"]),
    undeclared=st.just(False),
)
limits = st.builds(Limit, st.integers(0, 7), st.sampled_from([0, 0.25, 0.5, 1.0]))
guard_settings = st.builds(
    Guards,
    min_admins=st.integers(0, 3),
    required_admins=st.lists(st.sampled_from(EMAILS), max_size=2).map(tuple),
    protect_self=st.booleans(),
    max_removals=limits,
    max_demotions=limits,
    allow_empty=st.booleans(),
)


@st.composite
def accounts(draw: st.DrawFn, around: dict[str, Person]) -> LiveAccount:
    """Give an account like a membership, with any change by hand on top."""
    users = {}
    for email in EMAILS:
        there = around.get(email)
        if draw(st.integers(0, 5)) == 0:  # somebody was here
            there = draw(st.none() | persons)
        if there is not None or email == CALLER:
            users[email] = user(
                email,
                there.role if there else "admin",
                draw(st.sampled_from([LOGIN, LOGIN, LOGIN, None])),
                isbanned=email != CALLER and draw(st.integers(0, 5)) == 0,
            )
    return LiveAccount(users)


@st.composite
def edited(draw: st.DrawFn, old: dict[str, Person]) -> dict[str, Person]:
    """Give a roster that is the old membership with some people changed."""
    new = {email: replace(one, undeclared=False) for email, one in old.items()}
    for email in draw(st.lists(st.sampled_from(EMAILS), max_size=5, unique=True)):
        person = draw(st.none() | persons)
        if person is None:
            new.pop(email, None)
        else:
            new[email] = person
    return new


@st.composite
def situations(
    draw: st.DrawFn,
) -> tuple[dict[str, Person], dict[str, Person], LiveAccount]:
    """Give what the state knows, what is declared now, and the live account."""
    known = draw(st.dictionaries(st.sampled_from(EMAILS), persons))
    marked = draw(st.sets(st.sampled_from(EMAILS)))
    old = {
        email: Person(one.role, undeclared=True) if email in marked else one
        for email, one in known.items()
    }
    return old, draw(edited(old)), draw(accounts(old))


def assert_safe(
    account: LiveAccount, start: LiveAccount, guards: Guards, change: Plan
) -> None:
    """Check what must hold after every single step."""
    assert account.admins() >= min(guards.min_admins, start.admins())
    must_stay = set(guards.required_admins)
    if guards.protect_self:
        must_stay.add(CALLER)
    for email in must_stay & start.users.keys():
        assert email in account.users
        if start.users[email].role == "admin":
            assert account.users[email].role == "admin"
    assert account.touched <= {one.email for one in change.changes}


def assert_reached(account: LiveAccount, change: Plan, start: LiveAccount) -> None:
    """Check that what the preview announced is so."""
    for one in change.changes:
        there = account.users.get(one.email)
        if one.kind is ChangeKind.REMOVE:
            assert there is None
        elif there is None:
            # Security removed them; only a create may bring somebody into an account.
            assert one.kind is not ChangeKind.CREATE
            assert one.email not in start.users
        elif one.after is not None:
            if one.kind is not ChangeKind.CREATE or one.email not in start.users:
                assert there.role == one.after.role or one.kind is ChangeKind.UPDATE
            assert (
                there.role == "admin"
                or one.after.role != "admin"
                or (one.kind is ChangeKind.UPDATE)
            )


def copied(account: LiveAccount) -> LiveAccount:
    return LiveAccount(dict(account.users))


def crashed_after(
    account: LiveAccount, needed: Sequence[Change], steps: int
) -> LiveAccount:
    result = copied(account)
    for one in needed[:steps]:
        result.make(one)
    return result


@settings(max_examples=1500, deadline=None)
@given(situations(), guard_settings, st.booleans())
def test_a_crash_anywhere_leaves_a_safe_account_and_the_next_run_finishes(
    situation: tuple[dict[str, Person], dict[str, Person], LiveAccount],
    guards: Guards,
    approved: bool,  # noqa: FBT001 - drawn
) -> None:
    old, new, start = situation
    change = plan(old, new)
    if not passes_preview(guards, old, new, approved=approved):
        event("refused in the preview")
        return
    needed = still_needed(change, start)
    if not passes_live(guards, start, needed, approved=approved):
        event("refused live")
        return
    event("nothing to do" if not needed else "carried out")
    for steps in range(len(needed) + 1):
        account = crashed_after(start, needed, steps)
        assert_safe(account, start, guards, change)
        again = still_needed(change, account)
        assert passes_live(guards, account, again, approved=approved)
        for one in again:
            account.make(one)
            assert_safe(account, start, guards, change)
        assert_reached(account, change, start)
        assert still_needed(change, account) == []


@settings(max_examples=500, deadline=None)
@given(situations(), guard_settings, st.data())
def test_a_change_by_hand_after_a_crash_finds_the_same_guards(
    situation: tuple[dict[str, Person], dict[str, Person], LiveAccount],
    guards: Guards,
    data: st.DataObject,
) -> None:
    old, new, start = situation
    change = plan(old, new)
    if not passes_preview(guards, old, new, approved=True):
        return
    needed = still_needed(change, start)
    if not passes_live(guards, start, needed, approved=True):
        return
    crashed = crashed_after(start, needed, data.draw(st.integers(0, len(needed))))
    touched_by_hand = data.draw(
        accounts({email: Person(one.role) for email, one in crashed.users.items()})
    )
    again = still_needed(change, touched_by_hand)
    if not passes_live(guards, touched_by_hand, again, approved=True):
        return
    account = copied(touched_by_hand)
    for one in again:
        account.make(one)
        assert_safe(account, touched_by_hand, guards, change)
