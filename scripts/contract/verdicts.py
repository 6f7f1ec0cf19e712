"""Say of a fact that it holds, that it does not, or that nobody can tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pulumi_cerevox.account import printable
from scripts.contract.exchanges import CannotTellError, Exchange, Recording


class Verdict(StrEnum):
    """What a recording says of a fact."""

    HOLDS = "holds"
    FAILS = "does not hold"
    UNKNOWN = "can't tell"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and what it rests on."""

    verdict: Verdict
    why: str


Judge = Callable[[Recording], Judgement]


@dataclass(frozen=True, slots=True)
class Fact:
    """One assumption.

    Attributes:
        name: Stable; for scripts and issues.
        assumed: The sentence.
        place: The file of the package that rests on it.
        judge: Settles it, or raises `CannotTellError`.
        needs_writes: Whether only a run that writes can settle it.
    """

    name: str
    assumed: str
    place: str
    judge: Judge
    needs_writes: bool

    def judged(self, seen: Recording) -> Judgement:
        """Return the verdict on one recording."""
        try:
            return self.judge(seen)
        except CannotTellError as unknown:
            return Judgement(Verdict.UNKNOWN, str(unknown))


def settled(so: object, why: str, otherwise: str | None = None) -> Judgement:
    """Return `holds` with *why* when it is so, else `fails` with *otherwise*."""
    if so:
        return Judgement(Verdict.HOLDS, why)
    return Judgement(Verdict.FAILS, why if otherwise is None else otherwise)


def fails(why: str) -> Judgement:
    """Return the verdict for what was seen to be otherwise."""
    return Judgement(Verdict.FAILS, why)


def holds(why: str) -> Judgement:
    """Return the verdict for what was seen to be as assumed."""
    return Judgement(Verdict.HOLDS, why)


def refused(one: Exchange, status: int, error_type: str) -> Judgement:
    """Judge that an answer has a status and an `error_type`."""
    kind = one.fields().get("error_type")
    why = f"{one.request} answered {one.status} {kind!r}"
    return settled((one.status, kind) == (status, error_type), why)


def answered(one: Exchange, status: int, what: str = "") -> Judgement:
    """Judge that an answer has a status; *what* says more of the request."""
    why = f"{one.request}{what} answered {one.status}"
    return settled(one.status == status, why)


def kind_of(value: Any) -> str:
    """Name the type of a JSON value."""
    names = {dict: "an object", list: "an array", str: "a text", bool: "a boolean"}
    return names.get(type(value), "null" if value is None else "a number")


def is_number(value: Any) -> bool:
    """Tell whether a JSON value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_text(seen: Recording, judged: Mapping[Fact, Judgement]) -> str:
    """Write every verdict on a line, and what follows from those that fail."""
    width = max(len(one.name) for one in judged)
    lines = [printable(f"{seen.base_url}, {seen.recorded}"), ""]
    for verdict in (Verdict.FAILS, Verdict.UNKNOWN, Verdict.HOLDS):
        for one, found in judged.items():
            if found.verdict is verdict:
                lines.append(f"{verdict:13}  {one.name:{width}}  {one.assumed}")
                lines.append(f"{'':13}  {'':{width}}  {printable(found.why)}")
                if verdict is Verdict.FAILS:
                    place = f"the place to mend: pulumi_cerevox/{one.place}"
                    lines.append(f"{'':13}  {'':{width}}  {place}")
    counts = Counter(one.verdict for one in judged.values())
    sums = ", ".join(f"{verdict} {counts[verdict]}" for verdict in Verdict)
    return "\n".join([*lines, "", f"{len(judged)} facts: {sums}"])
