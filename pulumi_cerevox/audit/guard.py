"""The judgement of a change by the guards: the result, its parts, and the limits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from typing import Any

from pulumi_cerevox.account import printable
from pulumi_cerevox.roster import (
    Approval,
    Change,
    ChangeKind,
    Guards,
    Limit,
    Membership,
    Plan,
    Refusal,
    Roster,
    approval_of,
    digest,
    judge_change,
    judge_roster,
    plan,
    stricter,
)
from pulumi_cerevox.text import snake


class GuardVerdict(StrEnum):
    """The verdict of a guard, in one word."""

    PASSED = "passed"
    INCOMPLETE = "incomplete"
    """Something could not be judged, whatever else was found."""
    REFUSED = "refused"


EXIT_CODES = {
    GuardVerdict.PASSED: 0,
    GuardVerdict.INCOMPLETE: 4,
    GuardVerdict.REFUSED: 5,
}
"""The command's own numbers (design: the command)."""

_ADMIN = "admin"
_TAKING = (ChangeKind.REMOVE, ChangeKind.DEMOTE)
_DIGITS = 16
_ROSTER, _DECLARED = "roster", "declared"

Settings = Mapping[str, Any]
"""A roster without its people, as plain values: `undeclared`, `guards.min_admins`, …"""


def settings_of(roster: Roster) -> Settings:
    """Return all that a roster says beside who is in it."""
    written = {one.name: getattr(roster, one.name) for one in fields(roster)}
    del written["members"]
    guards: Guards = written.pop("guards")
    return written | {
        f"guards.{snake(key)}": one for key, one in guards.to_properties().items()
    }


def changed_settings(old: Settings | None, new: Settings | None) -> Settings:
    """Return each setting that changes, as a list of its old and its new value.

    Args:
        old: The old ones; None where the roster is new, which changes the defaults.
        new: The new ones; None where it goes.
    """
    if new is None:
        return {_ROSTER: [_DECLARED, None]}
    before = {_ROSTER: None, **settings_of(Roster(()))} if old is None else old
    after = {_ROSTER: _DECLARED, **new}
    both = {key: [before.get(key, _DECLARED), one] for key, one in after.items()}
    return {key: pair for key, pair in both.items() if pair[0] != pair[1]}


@dataclass(frozen=True, slots=True)
class Part:
    """One roster, or the single people of one account, with what changes in it.

    Attributes:
        title: What it is, as in `Roster team`; as the program names it.
        plan: What would be done.
        refusals: What the guards say, approved or not.
        approval: What allows its removals and demotions, and whether it was given.
        replaced: Old email to new one, folded: who is removed because a `User` names
            somebody else now.
        assumed: Folded emails of those whose role now the preview doesn't know.
        notes: What is worth knowing of it; escaped.
        removal_limit: The setting that `pulumi up` needs for its removals, if any.
        caveat: What to know of the digest where it is offered.
        account_id: The account; None where nobody knows it.
        settings: The settings of a roster that change; None where they can't be read.
    """

    title: str
    plan: Plan
    refusals: tuple[Refusal, ...] = ()
    approval: Approval = field(default_factory=Approval)
    replaced: tuple[tuple[str, str], ...] = ()
    assumed: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    removal_limit: str | None = None
    caveat: str | None = None
    account_id: str | None = None
    settings: Settings | None = field(default_factory=dict)

    @property
    def standing(self) -> tuple[Refusal, ...]:
        """The refusals that no approval has lifted."""
        given = self.approval.given
        return tuple(one for one in self.refusals if not (given and one.approvable))

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to say of it."""
        says_nothing = not self.refusals and not self.notes and self.settings == {}
        return self.plan.is_empty and says_nothing

    @property
    def is_approved(self) -> bool:
        """Whether an approval made the difference for a refusal."""
        return self.approval.given and len(self.standing) < len(self.refusals)

    @property
    def all_notes(self) -> tuple[str, ...]:
        """The notes, and each setting with its old and new value; escaped.

        What `pulumi up` needs is among them where nothing refuses it.
        """
        settings = [
            printable(f"{key}: {json.dumps(old)} -> {json.dumps(new)}")
            for key, (old, new) in sorted((self.settings or {}).items())
            if key != _ROSTER
        ]
        limit = [self.removal_limit] if self.removal_limit and not self.standing else []
        return (*self.notes, *settings, *limit)

    def deeds(self) -> Iterator[list[Any]]:
        """Return all that it does, each deed as plain values."""
        for one in self.plan.changes:
            gives_role = one.kind not in {ChangeKind.UPDATE, ChangeKind.REMOVE}
            gives_name = one.kind in {ChangeKind.UPDATE, ChangeKind.CREATE}
            role = one.after.role if one.after and gives_role else None
            name = one.after.name if one.after and gives_name else None
            yield [self.account_id, one.kind, one.email, role, name]
        for key, pair in (self.settings or {}).items():
            yield [self.account_id, "set", key, *pair]

    @property
    def refusal_text(self) -> str:
        """The standing refusals with the setting that would allow exactly this."""
        texts = self.approval.refusal(self.refusals)
        if texts and self.removal_limit:
            texts.append(self.removal_limit)
        if texts and self.caveat and all(one.approvable for one in self.standing):
            texts.append(self.caveat)
        return "\n".join(texts)


@dataclass(frozen=True, slots=True)
class GuardResult:
    """One judgement.

    Attributes:
        sources: What was judged, as the user named it.
        parts: In the declaration's order.
        untouched: Resources whose change touches nobody: another version of the
            provider's code, a setting of theirs, a person who is let go and stays as
            they are; escaped.
        gaps: What could not be judged; escaped.
        let_go: Folded emails of people who stay as they are when their resource goes.
    """

    sources: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    untouched: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    let_go: tuple[str, ...] = ()

    @property
    def digest(self) -> str | None:
        """The digests of all parts that remove or demote, separated by commas.

        For one roster it is the one that `pulumi preview` offers and CEREVOX_APPROVE
        takes. A change that takes nobody anything has one of its own; one that could
        not be judged in full, or whose account is not known, has none.
        """
        takes = (one for one in self.parts if one.plan.removals or one.plan.demotions)
        if self.gaps or any(one.approval.digest is None for one in takes):
            return None
        tokens = {one.approval.digest for one in self.parts} - {None}
        return ",".join(sorted(str(one) for one in tokens)) or digest(Plan((), 0), None)

    @property
    def plan_digest(self) -> str | None:
        """The digest of all that the change does, in whichever order it is listed.

        It approves nothing. Two changes that do the same have the same one. None where
        something could not be judged.
        """
        if self.gaps or any(part.settings is None for part in self.parts):
            return None
        deeds = [deed for part in self.parts for deed in part.deeds()]
        deeds += [["let go", email] for email in self.let_go]
        text = "\n".join(sorted(json.dumps(one) for one in deeds))
        return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]

    @property
    def verdict(self) -> GuardVerdict:
        """The one judgement; never `passed` where something could not be judged."""
        if self.gaps:
            return GuardVerdict.INCOMPLETE
        if any(part.standing for part in self.parts):
            return GuardVerdict.REFUSED
        return GuardVerdict.PASSED

    @property
    def exit_code(self) -> int:
        """The exit code that goes with the verdict."""
        return EXIT_CODES[self.verdict]

    @property
    def counts(self) -> dict[ChangeKind, int]:
        """How many changes of each kind there are, in all parts."""
        counts = dict.fromkeys(ChangeKind, 0)
        for part in self.parts:
            for kind, number in part.plan.counts().items():
                counts[kind] += number
        return counts

    @property
    def headline(self) -> str:
        """The verdict with its figures, on one line; the same in every report."""
        figures = ", ".join(f"{kind} {number}" for kind, number in self.counts.items())
        if self.verdict is GuardVerdict.INCOMPLETE:
            many = f"{len(self.gaps)} gap{'' if len(self.gaps) == 1 else 's'}"
            return f"incomplete: {many}; found so far: {figures}"
        if self.verdict is GuardVerdict.REFUSED:
            return f"refused: {figures}"
        approved = any(part.is_approved for part in self.parts)
        return f"passed{' by approval' if approved else ''}: {figures}"

    @property
    def refusal_texts(self) -> tuple[str, ...]:
        """Why it is refused, part by part; escaped."""
        return tuple(part.refusal_text for part in self.parts if part.standing)


def gives_admin(change: Change) -> bool:
    """Return whether a change makes somebody an admin, new people among them."""
    made = change.kind in {ChangeKind.PROMOTE, ChangeKind.CREATE}
    return made and change.after is not None and change.after.role == _ADMIN


def worst_first(changes: Iterable[Change]) -> list[Change]:
    """Put changes in the order of a report."""
    kinds = (*_TAKING, ChangeKind.PROMOTE, ChangeKind.CREATE, ChangeKind.UPDATE)
    ranks = {kind: rank for rank, kind in enumerate(kinds)}
    return sorted(
        changes, key=lambda one: (not gives_admin(one), ranks[one.kind], one.email)
    )


REMOVAL_LIMIT = 5
"""Users whom one run may delete through `User`s, unless told otherwise."""
_DEMOTIONS = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of the command, and its other options. None for a limit not given.

    Attributes:
        max_removals: People whom one change may remove.
        max_demotions: Admins whom one change may demote.
        min_admins: Admins who must be left.
        required_admins: Emails of people who stay admins.
        removal_limit: Users that a run may delete (CEREVOX_MAX_REMOVALS).
        account_id: The account of what names none (CEREVOX_ACCOUNT_ID).
        today: The day on which last days count; None for the clock's, in UTC.
        expiring_days: How many days ahead last days are named.
    """

    max_removals: int | None = None
    max_demotions: int | None = None
    min_admins: int | None = None
    required_admins: tuple[str, ...] = ()
    removal_limit: int = REMOVAL_LIMIT
    account_id: str | None = None
    today: date | None = None
    expiring_days: int = 0

    def over(self, guards: Guards) -> Guards:
        """Return a roster's own guards, made stricter where these limits are."""
        asked = {
            "min_admins": self.min_admins,
            "required_admins": self.required_admins,
            "max_removals": _limit(self.max_removals),
            "max_demotions": _limit(self.max_demotions),
        }
        # What was not asked for stays as the roster has it: a default may be stricter.
        changes: dict[str, Any] = {
            name: value for name, value in asked.items() if value is not None
        }
        return stricter(guards, replace(guards, **changes))

    def of_single_people(self) -> Guards:
        """Return the guards that single people have.

        A share can't be judged: nobody knows how many people there are.
        """
        removals = (
            self.removal_limit if self.max_removals is None else self.max_removals
        )
        demotions = _DEMOTIONS if self.max_demotions is None else self.max_demotions
        return Guards(
            min_admins=self.min_admins or 0,
            required_admins=self.required_admins,
            max_removals=Limit(removals, 1.0),
            max_demotions=Limit(demotions, 1.0),
            allow_empty=True,
        )


def _limit(most: int | None) -> Limit | None:
    return None if most is None else Limit(most, 1.0)


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
    account_id: str | None,
    spent: Sequence[str] = (),
    approve: str | None = None,
) -> Part:
    """Judge a change of a roster.

    Args:
        title: What to call it.
        old: The old people, undeclared ones included where a state has them.
        new: The new ones, likewise.
        guards: Old and new ones; the stricter of them count.
        account_id: Its account, which an approval names; None where nobody knows it.
        spent: The approvals that were used before.
        approve: The approvals that were given.
    """
    change = plan(old, new)
    both = stricter(*guards)
    refusals = [
        *judge_roster(
            both, {email: one for email, one in new.items() if not one.undeclared}
        ),
        *judge_change(both, change, old),
    ]
    approval = approval_of(change, spent, approve, account_id)
    notes = () if guards[0] == guards[1] else (_GUARDS_CHANGE,)
    return Part(title, change, tuple(refusals), approval, notes=notes)


def removal(
    title: str,
    old: Membership,
    left: Membership,
    guards: Guards,
    *,
    account_id: str | None,
    spent: Sequence[str] = (),
    approve: str | None = None,
) -> Part:
    """Judge a roster that goes, with whom it made.

    Args:
        title: What to call it.
        old: Everybody whom it knows.
        left: Who stays.
        guards: Its own.
        account_id: Its account, which an approval names.
        spent: The approvals that were used before.
        approve: The approvals that were given.
    """
    change = plan(old, left)
    refusals = tuple(judge_change(guards, change, old))
    approval = approval_of(change, spent, approve, account_id)
    return Part(title, change, refusals, approval)
