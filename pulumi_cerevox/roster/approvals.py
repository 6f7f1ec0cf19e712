"""Approvals: the one digest that allows a change's removals and demotions, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pulumi_cerevox.roster.planning import Plan, digest
from pulumi_cerevox.roster.refusals import Refusal, refusal_text


@dataclass(frozen=True)
class Approval:
    """What would allow one change, and whether that was given.

    Every door of a run takes the same one: the limits of the declaration and those of
    the live account are told apart by nobody who reads a refusal.

    Attributes:
        digest: Of everybody whom the change removes or demotes; None where it does
            neither. A door that meets fewer of them takes it as well.
        given: Whether the user set it for this run.
    """

    digest: str | None = None
    given: bool = False

    def refusal(self, refusals: Iterable[Refusal]) -> list[str]:
        """Give the text of what this leaves of a door's refusals, if anything."""
        left = [one for one in refusals if not (self.given and one.approvable)]
        return [refusal_text(left, digest=self.digest)] if left else []


def approval_of(change: Plan, spent: Sequence[str], setting: str | None) -> Approval:
    """Look for the approval of a change.

    Args:
        change: All that was planned, also what the live account no longer needs.
        spent: The approvals that were used before; none of them fits again.
        setting: The digests that the user gave, separated by commas or spaces.
    """
    if not change.removals and not change.demotions:
        return Approval()
    token = _unspent_digest(change, spent)
    given = token in (setting or "").replace(",", " ").split()
    return Approval(token, given=given)


def _unspent_digest(change: Plan, spent: Sequence[str]) -> str:
    uses = 0
    while (token := digest(change, uses=uses)) in spent:
        uses += 1
    return token
