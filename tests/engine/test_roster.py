"""A `Roster` on the real engine: the whole membership, its guards, and what is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

NewProject = Callable[..., Any]
DRIFT_FOUND = 7
TEAM = """
team = cerevox.Roster(
    "team",
    members=[
        {{"email": "owner@example.com", "role": "admin"}},
        {{"email": "ada@example.com", "name": "Ada", "role": "admin"}},
        {{"email": "bob@example.com"}},
        {more}
    ],
    {options}
)
pulumi.export("counts", team.counts)
"""


def team(more: str = "", options: str = "") -> str:
    """Return a program with a roster of three, and more."""
    return TEAM.format(more=more, options=options)


EVE = '{"email": "eve@example.com"},'


def emails(project: Any) -> set[str]:
    """Return who is in the account."""
    return {user["email"] for user in project.emulator.users()}


def roles(project: Any) -> dict[str, str]:
    """Return email -> role."""
    return {user["email"]: user["role"] for user in project.emulator.users()}


def writes(project: Any) -> list[str]:
    """Return the writes that the API saw, in order."""
    return [
        f"{request['method']} {request['route']}"
        for request in project.emulator.journal()
        if request["method"] != "GET" and "/token/" not in request["path"]
    ]


def settled(project: Any) -> None:
    """Make sure that nothing differs any more, read or not."""
    project.pulumi("preview", "--expect-no-changes")
    project.pulumi("refresh", "--preview-only", "--expect-no-changes")


def unchanged(project: Any) -> None:
    """Make sure that program and account agree; a refresh may tell of more people."""
    project.pulumi("preview", "--refresh", "--expect-no-changes")


@pytest.mark.both_providers
def test_up_update_destroy(new_project: NewProject) -> None:
    project = new_project(team())
    said = project.up()
    assert "read just now: create 2, promote 0, demote 0" in said
    assert roles(project) == {
        "owner@example.com": "admin",
        "ada@example.com": "admin",
        "bob@example.com": "member",
    }
    unchanged(project)
    project.write(team(EVE).replace('"name": "Ada"', '"name": "Ada L"'))
    preview = project.pulumi("preview", "--diff")
    assert "+ eve@example.com" in preview
    assert '~ name: "Ada" => "Ada L"' in preview
    project.emulator.clear_journal()
    project.up()
    assert writes(project) == ["POST /v1/users", "PUT /v1/users/{user_id}"]
    settled(project)
    project.pulumi("destroy", "--yes")
    assert len(emails(project)) == 4


def test_the_first_up_removes_and_demotes_nobody(new_project: NewProject) -> None:
    project = new_project(team())
    for number in range(6):
        project.emulator.add_user(
            email=f"other-{number}@example.com", name="Other", role="member"
        )
    project.emulator.add_user(email="bob@example.com", name="Bob", role="admin")
    said = project.up()
    assert "undeclared 6" in said
    assert writes(project) == ["POST /v1/users"]
    assert roles(project)["bob@example.com"] == "admin"
    assert len(emails(project)) == 9


# It fails where there is drift, and has stored the drift by then.
REFRESHED = ("refresh", "--yes", "--skip-preview", "--diff", "--expect-no-changes")


@pytest.fixture
def intruded(new_project: NewProject) -> Any:
    """Make a roster of three, with an admin added behind its back and refreshed."""
    project = new_project(team())
    project.up()
    project.emulator.add_user(email="mallory@example.com", name="M", role="admin")
    assert "mallory@example.com" in project.pulumi(*REFRESHED, expect=DRIFT_FOUND)
    return project


def test_an_intruder_is_reported_refused_or_passed_over_and_left_alone(
    intruded: Any,
) -> None:
    said = intruded.up()
    assert "mallory@example.com (admin)" in said
    assert "mallory@example.com" in emails(intruded)
    settled(intruded)
    intruded.write(team(options='undeclared="fail"'))
    said = intruded.pulumi("preview", expect=1)
    assert 'undeclared="fail"' in said
    assert "mallory@example.com" in said
    assert "Traceback" not in said
    assert "KeyboardInterrupt" not in said
    # Ignored changes of the members declare nobody.
    options = 'opts=pulumi.ResourceOptions(ignore_changes=["members"]),'
    intruded.write(team(options=options))
    intruded.up()
    assert intruded.resources()[0]["outputs"]["counts"]["undeclared"] == 1
    intruded.write(team(options=options + ' undeclared="fail"'))
    assert "mallory@example.com" in intruded.pulumi("preview", expect=1)
    intruded.write(team(options='undeclared="ignore"'))
    intruded.up()
    assert "mallory@example.com" in emails(intruded)
    said = intruded.pulumi("refresh", "--yes", "--skip-preview")
    said += intruded.pulumi("preview", "--expect-no-changes")
    assert "mallory" not in said
    intruded.pulumi("refresh", "--preview-only", "--expect-no-changes")


@pytest.mark.both_providers
def test_an_intruder_is_removed_under_remove(intruded: Any) -> None:
    intruded.write(team(options='undeclared="remove"'))
    preview, _ = intruded.preview_and_up("--diff")
    assert "- mallory@example.com" in preview
    assert "mallory@example.com" not in emails(intruded)
    settled(intruded)


def test_a_change_to_or_from_ignore_shows_in_one_refresh(
    new_project: NewProject,
) -> None:
    """Nobody is touched by it; who is seen at all is another from there on."""
    project = new_project(team(options='undeclared="report"'))
    project.emulator.add_user(email="mallory@example.com", name="M", role="member")
    project.up()
    project.pulumi("refresh", "--yes", "--skip-preview")
    settled(project)
    project.emulator.clear_journal()
    for mode in ("ignore", "report"):
        project.write(team(options=f'undeclared="{mode}"'))
        project.up()
        project.pulumi("preview", "--expect-no-changes")
        assert "mallory@example.com" in project.pulumi(*REFRESHED, expect=DRIFT_FOUND)
        settled(project)
    assert writes(project) == []


def test_nobody_goes_in_the_run_that_first_saw_them(new_project: NewProject) -> None:
    project = new_project(team(options='undeclared="remove"'))
    project.up()
    project.emulator.add_user(email="mallory@example.com", name="M", role="member")
    project.up("--refresh")
    assert "mallory@example.com" in emails(project)
    project.up("--refresh")
    assert "mallory@example.com" not in emails(project)


def test_what_was_done_by_hand_stays_until_a_refresh(new_project: NewProject) -> None:
    dan = '{"email": "dan@example.com"},'
    project = new_project(team(dan))
    project.up()
    project.emulator.remove_user("bob@example.com")
    project.emulator.patch_user("dan@example.com", role="admin")
    project.emulator.clear_journal()
    project.write(team(dan + EVE))
    said = project.up()
    assert "bob@example.com (member) is not in the account" in said
    assert "dan@example.com is admin in the account, not member" in said
    assert writes(project) == ["POST /v1/users"]
    assert "bob@example.com" not in emails(project)
    assert roles(project)["dan@example.com"] == "admin"
    preview, _ = project.preview_and_up("--refresh", "--diff")
    assert "+ bob@example.com" in preview
    assert roles(project)["bob@example.com"] == "member"
    assert roles(project)["dan@example.com"] == "member"


def test_what_a_declaration_can_be_wrong_in(new_project: NewProject) -> None:
    project = new_project(
        team('{"email": "no-at", "role": "boss"}, {"email": "ADA@example.com"},')
    )
    said = project.pulumi("preview", expect=1)
    assert "member no-at" in said
    assert 'role must be "admin" or "member"' in said
    assert "ADA@example.com: is in the roster twice" in said
    assert "Traceback" not in said
    project.write(team(options='undeclared="shout"'))
    said = project.pulumi("preview", expect=1)
    assert "undeclared must be one of" in said


def test_a_renamed_roster_keeps_everybody(new_project: NewProject) -> None:
    project = new_project(team(options='on_destroy="remove_created"'))
    project.up()
    program = team(options='on_destroy="remove_created"').replace('"team"', '"people"')
    project.write(program)
    project.up()
    assert len(emails(project)) == 3
    unchanged(project)


def test_people_and_roles_of_their_own_move_into_the_roster(
    new_project: NewProject,
) -> None:
    project = new_project(
        """
        cerevox.User("ada", email="ada@example.com", name="Ada", role="admin")
        cerevox.User("bob", email="bob@example.com")
        cerevox.RoleAssignment("dan", email="dan@example.com", role="admin")
        """
    )
    project.emulator.add_user("dan@example.com", name="Dan", role="member")
    project.up()
    project.write(team('{"email": "dan@example.com", "role": "admin"},'))
    project.up()
    assert len(emails(project)) == 4
    assert roles(project)["dan@example.com"] == "admin"
    unchanged(project)


def test_a_file_with_faults_names_them_all(new_project: NewProject) -> None:
    project = new_project('cerevox.Roster.from_file("team", "team.yaml")')
    (project.workspace.project / "team.yaml").write_text(
        "memebers: []\nmembers:\n  - {email: owner@example.com, role: boss}\n"
    )
    said = project.pulumi("preview", expect=1)
    assert "team.yaml:1:1" in said
    assert "members" in said
    assert "team.yaml:3:" in said
    assert "Traceback" not in said


def test_people_move_out_of_the_roster_into_a_user_of_their_own(
    new_project: NewProject,
) -> None:
    project = new_project(team())
    project.up()
    project.write(
        team().replace('{"email": "bob@example.com"},', "")
        + 'cerevox.User("bob", email="bob@example.com", on_existing="adopt")'
    )
    # Whichever of the two comes first, nobody is lost unsaid.
    said = project.up(expect=None)
    if "is being removed by another resource" in said:
        project.up()
    assert "bob@example.com" in emails(project)


def test_somebody_made_again_by_hand_is_not_removed_on_destroy(
    new_project: NewProject,
) -> None:
    project = new_project(team(options='on_destroy="remove_created"'))
    project.up()
    project.emulator.remove_user("bob@example.com")
    project.emulator.add_user("bob@example.com", name="Bob", role="member")
    project.pulumi("refresh", "--yes", "--skip-preview")
    project.pulumi("destroy", "--yes")
    assert "bob@example.com" in emails(project)


def test_a_destroy_of_a_targeted_old_name_names_whom_it_removes(
    new_project: NewProject,
) -> None:
    options = 'on_destroy="remove_created", guards={"max_removals": {"fraction": 1}}'
    project = new_project(team(options=options))
    project.up()
    (old,) = project.resources()
    project.write(team(options=options).replace('"team"', '"people"'))
    said = project.up("--target", str(old["urn"]))
    assert "this roster goes, and with it 2 whom it made" in said
    assert "ada@example.com, bob@example.com" in said
    assert emails(project) == {"owner@example.com"}


def test_a_replaced_roster_that_is_deleted_first_removes_nobody(
    new_project: NewProject,
) -> None:
    project = new_project(
        team(
            options='on_destroy="remove_created",'
            " opts=pulumi.ResourceOptions(delete_before_replace=True),"
        )
    )
    project.up()
    (old,) = project.resources()
    project.emulator.clear_journal()
    project.up("--replace", str(old["urn"]))
    assert writes(project) == []
    assert len(emails(project)) == 3
    unchanged(project)
