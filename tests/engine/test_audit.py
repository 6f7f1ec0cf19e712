"""`audit --stack` of every example, and the same change judged at every place."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.engine.workspace import Workspace

EXAMPLES = Path(__file__).parents[2] / "examples"
NewProject = Callable[..., Any]
IN_SYNC, INCOMPLETE, REFUSED, DRIFT = 0, 4, 5, 7


def command(
    workspace: Workspace, *arguments: str, stdin: str = "", **env: str
) -> subprocess.CompletedProcess[str]:
    """Run `pulumi-cerevox` in the project's folder, with its engine on PATH."""
    return subprocess.run(
        [sys.executable, "-m", "pulumi_cerevox.cli", *arguments],
        cwd=workspace.project,
        env=os.environ | workspace.environment() | env,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def audit(workspace: Workspace, *arguments: str, expect: int) -> dict[str, Any]:
    """Audit the stack `dev`; give the JSON."""
    words = ("audit", "--stack", "dev", "--format", "json", *arguments)
    run = command(workspace, *words)
    assert run.returncode == expect, run.stdout + run.stderr
    document: dict[str, Any] = json.loads(run.stdout)
    return document


def kinds(document: dict[str, Any]) -> dict[str, str]:
    """Return each drift's kind by email."""
    return {
        one["email"]: one["kind"]
        for one in document["findings"]
        if one["level"] == "drift"
    }


@pytest.fixture
def applied(
    engine_folder: Path,
    warm_environment: Path,
    tmp_path: Path,
    start_emulator: Callable[..., Any],
) -> Callable[..., tuple[Workspace, Any]]:
    """Apply an example to an account of its own, in a folder of its own."""

    def apply(name: str, *people: str) -> tuple[Workspace, Any]:
        emulator = start_emulator(seed="empty")
        for email in people:
            emulator.add_user(email, name="Somebody", role="member")
        folder = tmp_path / name
        shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns(".venv"))
        (folder / ".venv").symlink_to(warm_environment)
        credentials = {
            "CEREVOX_API_KEY": emulator.api_key,
            "CEREVOX_BASE_URL": emulator.url,
            "PULUMI_STANDIN_PYTHON": str(warm_environment / "bin" / "python"),
        }
        workspace = Workspace(engine_folder, folder, tmp_path / "home", credentials)
        if name == "adopt-existing":
            export = command(workspace, "export", "-o", "team.yaml")
            assert export.returncode == 0, export.stderr
        for words in (("stack", "init", "dev"), ("up", "--yes", "--skip-preview")):
            run = workspace.run(*words)
            assert run.returncode == 0, run.stdout
        return workspace, emulator

    return apply


def test_a_roster_is_in_sync_until_somebody_touches_the_account(applied: Any) -> None:
    workspace, emulator = applied("roster")
    assert audit(workspace, expect=IN_SYNC)["counts"]["in_place"] == 4
    emulator.add_user("mallory@example.com", name="Mallory", role="admin")
    emulator.remove_user("eve@example.com")
    emulator.patch_user("bob@example.com", name="Robert Noyce")
    emulator.patch_user("ada@example.com", role="member")
    planted = {
        "mallory@example.com": "undeclared",
        "eve@example.com": "missing",
        "bob@example.com": "changed.name",
        "ada@example.com": "changed.role",
    }
    assert kinds(audit(workspace, expect=DRIFT)) == planted
    # A refresh brings the account into the state, and declares nobody.
    assert workspace.run("refresh", "--yes").returncode == 0
    assert kinds(audit(workspace, expect=DRIFT)) == planted
    assert all(request["method"] in {"GET", "POST"} for request in emulator.journal())


def test_single_users_are_audited_for_themselves(applied: Any) -> None:
    workspace, emulator = applied("quickstart")
    document = audit(workspace, expect=IN_SYNC)
    assert document["counts"]["in_place"] == 3
    assert [one["kind"] for one in document["findings"]].count("undeclared") == 1
    emulator.remove_user("eve@example.com")
    emulator.patch_user("ada@example.com", role="member")
    emulator.patch_user("bob@example.com", name="Robert Noyce")
    found = {
        "eve@example.com": "missing",
        "ada@example.com": "changed.role",
        "bob@example.com": "changed.name",
    }
    document = audit(workspace, expect=DRIFT)
    assert kinds(document) == found
    resources = {one["email"]: one["resource"] for one in document["findings"]}
    assert resources["ada@example.com"] == "User ada"
    whole = kinds(audit(workspace, "--whole-account", expect=DRIFT))
    assert whole == found | {"owner@example.com": "undeclared"}


def test_what_a_stored_refresh_forgets_of_single_users_is_never_in_sync(
    applied: Any,
) -> None:
    workspace, emulator = applied("quickstart")
    emulator.patch_user("bob@example.com", name="Robert Noyce")
    assert workspace.run("refresh", "--yes").returncode == 0
    document = audit(workspace, expect=INCOMPLETE)
    assert (
        "User bob: a refresh stored the account's name" in document["gaps"][0]["text"]
    )
    assert workspace.run("up", "--yes", "--skip-preview").returncode == 0
    audit(workspace, expect=IN_SYNC)
    emulator.remove_user("eve@example.com")
    assert workspace.run("refresh", "--yes").returncode == 0
    document = audit(workspace, expect=INCOMPLETE)
    [gap] = document["gaps"]
    assert "took 1 resources out of the state" in gap["text"]
    assert workspace.run("up", "--yes", "--skip-preview").returncode == 0
    assert audit(workspace, expect=IN_SYNC)["counts"]["in_place"] == 3
    # What the program takes over after a refresh is settled once.
    emulator.patch_user("bob@example.com", name="Robert Noyce")
    emulator.patch_user("ada@example.com", role="member")
    assert workspace.run("refresh", "--yes").returncode == 0
    program = workspace.project / "__main__.py"
    text = program.read_text().replace("Bob Noyce", "Robert Noyce")
    program.write_text(text.replace('"admin"', '"member"'))
    audit(workspace, expect=INCOMPLETE)
    emulator.clear_journal()
    run = workspace.run("up", "--yes")
    preview, begins, _ = run.stdout.partition("Updating (")
    assert begins, run.stdout
    assert "2 to update" in preview, run.stdout
    assert "the state notes it, and nothing is written" in preview
    assert run.returncode == 0, run.stdout
    assert not emulator.journal(method="PUT")
    audit(workspace, expect=IN_SYNC)
    assert workspace.run("preview", "--expect-no-changes").returncode == 0


def test_an_assigned_role_is_audited(applied: Any) -> None:
    workspace, emulator = applied("roles", "bob@example.com")
    audit(workspace, expect=IN_SYNC)
    emulator.patch_user("bob@example.com", role="member")
    assert kinds(audit(workspace, expect=DRIFT)) == {"bob@example.com": "changed.role"}


def test_an_adopted_account_is_in_sync_and_an_engine_says_why_not(applied: Any) -> None:
    workspace, _ = applied("adopt-existing", "bob@example.com")
    audit(workspace, expect=IN_SYNC)
    export = workspace.run("stack", "export").stdout
    run = command(workspace, "audit", "-", "--format", "json", stdin=export)
    assert run.returncode == IN_SYNC, run.stdout + run.stderr
    run = command(workspace, "audit", "--stack", "nowhere")
    assert run.returncode == 2
    assert "nowhere" in run.stderr
    assert "pulumi stack ls" in run.stderr


def test_a_program_that_declares_nobody_is_incomplete(applied: Any) -> None:
    workspace, _ = applied("usage")
    audit(workspace, expect=INCOMPLETE)


def test_a_stack_of_two_accounts_is_audited_account_by_account(
    new_project: NewProject, start_emulator: Callable[..., Any]
) -> None:
    project = new_project(account_id="acc_one")
    other = start_emulator(seed="empty", account_id="acc_two")
    project.write(f"""
        cerevox.User("ada", email="ada@example.com", role="admin")
        two = cerevox.Provider("two", api_key_env="OTHER_KEY", base_url="{other.url}")
        cerevox.User("bob", email="bob@example.com",
                     opts=pulumi.ResourceOptions(provider=two))
    """)
    project.up(OTHER_KEY=other.api_key)
    words = ["audit", "--stack", "test", "--format", "json"]
    run = command(project.workspace, *words)
    assert run.returncode == INCOMPLETE, run.stdout + run.stderr
    [gap] = json.loads(run.stdout)["gaps"]
    assert "1 people of account acc_two were not compared" in gap["text"]
    run = command(project.workspace, *words, "--account", "acc_one")
    assert run.returncode == IN_SYNC, run.stdout + run.stderr
    other.remove_user("bob@example.com")
    run = command(
        project.workspace,
        *words,
        "--account",
        "acc_two",
        CEREVOX_API_KEY=other.api_key,
        CEREVOX_BASE_URL=other.url,
    )
    assert run.returncode == DRIFT, run.stdout + run.stderr


def test_one_digest_at_every_place(new_project: NewProject) -> None:
    """Two files, the preview's refusal, the plan: and the approval is taken once."""
    project = new_project()
    workspace: Workspace = project.workspace
    old, new = workspace.project / "old.yaml", workspace.project / "team.yaml"
    people = [
        "{email: owner@example.com, role: admin}",
        *(f"{{email: user-{number}@example.com}}" for number in range(7)),
    ]

    def roster(*members: str) -> str:
        listed = "".join(f"  - {one}\n" for one in members)
        return f"guards: {{max_removals: {{count: 2}}}}\nmembers:\n{listed}"

    old.write_text(roster(*people))
    new.write_text(roster(*people))
    project.write('cerevox.Roster.from_file("team", "team.yaml")')
    project.up()
    new.write_text(roster(*people[:4], "{email: grace@example.com, role: admin}"))

    files = ("guard", "--base", "old.yaml", "--roster", "team.yaml")
    # The file names no account, and a digest does.
    there = {"CEREVOX_ACCOUNT_ID": "acc_empty"}
    assert command(workspace, *files, "--digest").returncode == INCOMPLETE
    digest = command(workspace, *files, "--digest", **there).stdout.strip()
    refused = command(workspace, *files, **there)
    assert refused.returncode == REFUSED
    assert f"CEREVOX_APPROVE={digest}" in refused.stderr

    said = project.pulumi("preview", "--json", expect=1)
    offered = re.search(r"CEREVOX_APPROVE=(\w+)", said)
    assert offered is not None
    assert offered[1] == digest
    failed = command(workspace, "guard", stdin=said)
    assert failed.returncode == INCOMPLETE
    assert digest in failed.stderr

    said = project.pulumi("preview", "--json", CEREVOX_APPROVE=digest)
    assert command(workspace, "guard", "--digest", stdin=said).stdout.strip() == digest
    assert command(workspace, "guard", stdin=said).returncode == REFUSED
    for words in (("guard",), files):
        passed = command(
            workspace,
            *words,
            stdin=said,
            CEREVOX_APPROVE=digest,
            **there,
        )
        assert passed.returncode == IN_SYNC, passed.stderr
        assert "passed by approval" in passed.stdout
        assert "grace@example.com" in passed.stdout
    digests = [
        json.loads(
            command(workspace, *words, "--format", "json", stdin=said, **there).stdout
        )["plan_digest"]
        for words in (("guard",), files)
    ]
    assert digests[0] == digests[1]

    project.up(CEREVOX_APPROVE=digest)
    assert len(project.emulator.users()) == 5
    # Once used, the same change has another digest, which the preview knows.
    new.write_text(roster(*people))
    project.up()
    new.write_text(roster(*people[:4]))
    said = project.pulumi("preview", "--json", expect=1, CEREVOX_APPROVE=digest)
    another = re.search(r"CEREVOX_APPROVE=(\w+)", said)
    assert another is not None
    assert another[1] != digest
