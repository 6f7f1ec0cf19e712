"""One person, several resources: nobody is deleted by a rename or a replacement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

NewProject = Callable[..., Any]
ADA = 'cerevox.User("ada", email="ada@example.com", name="Ada")'


def emails(project: Any) -> list[str]:
    """Return who is in the account beside its owner."""
    return sorted(user["email"] for user in project.emulator.users()[1:])


def settled(project: Any) -> None:
    project.pulumi("preview", "--refresh", "--expect-no-changes")


def test_a_renamed_resource_keeps_its_person(new_project: NewProject) -> None:
    """One has never logged in, the other has and is adopted."""
    both = ADA + '\ncerevox.User("{}", email="bob@example.com"{})'
    project = new_project(both.format("bob", ""))
    project.up()
    project.emulator.patch_user("bob@example.com", lastlogin="2026-01-01T00:00:00Z")
    renamed = both.format("bob2", ', on_existing="adopt"')
    project.write(renamed.replace('"ada"', '"ada2"'))
    said = project.up()
    assert "ada@example.com stays in the account" in said
    assert "bob@example.com stays in the account" in said
    assert emails(project) == ["ada@example.com", "bob@example.com"]
    settled(project)


def test_a_replaced_resource_keeps_its_person(new_project: NewProject) -> None:
    """The old resource is deleted after the new one is made, or before."""
    project = new_project(
        "first = pulumi.ResourceOptions(delete_before_replace=True)\n"
        'cerevox.User("bob", email="bob@example.com", opts=first)\n' + ADA
    )
    project.up()
    said = project.up(*(f"--replace={one['urn']}" for one in project.resources()))
    assert emails(project) == ["ada@example.com", "bob@example.com"]
    assert "bob@example.com stays in the account" in said
    assert project.emulator.count("DELETE") == 0
    assert project.emulator.count("POST", "/users") == 2
    settled(project)


def test_two_resources_may_swap_their_people(new_project: NewProject) -> None:
    both = """
    cerevox.User("one", email="{one}@example.com")
    cerevox.User("two", email="{two}@example.com")
    """
    project = new_project(both.format(one="ada", two="bob"))
    project.up()
    project.write(both.format(one="bob", two="ada"))
    project.up()
    assert emails(project) == ["ada@example.com", "bob@example.com"]
    settled(project)


def test_somebody_dropped_from_the_program_goes_after_a_refresh_too(
    new_project: NewProject,
) -> None:
    project = new_project(ADA + '\ncerevox.User("bob", email="bob@example.com")')
    project.up()
    project.write(ADA)
    project.up("--refresh")
    assert emails(project) == ["ada@example.com"]


def test_an_invitation_made_by_hand_is_not_taken_for_our_own(
    new_project: NewProject,
) -> None:
    project = new_project('cerevox.User("bob", email="bob@example.com")')
    project.emulator.add_user(email="bob@example.com", name="Bob Smith", role="member")
    assert "bob@example.com is in account" in project.up(expect=1)


def test_an_email_that_was_changed_in_the_account_is_drift(
    new_project: NewProject,
) -> None:
    project = new_project(ADA)
    project.up()
    project.emulator.patch_user("ada@example.com", email="mallory@evil.example")
    project.write(ADA.replace('name="Ada"', 'name="Ada L"'))
    assert "has another email in the account now" in project.up(expect=1)
    assert "has another email" in project.pulumi("destroy", "--yes", expect=1)
    assert emails(project) == ["mallory@evil.example"]
    drift = project.pulumi("preview", "--refresh", "--diff")
    assert '~ email: "ada@example.com" => "mallory@evil.example"' in drift


def test_a_demotion_by_somebody_else_is_not_undone_on_destroy(
    new_project: NewProject,
) -> None:
    project = new_project(
        'cerevox.User("ada", email="ada@example.com", role="member",'
        ' on_existing="adopt")'
    )
    project.emulator.add_user(email="ada@example.com", name="Ada", role="admin")
    project.up()
    project.emulator.patch_user("ada@example.com", role="admin")
    project.write("")
    said = project.up("--refresh")
    assert "keeps the role admin" not in said  # that is the prior one
    assert project.emulator.user("ada@example.com")["role"] == "admin"


def test_a_role_given_since_is_left_when_an_adopted_person_is_let_go(
    new_project: NewProject,
) -> None:
    project = new_project(
        'cerevox.User("ada", email="ada@example.com", role="admin",'
        ' on_existing="adopt")'
    )
    project.emulator.add_user(email="ada@example.com", name="Ada", role="member")
    project.up()
    project.write('cerevox.User("ada", email="ada@example.com", on_existing="adopt")')
    project.up()
    project.pulumi("destroy", "--yes")
    assert project.emulator.user("ada@example.com")["role"] == "member"
