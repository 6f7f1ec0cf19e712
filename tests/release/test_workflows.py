"""Both workflows: what they may do, and what is published where."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from scripts.release import ROOT
from tests.ci.runner import read

WORKFLOWS = ROOT / ".github" / "workflows"
CI, RELEASE = WORKFLOWS / "ci.yml", WORKFLOWS / "release.yml"
Published = dict[str, list[str]]


def steps_of(path: Path) -> list[tuple[Any, Any]]:
    jobs = read(path)["jobs"].values()
    return [(job, step) for job in jobs for step in job["steps"]]


@pytest.mark.parametrize("path", [CI, RELEASE], ids=lambda one: one.name)
def test_each_action_is_a_commit_and_each_right_stands_at_its_job(path: Path) -> None:
    assert read(path)["permissions"] == {}
    named = re.findall(r"uses: (.*)", path.read_text("utf-8"))
    assert named
    for one in named:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one), one
    for job in read(path)["jobs"].values():
        assert job["permissions"]
        assert int(job["timeout-minutes"]) <= 90
        writes = {
            name for name, right in job["permissions"].items() if right == "write"
        }
        runs_our_code = any("checkout" in step.get("uses", "") for step in job["steps"])
        assert not (writes and runs_our_code), "code of the clone has a right to write"


def test_a_commit_is_one_version_in_both_workflows() -> None:
    both = CI.read_text("utf-8") + RELEASE.read_text("utf-8")
    pairs = set(re.findall(r"uses: (\S+)@(\S+ # \S+)", both))
    assert len(pairs) == len({action for action, _ in pairs})


@pytest.mark.parametrize("path", [CI, RELEASE], ids=lambda one: one.name)
def test_shell_is_one_command_that_also_runs_elsewhere(path: Path) -> None:
    for _, step in steps_of(path):
        if "run" in step:
            command = step["run"]
            assert "\n" not in command
            assert re.match(r"make (test|versions)\b|gh |scripts/", command), command
            program = ROOT / command.split()[0]
            assert os.access(program, os.X_OK) or which("make")


def test_the_release_is_tried_on_each_python_that_is_promised() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    promised = re.findall(r"Python :: (3\.\d+)", project)
    assert read(RELEASE)["jobs"]["test"]["strategy"]["matrix"]["python"] == promised


def test_pypi_gets_the_package_and_github_all_files(
    publish: Callable[[], None], published: Published, tmp_path: Path
) -> None:
    dist = tmp_path / "stored" / "dist"
    for name in ("python/a.whl", "python/a.tar.gz", "files/p.tar.gz", "notes.md"):
        (dist / name).parent.mkdir(parents=True, exist_ok=True)
        (dist / name).write_text("made up")
    publish()
    assert published["pypi"] == ["dist/python/a.tar.gz", "dist/python/a.whl"]
    assert published["attested"] == ["dist/files/p.tar.gz", *published["pypi"]]
