"""What a state, a log and a refresh hold and cost, for a stack of 50 users."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.parametrize(
    ("options", "processes"),
    [
        pytest.param(["--yes"], 2, id="preview and refresh"),
        pytest.param(["--yes", "--skip-preview"], 1, id="refresh alone"),
    ],
)
def test_a_refresh_costs_one_list_a_process(
    new_project: NewProject, options: list[str], processes: int
) -> None:
    project = new_project(FIFTY)
    project.up()
    assert count(project, "GET", "/v1/users") == 1
    assert count(project, "POST", "/v1/users") == 50
    project.emulator.clear_journal()
    project.pulumi("refresh", *options)
    assert count(project, "GET", "/v1/users") == processes
    assert count(project, "GET", "/v1/users/{user_id}") == 0
    assert count(project, "POST", "/v1/token/login") == processes


def test_the_pickle_is_short_and_one_for_all(new_project: NewProject) -> None:
    project = new_project(FIFTY)
    project.up()
    resources = project.resources()
    assert len(resources) == 50
    pickles = {resource["outputs"]["__provider"] for resource in resources}
    assert pickles == {resource["inputs"]["__provider"] for resource in resources}
    assert len(pickles) == 1
    assert len(pickles.pop()) <= 80


def test_a_key_from_the_environment_is_nowhere(
    new_project: NewProject, tmp_path: Path
) -> None:
    project = new_project('cerevox.User("ada", email="ada@example.com")')
    key = project.emulator.api_key
    said = project.pulumi("up", "--yes", "-v=9", "--logtostderr", "--logflow")
    said += project.pulumi("refresh", "--yes", "-v=9", "--logtostderr", "--logflow")
    said += project.pulumi("stack", "export")
    encoded = base64.b64encode(key.encode()).decode().rstrip("=")
    texts = {"output": said.encode()} | {
        str(path): path.read_bytes()
        for path in project.workspace.home.rglob("*")
        if path.is_file() and tmp_path in path.parents
    }
    assert len(texts) > 1
    for place, text in texts.items():
        assert key.encode() not in text, place
        assert encoded[:-2].encode() not in text, place
