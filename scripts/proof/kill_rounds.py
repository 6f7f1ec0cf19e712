"""Rounds of killing: what each left behind, and judged."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from scripts.proof.cut_off_run import CutOffRun
from scripts.proof.deeds import replay, writes
from scripts.proof.hosts_left import hosts_left
from scripts.proof.kill_report import Result
from scripts.proof.kills_planned import Round, Victim, plan_rounds
from scripts.proof.people import OWNER, People, people_of
from scripts.proof.preparation import Prepared, prepare
from scripts.proof.scenarios import Command, Scenario
from scripts.proof.stack_state import (
    essence,
    known_ids,
    pending,
    remove_empty_notes,
)
from scripts.proof.verdict import Evidence, not_converged
from scripts.proof.workers import Worlds, worlds
from scripts.proof.world import Run, World

CONFIG = {"requestTimeout": "5", "maxWaitSeconds": "60", "parallelism": "2"}

CANCEL: Command = ("pulumi", "cancel", "--yes")
REFRESH: tuple[Command, ...] = (
    ("pulumi", "refresh", "--yes", "--clear-pending-creates", "--skip-preview"),
)

ENGINES_THREADS = 4
"""Of a provider host; each may have one write in hand when its engine is killed."""

HOST_ENDS = 60.0
"""Seconds; an orphan looks for its engine every three."""

RECEIVED = "^C received"
"""In what the engine prints when it gets the signal."""

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


def run_rounds(engine: Path, drawn: Drawn) -> list[Result]:
    """Run every round in folders that are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cerevox-kill-") as name:
        folder = Path(name)
        make = partial(_world, engine)
        with worlds(drawn.workers, make, folder) as several:
            prepared = {
                one.scenario.name: one
                for one in several.each(partial(_prepared, folder), drawn.scenarios)
            }
            counts = {name: len(one.goal.shown) for name, one in prepared.items()}
            rounds = plan_rounds(drawn.kills, drawn.interrupts, drawn.seed, counts)
            return _played(several, prepared, rounds)


def _world(engine: Path, folder: Path) -> World:
    return World(engine, folder, {}, database=True)


def _prepared(folder: Path, world: World, scenario: Scenario) -> Prepared:
    return prepare(world, scenario, folder / scenario.name, CONFIG, REFRESH)


def _played(
    several: Worlds, prepared: Mapping[str, Prepared], rounds: Sequence[Round]
) -> list[Result]:
    def one(world: World, this: Round) -> Result:
        return play(world, prepared[this.scenario], this)

    results: list[Result] = []
    for result in several.each(one, rounds):
        results.append(result)
        if result.faults:
            _say("\n    ".join([f"WRONG  {result.round}", *result.faults]))
        if len(results) % 10 == 0:
            _say(f"{len(results)} of {len(rounds)}")
    return results


def play(world: World, prepared: Prepared, this: Round) -> Result:
    """Cut a run off, do what the README says, and judge what is there then."""
    world.put_back(prepared.saved)
    for delay in this.delays:
        world.emulator.add_fault(**delay)
    with CutOffRun(world, prepared.scenario.commands[0]) as run:
        _wait(run, this, prepared.seconds)
        done = len(run.writes())
        between = not run.is_over and 1 <= done < len(prepared.goal.shown)
        hit = _hit(world, run, this)
        first = run.end()
        if first is None:
            return Result(this, ["the run never ended"], between=between, hit=hit)
        faults = _cut_off_faults(world, prepared, this, first) if hit else []
        seen = len(world.emulator.journal())
        mended = remove_empty_notes(world.home)
        again = _recover(world, prepared, this)
        if this.victim is Victim.ENGINE:
            in_hand = _threads(prepared.scenario)
            faults += orphan_faults(world.emulator.journal(), done, seen, in_hand)
        left = hosts_left(run.find_hosts(), HOST_ENDS)
        faults += [f"host {one.pid} still runs" for one in left.stuck]
    faults += _end_faults(world, prepared, first, again)
    return Result(
        this,
        faults,
        between=between and hit,
        hit=hit,
        mended=mended > 0,
        unasked=left.unasked > 0,
    )


def _threads(scenario: Scenario) -> int:
    """Give how many writes a provider host may have in hand."""
    if _is_of_a_roster(scenario):
        return int(CONFIG["parallelism"])
    return ENGINES_THREADS


def _is_of_a_roster(scenario: Scenario) -> bool:
    return scenario.name.startswith("roster-")


def _wait(run: CutOffRun, this: Round, usual_seconds: float) -> None:
    """Wait for the moment of a round, or for the end of the run."""
    if this.after is None:
        run.wait_for_time(this.share * usual_seconds)
    else:
        run.wait_for_writes(this.after)
        time.sleep(this.wait)


def _hit(world: World, run: CutOffRun, this: Round) -> bool:
    """Hit the victim; tell whether it was there, which the end of a run decides."""
    if this.victim is Victim.ENGINE:
        return run.kill_engine()
    if this.victim is Victim.HOST:
        return run.kill_hosts()
    if this.victim is Victim.ENGINE_ONCE:
        return run.interrupt()
    run.find_hosts()
    is_in_time = not run.is_over
    world.emulator.kill()
    time.sleep(this.away)
    world.emulator.restart()
    return is_in_time


def _cut_off_faults(
    world: World, prepared: Prepared, this: Round, first: Run
) -> list[str]:
    """Say what is wrong before anything is done about the cut."""
    try:
        state = world.state()
    except (OSError, ValueError) as error:
        return [f"the state can't be read: {error}"]
    if this.victim is not Victim.ENGINE_ONCE:
        return []
    began = people_of(prepared.saved.snapshot["users"])
    users = world.emulator.users()
    faults = interrupt_faults(first, state, users, wanted=prepared.goal.people)
    if _is_of_a_roster(prepared.scenario):
        faults += _half_done(people_of(users), began, prepared.goal.people)
    return faults


def _half_done(found: People, began: People, wanted: People) -> list[str]:
    """Say when a roster's one operation was neither ended nor left alone."""
    if found in (began, wanted):
        return []
    return [f"the running operation did not end after ^C: {sorted(found)}"]


def interrupt_faults(
    first: Run,
    state: dict[str, Any],
    users: Sequence[Mapping[str, Any]],
    wanted: People,
) -> list[str]:
    """Say what is wrong after one ^C.

    Args:
        first: The run that got it.
        state: The stack's state when that had ended.
        users: Who is in the account then.
        wanted: Who should be, besides the owner.
    """
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


def _recover(world: World, prepared: Prepared, this: Round) -> Run:
    """Cancel the dead run, run the same again, and clear what is pending."""
    world.emulator.clear_faults()
    cancel = () if this.victim is Victim.ENGINE_ONCE else (CANCEL,)
    return world.play((*cancel, *prepared.scenario.commands, *REFRESH))


def orphan_faults(
    journal: Sequence[Mapping[str, Any]], done: int, seen: int, in_hand: int
) -> list[str]:
    """Say when an orphan went on: it may end what it had in hand, and no more."""
    logins = [
        number
        for number, entry in enumerate(journal)
        if number >= seen and entry["path"].endswith("/token/login")
    ]
    before_recovery = journal[: logins[0]] if logins else journal
    late = len(writes(before_recovery)) - done
    if late <= in_hand:
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


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
