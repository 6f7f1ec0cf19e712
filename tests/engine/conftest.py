"""Pulumi projects on the real engine, each with an account of its own."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from pulumi_cerevox.testing import EmulatorProcess
from scripts.engine.workspace import Workspace, through_plugin

PULUMI_YAML = """
name: people
runtime:
  name: python
  options:
    virtualenv: {environment}
"""
OURS = ("pulumi-python:dynamic/cerevox:", "cerevox:index:")
WARM = Path(__file__).parents[1] / "warm"
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
        self.workspace.write(head + dedent(program))

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

    def preview_and_up(self, *options: str) -> tuple[str, str]:
        """Run `pulumi up --yes`; return what its preview said, and what its update."""
        said = self.pulumi("up", "--yes", *options)
        preview, begins, update = said.partition("Updating (")
        assert begins, said
        return preview, update

    def outputs(self, *options: str) -> dict[str, Any]:
        """Return the stack's outputs."""
        text = self.workspace.stdout_of("stack", "output", "--json", *options)
        values: dict[str, Any] = json.loads(text)
        return values

    def resources(self) -> list[dict[str, object]]:
        """Return our resources as the state has them."""
        deployment = self.workspace.export()["deployment"]
        return [
            resource
            for resource in deployment.get("resources", [])
            if resource["type"].startswith(OURS)
        ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test through the native provider too, or through it alone."""
    if "native" in metafunc.fixturenames:
        alone = metafunc.config.getoption("provider") == "native"
        if alone or metafunc.definition.get_closest_marker("both_providers"):
            wanted = [True] if alone else [False, True]
            metafunc.parametrize(
                "native",
                wanted,
                ids=lambda one: "native" if one else "dynamic",
                indirect=True,
            )


@pytest.fixture
def native(request: pytest.FixtureRequest) -> bool:
    """Tell whether projects go through the native provider."""
    is_native: bool = getattr(request, "param", False)
    marker = request.node.get_closest_marker("dynamic_alone")
    if is_native and marker is not None:
        pytest.skip(*marker.args)
    return is_native


@pytest.fixture(scope="session")
def warm_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a virtual environment whose Python has imported the SDK already.

    Forks are not measured by coverage, so there it is this process's own environment.
    """
    if "COVERAGE_PROCESS_CONFIG" in os.environ:
        yield Path(sys.prefix)
        return
    folder = tmp_path_factory.mktemp("warm")
    (folder / "lib").symlink_to(Path(sys.prefix, "lib"))
    (folder / "pyvenv.cfg").symlink_to(Path(sys.prefix, "pyvenv.cfg"))
    (folder / "bin").mkdir()
    address = folder / "socket"
    python = folder / "bin" / "python"
    client = [str(Path(sys.executable).resolve()), "-IS", str(WARM / "client.py")]
    python.write_text(f'#!/bin/sh\nexec {shlex.join([*client, str(address)])} "$@"\n')
    python.chmod(0o755)
    plugin = folder / "bin" / "pulumi-resource-cerevox"
    words = shlex.join([*client, str(address), "-m", "pulumi_cerevox.plugin"])
    plugin.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    plugin.chmod(0o755)
    server = subprocess.Popen(
        [sys.executable, "-u", WARM / "server.py", address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stdout.readline()
        yield folder
        server.stdin.close()


@pytest.fixture(scope="session")
def empty_stack(
    engine_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Workspace:
    """Make a project with a new stack, which each test gets a copy of."""
    folder = tmp_path_factory.mktemp("stack")
    workspace = Workspace(engine_folder, folder / "project", folder / "home")
    workspace.project.mkdir()
    project = PULUMI_YAML.format(environment=sys.prefix)
    (workspace.project / "Pulumi.yaml").write_text(project)
    workspace.must("stack", "init", "test")
    return workspace


@pytest.fixture
def new_project(
    empty_stack: Workspace,
    warm_environment: Path,
    tmp_path: Path,
    start_emulator: Callable[..., EmulatorProcess],
    *,
    native: bool,
) -> Callable[..., Project]:
    """Make a project with an initialised stack and an account (seed `empty`).

    A native one goes through the native provider, with the same program. Its Pythons
    are forks of one that has the SDK already, unless the test asks for `cold` ones:
    processes that start as a user's do.
    """

    def make(
        program: str = "", *, cold: bool = False, **emulator_options: object
    ) -> Project:
        number = len(list(tmp_path.iterdir()))
        folder = tmp_path / f"project-{number}"
        home = tmp_path / f"home-{number}"
        shutil.copytree(empty_stack.project, folder)
        shutil.copytree(empty_stack.home, home)
        # Which stack is selected stands in a file that is named after the project's
        # path, and in it under the backend's address.
        (selected,) = (home / "pulumi-home" / "workspaces").iterdir()
        text = selected.read_text().replace(empty_stack.home.as_uri(), home.as_uri())
        digest = hashlib.sha1(bytes(folder / "Pulumi.yaml")).hexdigest()  # noqa: S324
        selected.with_name(f"people-{digest}-workspace.json").write_text(text)
        selected.unlink()
        environment = sys.prefix if cold else str(warm_environment)
        text = PULUMI_YAML.format(environment=environment)
        added = through_plugin(Path(environment)) if native else ""
        (folder / "Pulumi.yaml").write_text(text + added)
        emulator = start_emulator(**({"seed": "empty"} | emulator_options))
        credentials = {
            "CEREVOX_API_KEY": emulator.api_key,
            "CEREVOX_BASE_URL": emulator.url,
        }
        extra = credentials | NO_OUTER_WORLD
        if not cold:
            # The stand-in language host runs on it too.
            extra["PULUMI_STANDIN_PYTHON"] = str(warm_environment / "bin" / "python")
        project = Project(Workspace(empty_stack.engine, folder, home, extra), emulator)
        project.write(program)
        return project

    return make
