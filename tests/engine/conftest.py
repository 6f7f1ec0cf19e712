"""Pulumi projects on the real engine, each with an account of its own."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from pulumi_cerevox.testing import EmulatorProcess
from scripts.engine.workspace import Workspace

PULUMI_YAML = """
name: people
runtime:
  name: python
  options:
    virtualenv: {environment}
"""
# Whatever a child asks of the outer world fails at once, instead of going there.
NO_OUTER_WORLD = {
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "127.0.0.1,localhost,::1",
}


@dataclass
class Project:
    """A stack, its program, and the account that it is for."""

    workspace: Workspace
    emulator: EmulatorProcess

    def write(self, program: str) -> None:
        """Replace the program; the package is imported for it."""
        head = "import pulumi\nimport pulumi_cerevox as cerevox\n"
        main = self.workspace.project / "__main__.py"
        main.write_text(head + dedent(program))

    def pulumi(self, *arguments: str, expect: int | None = 0, **env: str | None) -> str:
        """Run a command, check its exit code, and give what it printed."""
        run = self.workspace.run(*arguments, env=env)
        if expect is not None:
            assert run.returncode == expect, run.stdout
        # The engine pads keys so that values stand in one column.
        return re.sub(r" +: ", ": ", run.stdout)

    def up(self, *options: str, expect: int | None = 0, **env: str | None) -> str:
        """Run `pulumi up --yes` without the preview before it."""
        return self.pulumi(
            "up", "--yes", "--skip-preview", *options, expect=expect, **env
        )

    def resources(self) -> list[dict[str, object]]:
        """Give our resources as the state has them."""
        deployment = self.workspace.export()["deployment"]
        return [
            resource
            for resource in deployment.get("resources", [])
            if resource["type"].startswith("pulumi-python:dynamic/cerevox:")
        ]


@pytest.fixture
def new_project(
    engine_folder: Path,
    tmp_path: Path,
    start_emulator: Callable[..., EmulatorProcess],
) -> Callable[..., Project]:
    """Make a project with an initialised stack and an account (seed `empty`)."""

    def make(program: str = "", **emulator_options: object) -> Project:
        number = len(list(tmp_path.iterdir()))
        folder = tmp_path / f"project-{number}"
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text(PULUMI_YAML.format(environment=sys.prefix))
        emulator = start_emulator(**({"seed": "empty"} | emulator_options))
        credentials = {
            "CEREVOX_API_KEY": emulator.api_key,
            "CEREVOX_BASE_URL": emulator.url,
        }
        home = tmp_path / f"home-{number}"
        workspace = Workspace(engine_folder, folder, home, credentials | NO_OUTER_WORLD)
        project = Project(workspace, emulator)
        project.write(program)
        project.pulumi("stack", "init", "test")
        return project

    return make
