"""One audit, or the bare reading of the same two inputs, timed in its own process.

Run as `python -m benchmarks.audit_timed audit|bare|csv|json|html URL ROSTER`; prints
the seconds, without those of Python's start and of the imports. With a format it is
the audit that lists everybody, and its report.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from benchmarks.bare_reading import read_bare
from pulumi_cerevox.account import Account
from pulumi_cerevox.audit import (
    AuditRules,
    Look,
    ReportFormat,
    audit_account,
    load_format,
    read_account,
    read_declared,
    render,
)


def audited(url: str, roster: str, listed: ReportFormat | None = None) -> None:
    """Do what `pulumi-cerevox audit ROSTER` does, up to the report.

    Args:
        url: Where the API is.
        roster: The file.
        listed: The format in which everybody is listed, as with `--all`.
    """
    actual = read_account(
        lambda **settings: Account(api_key="still", base_url=url, **settings)
    )
    rules = AuditRules(now=datetime.now(UTC), lists_everybody=listed is not None)
    result = audit_account(read_declared([roster]), actual, rules)
    if len(result.drift) != 3 or result.exit_code != 7:
        raise RuntimeError(f"not what was planted: {result.headline}")
    if listed is not None:
        render(listed, result, Look(color=False))


def main(work: str, url: str, roster: str) -> None:
    """Time one of them."""
    run: Callable[[str, str], None]
    if work == "bare":
        run = read_bare
    elif work == "audit":
        run = audited
    else:
        load_format(ReportFormat(work))
        run = partial(audited, listed=ReportFormat(work))
    began = time.perf_counter()
    run(url, roster)
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main(*sys.argv[1:])
