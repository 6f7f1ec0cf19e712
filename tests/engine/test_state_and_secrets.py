"""What a state, a log and a refresh hold and cost, for a stack of 50 users."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.security.canary import files_below, places

NewProject = Callable[..., Any]
FIFTY = """
for number in range(50):
    cerevox.User(f"user-{number}", email=f"user-{number}@example.com", role="member")
"""


def count(project: Any, method: str, route: str) -> int:
    """Count the requests on one route."""
    return sum(
        request["method"] == method and request["route"] == route
        for request in project.emulator.journal()
    )


def test_a_refresh_costs_one_list_a_process(new_project: NewProject) -> None:
    project = new_project(FIFTY)
    project.up()
    assert count(project, "GET", "/v1/users") == 1
    assert count(project, "POST", "/v1/users") == 50
    # With a preview, and alone.
    for options, processes in ((["--yes"], 2), (["--yes", "--skip-preview"], 1)):
        project.emulator.clear_journal()
        project.pulumi("refresh", *options)
        assert count(project, "GET", "/v1/users") == processes
        assert count(project, "GET", "/v1/users/{user_id}") == 0
        assert count(project, "POST", "/v1/token/login") == processes


@pytest.mark.dynamic_alone("the plugin's inputs hold no pickle")
def test_the_pickle_is_short_and_one_for_all(new_project: NewProject) -> None:
    project = new_project(FIFTY)
    project.up()
    resources = project.resources()
    assert len(resources) == 50
    pickles = {resource["outputs"]["__provider"] for resource in resources}
    assert pickles == {resource["inputs"]["__provider"] for resource in resources}
    assert len(pickles) == 1
    assert len(pickles.pop()) <= 80


@pytest.mark.both_providers
def test_a_key_from_the_environment_is_nowhere(
    new_project: NewProject, tmp_path: Path
) -> None:
    """Nor are its tokens: in no output, state, log or file, whatever fails."""
    project = new_project('cerevox.User("ada", email="ada@example.com")')
    logs = tmp_path / "logs"
    logs.mkdir()
    loud = {
        "PULUMI_DEBUG_COMMANDS": "true",
        "PULUMI_DEBUG_GRPC": str(logs / "grpc.json"),
        "TMPDIR": str(logs),
    }
    verbose = ["-v=9", "--logtostderr", "--logflow"]
    project.emulator.add_fault(method="POST", path="/users", status=403, times=1)
    said = project.pulumi("up", "--yes", *verbose, expect=None, **loud)
    assert "Forbidden" in said
    project.emulator.add_fault(path="/users", status=401, times=2)
    said += project.pulumi("up", "--yes", *verbose, expect=None, **loud)
    said += project.pulumi("up", "--yes", "-v=9", "--logflow", **loud)
    said += project.pulumi("preview", "--refresh", "--json", *verbose, **loud)
    said += project.pulumi("refresh", "--yes", *verbose, **loud)
    said += project.pulumi("stack", "export", "--show-secrets")
    assert_nowhere(secrets_of(project), said, tmp_path)
    assert list(logs.iterdir())


def test_a_key_in_the_stacks_config_is_encrypted(
    new_project: NewProject, tmp_path: Path
) -> None:
    """With `-v=9` the engine itself prints it; the README warns of that."""
    project = new_project('cerevox.User("ada", email="ada@example.com")')
    key = project.emulator.api_key
    project.pulumi("config", "set", "--secret", "cerevox:apiKey", key)
    said = project.up(CEREVOX_API_KEY=None)
    said += project.pulumi("preview", "--refresh", CEREVOX_API_KEY=None)
    project.emulator.add_fault(path="/users", status=403, times=None)
    said += project.pulumi("refresh", "--yes", expect=None, CEREVOX_API_KEY=None)
    said += project.pulumi("stack", "export")
    assert_nowhere(secrets_of(project), said, tmp_path)


def secrets_of(project: Any) -> list[str]:
    """Return the account's keys and every token that was handed out."""
    snapshot = project.emulator.snapshot()
    tokens = [
        session[name]
        for session in snapshot["sessions"]
        for name in ("access_token", "refresh_token")
        if session[name]  # a spent one is not kept
    ]
    assert tokens
    return [project.emulator.api_key, *tokens]


def assert_nowhere(secrets: list[str], said: str, folder: Path) -> None:
    """Look through what was printed and through every file of the test."""
    files = files_below(folder)
    assert any("/.pulumi/" in f"/{path}" for path in files)
    assert places(secrets, files | {"output": said.encode()}) == []
