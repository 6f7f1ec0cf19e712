"""The official installer, run the way Pulumi's Automation API runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from scripts.engine import folder, versions
from scripts.engine.report import Progress, StepError

_INSTALL = """
import sys
from pulumi.automation import PulumiCommand
from semver import VersionInfo
PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))
"""
_LONGEST_SECONDS = 600


def install(target: Path, progress: Progress) -> Path:
    """Download the official CLI into `target`; give the folder of its programs.

    Raises:
        StepError: the download or the installer failed.
    """
    progress(f"asking the official installer for Pulumi {versions.ENGINE}")
    try:
        # A process of its own: a download that hangs can be ended.
        run = subprocess.run(
            [sys.executable, "-c", _INSTALL, target, versions.ENGINE],
            capture_output=True,
            text=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StepError(f"not done after {_LONGEST_SECONDS} seconds") from None
    if run.returncode != 0:
        said = run.stderr.strip().splitlines()
        raise StepError(said[-1] if said else f"exit code {run.returncode}")
    programs = target / "bin"
    folder.check(programs)
    return programs
