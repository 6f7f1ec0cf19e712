"""What a roster of a thousand costs the API, in requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

NewProject = Callable[..., Any]
THOUSAND = """
members = [{"email": "owner@example.com", "role": "admin"}]
members += [{"email": f"user-{number}@example.com"} for number in range(1000)]
cerevox.Roster("team", members=members)
"""


def requests(project: Any) -> Counter[str]:
    """Count the requests by method and route, and forget them."""
    counted = Counter(
        f"{request['method']} {request['route']}"
        for request in project.emulator.journal()
    )
    project.emulator.clear_journal()
    return counted


def test_a_thousand_members_cost_a_list_a_process(new_project: NewProject) -> None:
    project = new_project(THOUSAND, latency_ms=50)
    project.up()
    created = requests(project)
    assert created["POST /v1/users"] == 1000
    assert created["GET /v1/users"] <= 2
    assert created["GET /v1/users/{user_id}"] == 0

    project.pulumi("refresh", "--yes", "--skip-preview")
    assert requests(project)["GET /v1/users"] == 1

    project.up("--expect-no-changes")
    unchanged = requests(project)
    assert {route.split()[0] for route in unchanged} <= {"GET", "POST"}
    assert unchanged["POST /v1/users"] == 0
