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


def test_memory_counts_in_mib(tmp_path: Path) -> None:
    words = [sys.executable, "-c", "held = bytearray(100 * 1024 * 1024)"]
    assert 100 < cost_of(words, tmp_path, os.environ).mib < 200


def test_a_command_may_have_to_end_with_a_code(tmp_path: Path) -> None:
    words = [sys.executable, "-c", "raise SystemExit(7)"]
    assert cost_of(words, tmp_path, os.environ, code=7).wall > 0
    with pytest.raises(CommandFailedError, match="SystemExit"):
        cost_of(words, tmp_path, os.environ)
