"""Tests of the team file: copy them beside your own. No account and no engine needed.

pip install 'pulumi-cerevox[emulator]' pytest, then: pytest
"""

import runpy
from pathlib import Path

from pulumi_cerevox.roster import judge_roster, read_rosters

HERE = Path(__file__).parent


def test_the_team_file_has_no_faults_and_passes_its_own_guards():
    team = read_rosters([HERE / "team.yaml"])
    assert judge_roster(team.guards, team.membership()) == []


def test_nobody_is_an_admin_by_accident():
    team = read_rosters([HERE / "team.yaml"])
    admins = {member.email for member in team.members if member.role == "admin"}
    assert admins == {"owner@example.com", "ada@example.com"}


def test_the_program_declares_everybody(cerevox_mocks, monkeypatch):
    monkeypatch.chdir(HERE)
    runpy.run_path("__main__.py")
