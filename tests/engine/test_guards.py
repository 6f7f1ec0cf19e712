"""Nobody locks the account through single `User`s, and no run empties it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

NewProject = Callable[..., Any]
MANY = """
for number in range({count}):
    cerevox.User(f"user-{{number}}", email=f"user-{{number}}@example.com")
"""


@pytest.fixture
def own(new_project: NewProject) -> Any:
    """Make a stack that has adopted the very user whose key it runs with."""
    project = new_project()
    # The API's own rules are off: only ours stand in the way.
    project.emulator.patch_rules(
        self_delete_protected=False, last_admin_protected=False
    )
    owner = project.emulator.users()[0]["email"]
    project.write(
        f'cerevox.User("me", email="{owner}", role="admin", on_existing="adopt",'
        ' on_destroy="delete")'
    )
    project.up()
    return project


def test_deleting_and_demoting_oneself_is_refused(own: Any) -> None:
    said = own.pulumi("destroy", "--yes", expect=1)
    assert "refused to delete" in said
    assert "protect_self" in said
    assert len(own.emulator.users()) == 1
    program = own.workspace.project / "__main__.py"
    program.write_text(program.read_text().replace('role="admin"', 'role="member"'))
    said = own.up(expect=1)
    assert "refused to demote" in said
    assert own.emulator.users()[0]["role"] == "admin"


@pytest.mark.both_providers
def test_one_run_deletes_no_more_than_the_limit_allows(
    new_project: NewProject,
) -> None:
    project = new_project(MANY.format(count=8))
    project.up()
    project.write("")
    said = project.up(expect=1)
    assert "one run may delete 5 users" in said
    assert "CEREVOX_MAX_REMOVALS" in said
    assert len(project.emulator.users()) == 1 + 3
    said = project.up(CEREVOX_MAX_REMOVALS="3")
    assert len(project.emulator.users()) == 1


def test_the_fuse_may_be_set_in_the_stack(new_project: NewProject) -> None:
    project = new_project(MANY.format(count=3))
    project.pulumi("config", "set", "cerevox:maxRemovals", "1")
    project.up()
    project.write("")
    assert "one run may delete 1 users" in project.up(expect=1)
    assert len(project.emulator.users()) == 1 + 2
