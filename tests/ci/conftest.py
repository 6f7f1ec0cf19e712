"""A pull request in a real Git, its comments, and a runner."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from scripts.release import Release
from tests.ci.pull_request import NUMBER, TOKEN, PullRequest
from tests.ci.runner import Ran, Runner

# Nothing of the user's own.
_GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
}
_KEPT = ("PATH", "LANG", "LC_ALL", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")
_KEPT_KINDS = ("PIP_", "UV_", "SSL_", "COVERAGE_", "GO")


@pytest.fixture
def pull_request() -> PullRequest:
    """A pull request that nobody has commented on."""
    return PullRequest()


@pytest.fixture
def outer(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the processes of a job begin with: a home of their own, no keys."""
    home = tmp_path / "home"
    home.mkdir()
    there = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or name.startswith(_KEPT_KINDS)
    }
    path = f"{sys.prefix}/bin{os.pathsep}{there.get('PATH', os.defpath)}"
    own = {
        "HOME": str(home),
        "PATH": path,
        # What one test has downloaded serves the others.
        "PIP_CACHE_DIR": str(tmp_path_factory.getbasetemp() / "pip"),
    }
    return there | _GIT | own


@pytest.fixture
def commit(tmp_path: Path, outer: dict[str, str]) -> Callable[..., Path]:
    """Commit files, by their names; one without a text is removed."""
    folder = tmp_path / "checkout"
    folder.mkdir()

    def git(*words: str) -> None:
        subprocess.run(
            ["/usr/bin/env", "git", *words],
            cwd=folder,
            env=outer,
            check=True,
            capture_output=True,
        )

    def make(files: Mapping[str, str | None]) -> Path:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text, encoding="utf-8")
        git("add", "--all")
        git("commit", "--quiet", "--allow-empty", "--message", "a change")
        return folder

    git("init", "--quiet", "--initial-branch", "main")
    return make


@pytest.fixture
def runner(
    tmp_path: Path,
    outer: dict[str, str],
    pull_request: PullRequest,
) -> Runner:
    """A runner for that pull request, with the action's environment made already."""
    temp = tmp_path / "runner temp"
    temp.mkdir()
    (temp / "pulumi-cerevox").symlink_to(sys.prefix)
    contexts = {
        "github": {"token": TOKEN, "event": {"pull_request": {"number": NUMBER}}},
        "runner": {"temp": str(temp)},
        "secrets": {},
        "vars": {},
        "needs": {},
    }
    made = Runner(tmp_path / "checkout", temp, dict(outer), contexts)
    made.actions = {
        # What is there is used: the install of its own has its own test.
        Release().action: lambda given: made.action(
            {"package": "pulumi-cerevox", **given}
        ),
        "marocchino/sticky-pull-request-comment": pull_request.comment,
        "actions/checkout": lambda _: Ran(),
        "actions/setup-python": lambda _: Ran(),
    }
    return made
