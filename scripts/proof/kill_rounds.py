"""Rounds of killing: what each left behind, judged and counted."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pulumi_cerevox.provider.interruption import CARRIED_ON
from scripts.proof.cut_off_run import CutOffRun
from scripts.proof.deeds import replay, writes
from scripts.proof.kills_planned import Round, Victim, plan_rounds
from scripts.proof.people import people_of
from scripts.proof.preparation import Prepared, prepare
from scripts.proof.scenarios import Command, Scenario
from scripts.proof.stack_state import essence, known_ids, pending
from scripts.proof.table import Row, table
from scripts.proof.verdict import Evidence, not_converged
from scripts.proof.workers import Worlds, worlds
from scripts.proof.world import Run, World

CONFIG = {"requestTimeout": "5", "maxWaitSeconds": "60", "parallelism": "2"}

CANCEL: Command = ("pulumi", "cancel", "--yes")
REFRESH: tuple[Command, ...] = (
    ("pulumi", "refresh", "--yes", "--clear-pending-creates", "--skip-preview"),
)

WRITING_THREADS = 4
"""Of a provider host; each may have one write in hand when its engine is killed."""

HOST_ENDS_WITHIN = 60.0
"""Seconds; an orphan looks for its engine every three."""

INTERRUPTED = "canceled"
"""In the engine's own error: "update canceled"; near the end, "context canceled"."""


@dataclass(frozen=True)
class Drawn:
    """What is to be tried.

    Attributes:
        scenarios: What is run.
        kills: So many times with SIGKILL.
        interrupts: So many times with one SIGINT.
        seed: Of the chance.
        workers: How many worlds at a time.
    """

    scenarios: Sequence[Scenario]
    kills: int
    interrupts: int
    seed: int
    workers: int = 2


@dataclass(frozen=True)
class Result:
    """What came of a round.

    Attributes:
        round: Which one.
        between: Whether it was hit between the first and the last write.
        faults: What is wrong.
    """

    round: Round
    between: bool
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Timed:
    prepared: Prepared
    seconds: float

    @property
    def writes(self) -> int:
        return len(self.prepared.goal.shown)


def run_rounds(engine: Path, drawn: Drawn) -> list[Result]:
    """Run every round in folders that are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cerevox-kill-") as name:
        folder = Path(name)
        make = partial(_world, engine)
        with worlds(drawn.workers, make, folder) as several:
            timed = {
                one.prepared.scenario.name: one
                for one in several.each(partial(_timed, folder), drawn.scenarios)
            }
            counts = {scenario: one.writes for scenario, one in timed.items()}
            rounds = plan_rounds(drawn.kills, drawn.interrupts, drawn.seed, counts)
            return _played(several, timed, rounds)


def _world(engine: Path, folder: Path) -> World:
    return World(engine, folder, {}, database=True)


def _timed(folder: Path, world: World, scenario: Scenario) -> _Timed:
    prepared = prepare(world, scenario, folder / scenario.name, CONFIG, REFRESH)
    world.put_back(prepared.saved)
    began = time.monotonic()
    world.play(scenario.commands)
    return _Timed(prepared, time.monotonic() - began)


def _played(
    several: Worlds, timed: Mapping[str, _Timed], rounds: Sequence[Round]
) -> list[Result]:
    def one(world: World, this: Round) -> Result:
        return play(world, timed[this.scenario], this)

    results: list[Result] = []
    for result in several.each(one, rounds):
        results.append(result)
        if result.faults:
            _say(f"WRONG  {result.round}")
        if len(results) % 10 == 0:
            _say(f"{len(results)} of {len(rounds)}")
    return results


def play(world: World, timed: _Timed, this: Round) -> Result:
    """Cut a run off, do what the README says, and judge what is there then."""
    prepared = timed.prepared
    world.put_back(prepared.saved)
    for delay in this.delays:
        world.emulator.add_fault(**delay)
    with CutOffRun(world, prepared.scenario.commands[0]) as run:
        if this.after is None:
            run.wait_for_time(this.share * timed.seconds)
        else:
            run.wait_for_writes(this.after)
            time.sleep(this.wait)
        done = len(run.writes())
        between = not run.is_over and 1 <= done < timed.writes
        _hit(world, run, this)
        code, output = run.end()
        faults = _state_faults(world)
        if this.victim is Victim.ENGINE_ONCE:
            faults += _interrupt_faults(code, output, world)
        seen = len(world.emulator.journal())
        world.emulator.clear_faults()
        again = _recover(world, prepared, cancel=this.victim is not Victim.ENGINE_ONCE)
        if this.victim is Victim.ENGINE:
            faults += _orphan_faults(world.emulator.journal(), done, seen)
        faults += [
            f"provider host {host.pid} still runs"
            for host in run.hosts_left(HOST_ENDS_WITHIN)
        ]
    faults += _end_faults(world, prepared, Run(code, output), again)
    return Result(this, between, faults)


def _hit(world: World, run: CutOffRun, this: Round) -> None:
    if this.victim is Victim.ENGINE:
        run.kill_engine()
    elif this.victim is Victim.HOST:
        run.kill_hosts()
    elif this.victim is Victim.ENGINE_ONCE:
        run.interrupt()
    else:
        run.find_hosts()
        world.emulator.kill()
        time.sleep(this.away)
        world.emulator.restart()


def _recover(world: World, prepared: Prepared, *, cancel: bool) -> Run:
    """Cancel the dead run, run the same again, and clear what is pending."""
    commands = (CANCEL,) if cancel else ()
    return world.play((*commands, *prepared.scenario.commands, *REFRESH))


def _state_faults(world: World) -> list[str]:
    try:
        world.state()
    except (OSError, ValueError) as error:
        return [f"the state can't be read after the run was cut off: {error}"]
    return []


def _interrupt_faults(code: int, output: str, world: World) -> list[str]:
    state = world.state()
    faults = [f"pending after ^C: {one}" for one in pending(state)]
    # What was running has ended, so the state has whoever is in the account.
    there = {user["user_id"]: user["email"] for user in world.strangers()}
    faults += [
        f"{there[user_id]} is in the account and not in the state after ^C"
        for user_id in there.keys() - known_ids(state)
    ]
    if code != 1 or INTERRUPTED not in output:
        faults.append(f"^C ended with exit code {code}: {output}")
    if CARRIED_ON not in output:
        faults.append(f"nothing said that the operation is carried on: {output}")
    return faults


def _orphan_faults(
    journal: Sequence[Mapping[str, Any]], done: int, seen: int
) -> list[str]:
    """Say when an orphan went on: it may end what it had in hand, and no more."""
    logins = [
        number
        for number, entry in enumerate(journal)
        if number >= seen and entry["path"].endswith("/token/login")
    ]
    before_recovery = journal[: logins[0]] if logins else journal
    late = len(writes(before_recovery)) - done
    if late <= WRITING_THREADS:
        return []
    return [f"{late} writes were committed after the engine was killed"]


def _end_faults(world: World, prepared: Prepared, first: Run, again: Run) -> list[str]:
    if not prepared.goal.is_met_by(again):
        return [f"it could not be run again: {again.output}"]
    users, state = world.emulator.users(), world.state()
    journal = world.emulator.journal()
    seen = Evidence(
        first,
        again,
        people_of(users),
        essence(state, users, strict=False),
        replay(journal, prepared.saved.snapshot["users"], users),
        pending=pending(state),
    )
    return not_converged(prepared.goal, seen)


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
    rows: list[Row] = [
        [victim, *_counts([one for one in results if one.round.victim is victim])]
        for victim in Victim
    ]
    rows.append(["all", *_counts(results)])
    head = ["hit", "between first and last write", "converged", "wrong", "rounds"]
    return "\n".join([*lines, "", table(head, rows)])


def _counts(results: Sequence[Result]) -> list[int]:
    wrong = sum(bool(one.faults) for one in results)
    between = sum(one.between for one in results)
    return [between, len(results) - wrong, wrong, len(results)]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
