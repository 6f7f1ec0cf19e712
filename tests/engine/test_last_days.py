"""Last days on the real engine, through both providers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

LATE_CLOCK = Path(__file__).parents[1] / "late_clock"
MIDNIGHT = """
import pathlib
if not pulumi.runtime.is_dry_run():
    pathlib.Path({ahead!r}).write_text("86400")
cerevox.Roster(
    "team",
    members={{
        "owner@example.com": "admin",
        "bob@example.com": {{"until": {today!r}}},
    }},
    expired="remove",
)
"""


def roles(project: Any) -> dict[str, str]:
    """Return the role of everybody in the account."""
    return {user["email"]: user["role"] for user in project.emulator.users()}


@pytest.mark.both_providers
def test_last_days_in_a_file(new_project: Callable[..., Any]) -> None:
    project = new_project('cerevox.Roster.from_file("team", "team.yaml")')
    file = project.workspace.project / "team.yaml"
    members = (
        "members:\n"
        "  - {email: owner@example.com, role: admin}\n"
        "  - {email: ada@example.com, role: admin, role_until: 2027-03-30}\n"
        "  - {email: bob@example.com, until: 2027-03-31}\n"
        "  - {email: cy@example.com, until: 2026-01-31}\n"
    )
    file.write_text(members)
    said = project.up(CEREVOX_TODAY="2027-03-30")
    assert "as of 2027-03-30: past their last day" in said
    assert "cy@example.com (2026-01-31)" in said
    assert "cy@example.com" not in set(roles(project))
    project.pulumi("preview", "--expect-no-changes")
    # Another day shows what it brings, and changes nothing.
    later = {"CEREVOX_TODAY": "2027-04-01"}
    said = project.pulumi("preview", "--diff", **later)
    assert "bob@example.com (2027-03-31), cy@example.com" in said
    assert '~ role: "admin" => "member"' in said
    assert "- bob@example.com" not in said
    file.write_text(f"expired: remove\n{members}")
    said = project.pulumi("preview", "--diff", **later)
    assert "- bob@example.com: {" in said
    assert len(set(roles(project))) == 3
    # No real account is written to, whichever day is named.
    real = {"CEREVOX_BASE_URL": "https://cerevox.invalid/v1"}
    project.emulator.clear_journal()
    project.pulumi("config", "set", "cerevox:maxWaitSeconds", "0")
    for day in ("2027-04-01", "2020-01-01"):
        said = project.up(expect=1, CEREVOX_TODAY=day, **real)
        assert f"CEREVOX_TODAY={day} is set, and the account is a real one" in said
    project.up(**later)
    assert roles(project) == {
        "owner@example.com": "admin",
        "ada@example.com": "member",
    }
    project.pulumi("preview", "--refresh", "--expect-no-changes", **later)


@pytest.mark.both_providers
def test_a_stack_keeps_a_last_day_for_its_audit(
    new_project: Callable[..., Any],
) -> None:
    project = new_project()
    program = (
        'cerevox.Roster("team", members={{"owner@example.com": "admin", '
        '"bob@example.com": {bob}}})'
    )
    project.write(program.format(bob='"member"'))
    project.up()
    project.write(program.format(bob='{"until": "2027-03-31"}'))
    project.emulator.clear_journal()
    said = project.up()
    assert "bob@example.com: no last day -> until 2027-03-31" in said
    assert "1 updated" in said
    methods = {one["method"] for one in project.emulator.journal()}
    assert methods & {"PUT", "DELETE"} == set()
    assert len(set(roles(project))) == 2
    project.pulumi("refresh", "--yes", "--skip-preview")
    project.pulumi("preview", "--expect-no-changes")
    for day, code in (("2027-03-31", 0), ("2027-04-01", 7)):
        run = subprocess.run(
            [sys.executable, "-m", "pulumi_cerevox.cli", "audit", "--stack", "test"],
            cwd=project.workspace.project,
            env=project.workspace.environment() | {"CEREVOX_TODAY": day},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == code, run.stdout + run.stderr
        assert ("expired: bob@example.com" in run.stdout) == (code == 7)


@pytest.mark.both_providers
def test_an_up_over_midnight_removes_nobody_whom_its_preview_did_not_show(
    new_project: Callable[..., Any], tmp_path: Path
) -> None:
    """The hosts of the update begin a day after those of the preview."""
    folder = tmp_path / "clock"
    folder.mkdir()
    ahead = folder / "ahead"
    today = datetime.now(UTC).date().isoformat()
    project = new_project(cold=True)
    project.emulator.add_user("bob@example.com", role="member")
    project.write(MIDNIGHT.format(ahead=str(folder / "not yet"), today="2999-12-31"))
    project.up()
    project.write(MIDNIGHT.format(ahead=str(ahead), today=today))
    clock = {"PYTHONPATH": str(LATE_CLOCK), "CLOCK_AHEAD": str(ahead)}
    said = project.pulumi("up", "--yes", **clock)
    assert (folder / "late").exists()
    assert "nobody is past their last day" in said
    assert "bob@example.com (" not in said
    assert "bob@example.com" in roles(project)
