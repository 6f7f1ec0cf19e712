"""What a guard says when it refuses, and the setting that would allow exactly that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pulumi_cerevox.account.escaping import printable

MOST_NAMED = 20


@dataclass(frozen=True)
class Refusal:
    """One guard's refusal.

    Attributes:
        guard: Its name, as in the settings.
        text: Numbers, people (the first 20, then the count), and the way on.
        people: Everybody concerned, folded and sorted.
        approvable: Whether an approval by digest lifts it. Only the two limits can
            be lifted so; nothing lifts the others but their own settings.
    """

    guard: str
    text: str
    people: tuple[str, ...]
    approvable: bool


def refusal_text(
    refusals: Iterable[Refusal],
    *,
    digest: str | None,
    setting: str = "CEREVOX_APPROVE",
) -> str:
    """Give all refusals as one message.

    Args:
        refusals: What the doors said; what two of them say of the same people is
            told once.
        digest: The one that would approve this change; None where no approval can
            be given here.
        setting: The environment variable for approvals.
    """
    told = _told_once(refusals)
    lines = [f"refused by guard {one.guard}: {one.text}" for one in told]
    lasting = sorted({one.guard for one in told if not one.approvable})
    if digest is None or len(lasting) == len({one.guard for one in told}):
        return "\n".join(lines)
    if lasting:
        lines.append(f"No approval lifts {' or '.join(lasting)}; settle that first.")
    else:
        lines.append(
            "If exactly this is meant, allow it once: "
            f"{setting}={digest} in the environment, or "
            f"`pulumi config set cerevox:approve {digest}`."
        )
    return "\n".join(lines)


def named(people: Sequence[str]) -> str:
    """Name the first twenty people, and count the rest."""
    shown = ", ".join(printable(one) for one in people[:MOST_NAMED])
    rest = len(people) - MOST_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown


def _told_once(refusals: Iterable[Refusal]) -> list[Refusal]:
    told: list[Refusal] = []
    for refusal in refusals:
        is_told = any(
            refusal.guard == one.guard and set(refusal.people) <= set(one.people)
            for one in told
        )
        if not is_told:
            told.append(refusal)
    return told
