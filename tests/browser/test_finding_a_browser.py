"""`scripts/browser` on a machine without a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_a_machine_without_a_browser_is_told_what_to_install(tmp_path: Path) -> None:
    bare = {"PATH": str(tmp_path), "PULUMI_CEREVOX_CACHE": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-m", "scripts.browser"],
        cwd=Path(__file__).parent.parent.parent,
        env=dict(os.environ) | bare | {"SE_OFFLINE": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stdout == ""
    assert "no browser for the tests of HTML pages was found on PATH" in run.stderr
    assert "apt-get install chromium chromium-driver" in run.stderr
    assert "Traceback" not in run.stderr
