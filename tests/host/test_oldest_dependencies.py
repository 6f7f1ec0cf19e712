"""The oldest dependencies that pyproject.toml allows, with this Python.

`make versions` runs much more of the tests, and every Python.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pulumi_cerevox.doctor import OLDEST_SDK
from scripts import versions
from scripts.engine.workspace import ROOT

CALLS = "tests/host/test_user_calls.py"
HELD = f"{CALLS}::test_read_gives_live_inputs_and_leaves_out_what_is_not_managed"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def test_a_host_with_the_oldest_dependencies_creates_and_reads(tmp_path: Path) -> None:
    try:
        python = versions.make_environment(tmp_path / "oldest", VERSION, "oldest")
    except versions.NotInstalledError as error:
        pytest.skip(f"could not be installed here: {error}")
    listed = versions.uv("pip", "list", "--python", python, "--format", "json")
    found = {one["name"]: one["version"] for one in json.loads(listed.stdout)}
    floor = ".".join(map(str, OLDEST_SDK))
    assert found["pulumi"] == floor
    run = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", HELD],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


def test_every_python_that_is_promised_is_known() -> None:
    known = versions.known()
    assert known[0] == "3.11"
    assert versions.promised() <= set(known)


def test_a_python_that_nobody_has_is_said_and_no_failure(tmp_path: Path) -> None:
    with pytest.raises(versions.NotInstalledError, match=r"."):
        versions.make_environment(tmp_path / "none", "3.99", "oldest")
