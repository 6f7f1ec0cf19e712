"""The shell of both workflows on a fresh clone, publishing nothing: `make dry-release`.

It takes some minutes, so `make test` does not collect this file.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.release import ROOT, Release
from tests.ci.runner import Ran, Runner

WORKFLOWS = ROOT / ".github" / "workflows"
CI, RELEASE = WORKFLOWS / "ci.yml", WORKFLOWS / "release.yml"
Published = dict[str, list[str]]


@pytest.fixture
def clone(runner: Runner) -> Path:
    """Clone the last commit, its CHANGELOG closed as on the day of the release."""
    git = ["/usr/bin/env", "git", "clone", "--quiet", str(ROOT), str(runner.checkout)]
    subprocess.run(git, check=True)
    file = runner.checkout / "CHANGELOG.md"
    head, title, rest = file.read_text("utf-8").partition("## [Unreleased]\n")
    version = re.search(r"^## \[\d.*$", rest, re.MULTILINE)
    assert version
    rest = rest[version.start() :]
    file.write_text(f"{head}{title}\n{rest}", "utf-8")
    return runner.checkout


def run_job(runner: Runner, workflow: Path, job: str) -> Ran:
    ran = runner.job(workflow, job)
    assert ran.code == 0, ran.log[-4000:]
    return ran


def test_the_shell_of_both_workflows_on_a_fresh_clone(
    runner: Runner, publish: Callable[[], None], published: Published, clone: Path
) -> None:
    run_job(runner, RELEASE, "build")
    assert "runs on the wheel, and on the plugin's file" in (
        run_job(runner, RELEASE, "try").log
    )
    publish()
    version = Release().version
    assert published["pypi"] == [
        f"dist/python/pulumi_cerevox-{version}-py3-none-any.whl",
        f"dist/python/pulumi_cerevox-{version}.tar.gz",
    ]
    files = {Path(one).name for one in published["attested"]} - {"SHA256SUMS"}
    assert {"pulumi-cerevox.cdx.json", "pulumi-cerevox-site.tar.gz"} < files
    assert sum("pulumi-resource-cerevox" in one for one in files) == 6
    # The same bytes on the second build, for all that is no listing of the day.
    first = (clone / "dist/files/SHA256SUMS").read_text().splitlines()
    run_job(runner, CI, "release")
    again = (clone / "dist/files/SHA256SUMS").read_text().splitlines()
    assert first[:2] == again[:2]
    runner.environment["MAKEFLAGS"] = "--dry-run"  # `make test` itself runs every day
    assert "scripts/check-wheel" in run_job(runner, CI, "test").log


@pytest.mark.usefixtures("clone")
def test_the_wheel_on_this_python(runner: Runner) -> None:
    """Run the tests in short twice: it takes as long as they do."""
    run_job(runner, RELEASE, "build")
    assert run_job(runner, RELEASE, "test").log.count(" ok: Python ") == 2
