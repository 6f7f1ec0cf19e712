"""The fault matrix: each case run on the real engine, judged, and counted."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from scripts.proof.deeds import replay
from scripts.proof.faults_tried import KINDS, Case, cases_of, sample
from scripts.proof.people import people_of
from scripts.proof.preparation import Prepared, prepare
from scripts.proof.scenarios import Scenario
from scripts.proof.stack_state import essence, pending
from scripts.proof.table import table
from scripts.proof.verdict import Evidence, Outcome, Verdict, judge
from scripts.proof.workers import Worlds, worlds
from scripts.proof.world import World

CONFIG = {"requestTimeout": "2", "maxWaitSeconds": "60"}
"""So that a hung answer costs two seconds; the budget is not what is tried here."""

_OUTCOMES = tuple(Outcome)


@dataclass(frozen=True)
class Plan:
    """What is to be tried.

    Attributes:
        scenarios: In which scenarios.
        only: Only cases whose name holds this.
        size: At most so many cases, by chance; None: all of them.
        seed: Of that chance.
        workers: How many worlds at a time.
        environment: More environment for each command.
    """

    scenarios: Sequence[Scenario]
    only: str = ""
    size: int | None = None
    seed: int = 0
    workers: int = 2
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Tried:
    """A case and what came of it."""

    case: Case
    verdict: Verdict


def try_all(engine: Path, plan: Plan) -> list[Tried]:
    """Run every case of a plan in folders that are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cerevox-faults-") as name:
        folder = Path(name)
        make = partial(_world, engine, plan.environment)
        with worlds(plan.workers, make, folder) as several:
            prepared = {
                one.scenario.name: one
                for one in several.each(partial(_prepared, folder), plan.scenarios)
            }
            return _tried(several, prepared, chosen(plan, prepared.values()))


def chosen(plan: Plan, prepared: Iterable[Prepared]) -> list[Case]:
    """Give the cases of a plan."""
    cases = [
        case
        for one in prepared
        for case in cases_of(one.scenario.name, one.requests)
        if plan.only in str(case)
    ]
    return cases if plan.size is None else sample(cases, plan.size, plan.seed)


def _world(engine: Path, environment: Mapping[str, str], folder: Path) -> World:
    return World(engine, folder, environment, database=False)


def _prepared(folder: Path, world: World, scenario: Scenario) -> Prepared:
    prepared = prepare(world, scenario, folder / scenario.name, CONFIG)
    _say(f"{scenario.name}: {len(prepared.requests)} requests")
    return prepared


def _tried(
    several: Worlds, prepared: Mapping[str, Prepared], cases: Sequence[Case]
) -> list[Tried]:
    def one(world: World, case: Case) -> Tried:
        return Tried(case, try_case(world, prepared[case.scenario], case))

    tried: list[Tried] = []
    for result in several.each(one, cases):
        tried.append(result)
        if result.verdict.outcome is Outcome.WRONG:
            _say("\n".join(_wrong_lines(result)))
        if len(tried) % 25 == 0:
            _say(f"{len(tried)} of {len(cases)}")
    return tried


def try_case(world: World, prepared: Prepared, case: Case) -> Verdict:
    """Run a scenario with one fault, and once more without where it failed."""
    world.put_back(prepared.saved)
    world.emulator.add_fault(**case.rule())
    commands = prepared.scenario.commands
    first = world.play(commands)
    fired = any(rule["fired"] for rule in world.emulator.faults())
    world.emulator.clear_faults()
    again = None if prepared.goal.is_met_by(first) else world.play(commands)
    users, state = world.emulator.users(), world.state()
    journal = world.emulator.journal()
    seen = Evidence(
        first,
        again,
        people_of(users),
        essence(state, users, strict=again is None),
        replay(journal, prepared.saved.snapshot["users"], users),
        fired,
        pending(state),
    )
    return judge(prepared.goal, seen, must_survive=case.must_survive)


def report(tried: Sequence[Tried]) -> str:
    """Give what went wrong, then the matrix by fault and by scenario."""
    wrong = [one for one in tried if one.verdict.outcome is Outcome.WRONG]
    lines = [line for one in wrong for line in _wrong_lines(one)]
    if lines:
        lines.append("")
    rows = _rows(tried, _fault_of)
    order = {kind.name: number for number, kind in enumerate(KINDS)}
    rows.sort(key=lambda row: (order[str(row[0])], str(row[1])))
    head = ["fault", "of", *_OUTCOMES, "tried"]
    lines += [table(head, rows), ""]
    rows = _rows(tried, lambda case: (case.scenario,))
    rows.append(["all", *_counts(tried)])
    lines.append(table(["scenario", *_OUTCOMES, "tried"], rows))
    return "\n".join(lines)


def _fault_of(case: Case) -> tuple[str, ...]:
    if not case.request.is_write:
        return (case.kind.name, "a read")
    return (case.kind.name, f"a write, {case.when} the commit")


def _rows(
    tried: Sequence[Tried], key: Callable[[Case], tuple[str, ...]]
) -> list[list[str | int]]:
    groups: dict[tuple[str, ...], list[Tried]] = {}
    for one in tried:
        groups.setdefault(key(one.case), []).append(one)
    return [[*name, *_counts(group)] for name, group in groups.items()]


def _counts(tried: Sequence[Tried]) -> list[int]:
    counts = Counter(one.verdict.outcome for one in tried)
    return [*(counts[outcome] for outcome in _OUTCOMES), len(tried)]


def _wrong_lines(one: Tried) -> list[str]:
    return [f"WRONG  {one.case}", *(f"    {text}" for text in one.verdict.faults)]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
