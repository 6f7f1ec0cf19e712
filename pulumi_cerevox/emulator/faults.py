"""Faults: what goes wrong on purpose, for which call, and how often.

A rule names calls by method and path, skips some, and then fires some times or for
some seconds. Rules are asked in the order in which they were added; the first that is
due fires. Rules live in memory: a restart forgets them.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pulumi_cerevox.emulator.patterns import matches_path

Action = Literal[
    "status",
    "delay",
    "close",
    "reset",
    "truncate",
    "malformed_json",
    "html",
    "hang",
]


class FaultRule(BaseModel):
    """One rule, as the admin API takes it."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(
        default=None, description="Shown in the journal; by default the action"
    )
    method: str | None = Field(default=None, description="By default every method")
    path: str | None = Field(
        default=None,
        description="A path or route template, `*` for any characters; "
        "by default every path",
    )
    nth: int = Field(
        default=1, ge=1, description="The first match that fires, counted from 1"
    )
    times: int | None = Field(
        default=1,
        ge=1,
        description="How often it fires; null for ever, as is the default with seconds",
    )
    seconds: float | None = Field(
        default=None, gt=0, description="How long it is in force, in real seconds"
    )
    action: Action | None = Field(
        default=None,
        description="By default `status` where a status is given, "
        "`delay` where only delay_seconds is",
    )
    status: int | None = Field(
        default=None,
        ge=200,
        le=599,
        description="Of `status`, required there; also of html and malformed_json",
    )
    retry_after: int | None = Field(
        default=None, ge=0, description="Seconds, of the status 429"
    )
    delay_seconds: float | None = Field(
        default=None, ge=0, description="Real seconds to wait before the action"
    )
    when: Literal["before", "after"] = Field(
        default="before",
        description="before: nothing is applied; after: the call is carried out and "
        "its write committed, only its answer is lost or replaced",
    )

    @field_validator("method")
    @classmethod
    def _upper(cls, method: str | None) -> str | None:
        return None if method is None else method.upper()

    @model_validator(mode="after")
    def _settle(self) -> Self:
        if self.action is None:
            self.action = self._implied_action()
        if self.action == "status" and (self.status or 0) < 400:
            raise ValueError("status: the action `status` needs one of 400 to 599")
        if self.action == "delay" and self.delay_seconds is None:
            raise ValueError("delay_seconds: the action `delay` needs it")
        if self.seconds is not None and "times" not in self.model_fields_set:
            self.times = None
        return self

    def _implied_action(self) -> Action:
        if self.status is not None:
            return "status"
        if self.delay_seconds is not None:
            return "delay"
        raise ValueError("action: give an action, a status or delay_seconds")


class FaultState(FaultRule):
    """A rule in the list of rules."""

    id: int = Field(description="Counted from 1 since the emulator started")
    seen: int = Field(description="How many calls it matched")
    fired: int = Field(description="How often it fired")
    active: bool = Field(description="Whether it can still fire")


@dataclass(slots=True)
class _Entry:
    id: int
    rule: FaultRule
    ends: float
    seen: int = 0
    fired: int = 0

    def active(self, now: float) -> bool:
        spent = self.rule.times is not None and self.fired >= self.rule.times
        return not spent and now < self.ends


class Faults:
    """The rules in force."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._ids = itertools.count(1)
        self._entries: list[_Entry] = []

    def add(self, rule: FaultRule) -> FaultState:
        """Put a rule behind the others; its seconds begin now."""
        seconds = float("inf") if rule.seconds is None else rule.seconds
        entry = _Entry(next(self._ids), rule, self._monotonic() + seconds)
        self._entries.append(entry)
        return self._state(entry)

    def pick(self, method: str, path: str, route: str | None) -> FaultRule | None:
        """Count a call with every rule that means it; return the one that fires."""
        now = self._monotonic()
        chosen: _Entry | None = None
        for entry in self._entries:
            if not entry.active(now) or not _means(entry.rule, method, path, route):
                continue
            entry.seen += 1
            if chosen is None and entry.seen >= entry.rule.nth:
                chosen = entry
        if chosen is None:
            return None
        chosen.fired += 1
        return chosen.rule

    def states(self) -> list[FaultState]:
        """Return every rule with its counts, the spent ones included."""
        return [self._state(entry) for entry in self._entries]

    def clear(self) -> int:
        """Remove every rule; return how many there were."""
        removed = len(self._entries)
        self._entries.clear()
        return removed

    def _state(self, entry: _Entry) -> FaultState:
        return FaultState.model_construct(
            **dict(entry.rule),
            id=entry.id,
            seen=entry.seen,
            fired=entry.fired,
            active=entry.active(self._monotonic()),
        )


def fault_name(rule: FaultRule) -> str:
    """Return what the journal calls a fault."""
    if rule.name is not None:
        return rule.name
    return f"status {rule.status}" if rule.action == "status" else str(rule.action)


def _means(rule: FaultRule, method: str, path: str, route: str | None) -> bool:
    if rule.method is not None and rule.method != method:
        return False
    return rule.path is None or matches_path(rule.path, path, route)
