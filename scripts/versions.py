"""Run the tests in short on each Python, with oldest and newest dependencies.

`python -m scripts.versions [--wheel FILE] [3.12 …]`. With a wheel, that is what is
tested, and the sources of this clone are out of sight. A table comes last; what could
not be installed here is said and is no failure. Exit code 1 when a test or an
environment failed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Literal, get_args

from scripts.engine.workspace import ROOT

OLDEST = (3, 11)
_CLASSIFIER = "Programming Language :: Python :: "
SHORT = (
    *("tests/unit", "tests/roster", "tests/host"),
    "tests/engine/test_user_lifecycle.py::test_create_update_destroy",
    "--ignore=tests/host/test_oldest_dependencies.py",  # it makes environments itself
)
_FAILED = "FAILED"
Dependencies = Literal["oldest", "newest"]
_RESOLUTIONS = {"oldest": "lowest-direct", "newest": "highest"}
_NO_NETWORK = (
    *("Failed to fetch", "error sending request", "dns error"),
    *("Network connectivity is disabled", "operation timed out"),
    "No interpreter found",
)


class NotInstalledError(Exception):
    """Something could not be had here, which is no fault of ours; the text says why."""


class EnvironmentFault(Exception):  # noqa: N818 - what it is, is the point
    """The dependencies that we promise to work with can't be installed together."""


def uv(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the uv of this environment (scripts/setup puts it there) to its end."""
    # Pyenv's Pythons are on no PATH, and its own commands may be switched off.
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = sorted(map(str, pyenv.glob("versions/3.*/bin")), reverse=True)
    path = os.pathsep.join([*folders, os.environ["PATH"]])
    return subprocess.run(
        [Path(sys.prefix, "bin", "uv"), *words],
        cwd=ROOT,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def known() -> list[str]:
    """Return each Python from 3.11 on that uv can name, oldest first."""
    words = ("--all-versions", "--only-downloads", "--output-format", "json")
    listed = json.loads(uv("python", "list", *words).stdout)
    minors = {
        (one["version_parts"]["major"], one["version_parts"]["minor"])
        for one in listed
        if one["implementation"] == "cpython"
        and one["version"].replace(".", "").isdigit()
    }
    return [f"{one[0]}.{one[1]}" for one in sorted(minors) if one >= OLDEST]


def promised() -> set[str]:
    """Return those that pyproject.toml says we support."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = (one.removeprefix(_CLASSIFIER) for one in project["classifiers"])
    return {name for name in names if name.startswith("3.")}


def make_environment(
    folder: Path, version: str, dependencies: Dependencies, wheel: Path | None = None
) -> Path:
    """Make an environment; return its Python.

    Dependencies come as wheels alone: what would have to be compiled is no promise of
    ours. The tests' own tools are always the newest.
    """
    # It finds a Python of this version, or brings one.
    python = ("--no-project", "--python", version)
    _must(version, "venv", "--quiet", "--clear", *python, folder)
    inside = folder / "bin" / "python"
    pins = folder / "pins.txt"
    where = ("--python", inside, "--only-binary", ":all:")
    resolution = _RESOLUTIONS[dependencies]
    wanted = ("--all-extras", "--resolution", resolution, "--output-file", pins)
    _must(version, "pip", "compile", "--quiet", *where, *wanted, "pyproject.toml")
    ours = ("--no-deps", *((wheel,) if wheel else ("--editable", ".")))
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


def copy_tests(folder: Path) -> None:
    """Copy this clone without the package: the tests import what is installed."""
    command = ["/usr/bin/env", "git", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if not name.startswith("pulumi_cerevox/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def try_out(
    folder: Path, version: str, dependencies: Dependencies, wheel: Path | None = None
) -> str:
    """Return the outcome of one Python with one set of dependencies."""
    tests = ROOT
    if wheel:
        tests = folder / "tests-alone"
        copy_tests(tests)
    try:
        python = make_environment(folder / "python", version, dependencies, wheel)
    except NotInstalledError as error:
        return f"could not be installed here: {error}"
    except EnvironmentFault as error:
        print(error, file=sys.stderr)
        return f"{_FAILED}: our dependencies can't be installed together"
    words: list[str | Path] = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    words += SHORT
    if wheel:
        words.append("--ignore=tests/unit/test_layers.py")  # it reads the sources
    run = subprocess.run(words, cwd=tests, check=False)
    if run.returncode:
        return f"{_FAILED}: tests, above (pytest ended with {run.returncode})"
    program = (
        "import platform, importlib.metadata as m; "
        "print('ok: Python', platform.python_version() + ', pulumi', "
        "m.version('pulumi'))"
    )
    command: list[str | Path] = [python, "-c", program]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return answer.stdout.strip()


def main() -> int:
    """Try every pair; print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--wheel", type=Path, help="what to test, in place of the clone"
    )
    parser.add_argument("versions", nargs="*")
    asked = parser.parse_args()
    wheel = asked.wheel and asked.wheel.resolve(strict=True)
    outcomes: list[tuple[str, str, str]] = []
    for version in asked.versions or known():
        for dependencies in get_args(Dependencies):
            print(
                f"versions: Python {version}, {dependencies} dependencies", flush=True
            )
            with tempfile.TemporaryDirectory(prefix="cerevox-versions-") as folder:
                outcome = try_out(Path(folder), version, dependencies, wheel)
            outcomes.append((version, dependencies, outcome))
    print("\nPython  dependencies  outcome")
    for version, dependencies, outcome in outcomes:
        print(f"{version:6}  {dependencies:12}  {outcome}")
    return int(any(outcome.startswith(_FAILED) for _, _, outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
