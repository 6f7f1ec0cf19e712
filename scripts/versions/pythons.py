"""Which Pythons there are, and where they lie or come from: uv knows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
OLDEST = (3, 11)
_CLASSIFIER = "Programming Language :: Python :: "


class NotInstalledError(Exception):
    """Something could not be had here, which is no fault of ours; the text says why."""


def uv(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the uv of this environment (scripts/setup puts it there) to its end."""
    path = os.pathsep.join([*_pyenv_folders(), os.environ["PATH"]])
    return subprocess.run(
        [Path(sys.prefix, "bin", "uv"), *words],
        cwd=ROOT,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def known() -> list[str]:
    """Give each Python from 3.11 on that uv can name, oldest first; no pre-releases."""
    words = ("--all-versions", "--only-downloads", "--output-format", "json")
    listed = json.loads(uv("python", "list", *words).stdout)
    minors = {
        (one["version_parts"]["major"], one["version_parts"]["minor"])
        for one in listed
        if one["implementation"] == "cpython" and _is_final(one["version"])
    }
    return [f"{one[0]}.{one[1]}" for one in sorted(minors) if one >= OLDEST]


def promised() -> set[str]:
    """Give those that pyproject.toml says we support."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = (one.removeprefix(_CLASSIFIER) for one in project["classifiers"])
    return {name for name in names if name.startswith("3.")}


def interpreter(version: str) -> Path:
    """Find a Python, or have uv bring it.

    Raises:
        NotInstalledError: It is not here, and could not be brought.
    """
    found = _found(version)
    if found is None:
        brought = uv("python", "install", "--no-bin", version)
        found = _found(version)
        if found is None:
            raise NotInstalledError(reason(brought.stderr))
    return found


def reason(said: str) -> str:
    """Give the last thing that uv said: the cause at the end of its causes."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "uv said nothing"


def _found(version: str) -> Path | None:
    run = uv("python", "find", "--no-project", "--system", version)
    return Path(run.stdout.strip()) if run.returncode == 0 else None


def _pyenv_folders() -> list[str]:
    """Give the Pythons that pyenv keeps; its own commands may be switched off."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return sorted(map(str, root.glob("versions/3.*/bin")), reverse=True)


def _is_final(version: str) -> bool:
    return all(part.isdigit() for part in version.split("."))
