"""Two stacks, or a person and a stack, changing one account at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

NewProject = Callable[..., Any]
ROUNDS = 8
PROGRAM = """
for number in range({first}, {first} + 4):
    cerevox.User(f"user-{{number}}", email=f"user-{{number}}-{round}@example.com")
"""


def test_two_stacks_that_overlap_leave_no_duplicate(new_project: NewProject) -> None:
    one, other = new_project(), new_project()
    other.workspace.extra = one.workspace.extra
    with ThreadPoolExecutor(2) as threads:
        for number in range(ROUNDS):
            one.write(PROGRAM.format(first=0, round=number))
            other.write(PROGRAM.format(first=2, round=number))
            runs = [
                threads.submit(
                    project.workspace.run,
                    "up",
                    "--yes",
                    "--skip-preview",
                    env={"CEREVOX_MAX_REMOVALS": "100"},
                )
                for project in (one, other)
            ]
            for run in runs:
                result = run.result()
                said = result.stdout
                assert result.returncode == 0 or "is in account" in said, said
                assert "Traceback" not in said
            emails = Counter(user["email"].casefold() for user in one.emulator.users())
            assert max(emails.values()) == 1
            for user in range(6):
                assert emails[f"user-{user}-{number}@example.com"] == 1


def test_a_person_who_changes_the_account_under_a_roster_is_told_of(
    new_project: NewProject,
) -> None:
    roster = """
    cerevox.Roster("team", members=[
        {{"email": "owner@example.com", "role": "admin"}}, {more}
    ])
    """
    bob, eve = '{"email": "bob@example.com"},', '{"email": "eve@example.com"},'
    project = new_project(roster.format(more=bob))
    project.up()
    project.write(roster.format(more=bob + eve))
    # While the run waits for its list, somebody removes bob and invites eve.
    project.emulator.add_fault(method="POST", path="/token/login", delay_seconds=2)
    with ThreadPoolExecutor(1) as threads:
        run = threads.submit(project.up)
        project.emulator.remove_user("bob@example.com")
        project.emulator.add_user("eve@example.com", name="Eve", role="member")
        said = run.result()
    assert "bob@example.com (member) is not in the account" in said
    emails = [user["email"] for user in project.emulator.users()]
    assert sorted(emails) == ["eve@example.com", "owner@example.com"]
