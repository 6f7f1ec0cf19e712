"""The bare reading of a list of users and of a roster file: the floor of a command.

Run as `python -m benchmarks.bare_reading URL [ROSTER]`: with Python's start and the
imports.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import urllib3
import yaml


def read_bare(url: str, roster: str | None = None) -> None:
    """Read the same JSON over HTTP, and the same YAML where there is any."""
    with urllib3.PoolManager() as pool:
        json.loads(pool.request("GET", f"{url}/users").data)
    if roster is None:
        return
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    yaml.load(Path(roster).read_bytes(), Loader=loader)  # noqa: S506 - a safe loader


if __name__ == "__main__":
    read_bare(*sys.argv[1:])
