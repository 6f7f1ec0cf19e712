"""The classes of a Python program, registered with the native provider."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.dynamic_alone("each test says itself which provider")
PLUGIN = f"plugins: {{providers: [{{name: cerevox, path: {sys.prefix}/bin}}]}}\n"
PEOPLE = """
    prod = cerevox.Provider("prod", account_id="acc_empty")
    ada = cerevox.User("ada", email="ada@example.com", name="Ada", role="admin")
    cerevox.RoleAssignment("bob-admin", email="bob@example.com", role="admin")
    eve = cerevox.User(
        "eve", email="eve@example.com", opts=pulumi.ResourceOptions(provider=prod)
    )
    pulumi.export("id", ada.user_id)
"""
TEAM = """
    cerevox.Roster(
        "team", members={"owner@example.com": "admin", "bob@example.com": "member"}
    )
"""
UNCHANGED = ("up", "--yes", "--expect-no-changes")


def with_plugin(project: Any) -> Any:
    """Say where the plugin is."""
    file = project.workspace.project / "Pulumi.yaml"
    file.write_text(file.read_text() + PLUGIN)
    return project


def written(project: Any) -> int:
    """Count the writes so far."""
    return sum(
        one["method"] != "GET" and "/token" not in one["path"]
        for one in project.emulator.journal()
    )


def test_one_setting_moves_a_stack_to_the_native_provider_and_back(
    new_project: Callable[..., Any],
) -> None:
    project = with_plugin(new_project(PEOPLE))
    project.emulator.add_user("bob@example.com", role="member")
    before = written(project)
    project.up()
    made = written(project)
    assert made == before + 3
    for native in ("true", "false"):
        project.pulumi("config", "set", "cerevox:native", native)
        project.pulumi(*UNCHANGED)
        project.pulumi("preview", "--refresh", "--expect-no-changes")
    assert written(project) == made
    project.pulumi("config", "set", "cerevox:native", "true")
    project.up()
    types = {
        one["type"] for one in project.workspace.export()["deployment"]["resources"]
    }
    assert "pulumi:providers:cerevox" in types
    project.pulumi("destroy", "--yes", "--skip-preview")
    people = {one["email"]: one["role"] for one in project.emulator.users()}
    assert people == {"owner@example.com": "admin", "bob@example.com": "member"}


def test_a_roster_moves_as_well_and_its_guards_hold(
    new_project: Callable[..., Any],
) -> None:
    project = with_plugin(new_project(TEAM))
    project.up()
    made = written(project)
    project.pulumi("config", "set", "cerevox:native", "true")
    project.pulumi(*UNCHANGED)
    assert written(project) == made
    project.emulator.add_user("dora@example.com", role="member")
    drift = ("refresh", "--preview-only", "--diff", "--expect-no-changes")
    said = project.pulumi(*drift, expect=7)
    assert "dora@example.com" in said
    assert "__sighted" not in said
    project.write(TEAM.replace('"owner@example.com": "admin", ', ""))
    assert "min_admins" in project.pulumi("preview", expect=1)
    assert written(project) == made


def test_somebody_is_imported_by_the_program(new_project: Callable[..., Any]) -> None:
    project = with_plugin(new_project())
    dora = project.emulator.add_user("dora@example.com", name="Dora", role="member")
    options = f"pulumi.ResourceOptions(import_={dora['user_id']!r})"
    args = "email='dora@example.com', name='Dora', role='member'"
    project.write(f"cerevox.User('dora', {args}, opts={options})\n")
    before = written(project)
    project.pulumi("config", "set", "cerevox:native", "true")
    assert "= 1 imported" in project.up()
    assert written(project) == before


def test_one_instance_is_moved_to_the_native_provider_and_back(
    new_project: Callable[..., Any],
) -> None:
    program = """
        prod = cerevox.Provider("prod", account_id="acc_empty", native={native})
        cerevox.User("ada", email="ada@example.com")
        cerevox.User(
            "eve", email="eve@example.com", opts=pulumi.ResourceOptions(provider=prod)
        )
    """
    project = with_plugin(new_project(program.format(native=False)))
    project.up()
    made = written(project)
    for native, kind in (
        (True, "cerevox:index"),
        (False, "pulumi-python:dynamic/cerevox"),
    ):
        project.write(program.format(native=native))
        project.pulumi(*UNCHANGED)
        resources = project.workspace.export()["deployment"]["resources"]
        types = {one["urn"].rpartition("::")[2]: one["type"] for one in resources}
        assert types["eve"] == f"{kind}:User"
        assert types["ada"] == "pulumi-python:dynamic/cerevox:User"
    assert written(project) == made
    project.pulumi("destroy", "--yes", "--skip-preview")
    assert [one["email"] for one in project.emulator.users()] == ["owner@example.com"]
