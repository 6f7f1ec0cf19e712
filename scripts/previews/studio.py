"""A project with a stack and an account, for files that the tests keep."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.engine.workspace import Workspace

PROJECT = f"""
name: people
runtime:
  name: python
  options:
    virtualenv: {sys.prefix}
"""
HEAD = "import pulumi\nimport pulumi_cerevox as cerevox\n"


class Studio:
    """One project and the account that it is for.

    Attributes:
        account: The emulator.
        workspace: Where the commands run; its `extra` is their environment.
    """

    def __init__(self, engine: Path, folder: Path, account: EmulatorProcess) -> None:
        """Make the project's folder."""
        project = folder / "project"
        project.mkdir(parents=True)
        (project / "Pulumi.yaml").write_text(PROJECT)
        self.account = account
        credentials = {
            "CEREVOX_API_KEY": account.api_key,
            "CEREVOX_BASE_URL": account.url,
        }
        self.workspace = Workspace(engine, project, folder / "home", credentials)

    def write(self, program: str) -> None:
        """Replace the program."""
        (self.workspace.project / "__main__.py").write_text(HEAD + program)

    def pulumi(self, *words: str, env: Mapping[str, str] | None = None) -> None:
        """Run a command that must not fail.

        Raises:
            SystemExit: It failed; the text is what it said.
        """
        run = self.workspace.run(*words, env=env)
        if run.returncode:
            raise SystemExit(run.stdout)

    def said(self, *words: str, env: Mapping[str, str] | None = None) -> str:
        """Run a command, whatever it ends with, and give its stdout."""
        return subprocess.run(
            self.workspace.command(*words),
            cwd=self.workspace.project,
            env=self.workspace.environment() | dict(env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
