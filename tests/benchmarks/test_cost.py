"""What a command costs, with what its descendants used."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from benchmarks.cost import cost_of
from scripts.engine.workspace import CommandFailedError

BURN = "import time\nwhile time.process_time() < {seconds}: pass"
LEAVE_A_CHILD = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", sys.argv[1]])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's rule elsewhere")
def test_a_descendant_counts_that_nobody_waited_for(tmp_path: Path) -> None:
    burn = BURN.format(seconds=1)
    command = [sys.executable, "-c", LEAVE_A_CHILD, burn]
    cost = cost_of(command, tmp_path, os.environ)
    assert cost.processor >= 1
    assert cost.wall < cost.processor


def test_a_command_that_fails_is_an_error(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such account')"]
    with pytest.raises(CommandFailedError, match="no such account"):
        cost_of(command, tmp_path, os.environ)
