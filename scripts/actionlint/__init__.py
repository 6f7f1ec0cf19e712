"""Making actionlint, the checker of GitHub workflows, from its published Go module.

PyPI has no wheel of it, only a package that fetches a binary from elsewhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from scripts.engine import cache
from scripts.engine.go_toolchain import find_or_install
from scripts.engine.report import Progress, StepError

VERSION = "1.7.12"
_MODULE = f"github.com/rhysd/actionlint/cmd/actionlint@v{VERSION}"


def find_or_build(progress: Progress) -> Path:
    """Give the program: from the project's cache, or built into it (a minute, once).

    Raises:
        StepError: There is no Go, or the build failed.
    """
    target = cache.root() / f"actionlint-{VERSION}"
    program = target / "actionlint"
    with cache.locked():
        if not program.exists():
            progress(f"building actionlint {VERSION}")
            _build(find_or_install(cache.root(), progress), target)
    return program


def _build(go: Path, target: Path) -> None:
    work = cache.root() / "build-actionlint"
    environment = os.environ | {
        "CGO_ENABLED": "0",
        "GOBIN": str(target),
        "GOCACHE": str(work / "compiled"),
        # Go makes its modules read-only, and could not remove them again.
        "GOFLAGS": "-modcacherw",
        "GOPATH": str(work / "path"),
        "GOMODCACHE": str(work / "path" / "pkg" / "mod"),
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    run = subprocess.run(
        [go, "install", _MODULE],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    shutil.rmtree(work, ignore_errors=True)
    if run.returncode != 0:
        raise StepError(f"go install {_MODULE}: {run.stderr.strip()}")
