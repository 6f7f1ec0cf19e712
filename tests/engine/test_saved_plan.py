"""What was reviewed is what is applied: a preview's saved plan binds the `up`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

NewProject = Callable[..., Any]
TEAM = """
cerevox.Roster(
    "team",
    members={{
        "owner@example.com": {{"role": "admin"}},
        "ada@example.com": {{"role": "admin"}},
        "bob@example.com": {{"role": "{bob}"}},
        {more}
    }},
    {options}
)
"""
EVE = '"eve@example.com": {},'
REVIEWED = TEAM.format(bob="member", more=EVE, options="")


def apply_the_plan(project: Any, expect: int, **env: str | None) -> str:
    """Run the `up` of the recipes; return what it printed."""
    words = ("up", "--plan", "plan.json", "--skip-preview", "--yes")
    said: str = project.pulumi(*words, expect=expect, **env)
    return said


def writes(project: Any) -> int:
    """Return how many writes the API has seen."""
    return sum(
        request["method"] != "GET" and "/token/" not in request["path"]
        for request in project.emulator.journal()
    )


@pytest.fixture
def reviewed(new_project: NewProject) -> Any:
    """A stack of three people, and the saved plan of a change that adds Eve."""
    project = new_project(TEAM.format(bob="member", more="", options=""))
    project.up()
    project.write(REVIEWED)
    said = project.pulumi("preview", "--json", "--save-plan", "plan.json")
    guard = subprocess.run(
        [sys.executable, "-m", "pulumi_cerevox.cli", "guard", "--format", "json"],
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )
    assert guard.returncode == 0, guard.stderr
    assert json.loads(guard.stdout)["counts"]["create"] == 1
    project.emulator.clear_journal()
    return project


def test_the_reviewed_plan_is_applied_and_no_other_change(reviewed: Any) -> None:
    others = {
        "a new admin": {"more": f'{EVE} "mallory@example.com": {{"role": "admin"}},'},
        "a promotion": {"bob": "admin"},
        "undeclared": {"options": 'undeclared="remove",'},
    }
    for name, change in others.items():
        same = {"bob": "member", "more": EVE, "options": ""}
        reviewed.write(TEAM.format(**(same | change)))
        said = apply_the_plan(reviewed, expect=1)
        assert "violates plan" in said, name
        assert writes(reviewed) == 0, name
    reviewed.write(REVIEWED)
    apply_the_plan(reviewed, expect=0)
    assert writes(reviewed) == 1
    assert [user["email"] for user in reviewed.emulator.users()][-1:] == [
        "eve@example.com"
    ]


ADA = 'cerevox.User("ada", email="ada@example.com", {})\n'


def test_a_plan_that_changes_nothing_lets_nothing_through(
    new_project: NewProject,
) -> None:
    project = new_project(ADA.format(""))
    project.up()
    project.pulumi("preview", "--save-plan", "plan.json")
    project.emulator.clear_journal()
    mallory = 'cerevox.User("mallory", email="mallory@example.com", role="admin")\n'
    for program in (ADA.format("") + mallory, ADA.format('role="admin"'), ""):
        project.write(program)
        apply_the_plan(project, expect=1)
        assert writes(project) == 0, program


def test_an_approved_removal_is_applied_from_its_plan(new_project: NewProject) -> None:
    """Marks that an earlier refresh stored, and the approval, are in the plan too."""
    guards = 'guards={"max_removals": {"count": 0}}, undeclared="report"'
    project = new_project(TEAM.format(bob="member", more=EVE, options=guards))
    project.up()
    project.emulator.add_user(email="mallory@example.com", role="member")
    project.pulumi("refresh", "--yes")
    project.write(TEAM.format(bob="member", more="", options=guards))
    refused = project.pulumi("preview", expect=1)
    offered = re.search(r"CEREVOX_APPROVE=(\w+)", refused)
    assert offered is not None
    approval = {"CEREVOX_APPROVE": offered[1]}
    project.pulumi("preview", "--save-plan", "plan.json", **approval)
    apply_the_plan(project, expect=1)
    assert "eve@example.com" in {one["email"] for one in project.emulator.users()}
    apply_the_plan(project, expect=0, **approval)
    there = {one["email"] for one in project.emulator.users()}
    assert "eve@example.com" not in there
    assert "mallory@example.com" in there


def test_a_saved_plan_holds_no_key(new_project: NewProject) -> None:
    program = """
        config = pulumi.Config("ours")
        ours = cerevox.Provider("ours", api_key=config.require_secret("key"))
        cerevox.User(
            "ada",
            email="ada@example.com",
            opts=pulumi.ResourceOptions(provider=ours),
        )
    """
    project = new_project(program)
    key = project.emulator.api_key
    for name in ("ours:key", "cerevox:apiKey"):
        project.pulumi("config", "set", "--secret", name, key)
    project.pulumi("preview", "--save-plan", "plan.json", CEREVOX_API_KEY=None)
    plan = (project.workspace.project / "plan.json").read_text(encoding="utf-8")
    assert "ada@example.com" in plan
    assert key not in plan
    apply_the_plan(project, expect=0, CEREVOX_API_KEY=None)
