"""What is assumed of the API, and how a recording settles it.

A fact is one sentence of ours that nobody has seen the real server confirm, with the
one place of the code that rests on it: where it does not hold, that is what to edit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Fact:
    """One assumption.

    Attributes:
        name: Stable; for scripts and issues.
        assumed: The sentence.
        place: The file of the package that rests on it.
        judge: Settles it, or raises `CannotTellError`.
    """

    name: str
    assumed: str
    place: str
    judge: Callable[[Recording], Judgement]

    def judged(self, seen: Recording) -> Judgement:
        """Give the verdict on one recording."""
        try:
            return self.judge(seen)
        except CannotTellError as unknown:
            return Judgement(Verdict.UNKNOWN, str(unknown))


class FactBook:
    """Collects facts as they are written down."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def fact(
        self, name: str, assumed: str, place: str
    ) -> Callable[[Callable[[Recording], Judgement]], Callable[[Recording], Judgement]]:
        """Add the fact that the decorated function judges."""

        def add(
            judge: Callable[[Recording], Judgement],
        ) -> Callable[[Recording], Judgement]:
            self.facts.append(Fact(name, assumed, place, judge))
            return judge

        return add


def holds(why: str) -> Judgement:
    """Give the verdict for what was seen to be as assumed."""
    return Judgement(Verdict.HOLDS, why)


def fails(why: str) -> Judgement:
    """Give the verdict for what was seen to be otherwise."""
    return Judgement(Verdict.FAILS, why)


def settled(so: object, why: str, otherwise: str) -> Judgement:
    """Give `holds` with *why* when it is so, else `fails` with *otherwise*."""
    return holds(why) if so else fails(otherwise)


def refused_with(one: Exchange, status: int, error_type: str) -> Judgement:
    """Judge that an answer has a status and an `error_type`."""
    kind = one.fields().get("error_type")
    told = f"{one.request} answered {one.status} {kind!r}"
    return settled((one.status, kind) == (status, error_type), told, told)


def kind_of(value: Any) -> str:
    """Name the type of a JSON value."""
    names = {dict: "an object", list: "an array", str: "a text", bool: "a boolean"}
    return names.get(type(value), "null" if value is None else "a number")
