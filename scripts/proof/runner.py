"""Prepare scenarios, try many things in a few sandboxes at a time, and report."""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from scripts.proof.journal import Action, Request, people_of, replay, requests_of, shown
from scripts.proof.record import add_option
from scripts.proof.sandbox import Run, Sandbox, Saved, new_sandbox
from scripts.proof.scenarios import Command, Scenario
from scripts.proof.state import differences, essence, pending, roles_in
from scripts.proof.verdict import Evidence, Goal, Outcome, Verdict, not_converged

NATIVE_HELP = "through the native provider"
_TRIES_BETWEEN_LINES = 20


@dataclass(frozen=True)
class Setup:
    """In which sandboxes things are tried, and with which settings of the provider.

    With a `database`, accounts survive a kill. The commands of `then` are run before
    the result of a run without faults is taken. Where it is `native`, the programs go
    through the native provider.
    """

    scenarios: Sequence[Scenario]
    config: Mapping[str, str]
    database: bool = False
    then: tuple[Command, ...] = ()
    workers: int = 2
    native: bool = False


@dataclass(frozen=True)
class Prepared:
    """A scenario: where it begins, what it must come to, what it sends until then."""

    scenario: Scenario
    saved: Saved
    goal: Goal
    requests: list[Request]
    seconds: float


class Case(Protocol):
    """One thing to try; its text is its name in the report."""

    @property
    def scenario(self) -> str:
        """The name of the scenario in which it is tried."""


CaseT = TypeVar("CaseT", bound=Case)
VerdictT = TypeVar("VerdictT", bound=Verdict)


@dataclass(frozen=True)
class Tried(Generic[CaseT, VerdictT]):
    """A case and what came of it."""

    case: CaseT
    verdict: VerdictT

    @property
    def is_wrong(self) -> bool:
        """Whether something is wrong."""
        return self.verdict.outcome is Outcome.WRONG


def try_cases(
    engine: Path,
    setup: Setup,
    choose: Callable[[dict[str, Prepared]], Sequence[CaseT]],
    try_one: Callable[[Sandbox, Prepared, CaseT], VerdictT],
) -> list[Tried[CaseT, VerdictT]]:
    """Prepare every scenario and try what is chosen, in folders that go afterwards."""
    own, numbers = threading.local(), itertools.count()
    with (
        tempfile.TemporaryDirectory(prefix="cerevox-proof-") as name,
        ExitStack() as sandboxes,
        ExitStack() as closing,
    ):
        folder = Path(name)

        def open_sandbox() -> None:
            place = folder / f"sandbox-{next(numbers)}"
            sandbox = new_sandbox(
                engine, place, database=setup.database, native=setup.native
            )
            own.sandbox = sandboxes.enter_context(sandbox)

        threads = ThreadPoolExecutor(setup.workers, initializer=open_sandbox)
        # After an error nothing new begins.
        closing.callback(threads.shutdown, cancel_futures=True)
        prepared: dict[str, Prepared] = {}
        for one in threads.map(
            lambda one: prepare(own.sandbox, one, folder / one.name, setup),
            setup.scenarios,
        ):
            say(f"{one.scenario.name}: {len(one.requests)} requests")
            prepared[one.scenario.name] = one
        cases = choose(prepared)
        verdicts = threads.map(
            lambda case: try_one(own.sandbox, prepared[case.scenario], case), cases
        )
        tried: list[Tried[CaseT, VerdictT]] = []
        for case, verdict in zip(cases, verdicts, strict=True):
            tried.append(Tried(case, verdict))
            for line in wrong_lines(tried[-1:]):
                say(line)
            if len(tried) % _TRIES_BETWEEN_LINES == 0:
                say(f"{len(tried)} of {len(cases)}")
        return tried


def prepare(
    sandbox: Sandbox, scenario: Scenario, folder: Path, setup: Setup
) -> Prepared:
    """Run a scenario without faults; it must come out as it should."""
    sandbox.begin(scenario, setup.config)
    saved = sandbox.save(folder)
    actions: frozenset[Action] = frozenset()
    if scenario.preview is not None:
        actions = _shown(sandbox, scenario.preview)
    sandbox.put_back(saved)
    began = time.monotonic()
    run = sandbox.run(*scenario.commands)
    seconds = time.monotonic() - began
    requests = requests_of(sandbox.emulator.journal())
    if not requests:
        raise RuntimeError(f"{scenario.name} sends nothing: there is nothing to try")
    sandbox.run(*setup.then)
    seen = evidence(sandbox, saved, run)
    state, users = sandbox.state(), sandbox.emulator.users()
    goal = Goal(
        scenario,
        seen.state,
        essence(state, users, strict=False),
        actions,
        essence(state, users, is_proven=False),
    )
    faults = not_converged(goal, seen)
    if not goal.is_met_by(run):
        faults.append(run.output)
    # A state without resources, as of a preview or an audit, stands for nobody.
    if roles := roles_in(seen.state):
        wanted = {email: one.role for email, one in scenario.expected.items()}
        faults += differences(roles, wanted)
    missed = goal.shown - set(seen.history.actions)
    faults += [f"{one.kind} {one.email}: shown and not done" for one in missed]
    if faults:
        lines = "\n".join(faults)
        raise RuntimeError(f"{scenario.name} goes wrong without any fault:\n{lines}")
    if scenario.settled is not None:
        # Once is enough: every other run is compared with this one's state.
        sandbox.must(*scenario.settled)
    return Prepared(scenario, saved, goal, requests, seconds)


def _shown(sandbox: Sandbox, preview: Command) -> frozenset[Action]:
    run = sandbox.run(preview)
    # Notes of the engine may stand before and after the document.
    start, end = run.output.find("{"), run.output.rfind("}")
    if run.returncode != 0 or start < 0:
        raise RuntimeError(f"{' '.join(preview)} failed:\n{run.output}")
    return frozenset(shown(json.loads(run.output[start : end + 1])))


def evidence(
    sandbox: Sandbox,
    saved: Saved,
    first: Run,
    again: Run | None = None,
    *,
    fired: bool = True,
    is_proven: bool = True,
) -> Evidence:
    """Collect what is to be judged once everything was run."""
    users, state = sandbox.emulator.users(), sandbox.state()
    return Evidence(
        first,
        again,
        people_of(users),
        essence(state, users, strict=again is None, is_proven=is_proven),
        replay(sandbox.emulator.journal(), saved.snapshot["users"], users),
        fired,
        pending(state),
        is_proven,
    )


def wrong_lines(tried: Iterable[Tried[CaseT, VerdictT]]) -> list[str]:
    """Say what went wrong, a heading for each case."""
    lines = []
    for one in tried:
        if one.is_wrong:
            lines.append(f"WRONG  {one.case}")
            lines += [f"    {fault}" for fault in one.verdict.faults]
    return lines


def options(
    prog: str, text: str | None, scenarios: list[str]
) -> argparse.ArgumentParser:
    """Make a parser of the options that faults and kills share."""
    parser = argparse.ArgumentParser(prog=f"python -m {prog}", description=text)
    parser.add_argument(
        "--scenario",
        action="append",
        default=[],
        choices=scenarios,
        help="only this one; may be given several times",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=random.randrange(10**6),  # noqa: S311 - no secret depends on it
        help="of the chance; printed",
    )
    parser.add_argument("--workers", type=int, default=2, help="so many at a time")
    parser.add_argument("--native", action="store_true", help=NATIVE_HELP)
    add_option(parser)
    return parser


def say(text: str) -> None:
    """Print progress on stderr."""
    print(text, file=sys.stderr, flush=True)
