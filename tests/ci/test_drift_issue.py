"""One issue for each audited stack: opened once, updated, closed, opened again."""

from __future__ import annotations

import json
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


@pytest.fixture
def store(runner: Runner, tmp_path: Path) -> Path:
    """Put the stand-in of `gh` on the path; return where it keeps its issues."""
    tools = tmp_path / "tools"
    tools.mkdir()
    command = tools / "gh"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{GH}" "$@"\n')
    command.chmod(0o755)
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


GLAB = """#!/bin/sh
echo "$*" >> "$GLAB_LOG"
case "$*" in
  "issue list --closed "*) printf '%s' "$GLAB_CLOSED" ;;
  "issue list "*) printf '%s' "$GLAB_OPEN" ;;
esac
"""


@pytest.mark.parametrize(
    ("verdict", "opened", "closed", "verbs"),
    [
        pytest.param("drift", "", "", ["create"], id="first"),
        pytest.param("drift", "7", "", ["update 7"], id="standing"),
        pytest.param("drift", "", "7", ["update 7", "reopen 7"], id="again"),
        pytest.param("in_sync", "7", "", ["update 7", "close 7"], id="settled"),
        pytest.param("in_sync", "", "7", [], id="nothing"),
        pytest.param(None, "7", "", ["update 7"], id="not-read"),
    ],
)
def test_the_same_on_gitlab(
    outer: dict[str, str],
    tmp_path: Path,
    verdict: str | None,
    opened: str,
    closed: str,
    verbs: list[str],
) -> None:
    folder = tmp_path / "checkout"
    folder.mkdir()
    if verdict is not None:
        (folder / "audit.json").write_text(json.dumps({"verdict": verdict}, indent=2))
        (folder / "audit.md").write_text("## Cerevox audit\n")
    (tmp_path / "glab").write_text(GLAB)
    (tmp_path / "glab").chmod(0o755)
    log = tmp_path / "glab.log"
    told = {
        "PATH": f"{tmp_path}:{outer['PATH']}",
        "GLAB_LOG": str(log),
        "GLAB_OPEN": opened,
        "GLAB_CLOSED": closed,
        "CI_PIPELINE_URL": "https://gitlab.example.com/1",
    }
    ran = run_job("drift-issue", folder, outer | told)
    assert ran.returncode == 0, ran.stdout
    lines = [line for line in log.read_text().splitlines() if line.startswith("issue ")]
    calls = [line.removeprefix("issue ") for line in lines if "list" not in line]
    assert len(calls) == len(verbs)
    assert all(call.startswith(verb) for call, verb in zip(calls, verbs, strict=True))
