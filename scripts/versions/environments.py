"""A virtual environment with our code and the oldest, or newest, dependencies."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from scripts.versions.pythons import NotInstalledError, interpreter, promised, uv

Dependencies = Literal["oldest", "newest"]
_RESOLUTIONS = {"oldest": "lowest-direct", "newest": "highest"}
_NO_NETWORK = (
    *("Failed to fetch", "error sending request", "dns error"),
    *("Network connectivity is disabled", "operation timed out"),
)


class EnvironmentFault(Exception):  # noqa: N818 - what it is, is the point
    """The dependencies that we promise to work with can't be installed together."""


def make(folder: Path, version: str, dependencies: Dependencies) -> Path:
    """Make an environment; give its Python.

    Dependencies come as wheels alone: what would have to be compiled is no promise of
    ours. The tests' own tools are always the newest.

    Raises:
        NotInstalledError: There is no such Python here, or no network, or somebody
            has no wheel yet for a Python that we don't promise.
        EnvironmentFault: Our own floors are at odds.
    """
    python = interpreter(version)
    _must(version, "venv", "--quiet", "--clear", "--python", python, folder)
    inside = folder / "bin" / "python"
    pins = folder / "pins.txt"
    where = ("--python", inside, "--only-binary", ":all:")
    resolution = _RESOLUTIONS[dependencies]
    wanted = ("--all-extras", "--resolution", resolution, "--output-file", pins)
    _must(version, "pip", "compile", "--quiet", *where, *wanted, "pyproject.toml")
    ours = ("--no-deps", "--editable", ".")
    _must(version, "pip", "install", "--quiet", "--python", inside, *ours)
    tools = ("--requirements", pins, "--group", "short-tests")
    _must(version, "pip", "install", "--quiet", *where, *tools)
    return inside


def _must(version: str, *words: str | Path) -> None:
    run = uv(*words)
    if run.returncode == 0:
        return
    away = any(sign in run.stderr for sign in _NO_NETWORK)
    if away or version not in promised():
        raise NotInstalledError(" ".join(run.stderr.split())[:300])
    raise EnvironmentFault(run.stderr)
