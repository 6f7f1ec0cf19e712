"""People at a terminal of their own: an emulator, a home and a real keyring file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pulumi_cerevox.testing import EmulatorProcess

COMMAND = [sys.executable, "-m", "pulumi_cerevox.cli"]
FILE_BACKEND = "keyrings.alt.file.PlaintextKeyring"
PASSWORD = "pw canary: 7"


@dataclass
class Person:
    """Somebody with a home and a keyring, who runs the command."""

    emulator: EmulatorProcess
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def variables(self, **more: str | None) -> dict[str, str]:
        """Return the whole environment of a command; None takes a variable out."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CEREVOX_")}
        ours: dict[str, str | None] = {
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "PYTHON_KEYRING_BACKEND": FILE_BACKEND,
            "CEREVOX_BASE_URL": self.emulator.url,
            **self.environment,
            **more,
        }
        return kept | {k: v for k, v in ours.items() if v is not None}

    def run(
        self, *arguments: str, stdin: str = "", **environment: str | None
    ) -> subprocess.CompletedProcess[str]:
        run = subprocess.run(
            [*COMMAND, *arguments],
            env=self.variables(**environment),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in run.stderr
        assert self.emulator.api_key not in run.stdout + run.stderr
        return run

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *arguments],
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def log_in(self) -> None:
        run = self.run("login", "--api-key-stdin", stdin=self.emulator.api_key)
        assert run.returncode == 0, run.stderr

    def keyring(self, program: str) -> str:
        """Run a statement that has `keyring` and the entry's `place`."""
        place = f"place = ('pulumi-cerevox', {self.emulator.url!r})"
        run = subprocess.run(
            [sys.executable, "-c", f"import json, keyring\n{place}\n{program}"],
            env=self.variables(),
            capture_output=True,
            text=True,
            check=True,
        )
        return run.stdout.strip()

    def entry(self) -> dict[str, Any] | None:
        """Return what the keyring has for the emulator."""
        entry: dict[str, Any] | None = json.loads(
            self.keyring("print(keyring.get_password(*place) or 'null')")
        )
        return entry


@pytest.fixture
def emulator(start_emulator: Callable[..., EmulatorProcess]) -> EmulatorProcess:
    return start_emulator(seed="team")


@pytest.fixture
def person(emulator: EmulatorProcess, tmp_path: Path) -> Person:
    return Person(emulator, tmp_path)


@pytest.fixture
def person_at(tmp_path: Path) -> Callable[[EmulatorProcess], Person]:
    """Return somebody's home to another emulator."""
    return lambda emulator: Person(emulator, tmp_path)
