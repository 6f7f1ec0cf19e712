"""The only comparison of two memberships: what has to change, in which order, and why.

The `Roster` resource applies these changes, previews and audits print them, and guards
judge them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pulumi_cerevox.roster.model import ADMIN, Membership, Person
from pulumi_cerevox.text import printable

_DIGITS = 16


class ChangeKind(StrEnum):
    """The kinds of change, in the order in which they are made.

    Admins come before anybody goes, so that a run that breaks off anywhere leaves
    enough of them.
    """

    PROMOTE = "promote"
    CREATE = "create"
    UPDATE = "update"
    DEMOTE = "demote"
    REMOVE = "remove"


_ORDER = {kind: position for position, kind in enumerate(ChangeKind)}
_IN_SUMMARY = (
    ChangeKind.CREATE,
    ChangeKind.PROMOTE,
    ChangeKind.DEMOTE,
    ChangeKind.UPDATE,
    ChangeKind.REMOVE,
)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, and what would settle it.

    Attributes:
        kind: What would settle it.
        email: The person's, folded.
        before: The person in the old membership; None if they are not in it.
        after: The person in the new one; None if they are not in it.
        reason: Why, in a few words; foreign text in it is escaped.
    """

    kind: ChangeKind
    email: str
    before: Person | None
    after: Person | None
    reason: str

    def __str__(self) -> str:
        return f"{self.kind} {printable(self.email)}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Plan:
    """The ordered changes from one membership to another.

    Attributes:
        changes: In the order in which they are to be made.
        in_place: People of both memberships whom no change touches.
    """

    changes: tuple[Change, ...]
    in_place: int

    def of(self, kind: ChangeKind) -> tuple[Change, ...]:
        """Return the changes of one kind."""
        return tuple(change for change in self.changes if change.kind is kind)

    @property
    def removals(self) -> tuple[Change, ...]:
        """The changes that take somebody out of the account."""
        return self.of(ChangeKind.REMOVE)

    @property
    def demotions(self) -> tuple[Change, ...]:
        """The changes that make an admin a member."""
        return self.of(ChangeKind.DEMOTE)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes

    def counts(self) -> dict[ChangeKind, int]:
        """Return how many changes of each kind there are, also where there are none."""
        counts = dict.fromkeys(ChangeKind, 0)
        for change in self.changes:
            counts[change.kind] += 1
        return counts

    def summary(self) -> str:
        """Return the counts on one line, as in `create 1, …, remove 0, 38 in place`."""
        counts = self.counts()
        told = [f"{kind} {counts[kind]}" for kind in _IN_SUMMARY]
        return ", ".join([*told, f"{self.in_place} in place"])


def plan(old: Membership, new: Membership) -> Plan:
    """Compare two memberships.

    A person whom the new side marks as undeclared is only seen, never touched. A name
    counts where the new side manages it.

    Each person of either side is looked at once; the same memberships give the same
    plan, in whichever order they list their people.

    Args:
        old: What is there.
        new: What is to be there.
    """
    changes = []
    for email in old.keys() - new.keys():
        gone = old[email]
        reason = "no longer declared"
        if gone.undeclared:
            reason = "in the account, not declared"
        if gone.role == ADMIN:
            reason = f"{reason}; is an admin"
        changes.append(Change(ChangeKind.REMOVE, email, gone, None, reason))
    in_place = 0
    for email, after in new.items():
        if after.undeclared:
            in_place += email in old
            continue
        before = old.get(email)
        needed = list(_needed(email, before, after))
        in_place += not needed
        changes += needed
    changes.sort(key=lambda change: (_ORDER[change.kind], change.email))
    return Plan(tuple(changes), in_place)


def digest(plan: Plan, account_id: str | None, *, uses: int = 0) -> str:
    """Return the short name of a plan's removals and demotions, for approvals.

    It is the same wherever the same people of the same account go or lose the admin
    role, whatever else the plan does.

    Args:
        plan: The plan to approve.
        account_id: The account of the people. None gives what the first releases had:
            they named no account, so such a digest approves nothing any more.
        uses: How often this was approved and used before: an approval that was used
            never fits again.

    Returns:
        16 hexadecimal digits.
    """
    covered = sorted(
        [change.kind, change.email] for change in (*plan.demotions, *plan.removals)
    )
    account = [] if account_id is None else [account_id]
    text = json.dumps([*account, uses, covered])
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def _needed(email: str, before: Person | None, after: Person) -> Iterator[Change]:
    if before is None:
        reason = f"declared as {printable(after.role)}"
        yield Change(ChangeKind.CREATE, email, None, after, reason)
        return
    if before.role != after.role:
        kind = ChangeKind.PROMOTE if after.role == ADMIN else ChangeKind.DEMOTE
        reason = f"{printable(before.role)} -> {printable(after.role)}"
        yield Change(kind, email, before, after, reason)
    if after.name is not None and before.name != after.name:
        reason = f"name {_quoted(before.name)} -> {_quoted(after.name)}"
        yield Change(ChangeKind.UPDATE, email, before, after, reason)


def _quoted(name: str | None) -> str:
    return "(not managed)" if name is None else f'"{printable(name)}"'
