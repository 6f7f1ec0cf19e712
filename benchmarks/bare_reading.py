"""The bare reading of a list of users and a roster file: the floor of what reads both.

Run as `python -m benchmarks.bare_reading URL ROSTER`, with Python's start and imports.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import urllib3
import yaml


def read_bare(url: str, roster: str) -> None:
    """Read the same JSON over HTTP and the same YAML, and nothing else."""
    with urllib3.PoolManager() as pool:
        json.loads(pool.request("GET", f"{url}/users").data)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    yaml.load(Path(roster).read_bytes(), Loader=loader)  # noqa: S506 - a safe loader


if __name__ == "__main__":
    read_bare(*sys.argv[1:])
