"""A `RoleAssignment` on the real engine: the role of people who are owned elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

NewProject = Callable[..., Any]
DRIFT_FOUND = 7

BOB = """
bob = cerevox.RoleAssignment("bob-admin", {person}, role="{role}")
pulumi.export("prior", bob.prior_role)
pulumi.export("role", bob.role)
pulumi.export("id", bob.user_id)
pulumi.export("email", bob.email)
pulumi.export("account", bob.account_id)
"""
BY_EMAIL = 'email="bob@example.com"'


def bob(person: str = BY_EMAIL, role: str = "admin") -> str:
    """Return a program that assigns Bob's role."""
    return BOB.format(person=person, role=role)


def role_of(project: Any, email: str = "bob@example.com") -> str:
    return str(project.emulator.user(email)["role"])


@pytest.fixture
def project(new_project: NewProject) -> Any:
    """Make a stack beside an account with Bob, a member, in it."""
    made = new_project(bob())
    made.emulator.add_user(email="Bob@example.com", name="Bob", role="member")
    return made


@pytest.mark.both_providers
def test_the_role_is_given_changed_and_given_back(project: Any) -> None:
    project.up()
    assert role_of(project) == "admin"
    user = project.emulator.user("bob@example.com")
    assert project.outputs() == {
        "prior": "member",
        "role": "admin",
        "id": user["user_id"],
        "email": "bob@example.com",
        "account": "acc_empty",
    }
    project.pulumi("preview", "--refresh", "--expect-no-changes")

    project.write(bob(role="member"))
    preview, _ = project.preview_and_up("--diff")
    assert '~ role: "admin" => "member"' in preview
    assert role_of(project) == "member"
    assert project.outputs()["prior"] == "member"

    project.write(bob())
    project.up()
    assert "bob-admin deleted" in project.pulumi("destroy", "--yes")
    assert role_of(project) == "member"
    assert len(project.emulator.users()) == 2


def test_somebody_who_is_not_there_gets_nothing(project: Any) -> None:
    project.write(bob('email="eve@example.com"'))
    said = project.up(expect=1)
    assert "eve@example.com is not in account acc_empty" in said
    assert "Traceback" not in said
    assert project.emulator.count("PUT") == 0


def test_drift_of_the_role_shows_and_heals(project: Any) -> None:
    project.up()
    project.emulator.patch_user("bob@example.com", role="member", name="Robert")
    drift = ("refresh", "--preview-only", "--expect-no-changes", "--diff")
    said = project.pulumi(*drift, expect=DRIFT_FOUND)
    assert '~ role: "admin" => "member"' in said
    project.up("--refresh")
    assert role_of(project) == "admin"
    assert project.outputs()["prior"] == "member"


def test_another_person_replaces(project: Any) -> None:
    project.emulator.add_user(email="eve@example.com", name="Eve", role="member")
    project.up()
    project.write(bob('email="eve@example.com"'))
    preview, _ = project.preview_and_up()
    assert "replace" in preview
    assert role_of(project) == "member"
    assert role_of(project, "eve@example.com") == "admin"


def test_naming_the_same_person_otherwise_is_no_replacement(project: Any) -> None:
    project.up()
    user = project.emulator.user("bob@example.com")
    project.emulator.clear_journal()
    project.write(bob('email="BOB@example.com"'))
    project.pulumi("preview", "--expect-no-changes")
    project.write(bob(f'user_id="{user["user_id"]}"'))
    assert "replace" not in project.pulumi("up", "--yes")
    project.pulumi("preview", "--refresh", "--expect-no-changes")
    assert project.emulator.count("PUT") == 0
    found = project.outputs()
    assert (found["prior"], found["email"]) == ("member", "Bob@example.com")


def test_a_person_who_is_gone_is_missed_by_a_refresh(project: Any) -> None:
    project.up()
    project.emulator.remove_user("bob@example.com")
    project.pulumi("refresh", "--yes", "--skip-preview")
    assert project.resources() == []


def test_a_destroy_copes_with_what_happened_since_and_lets_a_role_stay(
    project: Any,
) -> None:
    admin = 'cerevox.RoleAssignment("{0}", email="{0}@example.com", role="admin")\n'
    for who in ("cy", "dora"):
        project.emulator.add_user(f"{who}@example.com", name=who, role="member")
    project.emulator.patch_user("bob@example.com", role="admin")
    kept = bob('email="dora@example.com", on_destroy="keep"')
    project.write(admin.format("bob") + admin.format("cy") + kept)
    project.up()
    project.emulator.patch_user("bob@example.com", role="member")
    project.emulator.remove_user("cy@example.com")
    said = project.pulumi("destroy", "--yes")
    assert "keeps the role member: somebody gave it since" in said
    assert role_of(project) == "member"
    assert role_of(project, "dora@example.com") == "admin"


def test_ones_own_role_is_not_taken_away(project: Any) -> None:
    project.emulator.patch_rules(last_admin_protected=False)
    owner = project.emulator.users()[0]["email"]
    project.write(bob(f'email="{owner}"', role="member"))
    said = project.up(expect=1)
    assert "refused to demote" in said
    assert "protect_self" in said
    assert role_of(project, owner) == "admin"


def test_it_goes_with_a_user_of_the_same_program(project: Any) -> None:
    project.write(
        """
        eve = cerevox.User("eve", email="eve@example.com")
        cerevox.RoleAssignment("eve-admin", user_id=eve.user_id, role="admin")
        """
    )
    project.pulumi("up", "--yes")
    assert role_of(project, "eve@example.com") == "admin"
    project.pulumi("preview", "--refresh", "--expect-no-changes")
    project.pulumi("destroy", "--yes")
    assert len(project.emulator.users()) == 2


def test_an_api_without_roles_says_so(new_project: NewProject) -> None:
    project = new_project(bob(), dialect="sdk-0.2")
    project.emulator.add_user(email="bob@example.com", name="Bob")
    said = project.up(expect=1)
    assert "could not give bob@example.com the role admin" in said
    assert "has no call that sets a role" in said
    assert "Traceback" not in said


def test_another_account_is_refused(
    project: Any, start_emulator: Callable[..., Any]
) -> None:
    project.up()
    before = project.resources()[0]["outputs"]
    theirs = start_emulator(seed="empty", account_id="acc_theirs")
    env = {"CEREVOX_API_KEY": theirs.api_key, "CEREVOX_BASE_URL": theirs.url}
    for command in (["refresh", "--yes"], ["destroy", "--yes"]):
        said = project.pulumi(*command, expect=None, **env)
        assert "bob@example.com belongs to account acc_empty" in said
        assert "Traceback" not in said
    assert project.resources()[0]["outputs"] == before


@pytest.mark.parametrize(
    ("person", "role", "signs"),
    [
        pytest.param(
            'email="bob", user_id="u"',
            "boss",
            ["give an email or a user_id", "email: ", 'role must be "admin"'],
            id="faults",
        ),
        pytest.param(
            BY_EMAIL + ', opts=pulumi.ResourceOptions(import_="u-1")',
            "admin",
            ["import_ does not work"],
            id="import",
        ),
    ],
)
def test_a_bad_declaration_is_refused_in_the_preview(
    project: Any, person: str, role: str, signs: list[str]
) -> None:
    project.write(bob(person, role))
    said = project.pulumi("preview", expect=1)
    for sign in signs:
        assert sign in said
    assert "Traceback" not in said
