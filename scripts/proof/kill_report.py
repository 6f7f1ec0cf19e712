"""What came of the rounds: the bars, and the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from scripts.proof.kills_planned import Round, Victim
from scripts.proof.table import Row, table


@dataclass(frozen=True)
class Result:
    """What came of a round.

    Attributes:
        round: Which one.
        faults: What is wrong.
        between: Whether it was hit between the first and the last write.
        hit: Whether there was still something to be hit.
        mended: Whether the engine left an empty `.attrs` that had to be removed.
        unasked: Whether a provider host stayed that had not been asked anything.
    """

    round: Round
    faults: list[str] = field(default_factory=list)
    between: bool = False
    hit: bool = True
    mended: bool = False
    unasked: bool = False


def missed_bars(results: Sequence[Result]) -> list[str]:
    """Say which bars are missed: nothing wrong, and half of the kills between."""
    wrong = sum(bool(one.faults) for one in results)
    kills = [one for one in results if one.round.victim is not Victim.ENGINE_ONCE]
    between = sum(one.between for one in kills)
    bars = [f"{wrong} rounds went wrong"] if wrong else []
    if 2 * between < len(kills) or not results:
        bars.append(
            f"{between} of {len(kills)} kills were between the first and the last "
            "write, fewer than half"
        )
    return bars


def report(results: Sequence[Result]) -> str:
    """Give what went wrong, then a table by what was hit."""
    lines = []
    for one in results:
        if one.faults:
            lines += [f"WRONG  {one.round}", *(f"    {text}" for text in one.faults)]
    mended = sum(one.mended for one in results)
    if mended:
        lines.append(
            f"{mended} times Pulumi's file backend left an empty .attrs, which was "
            "removed as the README says"
        )
    unasked = sum(one.unasked for one in results)
    if unasked:
        lines.append(
            f"{unasked} times a killed engine left a provider host that it had not "
            "asked anything yet; asked once, it ended"
        )
    rows: list[Row] = [
        [victim, *_counts([one for one in results if one.round.victim is victim])]
        for victim in Victim
    ]
    rows.append(["all", *_counts(results)])
    head = [
        "victim",
        "hit",
        "between first and last write",
        "converged",
        "wrong",
        "rounds",
    ]
    return "\n".join([*lines, "", table(head, rows)])


def _counts(results: Sequence[Result]) -> list[int]:
    wrong = sum(bool(one.faults) for one in results)
    between = sum(one.between for one in results)
    hit = sum(one.hit for one in results)
    return [hit, between, len(results) - wrong, wrong, len(results)]
