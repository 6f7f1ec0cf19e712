"""A command's cost: seconds by the clock and of the processors, and its memory.

Run as `python -m benchmarks.cost FILE COMMAND…` it runs the command to its end, writes
the numbers into the file, and ends as the command did.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.engine.workspace import ROOT, CommandFailedError

_PR_SET_CHILD_SUBREAPER = 36
_SECONDS_FOR_THE_LAST = 30
_KIB_A_MIB = 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """The seconds and the memory that a command took.

    Attributes:
        wall: From its start to its end.
        processor: User and system time of the command and all its descendants.
        mib: The most memory that one of them had resident, in MiB.
    """

    wall: float
    processor: float
    mib: float


def cost_of(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], code: int = 0
) -> Cost:
    """Run a command that must end with an exit code; return its cost."""
    file = folder / "cost.json"
    own = {"PYTHONPATH": str(ROOT)}  # of this module; the command's is the same
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.cost", str(file), *command],
        cwd=folder,
        env={**environment, **own},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if run.returncode != code:
        raise CommandFailedError(f"{' '.join(command)} failed:\n{run.stdout}")
    return Cost(**json.loads(file.read_text()))


def main(file: str, *command: str) -> int:
    """Run the command, and write down what it took; return its exit code."""
    # The kernel counts a process's time when somebody waits for it. The engine kills
    # its plugins and ends: this process then becomes the parent of what is left.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    began = time.perf_counter()
    code = subprocess.run(command, check=False).returncode
    wall = time.perf_counter() - began
    _wait_for_descendants()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / _KIB_A_MIB)
    Path(file).write_text(json.dumps(asdict(cost)))
    return code


def _wait_for_descendants() -> None:
    end = time.monotonic() + _SECONDS_FOR_THE_LAST
    while time.monotonic() < end:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not ended:
            time.sleep(0.01)
    raise RuntimeError("a descendant of the command still runs")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
