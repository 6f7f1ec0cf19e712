"""What every measurement is given: how much to measure, the engine, and a folder."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.figures import Raw

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Setup:
    """The run's settings.

    Attributes:
        quick: Measure small sizes and few rounds.
        folder: For projects, states and files of the run.
    """

    quick: bool
    folder: Path

    @cached_property
    def engine(self) -> Path:
        """The folder that holds the engine, found or made as by `make engine`.

        Raises:
            RuntimeError: there is none and it can't be made.
        """
        run = subprocess.run(
            [sys.executable, "-m", "scripts.engine"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if run.returncode != 0:
            raise RuntimeError("no Pulumi engine: see the lines above")
        return Path(run.stdout.splitlines()[-1])

    def rounds(self, quick: int, full: int) -> int:
        """Give how many rounds to measure."""
        return quick if self.quick else full


def say(text: str) -> None:
    """Tell progress on stderr."""
    print(f"  {text}", file=sys.stderr, flush=True)


def seconds(what: str, value: float) -> Raw:
    """Make a raw number of seconds."""
    return Raw(what, value, "s")
