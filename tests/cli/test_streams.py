"""Standard streams that are closed, or full: no traceback, and a code that is true."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from pulumi_cerevox.cli import LazyGroup

ADA = "{email: ada@example.com, role: admin}"
OLD = f"members:\n  - {ADA}\n  - {{email: b@example.com}}\n"
NEW = "members:\n  - {email: b@example.com, role: admin}\n"
REFUSED = 5


@pytest.fixture
def change(tmp_path: Path) -> list[str]:
    (tmp_path / "old.yaml").write_text(OLD)
    (tmp_path / "new.yaml").write_text(NEW)
    old, new = str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml")
    required = ["--required-admin", "ada@example.com"]
    return ["guard", "--base", old, "--roster", new, *required]


def run(words: list[str], redirected: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "pulumi_cerevox.cli", *words]
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {redirected}', "sh", *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def test_a_closed_stdout_changes_no_exit_code(change: list[str]) -> None:
    done = run(change, ">&-")
    assert done.returncode == REFUSED
    assert b"refused by guard required_admins" in done.stderr
    assert b"Traceback" not in done.stderr


def test_all_streams_may_be_closed(change: list[str]) -> None:
    assert run(change, "<&- >&- 2>&-").returncode == REFUSED


def test_a_closed_stdin_is_an_empty_one() -> None:
    done = run(["guard"], "<&-")
    assert done.returncode == 2
    assert b"is empty" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk")
def test_a_full_disk_is_told_in_one_line(change: list[str]) -> None:
    done = run(change, ">/dev/full")
    assert done.returncode == 1
    assert done.stderr.decode() == (
        "pulumi-cerevox: could not write all of the output: No space left on device\n"
    )


@pytest.mark.parametrize(
    "fault", [OSError("odd"), FileNotFoundError(2, os.strerror(2), "a file")]
)
def test_other_faults_are_not_taken_for_a_full_disk(fault: OSError) -> None:
    group = LazyGroup("group")

    def fail() -> None:
        raise fault

    command: Callable[[Callable[[], None]], object] = group.command("fail")
    command(fail)
    assert CliRunner().invoke(group, ["fail"]).exception is fault
