"""Run `pulumi` commands in a project with a home and a state of its own.

The user's own ~/.pulumi is never read or written. The demo, the proofs, the benchmarks
and the tests share it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import Any

from pulumi_cerevox.testing.emulator_process import EmulatorProcess

ROOT = Path(__file__).parents[2]
_OURS = ("PULUMI_", "CEREVOX_")
_PULUMI_YAML = f"""
name: people
runtime:
  name: python
  options:
    virtualenv: {sys.prefix}
"""


class CommandFailedError(RuntimeError):
    """A command that must succeed has failed; the text has its output."""


def find_engine() -> Path:
    """Find or make the engine, by the script behind `make engine`."""
    command = [sys.executable, "-m", "scripts.engine"]
    run = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    if run.returncode != 0:
        raise CommandFailedError("there is no Pulumi engine to run on")
    return Path(run.stdout.splitlines()[-1])


def through_plugin(environment: Path) -> str:
    """Return what `Pulumi.yaml` adds where a program uses the native provider.

    Args:
        environment: The virtual environment that has the plugin.
    """
    return (
        f"plugins: {{providers: [{{name: cerevox, path: {environment}/bin}}]}}\n"
        'config: {"cerevox:native": {value: true}}\n'
    )


def credentials_of(account: EmulatorProcess) -> dict[str, str]:
    """Return the environment in which a provider finds an emulated account."""
    return {"CEREVOX_API_KEY": account.api_key, "CEREVOX_BASE_URL": account.url}


@dataclass
class Workspace:
    """One Pulumi project folder with a home and a file backend beside it.

    Attributes:
        engine: The folder that holds the engine.
        project: The folder that holds Pulumi.yaml.
        home: Where PULUMI_HOME and the states lie; made when missing.
        extra: More environment, such as CEREVOX_API_KEY.
    """

    engine: Path
    project: Path
    home: Path
    extra: dict[str, str] = field(default_factory=dict)

    @classmethod
    def new(
        cls,
        engine: Path,
        folder: Path,
        extra: Mapping[str, str],
        *,
        native: bool = False,
    ) -> Workspace:
        """Make an empty project in a new folder; it runs on this process's Python."""
        project = folder / "project"
        project.mkdir(parents=True)
        added = through_plugin(Path(sys.prefix)) if native else ""
        (project / "Pulumi.yaml").write_text(_PULUMI_YAML + added, "utf-8")
        return cls(engine, project, folder / "home", dict(extra))

    def write(self, program: str) -> None:
        """Replace the project's program."""
        (self.project / "__main__.py").write_text(program, "utf-8")
        # Python takes a compiled program for current when it was written in the same
        # second and is as long.
        rmtree(self.project / "__pycache__", ignore_errors=True)

    def environment(self) -> dict[str, str]:
        """Return the environment of a command: nothing of the user's own Pulumi."""
        states = self.home / "states"
        states.mkdir(parents=True, exist_ok=True)
        outer = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
        return {
            **outer,
            "PATH": f"{self.engine}{os.pathsep}{outer.get('PATH', os.defpath)}",
            "PULUMI_HOME": str(self.home / "pulumi-home"),
            "PULUMI_BACKEND_URL": states.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK": "true",
            **self.extra,
        }

    def command(self, *words: str) -> list[str]:
        """Return the words of a `pulumi` command without questions and colours."""
        program = str(self.engine / "pulumi")
        return [program, *words, "--non-interactive", "--color=never"]

    def run(
        self,
        *words: str,
        env: Mapping[str, str | None] | None = None,
        stderr: int = subprocess.STDOUT,
    ) -> subprocess.CompletedProcess[str]:
        """Run a `pulumi` command to its end.

        Args:
            words: The command's words, without `pulumi`.
            env: Changes to the environment for this run; None takes one away.
            stderr: Where it goes: by default into stdout.
        """
        environment: dict[str, str | None] = {**self.environment(), **(env or {})}
        return subprocess.run(
            self.command(*words),
            cwd=self.project,
            env={k: v for k, v in environment.items() if v is not None},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            check=False,
        )

    def stdout_of(self, *words: str, env: Mapping[str, str] | None = None) -> str:
        """Run a `pulumi` command, whatever it ends with; return its stdout alone."""
        return self.run(*words, env=env, stderr=subprocess.DEVNULL).stdout

    def must(self, *words: str, env: Mapping[str, str] | None = None) -> str:
        """Run a `pulumi` command that must succeed; return what it printed."""
        run = self.run(*words, env=env)
        if run.returncode != 0:
            raise CommandFailedError(f"pulumi {' '.join(words)} failed:\n{run.stdout}")
        return run.stdout

    def export(self) -> dict[str, Any]:
        """Return the stack's state as `pulumi stack export` prints it."""
        deployment: dict[str, Any] = json.loads(self.run("stack", "export").stdout)
        return deployment
