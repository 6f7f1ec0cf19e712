"""Two declarations of one person in a program are refused, with both names."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

NewProject = Callable[..., Any]


def refusal(project: Any, *command: str) -> str:
    """Run a command that must end in one message of ours."""
    said: str = project.pulumi(*(command or ("preview",)), expect=1)
    assert "declared twice in this program" in said
    assert "Traceback" not in said
    return said


TWICE = """
def refused(declare):
    try:
        declare()
    except pulumi.RunError as error:
        print(error)
    else:
        raise AssertionError

cerevox.User("a", email="ada@example.com")
refused(lambda: cerevox.User("b", email=" ADA@Example.com"))
cerevox.User("c", email="cy@example.com", role="member")
refused(lambda: cerevox.RoleAssignment("d", email="Cy@example.com", role="admin"))
cerevox.RoleAssignment("e", email="eve@example.com", role="admin")
refused(lambda: cerevox.User("f", email="eve@example.com", role="member"))
cerevox.Roster("team", members=[{"email": "Guy@example.com", "role": "admin"}])
refused(lambda: cerevox.User("guy", email="guy@example.com"))
cerevox.RoleAssignment("r", user_id="u-1", role="admin")
cerevox.RoleAssignment("s", user_id="u-1", role="admin")
"""


def test_the_preview_refuses(new_project: NewProject) -> None:
    """Each pair that may not be; the last one ends the program."""
    project = new_project(TWICE)
    said = " ".join(refusal(project).split())
    for one, other in (
        ("User 'a'", "User 'b'"),
        ("User (with a role) 'c'", "RoleAssignment 'd'"),
        ("RoleAssignment 'e'", "User (with a role) 'f'"),
        ("Roster 'team'", "User 'guy'"),
        ("RoleAssignment 'r'", "RoleAssignment 's'"),
    ):
        assert re.search(f"{re.escape(one)} and (by )?{re.escape(other)}", said), said
    check_nothing_written(project)


def test_the_preview_refuses_a_role_of_a_member_that_is_an_output(
    new_project: NewProject,
) -> None:
    project = new_project(
        """
        cerevox.RoleAssignment("r", email="ada@example.com", role="admin")
        members = [{"email": "ada@example.com", "role": "admin"}]
        cerevox.Roster("team", members=pulumi.Output.from_input(members))
        """
    )
    said = refusal(project)
    assert "RoleAssignment 'r'" in said
    assert "Roster 'team'" in said
    check_nothing_written(project)


def check_nothing_written(project: Any) -> None:
    assert not [
        request
        for request in project.emulator.journal()
        if request["committed"] and "/token/" not in request["path"]
    ]


def test_a_user_without_a_role_goes_with_an_assignment(
    new_project: NewProject,
) -> None:
    project = new_project(
        """
        ada = cerevox.User("a", email="ada@example.com")
        cerevox.RoleAssignment(
            "r", email="ada@example.com", role="admin",
            opts=pulumi.ResourceOptions(depends_on=[ada]),
        )
        """
    )
    project.up()
    project.pulumi("preview", "--expect-no-changes")


def test_looking_somebody_up_claims_nothing(new_project: NewProject) -> None:
    project = new_project()
    user = project.emulator.add_user(email="bob@example.com", name="Bob")
    project.write(
        f"""
        cerevox.User.get("x", "{user["user_id"]}")
        cerevox.User.get("y", "{user["user_id"]}")
        cerevox.RoleAssignment("r", email="bob@example.com", role="admin")
        """
    )
    project.up()


def test_emails_that_are_outputs_are_judged_when_known(
    new_project: NewProject,
) -> None:
    project = new_project(
        """
        known = pulumi.Output.secret("ada@example.com")
        cerevox.User("a", email="ada@example.com")
        cerevox.User("b", email=known)
        """
    )
    said = refusal(project)
    assert "the same person is declared twice" in said
    assert "User 'a'" in said
    assert "User 'b'" in said


def test_emails_that_are_unknown_in_the_preview_are_judged_in_the_up(
    new_project: NewProject,
) -> None:
    project = new_project(
        """
        first = cerevox.User("first", email="first@example.com")
        cerevox.User("a", email="ada@example.com")
        cerevox.User("b", email=first.user_id.apply(lambda _: "ada@example.com"))
        """
    )
    project.pulumi("preview")
    said = refusal(project, "up", "--yes", "--skip-preview")
    assert "User 'b'" in said


def test_an_id_of_somebody_who_is_declared_by_email(new_project: NewProject) -> None:
    project = new_project(
        """
        ada = cerevox.User("a", email="ada@example.com", role="member")
        cerevox.RoleAssignment("r", user_id=ada.user_id, role="admin")
        """
    )
    said = refusal(project, "up", "--yes", "--skip-preview")
    assert "User (with a role) 'a'" in said
    assert "RoleAssignment 'r'" in said
    assert project.emulator.user("ada@example.com")["role"] == "member"


def test_two_accounts_may_have_the_same_person(
    new_project: NewProject, start_emulator: Callable[..., Any]
) -> None:
    theirs = start_emulator(seed="empty", account_id="acc_theirs")
    project = new_project(
        f"""
        class Team(pulumi.ComponentResource):
            def __init__(self, name, opts):
                super().__init__("test:index:Team", name, None, opts)
                cerevox.User(
                    f"{{name}}-ada", email="ada@example.com", role="admin",
                    opts=pulumi.ResourceOptions(parent=self),
                )

        theirs = cerevox.Provider(
            "theirs", api_key="{theirs.api_key}", base_url="{theirs.url}"
        )
        Team("theirs", pulumi.ResourceOptions(providers=[theirs]))
        Team("ours", pulumi.ResourceOptions())
        """
    )
    project.up()
    for emulator in (project.emulator, theirs):
        assert emulator.user("ada@example.com")["role"] == "admin"


TWO_ROSTERS = """
one = pulumi.ResourceOptions(provider=cerevox.Provider("one", account_id="acc_1"))
two = pulumi.ResourceOptions(provider=cerevox.Provider("two", account_id="acc_1"))
other = pulumi.ResourceOptions(provider=cerevox.Provider("other", account_id="acc_2"))
key = pulumi.ResourceOptions(provider=cerevox.Provider("key", api_key_env="KEY"))
owner = [{"email": "owner@example.com", "role": "admin"}]
ada = [{"email": "ada@example.com", "role": "admin"}]
"""


ONE_ACCOUNT = """
def refused(name, **options):
    try:
        cerevox.Roster(name, members=ada, **options)
    except pulumi.RunError as error:
        print(error)
    else:
        raise AssertionError

cerevox.Roster("team", members=owner, opts=one)
refused("of the same instance", opts=one)
refused("of another instance", opts=two)
cerevox.Roster("ours", members=owner)
refused("of the stack", account_id="acc_stack", opts=key)
cerevox.Roster("default", members=ada)
"""
AN_OUTPUT = """
cerevox.Roster("team", members=owner, undeclared="fail")
cerevox.Roster("guests", members=ada, undeclared=pulumi.Output.from_input("remove"))
"""


@pytest.mark.parametrize(
    ("program", "pairs"),
    [
        pytest.param(
            ONE_ACCOUNT,
            [
                ("team", "of the same instance"),
                ("team", "of another instance"),
                ("ours", "of the stack"),
                ("ours", "default"),
            ],
            id="by instances",
        ),
        pytest.param(AN_OUTPUT, [("team", "guests")], id="one that is an Output"),
    ],
)
def test_two_rosters_of_one_account_are_refused(
    new_project: NewProject, program: str, pairs: list[tuple[str, str]]
) -> None:
    project = new_project(TWO_ROSTERS + program)
    env = {"CEREVOX_ACCOUNT_ID": "acc_stack", "CEREVOX_API_KEY": None}
    said = " ".join(project.pulumi("preview", expect=1, **env).split())
    for one, other in pairs:
        assert f"Roster '{one}' and Roster '{other}' both declare everybody" in said
    assert said.count('undeclared="ignore"') >= len(pairs)
    assert "Traceback" not in said


def test_rosters_of_two_accounts_and_one_that_ignores_go_together(
    new_project: NewProject,
) -> None:
    project = new_project(
        TWO_ROSTERS
        + """
cerevox.Roster("team", members=owner, opts=one)
cerevox.Roster("guests", members=ada, undeclared="ignore", opts=two)
cerevox.Roster("theirs", members=owner, opts=other)
cerevox.Roster("key", members=owner, opts=key)
cerevox.Roster("ours", members=owner)
cerevox.Roster("late", members=ada, undeclared=pulumi.Output.from_input("ignore"))
"""
    )
    project.pulumi("preview", CEREVOX_API_KEY=None)


INLINE = """
import gc, os, sys
import pulumi
from pulumi import automation as auto
import pulumi_cerevox as cerevox
from pulumi_cerevox.resources import conflicts, invoke

def program():
    cerevox.User("ada", email="ada@example.com", role="admin")
    pulumi.export("people", len(cerevox.get_users().users))

folder = os.getcwd()
for name in ("one", "two"):
    stack = auto.create_or_select_stack(
        stack_name=name, project_name="inline", program=program,
        opts=auto.LocalWorkspaceOptions(pulumi_home=os.environ["PULUMI_HOME"]),
    )
    stack.preview()
    result = stack.up()
    print(name, result.outputs["people"].value)
    stack.destroy()
del stack, result
gc.collect()
for registry in (conflicts._registries, invoke._readers):
    print("left over:", len(registry._values))
"""


def test_programs_of_one_process_know_nothing_of_each_other(
    new_project: NewProject,
) -> None:
    project = new_project()
    run = subprocess.run(
        [sys.executable, "-c", INLINE],
        cwd=project.workspace.project,
        env=project.workspace.environment() | {"PULUMI_PYTHON_CMD": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.split() == ["one", "1", "two", "1"] + 2 * ["left", "over:", "0"]
