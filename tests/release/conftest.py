"""A runner for the project's own workflows, with stand-ins of the actions they use."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import copytree

import pytest

from scripts.engine import folders
from scripts.release import ROOT, Release
from tests.ci.runner import Ran, Runner

RELEASE = ROOT / ".github" / "workflows" / "release.yml"
TAG = f"v{Release().version}"
_GH = """\
#!/bin/sh
echo "$GH_REPO $GH_TOKEN"
for word; do echo "$word"; done
"""
Published = dict[str, list[str]]


@pytest.fixture
def published() -> Published:
    """Hold what went to PyPI and what got an attestation."""
    return {}


@pytest.fixture
def runner(tmp_path: Path, published: Published) -> Runner:
    """Make a machine with an empty checkout, and stand-ins of the actions."""
    checkout, temp, stored = (tmp_path / name for name in ("clone", "temp", "stored"))
    for folder in (checkout, temp, tmp_path / "bin"):
        folder.mkdir()
    gh = tmp_path / "bin" / "gh"
    gh.write_text(_GH)
    gh.chmod(0o755)
    kept = {
        k: v for k, v in os.environ.items() if k.startswith(("PIP_", "UV_", "SSL_"))
    }
    environment = kept | {
        "HOME": os.environ["HOME"],
        # Not this environment's: a fresh clone makes its own.
        "PATH": f"{gh.parent}{os.pathsep}{path_without(Path(sys.prefix) / 'bin')}",
        "PYTHON": sys.executable,
        "PULUMI_CEREVOX_CACHE": str(folders.root()),
        "GITHUB_REF_NAME": TAG,
    }
    contexts = {
        "github": {"repository": "acme/pulumi-cerevox", "token": "ghs_made-up"},
        "matrix": {"python": "{}.{}".format(*sys.version_info)},
    }
    made = Runner(checkout, temp, environment, contexts)

    def upload(given: Mapping[str, str]) -> Ran:
        copytree(checkout / given["path"], stored / given["name"])
        return Ran()

    def download(given: Mapping[str, str]) -> Ran:
        target = checkout / given["path"]
        copytree(stored / given["name"], target, dirs_exist_ok=True)
        return Ran()

    def note(name: str, key: str, pattern: str) -> Callable[[Mapping[str, str]], Ran]:
        def run(given: Mapping[str, str]) -> Ran:
            found = checkout.glob(pattern.format(given[key]))
            published[name] = sorted(str(one.relative_to(checkout)) for one in found)
            return Ran()

        return run

    made.actions = {
        "actions/checkout": lambda _: Ran(),
        "actions/setup-python": lambda _: Ran(),
        "actions/upload-artifact": upload,
        "actions/download-artifact": download,
        "actions/attest-build-provenance": note("attested", "subject-path", "{}"),
        "pypa/gh-action-pypi-publish": note("pypi", "packages-dir", "{}/*"),
    }
    return made


def path_without(folder: Path) -> str:
    paths = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(one for one in paths if Path(one) != folder)


@pytest.fixture
def publish(runner: Runner) -> Callable[[], None]:
    """Return a function that runs the last two jobs.

    It sees to it that GitHub gets the notes and all files.
    """

    def run() -> None:
        assert runner.job(RELEASE, "publish").code == 0
        ran = runner.job(RELEASE, "attach")
        assert ran.code == 0, ran.log
        who, *words = ran.log.splitlines()
        assert who == "acme/pulumi-cerevox ghs_made-up"
        assert words[:6] == ["release", "create", TAG, "--verify-tag", "--title", TAG]
        files = sorted(str(one) for one in Path(runner.checkout, "dist").glob("*/*"))
        assert words[6:8] == ["--notes-file", "dist/notes.md"]
        assert sorted(str(runner.checkout / one) for one in words[8:]) == files

    return run
