"""One audit, or the bare reading of the same two inputs, timed in its own process.

Run as `python -m benchmarks.audit_timed audit|bare URL ROSTER`; prints the seconds,
without those of Python's start and of the imports.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import urllib3
import yaml

from pulumi_cerevox.account import Account
from pulumi_cerevox.audit import AuditRules, audit_account, read_account, read_declared


def audited(url: str, roster: str) -> None:
    """Do what `pulumi-cerevox audit ROSTER` does, up to the report."""
    actual = read_account(
        lambda **settings: Account(api_key="still", base_url=url, **settings)
    )
    result = audit_account(
        read_declared([roster]), actual, AuditRules(now=datetime.now(UTC))
    )
    if len(result.drift) != 3 or result.exit_code != 7:
        raise RuntimeError(f"not what was planted: {result.headline}")


def read_bare(url: str, roster: str) -> None:
    """Read the same JSON over HTTP and the same YAML, and nothing else."""
    with urllib3.PoolManager() as pool:
        json.loads(pool.request("GET", f"{url}/users").data)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    yaml.load(Path(roster).read_bytes(), Loader=loader)  # noqa: S506 - a safe loader


def main(work: str, url: str, roster: str) -> None:
    """Time one of the two."""
    run = {"audit": audited, "bare": read_bare}[work]
    began = time.perf_counter()
    run(url, roster)
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main(*sys.argv[1:])
