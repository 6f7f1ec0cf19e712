"""A create that was cut off, and an engine that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NewProject = Callable[..., Any]
ADA = 'cerevox.User("ada", email="ada@example.com", name="Ada", role="admin")'


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def is_there(project: Any, email: str) -> bool:
    """Tell whether somebody is in the account."""
    return any(user["email"] == email for user in project.emulator.users())


def start_up(project: Any) -> subprocess.Popen[bytes]:
    """Start an `up` in a process group of its own, and leave it running."""
    return subprocess.Popen(
        project.workspace.command("up", "--yes", "--skip-preview"),
        cwd=project.workspace.project,
        env=project.workspace.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def hosts_of(project: Any) -> list[int]:
    """Return the provider hosts that run for a project; each has its own group."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            folder = (process / "cwd").readlink()
        except OSError:
            continue
        is_host = b"pulumi.dynamic" in words or any(
            word.endswith(b"/pulumi-resource-cerevox") for word in words
        )
        if is_host and folder == project.workspace.project:
            found.append(int(process.name))
    return found


def kill_all(project: Any, engine: subprocess.Popen[bytes]) -> None:
    """Kill the engine and its provider hosts at once."""
    hosts = hosts_of(project)
    for number in (engine.pid, *hosts):
        os.kill(number, signal.SIGKILL)
    engine.wait()


def recover(project: Any) -> None:
    """Do what the README says after a killed run."""
    project.pulumi("cancel", "--yes")
    project.pulumi("refresh", "--yes", "--clear-pending-creates")


@pytest.mark.both_providers
def test_a_create_that_was_killed_after_the_commit_is_taken_up(
    new_project: NewProject,
) -> None:
    project = new_project(ADA, cold=True)
    project.emulator.add_fault(
        method="POST", path="/users", action="delay", delay_seconds=60, when="after"
    )
    engine = start_up(project)
    wait_until(lambda: is_there(project, "ada@example.com"))
    kill_all(project, engine)
    project.emulator.clear_faults()
    # The engine's note of the create shows whose it was, so `up` comes first.
    project.pulumi("cancel", "--yes")
    said = project.up()
    assert "taken as this resource's own create" in said
    recover(project)
    assert project.emulator.count("POST", "/users") == 1
    project.pulumi("preview", "--refresh", "--expect-no-changes")


THREE = """
before = None
for number in range(3):
    before = cerevox.User(
        f"user-{number}",
        email=f"user-{number}@example.com",
        opts=pulumi.ResourceOptions(depends_on=[before] if before else []),
    )
"""


@pytest.mark.both_providers
@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        pytest.param(
            {"method": "GET", "path": "/users", "delay_seconds": 3},
            ("POST", "/token/login"),
            id="before its first write",
        ),
        pytest.param(
            {"method": "POST", "path": "/users", "status": 503, "times": None},
            ("POST", "/users"),
            id="while it repeats one",
        ),
    ],
)
def test_a_host_whose_engine_was_killed_writes_nothing_and_ends(
    new_project: NewProject, fault: dict[str, Any], seen: tuple[str, str]
) -> None:
    project = new_project(THREE, cold=True)
    project.emulator.add_fault(**fault)
    engine = start_up(project)
    wait_until(lambda: project.emulator.count(*seen) > 0)
    engine.kill()
    engine.wait()
    project.emulator.clear_faults()
    wait_until(lambda: not hosts_of(project))
    assert len(project.emulator.users()) == 1
    recover(project)
    project.up()
    assert len(project.emulator.users()) == 1 + 3
