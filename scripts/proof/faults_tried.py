"""What can go wrong with a request, and every case of it in a scenario."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from scripts.proof.deeds import Entry, is_write


@dataclass(frozen=True)
class Kind:
    """One way in which an answer goes wrong; `rule` is what the emulator is told."""

    name: str
    rule: dict[str, Any] = field(hash=False)


KINDS = (
    Kind("500", {"status": 500}),
    Kind("503", {"status": 503}),
    Kind("429, Retry-After 1", {"status": 429, "retry_after": 1}),
    Kind("timeout", {"action": "hang"}),
    Kind("connection reset", {"action": "reset"}),
    Kind("closed half-way", {"action": "truncate"}),
    Kind("malformed JSON", {"action": "malformed_json"}),
    # With 200 as of a captive portal: a 502 is told by its status already.
    Kind("HTML", {"action": "html", "status": 200}),
)
SURVIVED_BEFORE_A_COMMIT = frozenset({"503", "429, Retry-After 1"})


class Request(NamedTuple):
    """The `nth` request of a method to a route, from 1."""

    method: str
    route: str
    nth: int
    is_write: bool

    def __str__(self) -> str:
        """Give it as the report names it."""
        return f"{self.method} {self.route.removeprefix('/v1')} #{self.nth}"


@dataclass(frozen=True)
class Case:
    """One fault of one request of one scenario."""

    scenario: str
    request: Request
    kind: Kind
    when: str

    def __str__(self) -> str:
        """Give it as the report names it, and as `--only` finds it."""
        when = f", {self.when} the commit" if self.request.is_write else ""
        return f"{self.scenario}: {self.request}: {self.kind.name}{when}"

    @property
    def must_survive(self) -> bool:
        """Whether failing clearly is not enough."""
        before = self.when == "before" and self.kind.name in SURVIVED_BEFORE_A_COMMIT
        return before or not self.request.is_write

    def rule(self) -> dict[str, Any]:
        """Give the fault as the emulator takes it."""
        return {
            "method": self.request.method,
            "path": self.request.route,
            "nth": self.request.nth,
            "when": self.when,
            **self.kind.rule,
        }


def requests_of(journal: Iterable[Entry]) -> list[Request]:
    """Count the requests of a run without faults."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for entry in journal:
        key = (entry["method"], entry["route"])
        seen[key] += 1
        found.append(Request(*key, seen[key], is_write(entry)))
    return found


def cases_of(scenario: str, requests: Iterable[Request]) -> list[Case]:
    """Give each fault of each request, before and, for writes, after the commit."""
    return [
        Case(scenario, request, kind, when)
        for request in requests
        for kind in KINDS
        for when in (("before", "after") if request.is_write else ("before",))
    ]


def sample(cases: Sequence[Case], size: int, seed: int) -> list[Case]:
    """Take some of the cases, the same ones for the same seed, in their order."""
    if size >= len(cases):
        return list(cases)
    chance = random.Random(seed)  # noqa: S311 - no secret depends on it
    return [cases[index] for index in sorted(chance.sample(range(len(cases)), size))]
