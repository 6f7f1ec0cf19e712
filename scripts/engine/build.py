"""The CLI built from Pulumi's published Go modules."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from scripts.engine import folder, versions
from scripts.engine.go_toolchain import find_or_install
from scripts.engine.report import Progress, StepError

_SOURCES = Path(__file__).parent / "go"
_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_VERSION_SYMBOL = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
_SECONDS_BETWEEN_LINES = 15


def build(target: Path, cache: Path, progress: Progress) -> None:
    """Put a CLI into `target`, where there is none that runs.

    Downloads and compiled packages lie in a work folder of ours until the build
    is done, so that one that was cut off goes on where it stopped, and a finished
    one leaves nothing in the user's own Go folders.

    Raises:
        StepError: no Go could be had, or the build failed; its last lines.
    """
    go = find_or_install(cache, progress)
    work = cache / f"build-{versions.ENGINE}"
    shutil.copytree(_SOURCES, work / "module", dirs_exist_ok=True)
    made = work / folder.CLI
    progress(f"building Pulumi {versions.ENGINE}: about 5 minutes on two cores, once")
    _compile(go, work, made, progress)
    target.mkdir(parents=True, exist_ok=True)
    made.replace(target / folder.CLI)
    _remove(go, work)
    folder.check_cli(target / folder.CLI)


def _compile(go: Path, work: Path, made: Path, progress: Progress) -> None:
    stamp = f"-s -w -X {_VERSION_SYMBOL}=v{versions.ENGINE}"
    command = [str(go), "build", "-v", "-ldflags", stamp, "-o", str(made), _PACKAGE]
    with subprocess.Popen(
        command,
        cwd=work / "module",
        env=_environment(work),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        lines = _follow(process, progress)
    if process.returncode != 0:
        raise StepError("go build: " + "\n".join(lines[-12:]))


def _follow(process: subprocess.Popen[str], progress: Progress) -> list[str]:
    """Read the build's log to its end, with a line of progress now and then."""
    lines: list[str] = []
    last = time.monotonic()
    for line in process.stderr or ():
        lines.append(line.rstrip())
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            loaded = sum(line.startswith("go: downloading") for line in lines)
            compiled = len(lines) - loaded
            progress(f"  {loaded} modules downloaded, {compiled} packages compiled")
    return lines


def _environment(work: Path) -> dict[str, str]:
    return os.environ | {
        "CGO_ENABLED": "0",
        "GOCACHE": str(work / "compiled"),
        "GOFLAGS": "-mod=mod",
        "GOPATH": str(work / "path"),
        "GOMODCACHE": str(work / "path" / "pkg" / "mod"),
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }


def _remove(go: Path, work: Path) -> None:
    """Remove the work folder; Go makes its modules read-only, so Go goes first."""
    subprocess.run(
        [go, "clean", "-modcache"],
        env=_environment(work),
        cwd=work / "module",
        check=False,
    )
    shutil.rmtree(work, ignore_errors=True)
