"""Where the state lies: files, and PostgreSQL as Debian packages it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from scripts import postgresql as server_script

ROOT = Path(__file__).parents[2]
QUICKSTART = (ROOT / "examples" / "quickstart" / "__main__.py").read_text()
NewProject = Callable[..., Any]


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """Run a server; give its URL. Never skip."""
    run = find_postgresql()
    if run.returncode != 0:
        pytest.fail(run.stderr, pytrace=False)
    with server_script.running(Path(run.stdout.strip())) as url:
        yield url


@pytest.fixture(params=["file", "postgresql"])
def held_project(request: Any, new_project: NewProject, tmp_path: Path) -> Any:
    """Make a project on either backend, whose requests wait as long as need be."""
    project = new_project(db=tmp_path / "account.db")
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql")
        project.workspace.extra["PULUMI_BACKEND_URL"] = url
        project.pulumi("stack", "init", "locked")
    project.pulumi("config", "set", "cerevox:requestTimeout", "600")
    return project


def find_postgresql(*root: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.postgresql", *root],
        cwd=ROOT,
        env=dict(os.environ) | env,
        capture_output=True,
        text=True,
        check=False,
    )


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def emails(project: Any) -> list[str]:
    return sorted(user["email"] for user in project.emulator.users()[1:])


def test_a_stack_lives_in_postgresql(new_project: NewProject, postgresql: str) -> None:
    project = new_project()
    project.workspace.extra["PULUMI_BACKEND_URL"] = postgresql
    project.workspace.extra["PULUMI_CONFIG_PASSPHRASE"] = "correct horse"
    project.write(QUICKSTART)
    project.pulumi("stack", "init", "life")
    project.up()
    assert emails(project) == ["ada@example.com", "bob@example.com", "eve@example.com"]
    project.emulator.patch_user("eve@example.com", role="admin")
    project.pulumi("refresh", "--preview-only", "--expect-no-changes", expect=7)
    project.up("--refresh")
    assert project.emulator.user("eve@example.com")["role"] == "member"
    assert len(project.resources()) == 3
    project.pulumi("destroy", "--yes", "--skip-preview")
    assert emails(project) == []


def test_a_second_run_at_once_is_refused_by_the_lock(
    held_project: Any,
) -> None:
    project = held_project
    project.write('cerevox.User("ada", email="ada@example.com")')
    project.emulator.add_fault(method="POST", path="/users", action="hang")
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(project.up)
        wait_until(lambda: project.emulator.faults()[0]["fired"] == 1 or first.done())
        said = project.up(expect=None)
        assert not first.done(), first.result()
        # The call that hangs is cut off, and no fault is left.
        project.emulator.kill()
        project.emulator.restart()
        first.result()
    assert "the stack is currently locked by 1 lock(s)" in said
    assert "`pulumi cancel`" in said
    password = urlsplit(project.workspace.environment()["PULUMI_BACKEND_URL"]).password
    assert password is None or password not in said
    assert emails(project) == ["ada@example.com"]
    written = [one for one in project.emulator.journal() if one["committed"]]
    assert [one["path"] for one in written if "/token" not in one["path"]] == [
        "/v1/users"
    ]
    project.pulumi("preview", "--refresh", "--expect-no-changes")


def test_the_newest_server_with_all_its_programs_is_taken(tmp_path: Path) -> None:
    all_three = ("initdb", "pg_ctl", "postgres")
    folders = {}
    for version, names in {"9.6": all_three, "15": all_three, "16": ("psql",)}.items():
        folders[version] = tmp_path / "usr/lib/postgresql" / version / "bin"
        folders[version].mkdir(parents=True)
        for name in names:
            (folders[version] / name).touch(0o755)
    assert server_script.find(None, tmp_path) == folders["15"]
    on_path = folders["9.6"] / "initdb"
    assert server_script.find(str(on_path), tmp_path) == folders["9.6"]
    assert server_script.find(None, tmp_path / "usr") is None


def test_a_machine_without_a_server_is_told_what_to_install(tmp_path: Path) -> None:
    said = find_postgresql(str(tmp_path), PATH=str(tmp_path))
    assert said.returncode == 1
    assert said.stdout == ""
    assert "no PostgreSQL server" in said.stderr
    assert "apt-get install postgresql" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_state_with_empty_notes_beside_it_is_whole(new_project: NewProject) -> None:
    """As the README says of `failed to load checkpoint: EOF`."""
    project = new_project()
    states = project.workspace.home / "states"
    (notes,) = states.rglob("test.json.attrs")
    # As Pulumi leaves it when it is killed between making the file and filling it.
    notes.write_text("")
    told = project.pulumi("stack", "export", expect=None)
    assert "failed to load checkpoint: EOF" in told
    command = ["find", ".pulumi", "-name", "*.attrs", "-empty", "-delete"]
    subprocess.run(command, cwd=states, check=True)
    assert project.workspace.export()["version"] == 3


def test_a_backend_in_files_can_do_without_notes(
    new_project: NewProject, tmp_path: Path
) -> None:
    project = new_project("cerevox.User('ada', email='ada@example.com')")
    folder = tmp_path / "without-notes"
    folder.mkdir()
    url = f"{folder.as_uri()}?metadata=skip"
    project.workspace.extra["PULUMI_BACKEND_URL"] = url
    project.pulumi("stack", "init", "test")
    project.up()
    assert list(folder.rglob("test.json"))
    assert not list(folder.rglob("*.attrs"))
