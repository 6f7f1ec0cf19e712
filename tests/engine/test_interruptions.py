"""A create that was cut off, and an engine that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

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


def kill_all(engine: subprocess.Popen[bytes]) -> None:
    """Kill the engine and everything that it started."""
    os.killpg(engine.pid, signal.SIGKILL)
    engine.wait()


def recover(project: Any) -> None:
    """Do what the README says after a killed run."""
    project.pulumi("cancel", "--yes")
    project.pulumi("refresh", "--yes", "--clear-pending-creates")


def test_a_create_that_was_killed_after_the_commit_is_taken_up(
    new_project: NewProject,
) -> None:
    project = new_project(ADA)
    project.emulator.add_fault(
        method="POST", path="/users", action="delay", delay_seconds=60, when="after"
    )
    engine = start_up(project)
    wait_until(lambda: is_there(project, "ada@example.com"))
    kill_all(engine)
    project.emulator.clear_faults()
    recover(project)
    said = project.up()
    assert "taken as this resource's own create" in said
    assert project.emulator.count("POST", "/users") == 1
    project.pulumi("preview", "--refresh", "--expect-no-changes")


def test_a_host_whose_engine_was_killed_stops_writing(
    new_project: NewProject,
) -> None:
    project = new_project(
        """
        before = None
        for number in range(3):
            before = cerevox.User(
                f"user-{number}",
                email=f"user-{number}@example.com",
                opts=pulumi.ResourceOptions(depends_on=[before] if before else []),
            )
        """
    )
    project.emulator.add_fault(
        method="GET", path="/users", action="delay", delay_seconds=3
    )
    engine = start_up(project)
    wait_until(lambda: project.emulator.count("POST", "/token/login") == 1)
    engine.kill()
    engine.wait()
    wait_until(lambda: project.emulator.count("GET", "/users") == 1)
    assert project.emulator.count("POST", "/users") == 0
    recover(project)
    project.up()
    assert len(project.emulator.users()) == 1 + 3
