"""Runs `pulumi` commands in a world of their own: home, state, and passphrase.

The user's own ~/.pulumi is never read or written. The demo and the tests share it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_OURS = ("PULUMI_", "CEREVOX_")


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

    def environment(self) -> dict[str, str]:
        """Give the environment of a command: nothing of the user's own Pulumi."""
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

    def command(self, *arguments: str) -> list[str]:
        """Give the words of a `pulumi` command that asks nothing and has no colours."""
        return [
            str(self.engine / "pulumi"),
            *arguments,
            "--non-interactive",
            "--color=never",
        ]

    def run(
        self, *arguments: str, env: Mapping[str, str | None] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a `pulumi` command to its end; stdout and stderr come as one text.

        Args:
            arguments: The command's words, without `pulumi`.
            env: Changes to the environment for this run; None takes one away.
        """
        environment: dict[str, str | None] = {**self.environment(), **(env or {})}
        return subprocess.run(
            self.command(*arguments),
            cwd=self.project,
            env={k: v for k, v in environment.items() if v is not None},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def export(self) -> dict[str, Any]:
        """Give the stack's state as `pulumi stack export` prints it."""
        deployment: dict[str, Any] = json.loads(self.run("stack", "export").stdout)
        return deployment
