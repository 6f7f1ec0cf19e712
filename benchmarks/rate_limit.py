"""A roster's creation under a rate limit: over the least possible time."""

from __future__ import annotations

import time

from benchmarks.figures import Figure, Raw
from benchmarks.hosts import serving
from benchmarks.setup import Setup, say
from pulumi_cerevox.provider import RosterProvider
from pulumi_cerevox.testing.emulator_process import EmulatorProcess

_A_SECOND = 20


def measure(setup: Setup) -> list[Figure]:
    """Create a roster while the API takes 20 requests a second."""
    size = 600 if setup.quick else 1000
    say(f"rate limit: {size} people at {_A_SECOND} requests a second")
    with EmulatorProcess(latency_ms=20) as emulator:
        emulator.patch_account(max_users=size + 1)
        limit = {"requests": _A_SECOND, "window_seconds": 1}
        emulator.patch_rules(rate_limit=limit)
        taken = _created(emulator, size)
        statuses = [call["status"] for call in emulator.journal()]
    refused = statuses.count(429)
    # The first window's requests cost no time; each full window after it is a second.
    least = (len(statuses) - refused - 1) // _A_SECOND
    raw = (
        Raw("taken", taken, "s"),
        Raw("least possible", least, "s"),
        Raw("requests", len(statuses), "requests"),
        Raw("refused with 429", refused, "requests"),
    )
    name = f"Rate limit of {_A_SECOND}/s, {size} people"
    return [
        Figure(f"{name}: time over the least possible", taken / least, 1.1, raw=raw),
        Figure(f"{name}: share refused", refused / len(statuses), 0.02, raw=raw[2:]),
    ]


def _created(emulator: EmulatorProcess, size: int) -> float:
    members: dict[str, dict[str, str]] = {
        f"person-{number}@example.com": {} for number in range(size)
    }
    members["owner@example.com"] = {"role": "admin"}
    with serving(emulator, RosterProvider) as host:
        inputs = host.check({"members": members})
        began = time.perf_counter()
        host.create_checked(inputs)
        return time.perf_counter() - began
