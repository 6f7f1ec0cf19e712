"""Run the tests in short on each Python, with oldest and newest dependencies.

`python -m scripts.versions [3.12 …]`. A table comes last; what could not be installed
here is said and is no failure. Exit code 1 when a test or an environment failed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import get_args

from scripts.versions import pythons
from scripts.versions.environments import Dependencies, EnvironmentFault, make
from scripts.versions.pythons import NotInstalledError

SHORT = (
    *("tests/unit", "tests/roster", "tests/host"),
    "tests/engine/test_user_lifecycle.py::test_create_update_destroy",
    "--ignore=tests/host/test_oldest_dependencies.py",  # it makes environments itself
)
_FAILED = "FAILED"


def try_out(folder: Path, version: str, dependencies: Dependencies) -> str:
    """Give the outcome of one Python with one set of dependencies."""
    try:
        python = make(folder, version, dependencies)
    except NotInstalledError as error:
        return f"could not be installed here: {error}"
    except EnvironmentFault as error:
        print(error, file=sys.stderr)
        return f"{_FAILED}: our dependencies can't be installed together"
    words: list[str | Path] = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    words += SHORT
    run = subprocess.run(words, cwd=pythons.ROOT, check=False)
    if run.returncode:
        return f"{_FAILED}: tests, above (pytest ended with {run.returncode})"
    return _installed(python)


def _installed(python: Path) -> str:
    program = (
        "import platform, importlib.metadata as m; "
        "print('ok: Python', platform.python_version() + ', pulumi', "
        "m.version('pulumi'))"
    )
    run = subprocess.run(
        [python, "-c", program], capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


def main() -> int:
    """Try every pair; print the table."""
    outcomes: list[tuple[str, str, str]] = []
    for version in sys.argv[1:] or pythons.known():
        for dependencies in get_args(Dependencies):
            print(
                f"versions: Python {version}, {dependencies} dependencies", flush=True
            )
            with tempfile.TemporaryDirectory(prefix="cerevox-versions-") as folder:
                outcome = try_out(Path(folder), version, dependencies)
            outcomes.append((version, dependencies, outcome))
    print("\nPython  dependencies  outcome")
    for version, dependencies, outcome in outcomes:
        print(f"{version:6}  {dependencies:12}  {outcome}")
    return int(any(outcome.startswith(_FAILED) for _, _, outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
