"""`make kill`: runs cut off at random moments, and what is left of them.

SIGKILL for the engine, the provider host, or the emulator on its SQLite file; then
`pulumi cancel --yes`, the same run again and `refresh --clear-pending-creates`. Exit
code 1 when something did not converge, or when fewer than half of the kills came
between the first write and the last.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from scripts.engine.workspace import find_engine
from scripts.proof import runner
from scripts.proof.journal import OWNER, People, people_of, writes
from scripts.proof.processes import RunningCommand, hosts_left, started
from scripts.proof.record import record
from scripts.proof.runner import Prepared, Setup, try_cases, wrong_lines
from scripts.proof.sandbox import Run, Sandbox, remove_empty_notes
from scripts.proof.scenarios import Command, named
from scripts.proof.state import known_ids, pending
from scripts.proof.verdict import Outcome, Verdict, not_converged
from scripts.table import Row, table

# Those that write.
SCENARIOS = [
    *("users-up", "users-change", "users-destroy", "users-up-of-many"),
    *("roster-up", "roster-change", "roster-destroy", "roster-up-of-many"),
]

CONFIG = {"requestTimeout": "5", "maxWaitSeconds": "60", "parallelism": "2"}
CANCEL: Command = ("pulumi", "cancel", "--yes")
REFRESH: Command = (
    *("pulumi", "refresh", "--yes", "--clear-pending-creates", "--skip-preview"),
)

# Each thread may have a write in hand when the engine dies.
HOSTS_THREADS, PLUGINS_THREADS = 4, 8
HOST_ENDS = 60.0  # seconds; an orphan looks for its engine every three
RECEIVED = "^C received"  # the engine prints it when it gets the signal
INTERRUPTED = "canceled"  # "update canceled"; near the end, "context canceled"
BETWEEN_WRITES = 0.8  # the share of kills aimed between the first write and the last
SLOWEST = 0.25  # seconds that a request is held up at most, so that writes lie apart
LONGEST_PAUSE = 1.5  # seconds that a killed emulator stays away at most


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
        """Write it as the report names it."""
        when = (
            f"at {self.share:.0%} of its time"
            if self.after is None
            else f"{self.wait:.2f} s after write {self.after}"
        )
        return f"round {self.number}: {self.scenario}: {self.victim}, {when}"

    @property
    def is_proven(self) -> bool:
        """Whether a create that was cut off can be known for the resource's own.

        An engine that outlives its host removes its note of the create (read in CLI
        3.259), so whoever was made is adopted, as docs/moves.md says.
        """
        return self.victim is not Victim.HOST


@dataclass(frozen=True)
class Cut(Verdict):
    """What came of a round.

    Attributes:
        between: Whether it was hit between the first and the last write.
        hit: Whether there was still something to be hit.
        mended: Whether the engine left an empty `.attrs` that had to be removed.
        unasked: Whether a provider host stayed that had not been asked anything.
    """

    between: bool = False
    hit: bool = True
    mended: bool = False
    unasked: bool = False


Tried: TypeAlias = runner.Tried[Round, Cut]


def plan_rounds(
    kills: int, interrupts: int, seed: int, writes: dict[str, int]
) -> list[Round]:
    """Draw so many SIGKILLs and SIGINTs, given how many writes each scenario has."""
    chance = random.Random(seed)  # noqa: S311 - no secret depends on it
    victims = [KILLED[number % len(KILLED)] for number in range(kills)]
    victims += [Victim.ENGINE_ONCE] * interrupts
    rounds = []
    for number, victim in enumerate(victims, start=1):
        scenario = chance.choice(sorted(writes))
        aimed = chance.random() < BETWEEN_WRITES or victim is Victim.ENGINE_ONCE
        after = chance.randrange(1, writes[scenario]) if aimed else None
        share = chance.random()
        wait = chance.uniform(0, SLOWEST / 2)
        away = chance.uniform(0, LONGEST_PAUSE)
        delays = tuple(
            {
                "action": "delay",
                "delay_seconds": round(chance.uniform(0.02, SLOWEST), 3),
                "when": chance.choice(["before", "after"]),
            }
            for _ in range(3 * writes[scenario])
        )
        rounds.append(Round(number, scenario, victim, after, share, wait, away, delays))
    return rounds


def cut_off(sandbox: Sandbox, prepared: Prepared, this: Round) -> Cut:
    """Cut a run off, do what the docs say, and judge what is there then."""
    scenario, goal = prepared.scenario, prepared.goal
    is_kill = this.victim is not Victim.ENGINE_ONCE
    sandbox.put_back(prepared.saved)
    for delay in this.delays:
        sandbox.emulator.add_fault(**delay)
    with started(sandbox, scenario.commands[0]) as run:
        after = this.after
        if after is None:
            end = time.monotonic() + this.share * prepared.seconds
            run.wait_until(lambda: time.monotonic() >= end)
        else:
            run.wait_until(lambda: run.writes() >= after)
            time.sleep(this.wait)
        done = run.writes()
        between = not run.is_over and 1 <= done < len(goal.shown)
        hit = _hit(sandbox, run, this)
        between = between and hit
        first = run.end()
        if first is None:
            return Cut(Outcome.WRONG, ("the run never ended",), between, hit)
        faults = _cut_off_faults(sandbox, prepared, this, first) if hit else []
        seen = len(sandbox.emulator.journal())
        mended = remove_empty_notes(sandbox.workspace.home)
        sandbox.emulator.clear_faults()
        cancel = (CANCEL,) if is_kill else ()
        again = sandbox.run(*cancel, *scenario.commands, REFRESH)
        if this.victim is Victim.ENGINE:
            threads = int(CONFIG["parallelism"])
            callers = PLUGINS_THREADS if sandbox.native else HOSTS_THREADS
            in_hand = threads if scenario.is_of_a_roster else callers
            faults += orphan_faults(sandbox.emulator.journal(), done, seen, in_hand)
        left = hosts_left(run.find_hosts(), HOST_ENDS)
        faults += [f"host {one.pid} still runs" for one in left.stuck]
    if goal.is_met_by(again):
        found = runner.evidence(
            sandbox, prepared.saved, first, again, is_proven=this.is_proven
        )
        faults += not_converged(goal, found)
    else:
        faults.append(f"it could not be run again: {again.output}")
    outcome = Outcome.WRONG if faults else Outcome.SURVIVED
    return Cut(outcome, tuple(faults), between, hit, mended > 0, left.unasked > 0)


def _hit(sandbox: Sandbox, run: RunningCommand, this: Round) -> bool:
    """Hit the victim; tell whether it was there, which the end of a run decides."""
    if this.victim is Victim.ENGINE:
        return run.kill_engine()
    if this.victim is Victim.HOST:
        return run.kill_hosts()
    if this.victim is Victim.ENGINE_ONCE:
        return run.interrupt()
    run.find_hosts()
    is_in_time = not run.is_over
    sandbox.emulator.kill()
    time.sleep(this.away)
    sandbox.emulator.restart()
    return is_in_time


def _cut_off_faults(
    sandbox: Sandbox, prepared: Prepared, this: Round, first: Run
) -> list[str]:
    """Say what is wrong before anything is done about the cut."""
    try:
        state = sandbox.state()
    except (OSError, ValueError) as error:
        return [f"the state can't be read: {error}"]
    if this.victim is not Victim.ENGINE_ONCE:
        return []
    users, wanted = sandbox.emulator.users(), prepared.scenario.expected
    faults = interrupt_faults(first, state, users, wanted)
    # A roster's one operation is either ended or left alone.
    found, began = people_of(users), people_of(prepared.saved.snapshot["users"])
    if prepared.scenario.is_of_a_roster and found not in (began, wanted):
        faults.append(f"the running operation did not end after ^C: {sorted(found)}")
    return faults


def interrupt_faults(
    first: Run,
    state: dict[str, Any],
    users: Sequence[Mapping[str, Any]],
    wanted: People,
) -> list[str]:
    """Say what is wrong with state and account after a run that got one ^C."""
    faults = [f"pending after ^C: {one}" for one in pending(state)]
    # What was running has ended, so the state has whoever is in the account.
    there = {user["user_id"]: user["email"] for user in users}
    known = known_ids(state)
    faults += [
        f"{there[user_id]} is in the account and not in the state after ^C"
        for user_id in there.keys() - known
        if there[user_id] != OWNER
    ]
    faults += [
        f"{user_id} is in the state and not in the account after ^C"
        for user_id in known - there.keys()
    ]
    # Where everything was being written already, the engine has nothing to cancel.
    is_complete = first.returncode == 0 and people_of(users) == wanted
    is_cancelled = first.returncode == 1 and INTERRUPTED in first.output
    if not (is_complete or is_cancelled):
        faults.append(f"^C ended with exit code {first.returncode}: {first.output}")
    if is_cancelled and RECEIVED not in first.output:
        faults.append(f"the engine does not say that it got ^C: {first.output}")
    return faults


def orphan_faults(
    journal: Sequence[Mapping[str, Any]], done: int, seen: int, in_hand: int
) -> list[str]:
    """Say when an orphan went on: it may end what it had in hand, and no more."""
    end = len(journal)
    for number in range(seen, len(journal)):
        if journal[number]["path"].endswith("/token/login"):
            end = number  # the recovery begins
            break
    late = len(writes(journal[:end])) - done
    if late <= in_hand:
        return []
    return [f"{late} writes were committed after the engine was killed"]


def missed_bars(tried: Sequence[Tried]) -> list[str]:
    """Say which bars are missed: nothing wrong, and half of the kills between."""
    wrong = sum(one.is_wrong for one in tried)
    kills = [one for one in tried if one.case.victim is not Victim.ENGINE_ONCE]
    between = sum(one.verdict.between for one in kills)
    bars = [f"{wrong} rounds went wrong"] if wrong else []
    if 2 * between < len(kills) or not tried:
        bars.append(
            f"{between} of {len(kills)} kills were between the first and the last "
            "write, fewer than half"
        )
    return bars


def report(tried: Sequence[Tried]) -> str:
    """Say what went wrong, then count by what was hit."""
    lines = wrong_lines(tried)
    mended = sum(one.verdict.mended for one in tried)
    if mended:
        lines.append(
            f"{mended} times Pulumi's file backend left an empty .attrs, which was "
            "removed as docs/troubleshooting.md says"
        )
    unasked = sum(one.verdict.unasked for one in tried)
    if unasked:
        lines.append(
            f"{unasked} times a killed engine left a provider host that it had not "
            "asked anything yet; asked once, it ended"
        )
    rows: list[Row] = []
    for name in (*Victim, "all"):
        group = [one for one in tried if name in (one.case.victim, "all")]
        wrong = sum(one.is_wrong for one in group)
        between = sum(one.verdict.between for one in group)
        hit = sum(one.verdict.hit for one in group)
        rows.append([name, hit, between, len(group) - wrong, wrong, len(group)])
    head = ["victim", "hit", "between first and last write"]
    head += ["converged", "wrong", "rounds"]
    return "\n".join([*lines, "", table(head, rows)])


def main(words: Sequence[str] | None = None) -> int:
    """Run the rounds, and print the table last."""
    parser = runner.options("scripts.proof.kill", __doc__, SCENARIOS)
    parser.add_argument("--rounds", type=int, default=200, help="so many SIGKILLs")
    parser.add_argument("--interrupts", type=int, default=20, help="so many SIGINTs")
    asked = parser.parse_args(words)
    print(f"{asked.rounds} kills and {asked.interrupts} SIGINTs, --seed {asked.seed}")

    def choose(prepared: dict[str, Prepared]) -> list[Round]:
        counts = {name: len(one.goal.shown) for name, one in prepared.items()}
        return plan_rounds(asked.rounds, asked.interrupts, asked.seed, counts)

    scenarios = named(asked.scenario or SCENARIOS)
    setup = Setup(
        scenarios,
        CONFIG,
        database=True,
        then=(REFRESH,),
        workers=asked.workers,
        native=asked.native,
    )
    tried = try_cases(find_engine(), setup, choose, cut_off)
    bars = missed_bars(tried)
    for bar in bars:
        print(f"missed: {bar}")
    rounds = report(tried)
    print(rounds)
    if asked.record:
        record(f"make kill{' OPTIONS=--native' if asked.native else ''}", rounds)
    return 1 if bars else 0


if __name__ == "__main__":
    sys.exit(main())
