"""Stacks that each release left behind, taken over by the present code.

`python -m scripts.states` wrote tests/data/states; each folder has the program, the
stack's export, the account, and who was there after an update and after a destroy.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts import states

NewProject = Callable[..., Any]
STACKS = sorted(states.STATES.glob("*/*/state.json"))


def test_every_version_s_states_are_kept() -> None:
    kept = {file.parent.relative_to(states.STATES).as_posix() for file in STACKS}
    versions = {states.this_version(), *states.released()}
    assert {f"{one}/{name}" for one in versions for name in states.STACKS} <= kept


@pytest.mark.parametrize(
    "folder",
    [
        pytest.param(file.parent, id="-".join(file.parts[-3:-1]).replace(".", "-"))
        for file in STACKS
    ],
)
def test_a_stack_of_a_release_lives_on(new_project: NewProject, folder: Path) -> None:
    project = _taken_over(new_project, folder)
    expected = json.loads((folder / "people.json").read_text())
    project.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    project.pulumi("preview", "--expect-no-changes")
    assert not [r for r in project.emulator.journal() if r["committed"] and _writes(r)]
    _write(project, folder / "update.py")
    project.up()
    assert states.people(project.emulator) == expected["updated"]
    project.pulumi("destroy", "--yes", "--skip-preview")
    assert states.people(project.emulator) == expected["destroyed"]
    assert project.resources() == []


def _taken_over(new_project: NewProject, folder: Path) -> Any:
    project = new_project(account_id="acc_other")
    project.emulator.restore(json.loads((folder / "account.json").read_text()))
    owner = project.emulator.users()[0]["email"]
    for name in ("CEREVOX_API_KEY", states.SECOND_KEY):
        project.workspace.extra[name] = project.emulator.key_for(owner)
    # The names of stack and project are part of the URNs.
    project.pulumi("stack", "init", "prod")
    project.pulumi("stack", "import", "--file", str(folder / "state.json"))
    _write(project, folder / "program.py")
    return project


def _write(project: Any, program: Path) -> None:
    (project.workspace.project / "__main__.py").write_bytes(program.read_bytes())


def _writes(request: dict[str, Any]) -> bool:
    return str(request["route"]).startswith("/users") and request["method"] != "GET"
