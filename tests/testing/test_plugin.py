"""The pytest plugin, used the way a user's own tests use it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

USERS_TESTS = """
import pytest
import pulumi
import pulumi_cerevox as cerevox

def test_one_changes_the_account(cerevox_account, cerevox_emulator):
    cerevox_account.create_user("ada@example.com")
    assert cerevox_emulator.count("POST", "/users") == 1

def test_another_finds_it_as_it_was(cerevox_account):
    assert [user.role for user in cerevox_account.list_users()] == ["admin"]

@pytest.mark.cerevox_seed("team")
def test_a_seed_may_be_chosen(cerevox_account):
    assert len(cerevox_account.list_users()) > 5

def test_faults_are_at_hand(cerevox_account, cerevox_emulator):
    cerevox_emulator.add_fault(method="GET", path="/users", status=503)
    assert len(cerevox_account.list_users()) == 1
    assert cerevox_emulator.count("GET", "/users") == 2

def test_scripts_find_it_by_the_environment(cerevox_environment):
    with cerevox.Account() as account:
        assert account.get_current_user().email == "owner@example.com"

def test_a_program_under_mocks(cerevox_mocks):
    ada = cerevox.User("ada", email="ada@example.com", name="Ada")
    team = cerevox.Roster("team", members=[{"email": "Bob@example.com"}])
    def check(values):
        role, counts = values
        assert role == "member"
        assert counts["members"] == 1
    pulumi.Output.all(ada.role, team.counts).apply(check)

def test_what_it_declared(cerevox_mocks):
    cerevox.User("ada", email="ada@example.com", role="admin")
    import asyncio
    from pulumi.runtime.stack import wait_for_rpcs
    asyncio.get_event_loop().run_until_complete(wait_for_rpcs())
    assert cerevox_mocks.declared("User")["ada"]["role"] == "admin"

def test_what_it_declared_with_the_native_provider(cerevox_mocks):
    pulumi.runtime.set_config("cerevox:native", "true")
    cerevox.Roster("team", members={"bob@example.com": "admin"})
    import asyncio
    from pulumi.runtime.stack import wait_for_rpcs
    asyncio.get_event_loop().run_until_complete(wait_for_rpcs())
    pulumi.runtime.set_config("cerevox:native", "false")
    assert [one.typ for one in cerevox_mocks.resources] == ["cerevox:index:Roster"]
    assert "bob@example.com" in cerevox_mocks.declared("Roster")["team"]["members"]
"""


def run_pytest(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_users_own_tests_run_with_it(tmp_path: Path) -> None:
    (tmp_path / "test_people.py").write_text(USERS_TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    run = run_pytest(tmp_path)
    assert "8 passed" in run.stdout, run.stdout


def test_nothing_of_ours_is_loaded_before_it_is_used(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(
        "import sys\n"
        "def test_other():\n"
        "    assert 'pulumi' not in sys.modules\n"
        "    assert 'requests' not in sys.modules\n"
    )
    # Schemathesis loads an HTTP client by itself.
    run = run_pytest(tmp_path, "-p", "no:xdist", "-p", "no:schemathesis")
    assert "1 passed" in run.stdout, run.stdout


def test_no_emulator_is_left_running(tmp_path: Path) -> None:
    (tmp_path / "test_pid.py").write_text(
        "from pathlib import Path\n"
        "def test_pid(cerevox_emulator):\n"
        "    Path('pid').write_text(str(cerevox_emulator.pid))\n"
    )
    assert "1 passed" in run_pytest(tmp_path).stdout
    assert not Path("/proc", (tmp_path / "pid").read_text()).exists()
