"""What a roster's guards refuse on the real engine, and how exactly that is allowed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

NewProject = Callable[..., Any]
PROGRAM = """
import json, pathlib
team = json.loads(pathlib.Path("team.json").read_text())
cerevox.Roster("team", **team)
"""
OWNER = {"email": "owner@example.com", "role": "admin"}


class Team:
    """A roster that is kept in a file beside its program."""

    def __init__(self, project: Any, people: int) -> None:
        self.project = project
        self._file = project.workspace.project / "team.json"
        self.everybody = [OWNER] + [
            {"email": f"user-{number}@example.com"} for number in range(people)
        ]
        project.write(PROGRAM)

    def write(self, members: list[dict[str, str]], **options: Any) -> None:
        self._file.write_text(json.dumps({"members": members, **options}))

    def refused(self, *signs: str, **env: str) -> str:
        """Preview what must be refused cleanly; give the digest that it offers."""
        said = self.project.pulumi("preview", expect=1, **env)
        for sign in signs:
            assert sign in said
        assert "Traceback" not in said
        assert "KeyboardInterrupt" not in said
        offered = re.search(r"CEREVOX_APPROVE=(\w+)", said)
        return offered[1] if offered else ""

    def people(self) -> int:
        return len(self.project.emulator.users())


@pytest.fixture
def forty(new_project: NewProject) -> Team:
    """Make an account of 40 with all of them declared; nothing was written for it."""
    project = new_project(users=39)
    team = Team(project, 0)
    team.everybody = [
        {"email": user["email"], "role": user["role"]}
        for user in project.emulator.users()
    ]
    team.write(team.everybody)
    said = project.up()
    assert "40 in place" in said
    assert project.emulator.journal(method="POST", path="/users") == []
    return team


@pytest.mark.both_providers
def test_a_mass_removal_is_refused_and_allowed_exactly_once(forty: Team) -> None:
    project = forty.project
    few = forty.everybody[:5]
    forty.write(few)
    digest = forty.refused("max_removals", "35")
    assert digest
    assert project.pulumi("up", "--yes", expect=1, CEREVOX_APPROVE="0" * 16)
    assert forty.people() == 40

    # The approval is for these 35, and for no others.
    forty.write(forty.everybody[:1] + forty.everybody[2:6])
    forty.refused("max_removals", CEREVOX_APPROVE=digest)

    forty.write(few)
    project.pulumi("preview", CEREVOX_APPROVE=digest)
    project.up(CEREVOX_APPROVE=digest)
    assert forty.people() == 5
    project.pulumi("preview", "--expect-no-changes", CEREVOX_APPROVE=digest)

    # They came back: the same change needs another approval.
    forty.write(forty.everybody)
    project.up()
    assert forty.people() == 40
    forty.write(few)
    another = forty.refused("max_removals", CEREVOX_APPROVE=digest)
    assert another not in {"", digest}


def test_a_change_cannot_lift_a_guard_and_use_it(forty: Team) -> None:
    lifted = {"max_removals": {"count": 1000, "fraction": 1.0}}
    forty.write(forty.everybody[:5], guards=lifted)
    forty.refused("max_removals", "35")
    # One that was lifted before counts.
    forty.write(forty.everybody, guards=lifted)
    forty.project.up()
    forty.write(forty.everybody[:5], guards=lifted)
    forty.project.up()
    assert forty.people() == 5


@pytest.fixture
def three(new_project: NewProject) -> Team:
    """Make a roster of three: the owner, an admin, a member."""
    team = Team(new_project(), 2)
    team.everybody[1]["role"] = "admin"
    team.write(team.everybody)
    team.project.up()
    team.project.emulator.patch_rules(
        self_delete_protected=False, last_admin_protected=False
    )
    return team


def test_what_each_guard_refuses(three: Team) -> None:
    owner, admin, member = three.everybody
    three.write([admin, member])
    three.refused("protect_self", "owner@example.com")
    three.write([{"email": "owner@example.com"}, admin, member])
    three.refused("protect_self", "owner@example.com")
    three.write(three.everybody, guards={"min_admins": 3})
    three.refused("min_admins")
    three.write([])
    three.refused("empty")
    domains = {"allowed_domains": ["example.com"]}
    three.write([*three.everybody, {"email": "ada@exarnple.com"}], guards=domains)
    three.refused("allowed_domains", "ada@exarnple.com")
    three.project.emulator.patch_account(max_users=4)
    new = [{"email": f"new-{number}@example.com"} for number in range(2)]
    three.write(three.everybody + new)
    three.refused("2 people are to be created", "1 free seats of 4")
    guards = {"required_admins": ["User-0@example.com"]}
    three.write(three.everybody, guards=guards)
    three.project.up()
    three.write([owner, member])
    three.refused("required_admins", "user-0@example.com")


def test_destroy_removes_whom_it_made_within_the_guards(three: Team) -> None:
    three.write(three.everybody, on_destroy="remove_created")
    three.project.up()
    said = three.project.pulumi("destroy", "--yes", expect=1)
    assert "max_removals" in said
    digest = re.search(r"CEREVOX_APPROVE=(\w+)", said)
    assert digest is not None
    assert three.people() == 3
    three.project.pulumi("destroy", "--yes", CEREVOX_APPROVE=digest[1])
    assert [user["email"] for user in three.project.emulator.users()] == [
        "owner@example.com"
    ]


def test_too_few_admins_after_demotions_are_mended_by_the_next_run(
    new_project: NewProject,
) -> None:
    """Somebody else takes an admin away meanwhile, and one promotion back fails.

    The account is large, for its state travels with the error.
    """
    project = new_project(users=150)
    emulator = project.emulator
    for one in emulator.users()[1:]:
        if one["role"] == "admin":
            emulator.patch_user(one["email"], role="member")
    team = Team(project, 0)
    others = [{"email": one["email"]} for one in emulator.users()[1:]]
    a, b, c = (one["email"] for one in others[:3])
    admins = [{"email": email, "role": "admin"} for email in (a, b, c)]
    guards = {"min_admins": 2, "max_demotions": {"count": 3, "fraction": 1.0}}
    team.write([OWNER, *admins, *others[3:]], guards=guards)
    for email in (a, b, c):
        emulator.patch_user(email, role="admin", lastlogin="2025-06-01T00:00:00Z")
    project.up()
    team.write([OWNER, *others[:2], admins[2], *others[3:]], guards=guards)
    role = {"method": "PUT", "path": "/users/{user_id}"}
    emulator.add_fault(**role, nth=2, delay_seconds=3.0)
    emulator.add_fault(**role, nth=3, status=400)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(project.up, expect=1)
        while {emulator.user(email)["role"] for email in (a, b)} == {"admin"}:
            assert not running.done(), running.result()
        emulator.patch_user(c, role="member")
        said = running.result()
    assert "refused by guard min_admins: after the demotions" in said
    assert f"Promoted back: {b}. Still without the role admin: {a} (" in said
    assert "the account is not what the state says: the next run reads it" in said
    assert "Traceback" not in said

    assert "promote 1, demote 1" in project.pulumi("preview")
    project.up()
    roles = [emulator.user(email)["role"] for email in (a, b, c)]
    assert roles == ["member", "member", "admin"]
    project.pulumi("preview", "--refresh", "--expect-no-changes")
    # No later run reads the account first.
    emulator.clear_journal()
    project.pulumi("preview", CEREVOX_API_KEY=None)
    assert emulator.journal() == []
