"""Measure the same work through this project, a naive provider and octoDNS.

The work: in a filled account one person joins and one leaves. Every side plans it and
then applies it, against an emulated account of its own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Protocol

from benchmarks.cost import Cost, cost_of
from benchmarks.figures import Figure, Pair, Raw, median_ratio, number, spread
from benchmarks.report import Run
from benchmarks.stacks import UP, Kind, Setup, Stack, environment_of, new_stack, say
from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.engine.workspace import ROOT
from scripts.page import put_between

_PHASES = ("plan", "apply")
_WALL, _CPU = "wall", "CPU"
_NAME = re.compile(r"Peers, (plan|apply) of (\d+): (.+), (wall|CPU)")
_WRITER = "python -m benchmarks --only peers"
_OWNER = "owner@example.com"
_ZONE = "example.com."


class Side(Protocol):
    """One of those that do the work."""

    @property
    def emulator(self) -> EmulatorProcess:
        """Its account."""

    def begin_again(self) -> None:
        """Put everything back to what it was before the change."""

    def run(self, phase: str) -> Cost:
        """Plan the change, or apply it."""


class PulumiSide:
    """A program whose stack holds everybody."""

    def __init__(self, stack: Stack, kind: Kind, size: int) -> None:
        """Fill account and stack, and write the changed program."""
        stack.fill(kind, size)
        self.emulator = stack.emulator
        self._stack = stack
        self._account = stack.emulator.snapshot()
        self._state = stack.workspace.project / "before.json"
        self._state.write_text(json.dumps(stack.workspace.export()))
        stack.write(kind, size, first=1)

    def begin_again(self) -> None:
        """Put account and state back."""
        self.emulator.restore(self._account)
        self._stack.workspace.must("stack", "import", "--file", str(self._state))

    def run(self, phase: str) -> Cost:
        """Preview, or update without a preview."""
        work = self._stack.workspace
        command = work.command(*(("preview",) if phase == "plan" else UP))
        return cost_of(command, work.project, work.environment())


class OctodnsSide:
    """A folder with octoDNS's YAML files."""

    def __init__(
        self, emulator: EmulatorProcess, programs: Path, folder: Path, size: int
    ) -> None:
        """Fill the account by a first sync, and write the changed zone.

        Args:
            emulator: The account.
            programs: Where `octodns-sync` is.
            folder: A new one, for its files.
            size: How many people.
        """
        folder.mkdir()
        self.emulator = emulator
        self._folder = folder
        self._config = folder / "config.json"  # JSON is YAML, too
        self._config.write_text(json.dumps(_octodns_config(folder)))
        self._command = [str(programs / "octodns-sync"), "--config-file"]
        self._command += [str(self._config)]
        owner = emulator.user(_OWNER)
        self._owner = _txt(owner["name"], owner["role"])
        self._write(range(size))
        self.run("apply")
        self._account = emulator.snapshot()
        self._write(range(1, size + 1))

    def begin_again(self) -> None:
        """Put the account back; there is no state."""
        self.emulator.restore(self._account)

    def run(self, phase: str) -> Cost:
        """Sync, or show what a sync would do."""
        command = [*self._command, *([] if phase == "plan" else ["--doit"])]
        environment = {**os.environ, **environment_of(self.emulator)}
        return cost_of(command, self._folder, environment)

    def _write(self, numbers: range) -> None:
        people = {f"person-{n}": _txt(f"Person {n}", "member") for n in numbers}
        zone = {"owner": self._owner, **people}
        lines = [f"{name}: {json.dumps(record)}" for name, record in zone.items()]
        (self._folder / f"{_ZONE}yaml").write_text("\n".join([*lines, ""]))


def _octodns_config(folder: Path) -> dict[str, Any]:
    declared = {
        "class": "octodns.provider.yaml.YamlProvider",
        "directory": str(folder),
        "escaped_semicolons": False,
    }
    account = {
        "class": "benchmarks.providers.octodns_people.PeopleProvider",
        "url": "env/CEREVOX_BASE_URL",
        "key": "env/CEREVOX_API_KEY",
    }
    return {
        "providers": {"declared": declared, "account": account},
        "zones": {_ZONE: {"sources": ["declared"], "targets": ["account"]}},
    }


def _txt(name: str, role: str) -> dict[str, Any]:
    return {"type": "TXT", "values": [f"name={name}", f"role={role}"]}


def _octodns(folder: Path) -> tuple[Path, str]:
    """Make octoDNS's environment; return the folder of its programs, and its version.

    What is in it is locked in uv.lock, as the group `peers`. It is no part of `.venv`,
    so that the peer starts from as few packages as it needs.
    """
    environment = folder / "octodns-environment"
    words = ["sync", "--locked", "--only-group", "peers", "--compile-bytecode"]
    words += ["--quiet", "--python", sys.executable]
    where = {"UV_PROJECT_ENVIRONMENT": str(environment)}
    uv = str(Path(sys.prefix) / "bin" / "uv")
    subprocess.run([uv, *words], cwd=ROOT, env={**os.environ, **where}, check=True)
    programs = environment / "bin"
    asked = [str(programs / "octodns-sync"), "--version"]
    run = subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=True)
    return programs, run.stdout.split()[-1]


@contextmanager
def _sides(setup: Setup, size: int) -> Iterator[dict[str, Side]]:
    """Fill everybody's account; ours through the dynamic `Roster` comes first."""
    ours = {
        "`Roster`, dynamic": (Kind.ROSTER, False),
        "`Roster`, native": (Kind.ROSTER, True),
        "`User`, dynamic": (Kind.USERS, False),
        "`User`, native": (Kind.USERS, True),
        "naive": (Kind.NAIVE, False),
    }
    programs, version = _octodns(setup.folder)
    with ExitStack() as closing:
        sides: dict[str, Side] = {}
        for name, (kind, native) in ours.items():
            stack = closing.enter_context(new_stack(setup, native=native))
            sides[name] = PulumiSide(stack, kind, size)
        emulator = closing.enter_context(EmulatorProcess())
        emulator.patch_account(max_users=1_000_000)
        folder = setup.folder / "octodns"
        sides[f"octoDNS {version}"] = OctodnsSide(emulator, programs, folder, size)
        yield sides


@dataclass(frozen=True, slots=True)
class _Done:
    """What one phase took, and the requests that it sent."""

    cost: Cost
    requests: int
    writes: int


def measure(setup: Setup) -> list[Figure]:
    """Let every side plan and apply the change, in turns."""
    size = 100 if setup.quick else 1000
    done: dict[tuple[str, str], list[_Done]] = {}
    with _sides(setup, size) as sides:
        for round_ in range(setup.rounds(1, 3)):
            order = list(sides)[:: -1 if round_ % 2 else 1]
            for name in order:
                sides[name].begin_again()
                for phase in _PHASES:
                    one = _work(sides[name], phase)
                    done.setdefault((phase, name), []).append(one)
                    say(f"{name}: {phase} of {size}: {one.cost.wall:.1f} s")
                _check_people(name, sides[name], size)
        first, *_ = sides
    return [
        figure
        for phase in _PHASES
        for name in sides
        for figure in _figures(
            f"Peers, {phase} of {size}: {name}",
            done[phase, name],
            done[phase, first],
        )
    ]


def _work(side: Side, phase: str) -> _Done:
    """Do one phase; one that only plans must not write."""
    side.emulator.clear_journal()
    cost = side.run(phase)
    requests = side.emulator.journal()
    reads = [r for r in requests if r["method"] == "GET" or "/token/" in r["path"]]
    writes = len(requests) - len(reads)
    if phase == "plan" and writes:
        raise RuntimeError(f"a plan wrote: {requests}")
    return _Done(cost, len(requests), writes)


def _check_people(name: str, side: Side, size: int) -> None:
    """Raise an error where the account isn't what the change makes of it."""
    expected = {_OWNER: "admin"}
    expected |= {f"person-{n}@example.com": "member" for n in range(1, size + 1)}
    found = {user["email"]: user["role"] for user in side.emulator.users()}
    if found != expected:
        differing = dict(set(found.items()) ^ set(expected.items()))
        raise RuntimeError(f"{name} has applied something else: {differing}")


def _figures(
    title: str, ours: Sequence[_Done], base: Sequence[_Done]
) -> Iterator[Figure]:
    """Compare one side's rounds with those of the first side."""
    requests = Raw("sent", median(one.requests for one in ours), "requests")
    writes = Raw("sent", median(one.writes for one in ours), "writes")
    for what in (_WALL, _CPU):
        pairs = [
            Pair(*(_seconds(one.cost, what) for one in both))
            for both in zip(ours, base, strict=True)
        ]
        raw = (Raw(what, median(pair.ours for pair in pairs)), requests, writes)
        name, note = f"{title}, {what}", spread(pairs)
        yield Figure(name, median_ratio(pairs), raw=raw, note=note)


def _seconds(cost: Cost, what: str) -> float:
    return cost.wall if what == _WALL else cost.processor


def with_table(page: str, runs: Iterable[Run]) -> str:
    """Return a page with the newest table of the peers; as it was without a run."""
    for run in runs:
        if run.measurement == "peers":
            return put_between(page, _WRITER, as_table(run))
    return page


def as_table(run: Run) -> str:
    """Lay the figures out with a line for each side, and say how they were made."""
    rows: dict[str, list[str]] = {}
    sizes, rounds = set(), set()
    for figure in run.figures:
        if not (parts := _NAME.fullmatch(figure.name)):
            raise ValueError(f"{figure.name!r} is no figure of the peers")
        _, size, side, what = parts.groups()
        sizes.add(size)
        rounds.add(figure.note.partition(",")[0])
        seconds, requests, _ = figure.raw
        cells = rows.setdefault(side, [])
        if what == _WALL:
            cells.append(number(requests.value))
        shown = number(figure.value)
        if side == next(iter(rows)):  # what the others are compared with
            shown += f" ({number(seconds.value)} s)"
        cells.append(shown)
    where = ", ".join(f"{key} {value}" for key, value in run.machine.items())
    made = (
        f"One person joins a team of {'/'.join(sizes)}, and one leaves. "
        "The wall and CPU times are ratios over the first line, whose seconds stand in "
        f"brackets. Each number is a median ({'/'.join(rounds)}). "
        f"{run.form.capitalize()} form; {where}."
    )
    lines = [
        made,
        "",
        "| | plan: requests | wall | CPU | apply: requests | wall | CPU |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [f"| {side} | {' | '.join(cells)} |" for side, cells in rows.items()]
    return "\n".join([*lines, ""])
