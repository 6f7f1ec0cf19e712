"""What a guard says of a change: text, JSON and exit code are all made of this."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from pulumi_cerevox.roster import Approval, Change, ChangeKind, Plan, Refusal, digest


class GuardVerdict(StrEnum):
    """What a guard says, in one word."""

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
        fuse: The setting that `pulumi up` itself needs for its removals, if any.
        caveat: What to know of the digest where it is offered.
    """

    title: str
    plan: Plan
    refusals: tuple[Refusal, ...] = ()
    approval: Approval = field(default_factory=Approval)
    replaced: tuple[tuple[str, str], ...] = ()
    assumed: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    fuse: str | None = None
    caveat: str | None = None

    @property
    def standing(self) -> tuple[Refusal, ...]:
        """The refusals that no approval has lifted."""
        given = self.approval.given
        return tuple(one for one in self.refusals if not (given and one.approvable))

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to say of it."""
        return self.plan.is_empty and not self.refusals and not self.notes

    @property
    def is_approved(self) -> bool:
        """Whether an approval made the difference for a refusal."""
        return self.approval.given and len(self.standing) < len(self.refusals)

    @property
    def all_notes(self) -> tuple[str, ...]:
        """The notes; what `pulumi up` needs is among them where nothing refuses it."""
        return (
            (*self.notes, self.fuse) if self.fuse and not self.standing else self.notes
        )

    @property
    def refusal_text(self) -> str:
        """The standing refusals with the setting that would allow exactly this."""
        texts = self.approval.refusal(self.refusals)
        if texts and self.fuse:
            texts.append(self.fuse)
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
        expected: The digest of what was reviewed, where one was given.
    """

    sources: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    untouched: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    expected: str | None = None

    @property
    def digest(self) -> str | None:
        """The digests of all parts that remove or demote, separated by commas.

        For one roster it is the one that `pulumi preview` offers and CEREVOX_APPROVE
        takes. A change that takes nobody anything has one of its own; one that could
        not be judged in full has none.
        """
        if self.gaps:
            return None
        tokens = {one.approval.digest for one in self.parts} - {None}
        return ",".join(sorted(str(one) for one in tokens)) or digest(Plan((), 0))

    @property
    def is_another_change(self) -> bool:
        """Whether this is not the change that was reviewed."""
        if self.expected is None or self.digest is None:
            return False
        return _digests(self.expected) != _digests(self.digest)

    @property
    def verdict(self) -> GuardVerdict:
        """The one judgement; never `passed` where something could not be judged."""
        if self.gaps:
            return GuardVerdict.INCOMPLETE
        if self.is_another_change or any(part.standing for part in self.parts):
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
        texts = [part.refusal_text for part in self.parts if part.standing]
        if self.is_another_change:
            texts.append(
                f"this is another change than the one that was reviewed: {self.digest} "
                f"and not {self.expected}. Have this one reviewed"
            )
        return tuple(texts)


def gives_admin(change: Change) -> bool:
    """Tell whether a change makes somebody an admin, new people among them."""
    made = change.kind in {ChangeKind.PROMOTE, ChangeKind.CREATE}
    return made and change.after is not None and change.after.role == _ADMIN


def worst_first(changes: Iterable[Change]) -> list[Change]:
    """Put changes in the order of a report."""
    kinds = (*_TAKING, ChangeKind.PROMOTE, ChangeKind.CREATE, ChangeKind.UPDATE)
    ranks = {kind: rank for rank, kind in enumerate(kinds)}
    return sorted(
        changes, key=lambda one: (not gives_admin(one), ranks[one.kind], one.email)
    )


def _digests(text: str) -> set[str]:
    return set(text.replace(",", " ").split())
