"""People whose names and emails hold the engine's own colour tags, on the engine."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

NewProject = Callable[..., Any]
DRIFT_FOUND = 7
TAGGED = "owner<{%reset%}>@example.com"
SHOWN = r"owner\x3c{%reset%}>@example.com"
ROSTER = """
cerevox.Roster(
    "team",
    members=[
        {"email": "owner@example.com", "role": "admin"},
        {"email": "ada@example.com", "name": "Ada"},
    ],
    undeclared="MODE",
)
"""
USERS = """
ada = cerevox.User("ada", email="ada@example.com", name="Ada")
pulumi.export("there", cerevox.get_users_output().apply(
    lambda found: [user.name for user in found.users]
))
"""


@pytest.fixture
def project(new_project: NewProject) -> Any:
    """Make a roster of two, with a third person whose email holds a tag."""
    project = new_project(ROSTER.replace("MODE", "report"))
    project.up()
    project.emulator.add_user(TAGGED, name="<{%no such colour%}>", role="admin")
    project.emulator.patch_user("ada@example.com", name="Ada<{%fg 1%}>")
    return project


def test_a_refresh_shows_the_tags_of_a_roster(project: Any) -> None:
    # It fails where there is drift, and has stored the drift by then.
    words = ("refresh", "--yes", "--skip-preview", "--diff", "--expect-no-changes")
    drift = project.pulumi(*words, expect=DRIFT_FOUND)
    assert SHOWN in drift
    assert r"Ada\\x3c{%fg 1%}>" in drift  # values are quoted once more
    preview, _ = project.preview_and_up("--diff")
    assert f"{SHOWN} (admin)" in preview
    assert r'"Ada\\x3c{%fg 1%}>" => "Ada"' in preview
    project.pulumi("preview", "--expect-no-changes")
    project.pulumi("refresh", "--preview-only", "--expect-no-changes")


def test_a_colour_that_there_is_not_does_not_end_the_engine(project: Any) -> None:
    project.emulator.patch_user("ada@example.com", name="<{%no such colour%}>")
    workspace = project.workspace
    words = workspace.command("refresh", "--preview-only", "--diff")
    run = subprocess.run(
        [*words[:-1], "--color=always"],
        cwd=workspace.project,
        env=workspace.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "\x1b[" in run.stdout
    assert "no such colour" in run.stdout
    assert run.returncode == 0, run.stderr


@pytest.mark.both_providers
def test_somebody_with_a_tag_is_removed_by_the_same_key(project: Any) -> None:
    project.write(ROSTER.replace("MODE", "remove"))
    project.pulumi("refresh", "--yes", "--skip-preview")
    preview, _ = project.preview_and_up("--diff")
    assert f"- {SHOWN}" in preview
    assert [user["email"] for user in project.emulator.users()] == [
        "owner@example.com",
        "ada@example.com",
    ]
    project.pulumi("preview", "--expect-no-changes")


def test_a_user_and_a_data_source_show_the_tags(new_project: NewProject) -> None:
    project = new_project(USERS)
    project.up()
    project.emulator.patch_user("ada@example.com", name="Ada<{%reset%}>")
    drift = project.pulumi(
        "refresh", "--preview-only", "--expect-no-changes", "--diff", expect=DRIFT_FOUND
    )
    assert r"Ada\\x3c{%reset%}>" in drift
    project.up("--refresh")
    project.pulumi("preview", "--refresh", "--expect-no-changes")
    project.emulator.patch_user("owner@example.com", name="Ada<{%fg 2%}>")
    assert r"Ada\\x3c{%fg 2%}>" in project.up()


def test_a_declaration_with_a_tag_is_refused(new_project: NewProject) -> None:
    project = new_project(
        f'cerevox.Roster("team", members=[{{"email": "{TAGGED}", "name": "<{{%"}}])'
    )
    said = project.pulumi("preview", expect=1)
    assert f'member {SHOWN}: contains "' in said
    assert "a colour tag of Pulumi's" in said
