"""A program that the engine interrupts, once or twice, ends in order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Named as the runner is: in any other program ^C stays as it was.
RUNNER = "pulumi-language-python-exec"
PROGRAM = """
import os, signal, time
from pulumi_cerevox.resources.base import leave_quietly_on_interrupt

leave_quietly_on_interrupt()
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
finally:
    os.kill(os.getpid(), signal.SIGINT)
    print("cleaned up")
"""


def test_a_second_interrupt_does_not_break_into_the_first(tmp_path: Path) -> None:
    runner = tmp_path / RUNNER
    runner.write_text(PROGRAM)
    run = subprocess.run(
        [sys.executable, runner], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (130, "cleaned up\n", "")
