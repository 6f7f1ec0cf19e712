"""One emulated account and one Pulumi project, put back to a saved state at will."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.engine.workspace import CommandFailedError, Workspace, credentials_of
from scripts.proof.scenarios import Command, Scenario

# Where the file backend keeps the stack, below a workspace's home.
STACK_FILE = Path("states/.pulumi/stacks/people/test.json")
# Seconds: five times what a call's retries may take (`maxWaitSeconds`).
LONGEST_RUN = 300.0
_KILLED = -9


@dataclass(frozen=True)
class Run:
    """How some commands ended: the last one's exit code, and all output."""

    returncode: int
    output: str


@dataclass(frozen=True)
class Saved:
    """A snapshot of the account, and a folder with copies of project and state."""

    snapshot: dict[str, Any]
    folder: Path


@contextmanager
def new_sandbox(
    engine: Path, folder: Path, *, database: bool, native: bool = False
) -> Iterator[Sandbox]:
    """Start an emulator and make a project, both in a new folder.

    With a database, the account survives a kill of the emulator. A `native` project
    goes through the native provider.
    """
    db = folder / "account.db" if database else None
    folder.mkdir(parents=True)
    with EmulatorProcess(db=db) as emulator:
        # Which stack is selected stands in a file that is not put back.
        extra = credentials_of(emulator) | {"PULUMI_STACK": "test"}
        workspace = Workspace.new(engine, folder, extra, native=native)
        yield Sandbox(workspace, emulator, native)


@dataclass(frozen=True)
class Sandbox:
    """An emulator, and a project with a stack of its own."""

    workspace: Workspace
    emulator: EmulatorProcess
    native: bool

    def begin(self, scenario: Scenario, config: Mapping[str, str]) -> None:
        """Make a new stack and a new account, as the scenario finds them."""
        self.emulator.reset()
        # One moment for ever: what a login leaves behind is the same in each run.
        self.emulator.set_clock(frozen=True)
        self._clean()
        self.must("pulumi", "stack", "init", "test")
        settings = [f"--plaintext=cerevox:{key}={one}" for key, one in config.items()]
        self.must("pulumi", "config", "set-all", *settings)
        for email, person in scenario.there.items():
            self.emulator.add_user(email, **person._asdict())
        if scenario.before is not None:
            self.workspace.write(scenario.before)
            self.must("pulumi", "up", "--yes", "--skip-preview")
        for email, fields in scenario.by_hand.items():
            if fields is None:
                self.emulator.remove_user(email)
            else:
                self.emulator.patch_user(email, **fields)
        self.workspace.write(scenario.program)
        for name, text in scenario.files.items():
            (self.workspace.project / name).write_text(text)

    def save(self, folder: Path) -> Saved:
        """Keep the present state."""
        shutil.copytree(self.workspace.project, folder / "project")
        ignored = shutil.ignore_patterns("backups", "history")
        states = self.workspace.home / "states"
        shutil.copytree(states, folder / "states", ignore=ignored)
        return Saved(self.emulator.snapshot(), folder)

    def put_back(self, saved: Saved) -> None:
        """Return to a state that was kept; journal and faults are emptied."""
        self.emulator.reset("faults", "journal")
        self.emulator.restore(saved.snapshot)
        self._clean()
        project, states = self.workspace.project, self.workspace.home / "states"
        shutil.copytree(saved.folder / "project", project, dirs_exist_ok=True)
        shutil.copytree(saved.folder / "states", states)

    def run(self, *commands: Command) -> Run:
        """Run commands of our two programs, one after another, until one fails."""
        output, code = "", 0
        for command in commands:
            words = self.words(command)
            try:
                run = subprocess.run(
                    words,
                    cwd=self.workspace.project,
                    env=self.workspace.environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    check=False,
                    timeout=LONGEST_RUN,
                )
                code, output = run.returncode, output + run.stdout
            except subprocess.TimeoutExpired:
                code = _KILLED
                output += f"not ended after {LONGEST_RUN:.0f} s: {words}"
            if code != 0:
                break
        return Run(code, output)

    def must(self, *command: str) -> None:
        """Run one command."""
        run = self.run(command)
        if run.returncode != 0:
            raise CommandFailedError(f"{' '.join(command)} failed:\n{run.output}")

    def words(self, command: Command) -> list[str]:
        """Return the command line of one of our two programs."""
        program, *words = command
        if program == "pulumi":
            return self.workspace.command(*words)
        return [sys.executable, "-m", "pulumi_cerevox.cli", *words]

    def state(self) -> dict[str, Any]:
        """Return the stack's state, read from the file backend."""
        return read_stack(self.workspace.home)

    def _clean(self) -> None:
        shutil.rmtree(self.workspace.home / "states", ignore_errors=True)
        for file in self.workspace.project.iterdir():
            if file.name != "Pulumi.yaml":
                shutil.rmtree(file) if file.is_dir() else file.unlink()


def read_stack(home: Path) -> dict[str, Any]:
    """Return the stack's state below a workspace's home."""
    text = (home / STACK_FILE).read_text(encoding="utf-8")
    latest: dict[str, Any] = json.loads(text)["checkpoint"]["latest"] or {}
    return latest


def remove_empty_notes(home: Path) -> int:
    """Remove the empty `.attrs` that a killed engine leaves; return how many.

    Pulumi's file backend keeps notes beside each file (no part of the state) and does
    not write them at one stroke: killed between the two, every later command ends with
    `failed to load checkpoint: EOF`, though the state is whole (run, CLI 3.259).
    docs/troubleshooting.md says so too.
    """
    notes = (home / "states").rglob("*.attrs")
    empty = [file for file in notes if not file.stat().st_size]
    for file in empty:
        file.unlink()
    return len(empty)
