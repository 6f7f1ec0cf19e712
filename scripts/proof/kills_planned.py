"""What is killed in which round, and when: by chance, the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

BETWEEN_WRITES = 0.8
"""The share of kills that are aimed between the first write and the last."""

SLOWEST = 0.25
"""Seconds: the longest that a request is held up, so that writes lie apart."""

LONGEST_PAUSE = 1.5
"""Seconds: the longest that a killed emulator stays away."""


class Victim(StrEnum):
    """What is hit."""

    ENGINE = "engine"
    HOST = "provider host"
    EMULATOR = "emulator"
    ENGINE_ONCE = "engine, by one SIGINT"


KILLED = (Victim.ENGINE, Victim.HOST, Victim.EMULATOR)


@dataclass(frozen=True)
class Round:
    """One run that is cut off.

    Attributes:
        number: From 1.
        scenario: What is run.
        victim: What is hit.
        after: Hit after so many writes; None: after a share of the run's usual time.
        share: That share, 0 to 1.
        wait: Seconds to wait then.
        away: Seconds that a killed emulator stays away.
        delays: How each request of the run is held up, as faults for the emulator.
    """

    number: int
    scenario: str
    victim: Victim
    after: int | None
    share: float
    wait: float
    away: float
    delays: tuple[dict[str, Any], ...] = field(repr=False)

    def __str__(self) -> str:
        """Give it as the report names it."""
        when = (
            f"at {self.share:.0%} of its time"
            if self.after is None
            else f"{self.wait:.2f} s after write {self.after}"
        )
        return f"round {self.number}: {self.scenario}: {self.victim}, {when}"


def plan_rounds(
    kills: int, interrupts: int, seed: int, writes: dict[str, int]
) -> list[Round]:
    """Draw the rounds.

    Args:
        kills: So many SIGKILLs.
        interrupts: So many SIGINTs, each between two writes.
        seed: Of the chance.
        writes: How many writes each scenario has.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret depends on it
    victims = [KILLED[number % len(KILLED)] for number in range(kills)]
    victims += [Victim.ENGINE_ONCE] * interrupts
    return [
        _round(number, victim, chance, writes)
        for number, victim in enumerate(victims, start=1)
    ]


def _round(
    number: int, victim: Victim, chance: random.Random, writes: dict[str, int]
) -> Round:
    scenario = chance.choice(sorted(writes))
    aimed = chance.random() < BETWEEN_WRITES or victim is Victim.ENGINE_ONCE
    return Round(
        number,
        scenario,
        victim,
        chance.randrange(1, writes[scenario]) if aimed else None,
        chance.random(),
        chance.uniform(0, SLOWEST / 2),
        chance.uniform(0, LONGEST_PAUSE),
        tuple(_delay(chance) for _ in range(3 * writes[scenario])),
    )


def _delay(chance: random.Random) -> dict[str, Any]:
    return {
        "action": "delay",
        "delay_seconds": round(chance.uniform(0.02, SLOWEST), 3),
        "when": chance.choice(["before", "after"]),
    }
