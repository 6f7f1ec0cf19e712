"""Print where actionlint is, the checker of GitHub workflows; make it where need be.

It is built from its published Go module: PyPI has no wheel of it, only a package that
fetches a binary from elsewhere.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from scripts.engine import folders
from scripts.engine.build import find_go, go_environment
from scripts.engine.folders import Progress, StepError

VERSION = "1.7.12"
_MODULE = f"github.com/rhysd/actionlint/cmd/actionlint@v{VERSION}"


def find_or_build(progress: Progress) -> Path:
    """Return the program from the cache, where it is built once (a minute)."""
    target = folders.root() / f"actionlint-{VERSION}"
    program = target / "actionlint"
    work = folders.root() / "build-actionlint"
    with folders.locked():
        if program.exists():
            return program
        progress(f"building actionlint {VERSION}")
        go = find_go(folders.root(), progress)
        # Go makes its modules read-only, and could not remove them again.
        own = {"GOBIN": str(target), "GOFLAGS": "-modcacherw"}
        run = subprocess.run(
            [go, "install", _MODULE],
            env=go_environment(work) | own,
            capture_output=True,
            text=True,
            check=False,
        )
        shutil.rmtree(work, ignore_errors=True)
        if run.returncode != 0:
            raise StepError(f"go install {_MODULE}: {run.stderr.strip()}")
    return program


def say(line: str) -> None:
    """Print progress on stderr: stdout holds the answer alone."""
    print(f"actionlint: {line}", file=sys.stderr, flush=True)


def main() -> int:
    """Find or build it."""
    try:
        print(find_or_build(say))
    except StepError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
