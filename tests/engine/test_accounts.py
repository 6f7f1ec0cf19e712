"""A stack belongs to one account (promise 6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ADA = 'cerevox.User("ada", email="ada@example.com", role="member")'
NewProject = Callable[..., Any]


def kept(project: Any) -> list[tuple[object, ...]]:
    """Return what the state knows of our resources.

    A failed refresh makes the engine itself drop `propertyDependencies`.
    """
    return [
        (one["urn"], one["id"], one["inputs"], one["outputs"])
        for one in project.resources()
    ]


@pytest.fixture
def project(new_project: NewProject) -> Any:
    made = new_project(ADA, account_id="acc_ours")
    made.up()
    return made


@pytest.fixture
def foreign(start_emulator: Callable[..., Any]) -> dict[str, str]:
    emulator = start_emulator(seed="empty", account_id="acc_theirs")
    return {"CEREVOX_API_KEY": emulator.api_key, "CEREVOX_BASE_URL": emulator.url}


def test_the_key_of_another_account_is_refused(
    project: Any, foreign: dict[str, str]
) -> None:
    before = kept(project)
    for command in (
        ["refresh", "--yes"],
        ["refresh", "--yes", "--skip-preview"],
        ["up", "--refresh", "--yes"],
        ["destroy", "--yes"],
    ):
        said = project.pulumi(*command, expect=None, **foreign)
        assert "belongs to account acc_ours" in said, command
        assert "belongs to account acc_theirs" in said, command
        assert "Traceback" not in said
        assert kept(project) == before, command
    project.pulumi("preview", "--refresh", "--expect-no-changes")
    # A preview needs no key.
    project.pulumi("preview", CEREVOX_API_KEY=None)


@pytest.mark.both_providers
def test_an_update_with_the_key_of_another_account_is_refused(
    project: Any, foreign: dict[str, str]
) -> None:
    project.write(ADA.replace("member", "admin"))
    said = project.up(expect=1, **foreign)
    assert "belongs to account acc_theirs" in said


def test_a_stack_may_be_bound_before_its_first_up(new_project: NewProject) -> None:
    project = new_project(ADA, account_id="acc_theirs")
    project.pulumi("config", "set", "cerevox:accountId", "acc_ours")
    said = project.up(expect=1)
    assert "bound to account acc_ours" in said
    assert project.emulator.count("POST", "/users") == 0


def test_a_plain_preview_of_a_roster_refuses_the_key_of_another_account(
    new_project: NewProject, foreign: dict[str, str]
) -> None:
    roster = """
    cerevox.Roster("team", members=[
        {"email": "owner@example.com", "role": "admin"}, {"email": "ada@example.com"},
    ])
    """
    project = new_project(roster, account_id="acc_ours")
    project.up()
    before = kept(project)
    for program in (roster, roster.replace("ada@", "bob@")):
        project.write(program)
        said = project.pulumi("preview", expect=1, **foreign)
        assert "belongs to account acc_ours" in said
        assert "belongs to account acc_theirs" in said
        assert "Traceback" not in said
    assert kept(project) == before
