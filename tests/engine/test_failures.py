"""Each thing that goes wrong ends in one clear message; a later run mends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ADA = 'cerevox.User("ada", email="ada@example.com", name="Ada", role="admin")'
NewProject = Callable[..., Any]


def check_refusal(project: Any, *signs: str, **env: str | None) -> None:
    """Run an `up` that must fail with one message of ours and no traceback."""
    said = project.up(expect=1, **env)
    for sign in signs:
        assert sign in said.casefold()
    assert "Traceback" not in said
    _, _, diagnostics = said.partition("Diagnostics:")
    errors = [line for line in diagnostics.splitlines() if "error: " in line]
    # One is ours; the engine adds "update failed" to the stack.
    assert [line for line in errors if "update failed" not in line][1:] == []


def check_mended(project: Any) -> None:
    """Run an `up` that must succeed and leave exactly one Ada."""
    project.up()
    emails = [user["email"].casefold() for user in project.emulator.users()]
    assert emails.count("ada@example.com") == 1
    project.pulumi("preview", "--refresh", "--expect-no-changes")


@pytest.mark.both_providers
def test_a_connection_closed_after_the_create_was_committed(
    new_project: NewProject,
) -> None:
    project = new_project(ADA)
    project.emulator.add_fault(
        method="POST", path="/users", action="close", when="after"
    )
    check_mended(project)
    assert project.emulator.count("POST", "/users") == 1


def test_an_api_that_gives_no_roles(new_project: NewProject) -> None:
    project = new_project(ADA, dialect="sdk-0.2")
    check_refusal(project, "could not give ada@example.com the role admin")
    emails = [user["email"] for user in project.emulator.users()]
    assert "ada@example.com" not in emails
    project.write(ADA.replace("admin", "member"))
    check_mended(project)


def test_settings_that_do_not_fit_one_after_the_other(
    new_project: NewProject,
) -> None:
    project = new_project(ADA)
    check_refusal(
        project,
        "authentication",
        "environment variable cerevox_api_key",
        CEREVOX_API_KEY="cvx_wrong",
    )
    project.pulumi("preview", CEREVOX_API_KEY=None)
    check_refusal(
        project,
        "cerevox_api_key",
        "pulumi config set cerevox:apikey --secret",
        CEREVOX_API_KEY=None,
    )
    project.emulator.add_user(email="bob@example.com", name="Bob", role="member")
    key = project.emulator.key_for("bob@example.com")
    check_refusal(project, "forbidden", "admin", CEREVOX_API_KEY=key)
    project.pulumi("config", "set", "cerevox:maxWaitSeconds", "2")
    check_refusal(
        project,
        "nothing answers at http://127.0.0.1:9/v1",
        CEREVOX_BASE_URL="http://127.0.0.1:9/v1",
    )
    check_mended(project)
    project.pulumi("config", "set", "cerevox:maxRemovals", "many")
    # A run that changes nothing needs no provider.
    project.write(ADA.replace("Ada", "Ada L"))
    check_refusal(project, "cerevox:maxremovals must be a whole number")


def test_an_account_that_does_not_let_it_happen(new_project: NewProject) -> None:
    project = new_project(ADA)
    project.emulator.add_user(email="Ada@example.com", name="Other", role="member")
    check_refusal(project, "ada@example.com is in account", 'on_existing="adopt"')
    project.emulator.remove_user("Ada@example.com")
    project.emulator.patch_account(max_users=1)
    check_refusal(project, "ada@example.com", "seat")
    project.emulator.patch_account(max_users=10, status="suspended")
    check_refusal(project, "suspended")
    project.emulator.patch_account(status="active")
    check_mended(project)


def test_an_invalid_declaration(new_project: NewProject) -> None:
    project = new_project()
    for right, wrong, sign in (
        ("ada@example.com", "ada.example.com", "email: "),
        ('"admin"', '"owner"', 'role must be "admin"'),
    ):
        project.write(ADA.replace(right, wrong))
        said = project.pulumi("preview", expect=1)
        assert sign in said
        assert "Traceback" not in said
        assert "KeyboardInterrupt" not in said
        check_refusal(project, sign)
    project.write(ADA)
    check_mended(project)


def test_an_api_that_is_away_for_ten_seconds_and_limits_the_rate(
    new_project: NewProject,
) -> None:
    project = new_project(ADA)
    project.emulator.add_fault(action="status", status=503, seconds=10, times=None)
    project.emulator.add_fault(
        method="POST", path="/users", action="status", status=429, retry_after=2
    )
    check_mended(project)
    (_, made) = project.emulator.journal(method="POST", path="/users")
    assert made["status"] == 201
