"""One issue for each audited stack: opened once, updated, closed, opened again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_cerevox.testing import EmulatorProcess
from tests.ci.gitlab import run_job
from tests.ci.runner import Ran, Runner

Commit = Callable[..., Path]
STACK = "acme/people/prod"
GH = Path(__file__).with_name("gh.py")
GLAB = Path(__file__).with_name("glab.py")


def put_command(path: Path, module: Path) -> None:
    """Make a command of a stand-in."""
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{module}" "$@"\n')
    path.chmod(0o755)


@pytest.fixture
def store(runner: Runner, tmp_path: Path) -> Path:
    """Put the stand-in of `gh` on the path; return where it keeps its issues."""
    tools = tmp_path / "tools"
    tools.mkdir()
    put_command(tools / "gh", GH)
    path = runner.environment["PATH"]
    store = tmp_path / "issues.json"
    runner.environment |= {"PATH": f"{tools}:{path}", "GH_STORE": str(store)}
    runner.contexts["github"] |= {
        "repository": "acme/people",
        "server_url": "https://github.com",
        "run_id": "12",
        "event": {"schedule": "17 3 * * *"},
    }
    return store


@pytest.fixture
def account(
    runner: Runner,
    commit: Commit,
    start_emulator: Callable[..., EmulatorProcess],
) -> EmulatorProcess:
    """An account that the committed roster is in sync with."""
    emulator = start_emulator(seed="empty")
    runner.environment["CEREVOX_BASE_URL"] = emulator.url
    owner = emulator.users()[0]["email"]
    commit({"team.yaml": f"members:\n  - {{email: {owner}, role: admin}}\n"})
    return emulator


def audit(runner: Runner, account: EmulatorProcess, **inputs: str) -> Ran:
    base = {
        "command": "audit",
        "package": "pulumi-cerevox",
        "api-key": account.api_key,
        "stack": STACK,
        "issue": "true",
    }
    return runner.action(base | inputs)


def issues(store: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(store.read_text())["issues"]
    return found


def test_an_issue_follows_the_audits_of_its_stack(
    runner: Runner, account: EmulatorProcess, store: Path
) -> None:
    assert audit(runner, account).code == 0
    assert not store.exists()

    account.add_user("eve@example.com", name="Eve", role="admin")
    assert audit(runner, account).code == 7
    (opened,) = issues(store)
    assert opened["state"] == "OPEN"
    assert opened["label"] == f"cerevox-drift/{STACK}"
    assert opened["title"] == f"Cerevox audit of {STACK}: drift"
    assert "eve@example.com" in opened["body"]
    assert (
        "[this run](https://github.com/acme/people/actions/runs/12)" in opened["body"]
    )

    account.add_user("mallory@example.com", name="Mallory", role="member")
    assert audit(runner, account).code == 7
    (updated,) = issues(store)
    assert updated["state"] == "OPEN"
    assert "mallory@example.com" in updated["body"]
    assert updated["comments"] == []

    # What was not read is not settled.
    account.add_fault(method="GET", path="/users", status=400)
    assert audit(runner, account).code == 4
    account.clear_faults()
    (unread,) = issues(store)
    assert (unread["state"], unread["title"][-10:]) == ("OPEN", "incomplete")

    for email in ("eve@example.com", "mallory@example.com"):
        account.remove_user(email)
    assert audit(runner, account).code == 0
    (closed,) = issues(store)
    assert closed["state"] == "CLOSED"
    assert closed["title"].endswith(": in sync")
    assert audit(runner, account).code == 0
    assert len(issues(store)[0]["comments"]) == 1

    account.add_user("eve@example.com", name="Eve", role="admin")
    assert audit(runner, account).code == 7
    (again,) = issues(store)
    assert again["state"] == "OPEN"
    assert "eve@example.com" in again["body"]


def test_each_stack_has_its_own_issue_however_long_its_name(
    runner: Runner, account: EmulatorProcess, store: Path
) -> None:
    account.add_user("eve@example.com", name="Eve", role="admin")
    for stack in ("", "prod", "a" * 90):
        assert audit(runner, account, stack=stack).code == 7
    labels = [one["label"] for one in issues(store)]
    assert labels == [
        "cerevox-drift",
        "cerevox-drift/prod",
        f"cerevox-drift/{'a' * 36}",
    ]


def test_an_issue_that_cannot_be_written_is_a_warning_and_the_verdict_stands(
    runner: Runner, account: EmulatorProcess, store: Path
) -> None:
    store.write_text(json.dumps({"refusal": "the repository has disabled issues"}))
    ran = audit(runner, account)
    assert ran.code == 0
    (warning,) = [one for one in ran.commands if one.startswith("::warning")]
    assert "issues: write" in warning
    assert "the repository has disabled issues" in ran.log


def test_nobody_gets_an_issue_unasked(
    runner: Runner, account: EmulatorProcess, store: Path
) -> None:
    account.add_user("eve@example.com", name="Eve", role="admin")
    assert audit(runner, account, issue="false").code == 7
    assert not store.exists()


def test_the_same_on_gitlab(
    outer: dict[str, str],
    tmp_path: Path,
    start_emulator: Callable[..., EmulatorProcess],
) -> None:
    account = start_emulator(seed="empty")
    folder, tools, store = (tmp_path / name for name in ("code", "tools", "issues"))
    folder.mkdir()
    tools.mkdir()
    put_command(tools / "glab", GLAB)
    owner = account.users()[0]["email"]
    (folder / "team.yaml").write_text(f"members: [{{email: {owner}, role: admin}}]\n")
    environment = outer | {
        "PATH": f"{tools}:{outer['PATH']}",
        "CEREVOX_API_KEY": account.api_key,
        "CEREVOX_BASE_URL": account.url,
        "GLAB_STORE": str(store),
        "GITLAB_TOKEN": "glpat-made-up",
        "CI_PIPELINE_URL": "https://gitlab.example.com/1",
    }

    def audit_then_issue(code: int) -> list[dict[str, Any]]:
        """Do what both jobs do; return the issues."""
        command = [sys.executable, "-m", "pulumi_cerevox.cli", "audit", "team.yaml"]
        formats = ["--format", "json=audit.json", "--format", "markdown=audit.md"]
        ran = subprocess.run(
            [*command, *formats], cwd=folder, env=environment, check=False
        )
        assert ran.returncode == code
        job = run_job("drift-issue", folder, environment)
        assert job.returncode == 0, job.stdout
        found: list[dict[str, Any]] = []
        return json.loads(store.read_text()) if store.exists() else found

    assert audit_then_issue(0) == []
    account.add_user("eve@example.com", name="Eve", role="admin")
    (opened,) = audit_then_issue(7)
    assert opened["state"] == "opened"
    assert opened["labels"] == ["cerevox-drift"]
    assert "eve@example.com" in opened["description"]
    assert "As of https://gitlab.example.com/1" in opened["description"]

    account.add_user("mallory@example.com", name="Mallory", role="member")
    (updated,) = audit_then_issue(7)
    assert updated["state"] == "opened"
    assert "mallory@example.com" in updated["description"]

    # What was not read is not settled, also where no report was written at all.
    account.add_fault(method="GET", path="/users", status=400)
    (unread,) = audit_then_issue(4)
    assert unread["state"] == "opened"
    account.clear_faults()
    (folder / "audit.json").unlink()
    (folder / "audit.md").unlink()
    assert run_job("drift-issue", folder, environment).returncode == 0
    (without,) = json.loads(store.read_text())
    assert without["state"] == "opened"
    assert "The audit wrote no report." in without["description"]

    for email in ("eve@example.com", "mallory@example.com"):
        account.remove_user(email)
    (closed,) = audit_then_issue(0)
    assert closed["state"] == "closed"
    assert "eve@example.com" not in closed["description"]
    assert audit_then_issue(0) == [closed]

    account.add_user("eve@example.com", name="Eve", role="admin")
    (again,) = audit_then_issue(7)
    assert again["state"] == "opened"
    assert "eve@example.com" in again["description"]
