"""Pulumi stacks of an emulated account, whose commands are timed."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from benchmarks.api_floor import replayed
from benchmarks.hosts import account_of
from benchmarks.memory import Peaks, watched
from benchmarks.programs import PULUMI_YAML, Kind, program
from benchmarks.setup import Setup
from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.engine.workspace import Workspace

_numbers = count()


@dataclass(frozen=True, slots=True)
class Timed:
    """What a command took.

    Attributes:
        seconds: From its start to its end.
        requests: What it sent to the API, as the journal has it.
        peaks: Memory of the provider host and of the program.
        output: What it printed.
    """

    seconds: float
    requests: list[dict[str, Any]] = field(repr=False)
    peaks: Peaks
    output: str = field(repr=False)


class CommandFailedError(RuntimeError):
    """A command that should be timed has failed; the text has its output."""


class Stack:
    """One project with a stack, for an account of its own."""

    def __init__(self, setup: Setup, emulator: EmulatorProcess) -> None:
        """Make it, without a program."""
        folder = setup.folder / f"stack-{next(_numbers)}"
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text(PULUMI_YAML.format(environment=sys.prefix))
        # A destroy of everybody is what is measured, not what is to be prevented.
        environment = {**account_of(emulator), "CEREVOX_MAX_REMOVALS": "100000"}
        self.emulator = emulator
        self.workspace = Workspace(setup.engine, folder, folder / "home", environment)
        self._beginning = emulator.snapshot()
        self._rounds = count()
        self.begin_anew()

    def begin_anew(self) -> None:
        """Empty account and stack."""
        self.emulator.restore(self._beginning)
        self.run("stack", "init", f"round-{next(self._rounds)}")

    def write(self, kind: Kind, size: int) -> None:
        """Replace the program."""
        main = self.workspace.project / "__main__.py"
        main.write_text(program(kind, size))

    def timed(self, *words: str, memory: bool = False) -> Timed:
        """Run a command and time it.

        Raises:
            CommandFailedError: it ended with another exit code than 0.
        """
        self.emulator.clear_journal()
        with watched(enabled=memory) as peaks:
            began = time.perf_counter()
            output = self.run(*words)
            seconds = time.perf_counter() - began
        return Timed(seconds, self.emulator.journal(), peaks, output)

    def up(self) -> Timed:
        """Run `pulumi up` without the preview before it."""
        return self.timed("up", "--yes", "--skip-preview")

    def floor_of(
        self, run: Timed, threads: int, before: dict[str, Any] | None = None
    ) -> float:
        """Give the seconds that a run's requests take bare.

        The account is put back to what it was before the run: by default, empty.
        """
        self.emulator.restore(before or self._beginning)
        return replayed(self.emulator, run.requests, threads)

    def run(self, *words: str) -> str:
        """Run a command and give what it prints.

        Raises:
            CommandFailedError: it ended with another exit code than 0.
        """
        run = self.workspace.run(*words)
        if run.returncode != 0:
            raise CommandFailedError(f"pulumi {' '.join(words)}:\n{run.stdout}")
        return run.stdout


@contextmanager
def stack(setup: Setup, *, latency_ms: int = 0, users: int = 0) -> Iterator[Stack]:
    """Give a stack with an account that has room for everybody."""
    with EmulatorProcess(latency_ms=latency_ms, users=users) as emulator:
        emulator.patch_account(max_users=1_000_000)
        yield Stack(setup, emulator)
