"""Our stand-ins for the small programs that only the official CLI brings."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from scripts.engine import versions
from scripts.engine.go_toolchain import new_environment
from scripts.engine.report import Progress

_SOURCES = Path(__file__).parent / "standins"
_EXECUTABLE = 0o755


def make(target: Path, progress: Progress) -> None:
    """Put the stand-ins beside a CLI that we built; what is in order is left alone.

    Raises:
        StepError: the language host's Python environment could not be made.
    """
    host = target / "language-host"
    if not _has_sdk(host):
        progress("making the stand-in language host's Python environment")
        new_environment(host, f"pulumi=={versions.PULUMI_SDK}")
    for source in sorted(_SOURCES.iterdir()):
        if source.is_file():
            _put(source, target / source.name, progress)


def _has_sdk(environment: Path) -> bool:
    try:
        run = subprocess.run(
            [environment / "bin" / "python", "-c", "import grpc, pulumi.runtime"],
            capture_output=True,
            check=False,
        )
    except OSError:
        return False
    return run.returncode == 0


def _put(source: Path, place: Path, progress: Progress) -> None:
    text = source.read_bytes()
    if place.is_file() and place.read_bytes() == text and os.access(place, os.X_OK):
        return
    progress(f"putting the stand-in {source.name} beside the engine")
    # Renamed into place: a run in another clone sees the old one or the new one.
    fresh = place.with_name(f".{source.name}.new")
    fresh.write_bytes(text)
    fresh.chmod(_EXECUTABLE)
    fresh.replace(place)
