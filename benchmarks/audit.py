"""An audit over the bare reading of the same JSON and YAML."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import (
    Figure,
    Pair,
    Raw,
    compared,
    in_turns,
    median_ratio,
    spread,
)
from benchmarks.setup import ROOT, Setup, say

_GROWTH_ALLOWED = 1.5


def measure(setup: Setup) -> list[Figure]:
    """Audit growing accounts, and see whether the time grows with them alone."""
    sizes = (1000, 10_000) if setup.quick else (1000, 10_000, 100_000)
    measured = {size: _pairs(setup, size) for size in sizes}
    figures = [
        compared(
            f"Audit of {size:,} people over reading the same JSON and YAML",
            pairs,
            ("audit", "bare reading"),
            most=1.5 if size >= 10_000 else None,
        )
        for size, pairs in measured.items()
    ]
    return [*figures, _growth(measured)]


def _growth(measured: dict[int, list[Pair]]) -> Figure:
    """Compare the cost of a person in the largest account with the one before."""
    *_, before, last = measured
    small, large = measured[before], measured[last]
    pairs = [
        Pair(one.ours / last, other.ours / before)
        for one, other in zip(large, small, strict=False)
    ]
    return Figure(
        f"Audit: cost of a person at {last:,} over at {before:,} (1 is linear)",
        median_ratio(pairs),
        most=_GROWTH_ALLOWED,
        raw=(
            Raw(f"a person at {last:,}", pairs[0].ours * 1e6, "µs"),
            Raw(f"a person at {before:,}", pairs[0].theirs * 1e6, "µs"),
        ),
        note=spread(pairs),
    )


def _pairs(setup: Setup, size: int) -> list[Pair]:
    say(f"audit of {size:,}")
    users, roster = _written(setup.folder, size)
    rounds = setup.rounds(3, 7 if size <= 10_000 else 3)
    with _serving(users) as url:
        return in_turns(
            rounds,
            lambda: _timed("audit", url, roster),
            lambda: _timed("bare", url, roster),
        )


def _written(folder: Path, size: int) -> tuple[Path, Path]:
    """Write an account and a roster that differ in three people."""
    users, roster = folder / f"users-{size}.json", folder / f"roster-{size}.yaml"
    users.write_text(json.dumps([_user(number) for number in range(size)]))
    lines = [_line(number) for number in range(1, size + 1)]
    owner = "  - {email: person-0@example.com, name: Person 0, role: admin}"
    # Person 1 is another role, person 2 has another name; the last one is missing.
    lines[0] = lines[0].replace("role: member", "role: admin")
    lines[1] = lines[1].replace("Person 2", "Somebody Else")
    roster.write_text("\n".join(["members:", owner, *lines, ""]))
    return users, roster


def _user(number: int) -> dict[str, object]:
    return {
        "user_id": f"user_{number:012d}",
        "email": f"person-{number}@example.com",
        "name": f"Person {number}",
        "role": "member" if number else "admin",
        "account_id": "acc_123",
        "isadmin": number == 0,
        "isbanned": False,
        "lastlogin": "2026-11-01T09:30:00Z",
        "firstname": None,
        "lastname": None,
    }


def _line(number: int) -> str:
    email = f"person-{number}@example.com"
    return f"  - {{email: {email}, name: Person {number}, role: member}}"


@contextmanager
def _serving(users: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.still_account", str(users)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as server:
        port = server.stdout.readline().strip() if server.stdout else ""
        try:
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()


def _timed(work: str, url: str, roster: Path) -> float:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.audit_timed", work, url, str(roster)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(run.stdout)
