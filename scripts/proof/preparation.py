"""Each scenario once without faults: its beginning, its requests, and its end."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

from scripts.proof.deeds import Deed, replay, shown
from scripts.proof.faults_tried import Request, requests_of
from scripts.proof.people import People, people_of
from scripts.proof.scenarios import Command, Scenario
from scripts.proof.stack_state import (
    Essence,
    differences,
    essence,
    pending,
    roles_in,
)
from scripts.proof.verdict import Evidence, Goal, not_converged
from scripts.proof.world import Saved, World


@dataclass(frozen=True)
class Prepared:
    """A scenario, ready to be run as often as one likes.

    Attributes:
        scenario: Which one.
        saved: Where it begins.
        goal: What it must come to.
        requests: What it sends without faults, in order.
        seconds: How long it takes without faults.
    """

    scenario: Scenario
    saved: Saved
    goal: Goal
    requests: list[Request]
    seconds: float


def prepare(
    world: World,
    scenario: Scenario,
    folder: Path,
    config: dict[str, str],
    then: tuple[Command, ...] = (),
) -> Prepared:
    """Run a scenario without faults.

    Args:
        world: Where; what was there is lost.
        scenario: What to run.
        folder: Where its beginning is kept; made.
        config: Settings of the provider, without their namespace.
        then: More commands before the result is taken.

    Raises:
        RuntimeError: even without a fault it does not come out as it should.
    """
    world.begin(scenario, config)
    saved = world.save(folder)
    goal_deeds = _shown(world, scenario.preview)
    world.put_back(saved)
    began = time.monotonic()
    run = world.play(scenario.commands)
    seconds = time.monotonic() - began
    requests = requests_of(world.emulator.journal())
    if not requests:
        raise RuntimeError(f"{scenario.name} sends nothing: there is nothing to try")
    if then:
        world.play(then)
    users, state = world.emulator.users(), world.state()
    goal = Goal(
        scenario.expected,
        essence(state, users),
        essence(state, users, strict=False),
        goal_deeds,
        scenario.min_admins,
        scenario.exit_code,
        scenario.signs,
    )
    history = replay(world.emulator.journal(), saved.snapshot["users"], users)
    seen = Evidence(
        run, None, people_of(users), goal.state, history, pending=pending(state)
    )
    _require_sound(scenario, goal, seen)
    if scenario.settled is not None:
        # Once is enough: every other run is compared with this one's state.
        world.sure(*scenario.settled)
    return Prepared(scenario, saved, goal, requests, seconds)


def _shown(world: World, preview: Command | None) -> frozenset[Deed]:
    if preview is None:
        return frozenset()
    run = world.run(*preview)
    # Notes of the engine may stand before and after the document.
    start, end = run.output.find("{"), run.output.rfind("}")
    if run.returncode != 0 or start < 0:
        raise RuntimeError(f"{' '.join(preview)} failed:\n{run.output}")
    return frozenset(shown(json.loads(run.output[start : end + 1])))


def _not_learnt(expected: People, state: Essence) -> list[str]:
    """Say whom the state has otherwise than they must be; it is the goal of every case.

    A state without resources, as of a preview or an audit, stands for nobody.
    """
    known = roles_in(state)
    wanted = {email: one.role for email, one in expected.items()}
    return differences(known, wanted) if known else []


def _require_sound(scenario: Scenario, goal: Goal, seen: Evidence) -> None:
    faults = not_converged(goal, seen)
    if not goal.is_met_by(seen.first):
        faults.append(seen.first.output)
    faults += _not_learnt(scenario.expected, goal.state)
    missed = goal.shown - set(seen.history.deeds)
    faults += [f"{deed.kind} {deed.email}: shown and not done" for deed in missed]
    if faults:
        lines = "\n".join(faults)
        raise RuntimeError(f"{scenario.name} goes wrong without any fault:\n{lines}")
