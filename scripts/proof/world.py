"""One emulated account and one Pulumi project, put back to a prepared state at will."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.engine.workspace import Workspace
from scripts.proof.scenarios import Command, Scenario
from scripts.proof.stack_state import read_stack

_PULUMI_YAML = """
name: people
runtime:
  name: python
  options:
    virtualenv: {environment}
"""
LONGEST_RUN = 300.0
"""Seconds: five times what a call's retries may take (`maxWaitSeconds`)."""
_KILLED = -9
_NOT_COPIED = shutil.ignore_patterns("backups", "history")


@dataclass(frozen=True)
class Run:
    """How some commands ended: the last one's exit code, and all output."""

    returncode: int
    output: str


@dataclass(frozen=True)
class Saved:
    """A state of both the account and the stack.

    Attributes:
        snapshot: The account.
        folder: A copy of the project and of the backend's files.
    """

    snapshot: dict[str, Any]
    folder: Path


class World:
    """An emulator and a project with a stack of its own; end it with `close`."""

    def __init__(
        self,
        engine: Path,
        folder: Path,
        environment: Mapping[str, str],
        *,
        database: bool,
    ) -> None:
        """Start the emulator and make the stack.

        Args:
            engine: The folder that holds the engine.
            folder: Where everything of this world lies; made.
            environment: More environment for each command.
            database: Keep the account in a file, so that it survives a kill.
        """
        self.project = folder / "project"
        self.home = folder / "home"
        self.project.mkdir(parents=True)
        yaml = _PULUMI_YAML.format(environment=sys.prefix)
        (self.project / "Pulumi.yaml").write_text(yaml)
        self._closing = ExitStack()
        db = folder / "account.db" if database else None
        self.emulator = self._closing.enter_context(EmulatorProcess(db=db))
        credentials = {
            "CEREVOX_API_KEY": self.emulator.api_key,
            "CEREVOX_BASE_URL": self.emulator.url,
            # Which stack is selected stands in a file that is not put back.
            "PULUMI_STACK": "test",
        }
        self.workspace = Workspace(
            engine, self.project, self.home, credentials | dict(environment)
        )

    def __enter__(self) -> Self:
        """Give the world."""
        return self

    def __exit__(
        self,
        _: type[BaseException] | None,
        __: BaseException | None,
        ___: TracebackType | None,
    ) -> None:
        """End the emulator."""
        self._closing.close()

    def begin(self, scenario: Scenario, config: Mapping[str, str]) -> None:
        """Make a new stack and a new account, as the scenario finds them.

        Raises:
            RuntimeError: a command failed that should not.
        """
        self.emulator.reset()
        # One moment for ever: what a login leaves behind is the same in each run.
        self.emulator.set_clock(frozen=True)
        self._clean()
        self.sure("pulumi", "stack", "init", "test")
        settings = [f"--plaintext=cerevox:{key}={one}" for key, one in config.items()]
        self.sure("pulumi", "config", "set-all", *settings)
        for email, person in scenario.there.items():
            self.emulator.add_user(email, **person._asdict())
        if scenario.before is not None:
            self._write(scenario.before)
            self.sure("pulumi", "up", "--yes", "--skip-preview")
        for email, fields in scenario.by_hand.items():
            if fields is None:
                self.emulator.remove_user(email)
            else:
                self.emulator.patch_user(email, **fields)
        self._write(scenario.program)
        for name, text in scenario.files.items():
            (self.project / name).write_text(text)

    def save(self, folder: Path) -> Saved:
        """Keep the present state."""
        shutil.copytree(self.project, folder / "project")
        states = self.home / "states"
        shutil.copytree(states, folder / "states", ignore=_NOT_COPIED)
        return Saved(self.emulator.snapshot(), folder)

    def put_back(self, saved: Saved) -> None:
        """Return to a state that was kept; journal and faults are emptied."""
        self.emulator.reset("faults", "journal")
        self.emulator.restore(saved.snapshot)
        self._clean()
        shutil.copytree(saved.folder / "project", self.project, dirs_exist_ok=True)
        shutil.copytree(saved.folder / "states", self.home / "states")

    def play(self, commands: tuple[Command, ...]) -> Run:
        """Run commands, one after another, until one fails."""
        output = ""
        code = 0
        for command in commands:
            run = self.run(*command)
            code, output = run.returncode, output + run.output
            if code != 0:
                break
        return Run(code, output)

    def run(self, program: str, *words: str) -> Run:
        """Run one command of `pulumi` or `pulumi-cerevox` to its end."""
        command = self.words(program, *words)
        try:
            run = subprocess.run(
                command,
                cwd=self.project,
                env=self.workspace.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=LONGEST_RUN,
            )
        except subprocess.TimeoutExpired:
            return Run(_KILLED, f"not ended after {LONGEST_RUN:.0f} s: {command}")
        return Run(run.returncode, run.stdout)

    def words(self, program: str, *words: str) -> list[str]:
        """Give the command line of one of our two programs."""
        if program == "pulumi":
            return self.workspace.command(*words)
        return [sys.executable, "-m", "pulumi_cerevox.cli", *words]

    def state(self) -> dict[str, Any]:
        """Read the stack's state."""
        return read_stack(self.home)

    def sure(self, *words: str) -> None:
        """Run one command that must succeed.

        Raises:
            RuntimeError: it failed.
        """
        run = self.run(*words)
        if run.returncode != 0:
            raise RuntimeError(f"{' '.join(words)} failed:\n{run.output}")

    def _write(self, program: str) -> None:
        (self.project / "__main__.py").write_text(program)

    def _clean(self) -> None:
        shutil.rmtree(self.home / "states", ignore_errors=True)
        for file in self.project.iterdir():
            if file.name != "Pulumi.yaml":
                shutil.rmtree(file) if file.is_dir() else file.unlink()


def find_engine() -> Path:
    """Find or make the engine, by the script behind `make engine`.

    Raises:
        RuntimeError: there is none to be had; stderr has the reasons.
    """
    run = subprocess.run(
        [sys.executable, "-m", "scripts.engine"],
        cwd=Path(__file__).parents[2],
        env=os.environ,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        raise RuntimeError("there is no Pulumi engine to run on")
    return Path(run.stdout.splitlines()[-1])
