"""Where the engine comes from, and what is said when it comes from nowhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.engine import folders

ROOT = Path(__file__).parents[2]
STANDINS = ("pulumi-language-python", "pulumi-resource-pulumi-python")


def find(**environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script behind `make engine`."""
    return subprocess.run(
        [sys.executable, "-m", "scripts.engine"],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def path_without(*names: str) -> str:
    """Return PATH without the folders that hold one of these programs."""
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(
        folder
        for folder in folders
        if not any(Path(folder, name).exists() for name in names)
    )


def test_the_one_on_path_is_taken_first(engine_folder: Path, tmp_path: Path) -> None:
    path = f"{engine_folder}{os.pathsep}{os.environ['PATH']}"
    run = find(PATH=path, PULUMI_CEREVOX_CACHE=str(tmp_path))
    assert run.stdout.splitlines()[-1] == str(engine_folder)
    assert "using `pulumi` on PATH" in run.stderr


@pytest.mark.parametrize("damage", ["missing", "not executable", "other text"])
def test_stand_ins_that_are_not_in_order_are_made_again(
    engine_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    if not (engine_folder / "language-host").is_dir():
        assert shutil.which("pulumi")  # an official engine has no stand-ins
        return
    monkeypatch.setenv("PULUMI_CEREVOX_CACHE", str(tmp_path))
    built = folders.kept("built")
    built.mkdir()
    (built / "language-host").symlink_to(engine_folder / "language-host")
    (built / "pulumi").symlink_to(engine_folder / "pulumi")
    assert find(PATH=path_without("pulumi")).returncode == 0
    standin = built / STANDINS[0]
    if damage == "missing":
        standin.unlink()
    elif damage == "not executable":
        standin.chmod(0o644)
    else:
        standin.write_text("#!/bin/sh\nexit 1\n")
    run = find(PATH=path_without("pulumi"))
    assert run.stdout.splitlines()[-1] == str(built)
    assert "STAND-IN" in standin.read_text()
    assert os.access(standin, os.X_OK)
    assert "putting the stand-in pulumi-language-python beside" in run.stderr


def test_where_every_way_fails_each_is_named_with_its_reason(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    run = find(
        PATH=path_without("pulumi", "go"),
        PULUMI_CEREVOX_CACHE=str(tmp_path),
        HTTPS_PROXY=nowhere,
        https_proxy=nowhere,
        PIP_INDEX_URL=f"{nowhere}/simple",
        PIP_RETRIES="0",
    )
    assert run.returncode == 1
    assert run.stdout == ""
    for sign in (
        "1. `pulumi` on PATH: there is no `pulumi` on PATH",
        f"2. the cache {tmp_path}",
        "3. the official installer: ",
        "4. a build from Pulumi's Go modules: ",
        "Install the Pulumi CLI",
    ):
        assert sign in run.stderr
    assert "Traceback" not in run.stderr
