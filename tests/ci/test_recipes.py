"""The recipes of examples/ci that need no engine, run step by step."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pulumi_cerevox.testing import EmulatorProcess
from tests.ci.gitlab import run_job
from tests.ci.pull_request import PullRequest
from tests.ci.runner import ROOT, Ran, Runner

GITHUB = ROOT / "examples" / "ci" / "github"
Commit = Callable[[Mapping[str, str | None]], Path]
TEAM = """\
guards: {required_admins: [ada@example.com]}
members:
  - {email: ada@example.com, role: admin}
  - {email: grace@example.com, role: admin}
"""
WITHOUT_ADA = TEAM.replace("  - {email: ada@example.com, role: admin}\n", "")


@pytest.fixture
def account(start_emulator: Callable[..., EmulatorProcess]) -> EmulatorProcess:
    """An account of its owner alone."""
    return start_emulator(seed="empty")


@pytest.fixture
def roster(account: EmulatorProcess) -> str:
    """A roster that the account is in sync with."""
    return f"members:\n  - {{email: {account.users()[0]['email']}, role: admin}}\n"


def test_guard_on_github(
    runner: Runner, commit: Commit, pull_request: PullRequest
) -> None:
    commit({"team.yaml": TEAM})
    commit({"team.yaml": TEAM + "  - {email: bob@example.com}\n"})
    assert runner.job(GITHUB / "guard.yml", "guard").code == 0
    assert "bob@example.com" in pull_request.comments[0]
    commit({"team.yaml": WITHOUT_ADA})
    ran = runner.job(GITHUB / "guard.yml", "guard")
    assert ran.code == 5
    assert "required_admins" in ran.summary
    assert len(pull_request.comments) == 1


def test_audit_on_github(
    runner: Runner, commit: Commit, account: EmulatorProcess, roster: str
) -> None:
    commit({"team.yaml": roster})
    uploaded: list[Mapping[str, str]] = []
    kept: list[Mapping[str, str]] = []

    def upload(given: Mapping[str, str]) -> Ran:
        uploaded.append(given)
        return Ran()

    def keep(given: Mapping[str, str]) -> Ran:
        kept.append(given)
        return Ran()

    runner.actions |= {
        "github/codeql-action/upload-sarif": upload,
        "actions/upload-artifact": keep,
    }
    runner.environment["CEREVOX_BASE_URL"] = account.url
    runner.contexts["secrets"] = {"CEREVOX_API_KEY": account.api_key}
    runner.contexts["github"]["event"] = {"schedule": "17 3 * * *"}
    assert runner.job(GITHUB / "audit.yml", "audit").code == 0
    account.add_user("eve@example.com", role="admin")
    ran = runner.job(GITHUB / "audit.yml", "audit")
    assert ran.code == 7
    assert "eve@example.com" in ran.summary
    log = json.loads(Path(uploaded[1]["sarif_file"]).read_text(encoding="utf-8"))
    assert "eve@example.com" in json.dumps(log["runs"][0]["results"])
    # From an audit that saw less, GitHub would take the rest for mended.
    account.add_fault(method="GET", path="/users", status=400)
    assert runner.job(GITHUB / "audit.yml", "audit").code == 4
    assert len(uploaded) == 2
    assert len(kept) == 3
    assert all(Path(one["path"], "audit.html").exists() for one in kept)


@pytest.fixture
def gitlab(outer: dict[str, str]) -> dict[str, str]:
    """Return what a GitLab runner would tell a job; the package is this clone's."""
    return outer | {"PULUMI_CEREVOX": str(ROOT)}


def test_guard_on_gitlab(
    gitlab: dict[str, str], commit: Commit, outer: dict[str, str]
) -> None:
    folder = commit({"readme.md": "nobody"})
    none = head(folder, outer)
    commit({"team.yaml": TEAM, "venv.py": "raise SystemExit('the checkout was run')\n"})
    base = head(folder, outer)
    new = run_job("guard", folder, gitlab | {"CI_MERGE_REQUEST_DIFF_BASE_SHA": none})
    assert new.returncode == 0, new.stdout
    assert "create 2" in (folder / "guard.md").read_text()
    commit({"team.yaml": WITHOUT_ADA})
    # Of a pipeline for merged results: this one counts.
    told = {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": none,
        "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": base,
    }
    refused = run_job("guard", folder, gitlab | told, tools=sys.prefix)
    assert refused.returncode == 5
    assert "required_admins" in refused.stdout
    assert "required_admins" in (folder / "guard.md").read_text()


def test_a_commit_that_is_not_there_is_no_new_roster(
    gitlab: dict[str, str], commit: Commit
) -> None:
    folder = commit({"team.yaml": TEAM})
    lost = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "0" * 40}
    ran = run_job("guard", folder, gitlab | lost, tools=sys.prefix)
    assert ran.returncode == 4, ran.stdout
    assert "names no commit" in (folder / "guard.md").read_text()


def test_no_recipe_decides_what_a_roster_was() -> None:
    """The one command that reads the old roster is tested with real git."""
    texts = [one.read_text() for one in (ROOT / "examples" / "ci").rglob("*.yml")]
    texts.append((ROOT / "scripts" / "action" / "judge.sh").read_text())
    assert len(texts) > 4
    for word in ("ls-tree", "cat-file", "rev-parse", "/dev/null"):
        assert not any(word in text for text in texts), word


def test_audit_on_gitlab(
    gitlab: dict[str, str], commit: Commit, account: EmulatorProcess, roster: str
) -> None:
    folder = commit({"team.yaml": roster})
    account.add_user("eve@example.com", role="admin")
    there = {"CEREVOX_API_KEY": account.api_key, "CEREVOX_BASE_URL": account.url}
    ran = run_job("audit", folder, gitlab | there)
    assert ran.returncode == 7, ran.stdout
    for name in ("audit.xml", "audit.json"):
        assert "eve@example.com" in (folder / name).read_text(encoding="utf-8")
    assert (folder / "audit.html").exists()


def head(folder: Path, environment: dict[str, str]) -> str:
    return subprocess.run(
        ["/usr/bin/env", "git", "rev-parse", "HEAD"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
