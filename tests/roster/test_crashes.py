"""Any account, roster, change by hand and guards; a crash after any step.

An account in memory stands for the live one. A run is what the resource does: judge
the roster, the change and what is still to do live; then make the changes in order.
"""

from __future__ import annotations

from collections.abc import Iterator
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
        """Return what is still to do of a change; nothing that it did not announce."""
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


@dataclass
class Situation:
    """What the state knows, what is declared now, its guards, and the live account."""

    old: dict[str, Person]
    new: dict[str, Person]
    guards: Guards
    live: LiveAccount
    approved: bool

    @property
    def change(self) -> Plan:
        return plan(self.old, self.new)


persons = st.builds(
    Person,
    role=st.sampled_from(["admin", "member"]),
    name=st.sampled_from([None, "Ada", "Bob"]),
)
limits = st.builds(
    Limit, st.sampled_from([10, 10, 10, 2, 0]), st.sampled_from([1, 1, 0.5, 0.25, 0])
)


_PICKED = st.lists(st.sampled_from(EMAILS), min_size=1, max_size=5, unique=True)


@st.composite
def accounts(draw: st.DrawFn, around: dict[str, Person]) -> LiveAccount:
    """Return an account like a membership, with any change by hand on top."""
    people: dict[str, Person | None] = dict(around)
    people.setdefault(CALLER, Person("admin"))
    for email in draw(st.lists(st.sampled_from(EMAILS), max_size=2, unique=True)):
        is_caller = email == CALLER
        people[email] = draw(persons if is_caller else st.none() | persons)
    idle = draw(st.sets(st.sampled_from(EMAILS), max_size=2))
    banned = draw(st.sets(st.sampled_from(EMAILS[1:]), max_size=1))
    return LiveAccount(
        {
            email: user(
                email,
                one.role,
                None if email in idle else LOGIN,
                isbanned=email in banned,
            )
            for email, one in people.items()
            if one is not None
        }
    )


@st.composite
def edited(draw: st.DrawFn, old: dict[str, Person]) -> dict[str, Person]:
    """Return a roster that is the old membership with some people changed."""
    new = {email: replace(one, undeclared=False) for email, one in old.items()}
    for email in draw(_PICKED):
        person = new.get(email)
        if person is None:
            new[email] = draw(persons)
        elif draw(st.integers(0, 2)):
            role = "member" if person.role == "admin" else "admin"
            new[email] = replace(draw(persons), role=role)
        else:
            del new[email]
    return new


@st.composite
def guards_around(draw: st.DrawFn, new: dict[str, Person]) -> Guards:
    """Return guards that are near to refusing a roster."""
    admins = sorted(email for email, one in new.items() if one.role == "admin")
    least = len(admins) + draw(st.sampled_from([0, 0, 0, -1, -2, 1]))
    required = st.sampled_from(admins or EMAILS) | st.sampled_from(EMAILS)
    return Guards(
        min_admins=max(least, 0),
        required_admins=tuple(draw(st.lists(required, max_size=1))),
        protect_self=draw(st.booleans()),
        max_removals=draw(limits),
        max_demotions=draw(limits),
        allow_empty=draw(st.booleans()),
    )


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    old = draw(st.dictionaries(st.sampled_from(EMAILS), persons, min_size=1))
    for email in draw(st.sets(st.sampled_from(sorted(old)), max_size=2)):
        old[email] = Person(old[email].role, undeclared=True)
    new = draw(edited(old))
    return Situation(
        old=old,
        new=new,
        guards=draw(guards_around(new)),
        live=draw(accounts(old)),
        approved=draw(st.sampled_from([True, True, False])),
    )


def still_needed(change: Plan, account: LiveAccount) -> list[Change]:
    order = list(ChangeKind)
    needed = [one for planned in change.changes for one in account.needs(planned)]
    return sorted(needed, key=lambda one: order.index(one.kind))


def passes_preview(case: Situation) -> bool:
    refusals = [
        *judge_roster(case.guards, case.new),
        *judge_change(case.guards, case.change, case.old),
    ]
    return all(case.approved and one.approvable for one in refusals)


def passes_live(case: Situation, account: LiveAccount) -> bool:
    users = list(account.users.values())
    needed = still_needed(case.change, account)
    refusals = judge_live(case.guards, users, CALLER_ID, needed)
    return all(case.approved and one.approvable for one in refusals)


def crashed_after(
    account: LiveAccount, needed: list[Change], steps: int
) -> LiveAccount:
    result = LiveAccount(dict(account.users))
    for one in needed[:steps]:
        result.make(one)
    return result


def assert_safe(case: Situation, start: LiveAccount, account: LiveAccount) -> None:
    """Check what must hold after every single step."""
    assert account.admins() >= min(case.guards.min_admins, start.admins())
    must_stay = set(case.guards.required_admins)
    if case.guards.protect_self:
        must_stay.add(CALLER)
    for email in must_stay & start.users.keys():
        assert email in account.users
        if start.users[email].role == "admin":
            assert account.users[email].role == "admin"
    assert account.touched <= {one.email for one in case.change.changes}


def assert_reached(case: Situation, start: LiveAccount, account: LiveAccount) -> None:
    """Check that what the preview announced is so."""
    for one in case.change.changes:
        there, wanted = account.users.get(one.email), one.after
        if wanted is None:
            assert there is None
        elif there is None:
            # Whom security removed comes back by no change but a create.
            assert one.kind is not ChangeKind.CREATE
            assert one.email not in start.users
        elif one.kind is ChangeKind.UPDATE:
            assert there.name == wanted.name
        elif one.kind is not ChangeKind.CREATE or wanted.role == "admin":
            assert there.role == wanted.role


@settings(max_examples=1500, deadline=None)
@given(situations())
def test_a_crash_anywhere_leaves_a_safe_account_and_the_next_run_finishes(
    case: Situation,
) -> None:
    if not passes_preview(case):
        event("refused in the preview")
        return
    if not passes_live(case, case.live):
        event("refused live")
        return
    needed = still_needed(case.change, case.live)
    kinds = {one.kind for one in needed}
    event("promotes and takes" if kinds >= _SWAP else f"{len(needed)} changes")
    for steps in range(len(needed) + 1):
        account = crashed_after(case.live, needed, steps)
        assert_safe(case, case.live, account)
        assert passes_live(case, account)
        for one in still_needed(case.change, account):
            account.make(one)
            assert_safe(case, case.live, account)
        assert_reached(case, case.live, account)


_SWAP = {ChangeKind.PROMOTE, ChangeKind.DEMOTE}


@settings(max_examples=500, deadline=None)
@given(situations(), st.data())
def test_a_change_by_hand_after_a_crash_meets_the_same_guards(
    case: Situation, data: st.DataObject
) -> None:
    if not passes_preview(case) or not passes_live(case, case.live):
        return
    needed = still_needed(case.change, case.live)
    steps = data.draw(st.integers(0, len(needed)))
    crashed = crashed_after(case.live, needed, steps)
    left = {email: Person(one.role) for email, one in crashed.users.items()}
    start = data.draw(accounts(left))
    if not passes_live(case, start):
        return
    account = LiveAccount(dict(start.users))
    for one in still_needed(case.change, start):
        account.make(one)
        assert_safe(case, start, account)
