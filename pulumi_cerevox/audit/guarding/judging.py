"""What the guards of a roster say of a change: as its own preview says it.

The same functions, in the same order, as `Roster`'s `check`: so the refusals and the
digest are the ones that `pulumi preview` prints.
"""

from __future__ import annotations

from collections.abc import Sequence

from pulumi_cerevox.audit.guarding.result import Part
from pulumi_cerevox.roster import (
    Guards,
    Membership,
    Person,
    approval_of,
    judge_change,
    judge_roster,
    plan,
    stricter,
)

_GUARDS_CHANGE = (
    "the guards change: for this change the stricter of old and new ones count, from "
    "the next one on the new ones alone"
)


def new_roster(title: str, new: Membership, guards: Guards) -> Part:
    """Judge a roster that was never applied: it creates, and removes nobody.

    Args:
        title: What to call it.
        new: Everybody whom it declares.
        guards: Its own.
    """
    return Part(title, plan({}, new), tuple(judge_roster(guards, new)))


def changed_roster(
    title: str,
    old: Membership,
    new: Membership,
    guards: tuple[Guards, Guards],
    *,
    spent: Sequence[str] = (),
    approve: str | None = None,
) -> Part:
    """Judge a change of a roster.

    Args:
        title: What to call it.
        old: The old people, undeclared ones included where a state has them.
        new: The new ones, likewise.
        guards: Old and new ones; the stricter of them count.
        spent: The approvals that were used before.
        approve: The approvals that were given.
    """
    change = plan(old, new)
    both = stricter(*guards)
    refusals = [*judge_roster(both, _declared(new)), *judge_change(both, change, old)]
    approval = approval_of(change, spent, approve)
    notes = () if guards[0] == guards[1] else (_GUARDS_CHANGE,)
    return Part(title, change, tuple(refusals), approval, notes=notes)


def removal(
    title: str,
    old: Membership,
    left: Membership,
    guards: Guards,
    *,
    spent: Sequence[str] = (),
    approve: str | None = None,
) -> Part:
    """Judge a roster that goes, with whom it made.

    Args:
        title: What to call it.
        old: Everybody whom it knows.
        left: Who stays.
        guards: Its own.
        spent: The approvals that were used before.
        approve: The approvals that were given.
    """
    change = plan(old, left)
    refusals = tuple(judge_change(guards, change, old))
    return Part(title, change, refusals, approval_of(change, spent, approve))


def _declared(people: Membership) -> dict[str, Person]:
    return {email: one for email, one in people.items() if not one.undeclared}
