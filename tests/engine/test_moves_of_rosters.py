"""Rosters beside and before other resources: people move, guards stay."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NewProject = Callable[..., Any]
LOGGED_IN = "2026-11-01T00:00:00Z"
TEAM = """
cerevox.Roster("{name}", members=[
    dict(email=who + "@example.com", role="admin") for who in {admins}
], guards={guards}, {options})
"""
STRICT = (
    'dict(min_admins=2, required_admins=["ada@example.com"],'
    " max_demotions=dict(count=1, fraction=0.25))"
)
ADMINS = ["owner", "ada", "bob", "cy"]


def team(
    name: str = "team",
    admins: list[str] | None = None,
    guards: str = STRICT,
    options: str = "",
) -> str:
    """Return a program with one roster of admins."""
    return TEAM.format(
        name=name, admins=admins or ADMINS, guards=guards, options=options
    )


def command(
    project: Any, *words: str, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run our own command in the project's folder, with its environment."""
    return subprocess.run(
        [Path(sys.executable).with_name("pulumi-cerevox"), *words],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=project.workspace.project,
        env=project.workspace.environment(),
    )


def login(project: Any) -> None:
    """Log everybody in, as in every real account."""
    for user in project.emulator.users()[1:]:
        project.emulator.patch_user(user["email"], lastlogin=LOGGED_IN)


def start(new_project: NewProject, program: str) -> Any:
    """Apply a program, and return the project when everybody has logged in."""
    project = new_project(program)
    project.up()
    login(project)
    project.emulator.clear_journal()
    return project


def roles(project: Any) -> dict[str, str]:
    """Return each person's role by the part of their email before the @."""
    return {
        user["email"].partition("@")[0]: user["role"]
        for user in project.emulator.users()
    }


def writes(project: Any) -> list[str]:
    """Return the methods of what was written since the journal was cleared."""
    return [
        one["method"]
        for one in project.emulator.journal()
        if one["method"] != "GET" and "/token/" not in one["path"]
    ]


ADOPTED = "\n".join(
    f'cerevox.User("{who}", email="{who}@example.com", role="member",'
    ' on_existing="adopt")'
    for who in ("ada", "bob", "cy")
)
COMPONENT = (
    'inside = pulumi.ResourceOptions(parent=pulumi.ComponentResource("t:i:T", "t"))\n'
)


@pytest.mark.parametrize(
    ("after", "refusal"),
    [
        pytest.param(ADOPTED, "whose guards count in this run", id="replaced by Users"),
        pytest.param(
            team("people", ["owner", "bob", "cy"], "dict(min_admins=1)"),
            "would be removed or demoted: ada@example.com",
            id="renamed, without the guard and its admin",
        ),
        pytest.param(
            COMPONENT + team(admins=["owner"], guards="{}", options="opts=inside"),
            "would be removed or demoted: ada@example.com",
            id="moved into a component",
        ),
        pytest.param(
            team("people", ["owner"], "{}")
            + 'cerevox.User("ada", email="ada@example.com", role="member")\n'
            + 'cerevox.User("bob", email="bob@example.com", role="admin")\n'
            + 'cerevox.User("cy", email="cy@example.com", role="admin")',
            "whose guards count in this run",
            id="split in two",
        ),
    ],
)
def test_guards_outlive_the_roster_for_one_run(
    new_project: NewProject, after: str, refusal: str
) -> None:
    project = start(new_project, team())
    project.write(after)
    assert refusal in project.pulumi("preview", expect=1)
    assert writes(project) == []
    if after == ADOPTED:
        # Without a key the preview can't look; guard judges it all the same.
        document = project.pulumi("preview", "--json", CEREVOX_API_KEY=None)
        judged = command(project, "guard", stdin=document[document.index("{") :])
        assert judged.returncode == 5, judged.stdout + judged.stderr
        assert "would be removed or demoted" in judged.stderr
    # Without a preview the engine begins with what is allowed: one demotion is.
    assert "whose guards count" in project.up(expect=1)
    assert roles(project)["ada"] == "admin"
    assert list(roles(project).values()).count("member") <= 1


def test_a_user_is_no_way_around_the_allowed_admins(new_project: NewProject) -> None:
    roster = (
        'cerevox.Roster("team", guards=dict(allowed_admins=["owner@example.com"]), '
        'members={{"owner@example.com": {{"role": "admin"}}{}}})\n'
    )
    dan = 'cerevox.User("dan", email="dan@example.com", role="admin")'
    project = start(new_project, roster.format(', "dan@example.com": {}'))
    project.write(roster.format("") + dan)
    refused = " ".join(project.pulumi("preview", expect=1).split())
    assert "whose guards count in this run: refused by guard allowed_admins" in refused
    project.write(roster.format("") + dan.replace("admin", "member"))
    project.up()
    assert roles(project) == {"owner": "admin", "dan": "member"}


CREATED = 'on_destroy="remove_created"'
MOVED = (
    team("people", options=CREATED),
    COMPONENT + team(options=f"opts=inside, {CREATED}"),
    team("people", ["owner", "ada"], options=CREATED)
    + 'cerevox.User("bob", email="bob@example.com", role="admin")\n'
    + 'cerevox.User("cy", email="cy@example.com", role="admin")',
)


def test_a_roster_moves_with_everybody(new_project: NewProject) -> None:
    """To another name, into a component, and then in parts."""
    project = start(new_project, team(options=CREATED))
    before = project.emulator.users()[1:]
    for after in MOVED:
        project.write(after)
        project.pulumi("up", "--yes")
        assert writes(project) == []
        assert project.emulator.users()[1:] == before
        project.pulumi("preview", "--expect-no-changes")


def test_people_move_between_users_and_a_roster_and_go_with_it(
    new_project: NewProject,
) -> None:
    users = "\n".join(
        f'cerevox.User("{who}", email="{who}@example.com", role="admin")'
        for who in ("ada", "bob", "cy")
    )
    loose = "dict(max_removals=dict(count=9, fraction=1), required_admins=[])"
    project = start(new_project, users)
    before = project.emulator.users()[1:]
    project.write(team(guards=loose, options='on_destroy="remove_created"'))
    preview, _ = project.preview_and_up()
    assert "moves from User 'ada' to Roster 'team'" in preview
    assert project.emulator.users()[1:] == before
    project.write(users)
    preview, _ = project.preview_and_up()
    assert "moves from Roster 'team' to User 'ada'" in preview
    assert project.emulator.users()[1:] == before
    project.pulumi("preview", "--refresh", "--expect-no-changes")
    assert writes(project) == []
    # Made here, through all of it: they go with the resource.
    project.write("")
    project.up()
    assert roles(project) == {"owner": "admin"}


STAYING = """
guards = dict(min_admins=0, max_removals=dict(count=9, fraction=1))
options = dict(guards=guards, undeclared="ignore", on_destroy="remove_created")
one = cerevox.Roster("one", members={one}, **options)
cerevox.Roster(
    "two", members={two}, **options, opts=pulumi.ResourceOptions(depends_on=[one])
)
"""


def test_people_move_from_a_roster_that_stays_to_another_and_to_a_user(
    new_project: NewProject,
) -> None:
    owner, ada, bob, eve = (
        {"email": f"{who}@example.com", "role": "admin"}
        for who in ("owner", "ada", "bob", "eve")
    )
    project = start(new_project, STAYING.format(one=[owner, bob, eve], two=[ada]))
    before = project.emulator.users()[1:]
    # The roster that they leave is updated before the check of what they move to.
    user = (
        'cerevox.User("eve", email="eve@example.com", role="admin",'
        " opts=pulumi.ResourceOptions(depends_on=[one]))"
    )
    project.write(STAYING.format(one=[owner], two=[ada, bob]) + user)
    project.up()
    assert writes(project) == []
    assert project.emulator.users()[1:] == before
    project.pulumi("preview", "--refresh", "--expect-no-changes")
    project.write(STAYING.format(one=[owner], two=[ada]))
    project.up()
    assert roles(project) == {"owner": "admin", "ada": "admin"}


@pytest.mark.parametrize("order", ["roster first", "user first", "depends"])
def test_whom_a_user_stands_for_is_not_undeclared(
    new_project: NewProject, order: str
) -> None:
    roster = 'r = cerevox.Roster("team", members=[dict(email="owner@example.com",'
    roster += ' role="admin")], undeclared="{mode}")'
    user = 'cerevox.User("carl", email="carl@example.com", role="admin"{})'
    program = "\n".join(
        {
            "roster first": [roster, user.format("")],
            "user first": [user.format(""), roster],
            "depends": [
                roster,
                user.format(", opts=pulumi.ResourceOptions(depends_on=[r])"),
            ],
        }[order]
    )
    modes = ["report", "fail", "remove"] if order == "roster first" else ["remove"]
    project = start(new_project, program.replace("{mode}", modes[0]))
    for mode in modes:
        project.write(program.replace("{mode}", mode))
        # Nobody goes in the run that first sees them, so one run shows nothing.
        for _ in range(2):
            said = project.up("--refresh").replace("[diff: ~undeclared]", "")
            assert "undeclared" not in said
            assert "carl@example.com" not in said
    assert writes(project) == []
    project.pulumi("refresh", "--preview-only", "--expect-no-changes")
    # An intruder beside them is undeclared as ever.
    project.emulator.add_user("eve@example.com", name="Eve", lastlogin=LOGGED_IN)
    for mode in modes:
        project.write(program.replace("{mode}", mode))
        said = project.pulumi("preview", expect=1 if mode == "fail" else 0)
        assert "eve@example.com" in said
        assert "carl@example.com" not in said


def test_somebody_who_changed_their_email_is_the_same_person(
    new_project: NewProject,
) -> None:
    program = team(guards="{}", options='undeclared="{mode}"')
    project = start(new_project, program.replace("{mode}", "report"))
    project.emulator.patch_user("ada@example.com", email="ada@lovelace.example")
    drift = project.pulumi(
        "refresh", "--preview-only", "--diff", "--expect-no-changes", expect=7
    )
    assert '+ newEmail: "ada@lovelace.example"' in drift
    # Who may be removed is removed in the second run.
    for mode, runs in (("report", 1), ("remove", 2)):
        project.write(program.replace("{mode}", mode))
        for _ in range(runs):
            said = project.up("--refresh")
            assert "ada@example.com has the email ada@lovelace.example" in said
    assert writes(project) == []
    # Declared under the new address, they stay who they are.
    program = program.replace('who + "@example.com"', "mail(who)")
    mail = 'def mail(who):\n    return "ada@lovelace.example" if who == "ada" else'
    project.write(f'{mail} who + "@example.com"\n{program}'.replace("{mode}", "remove"))
    project.up()
    assert writes(project) == []
    project.pulumi("preview", "--refresh", "--expect-no-changes")


def test_a_roster_with_secrets_moves_and_says_what_nobody_can_judge(
    new_project: NewProject,
) -> None:
    program = """
members = [dict(email="owner@example.com", role="admin", name={name}),
           dict(email="ada@example.com", role="admin")]
cerevox.Roster("{roster}", members={members},
               guards=dict(required_admins=["ada@example.com"]))
"""
    secret = 'pulumi.Output.secret("{}")'
    project = start(
        new_project,
        program.format(name=secret.format("Owner"), roster="a", members="members"),
    )
    # The name alone is a secret: the guards are judged as ever.
    later = program.replace('dict(email="ada@example.com", role="admin")', "")
    later = later.replace('guards=dict(required_admins=["ada@example.com"])', "")
    project.write(later.format(name='"New"', roster="b", members="members"))
    refused = project.pulumi("preview", expect=1)
    assert "would be removed or demoted: ada@example.com" in refused
    assert "Traceback" not in refused
    # All of it is a secret: a warning says that its guards can't be judged.
    whole = "pulumi.Output.secret(members)"
    project.write(program.format(name="None", roster="a", members=whole))
    project.up()
    project.write(program.format(name="None", roster="b", members=whole))
    preview, _ = project.preview_and_up()
    assert "whose members are a secret in the state" in preview
    assert roles(project) == {"owner": "admin", "ada": "admin"}


def test_a_used_approval_never_fits_again_through_a_move(
    new_project: NewProject,
) -> None:
    guards = "dict(max_removals=dict(count=0))"
    project = start(new_project, team(guards=guards))
    fewer = team(admins=["owner", "ada", "bob"], guards=guards)
    project.write(fewer)
    refused = project.pulumi("preview", expect=1)
    digest = refused.partition("CEREVOX_APPROVE=")[2][:16]
    project.up(CEREVOX_APPROVE=digest)
    assert set(roles(project)) == {"owner", "ada", "bob"}
    project.write(team("people", guards=guards))
    project.up()
    (roster,) = project.resources()
    project.up("--replace", str(roster["urn"]))
    assert set(roles(project)) == {"owner", "ada", "bob", "cy"}
    project.write(team("people", ["owner", "ada", "bob"], guards=guards))
    assert "max_removals" in project.up(expect=1, CEREVOX_APPROVE=digest)


def test_what_an_earlier_run_left_to_be_deleted_is_seen(
    new_project: NewProject,
) -> None:
    users = 'cerevox.User("ada", email="{}@example.com", role="admin")\n'
    project = start(new_project, users.format("eve"))
    project.emulator.add_user("taken@example.com", name="T", lastlogin=LOGGED_IN)
    project.emulator.add_fault(
        method="DELETE", path="/users/{user_id}", action="status", status=503
    )
    project.pulumi("config", "set", "cerevox:maxWaitSeconds", "0")
    project.write(users.format("eve2"))
    project.up(expect=1)
    project.emulator.clear_faults()
    state = project.workspace.project / "stack.json"
    state.write_text(json.dumps(project.workspace.export()))
    assert '"delete": true' in state.read_text()
    audited = command(project, "audit", "stack.json")
    assert audited.returncode == 7
    said = " ".join(audited.stdout.split())
    assert "eve@example.com" in said
    assert "the next `pulumi up` deletes them" in said
    document = project.pulumi("preview", "--json")
    document = document[document.index("{") :]
    words = ("guard", "--required-admin", "eve@example.com")
    blind = command(project, *words, stdin=document)
    assert blind.returncode == 0
    assert "without --state nobody sees" in blind.stderr
    judged = command(project, *words, "--state", "stack.json", stdin=document)
    assert "without --state" not in judged.stderr
    assert judged.returncode == 5, judged.stdout + judged.stderr
    assert "left over from an earlier run" in judged.stdout
    assert "eve@example.com" in judged.stderr
