"""The projects that come with the clone, run as a user would type it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation

import pulumi_cerevox as cerevox
from scripts.engine.workspace import Workspace

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("folder", [".", "examples/quickstart"])
def test_the_quickstart_runs_where_it_lies(
    folder: str,
    engine_folder: Path,
    tmp_path: Path,
    start_emulator: Callable[..., Any],
) -> None:
    emulator = start_emulator(seed="empty")
    environment = {
        "CEREVOX_API_KEY": emulator.api_key,
        "CEREVOX_BASE_URL": emulator.url,
    }
    workspace = Workspace(engine_folder, ROOT / folder, tmp_path, environment)
    assert workspace.run("stack", "init", "dev").returncode == 0
    up = workspace.run("up", "--yes")
    assert up.returncode == 0, up.stdout
    assert "+ 4 created" in up.stdout
    emails = {user["email"] for user in emulator.users()}
    assert {"ada@example.com", "bob@example.com", "eve@example.com"} < emails
    destroy = workspace.run("destroy", "--yes")
    assert destroy.returncode == 0, destroy.stdout
    assert len(emulator.users()) == 1


def test_an_inline_program_of_the_automation_api(
    new_project: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = new_project()
    environment = project.workspace.environment() | {
        "PULUMI_PYTHON_CMD": sys.executable
    }
    monkeypatch.setenv("PATH", environment["PATH"])

    def program() -> None:
        cerevox.User("ada", email="ada@example.com", role="admin")

    stack = automation.create_or_select_stack(
        "inline",
        project_name="inline-people",
        program=program,
        opts=automation.LocalWorkspaceOptions(env_vars=environment),
    )
    result = stack.up()
    assert result.summary.resource_changes == {"create": 2}
    assert stack.preview().change_summary == {automation.OpType.SAME: 2}
    stack.destroy()
    assert len(project.emulator.users()) == 1


def test_the_template_makes_a_project(
    engine_folder: Path, tmp_path: Path, start_emulator: Callable[..., Any]
) -> None:
    emulator = start_emulator(seed="empty")
    environment = {
        "CEREVOX_API_KEY": emulator.api_key,
        "CEREVOX_BASE_URL": emulator.url,
    }
    project = tmp_path / "people"
    project.mkdir()
    workspace = Workspace(engine_folder, project, tmp_path / "home", environment)
    new = workspace.run(
        "new",
        str(ROOT / "templates" / "roster"),
        "--yes",
        "--generate-only",
        "--name=people",
    )
    assert new.returncode == 0, new.stdout
    assert "name: people" in (project / "Pulumi.yaml").read_text()
    (project / ".venv").symlink_to(sys.prefix)
    file = project / "team.yaml"
    file.write_text(file.read_text().replace("you@", "owner@"))
    workspace.run("stack", "init", "dev")
    up = workspace.run("up", "--yes")
    assert up.returncode == 0, up.stdout
    assert "1 in place" in up.stdout
