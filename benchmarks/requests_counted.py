"""How many requests a refresh sends, for a process and N people."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pulumi.dynamic import ResourceProvider

from benchmarks.figures import Figure, Raw
from benchmarks.hosts import serving
from benchmarks.providers.naive import NaiveUserProvider
from benchmarks.setup import Setup
from pulumi_cerevox.provider import UserProvider
from pulumi_cerevox.testing.emulator_process import EmulatorProcess

_ACCOUNT = "acc_123"
_ENGINES_THREADS = 4


def measure(setup: Setup) -> list[Figure]:
    """Count the GETs of a refresh, ours and the naive provider's."""
    sizes = (10, 100) if setup.quick else (10, 100, 1000)
    return [_figure(size) for size in sizes]


def _figure(size: int) -> Figure:
    with EmulatorProcess(users=size, account_id=_ACCOUNT) as emulator:
        people = emulator.users()[:size]
        lists, singles, others = _refreshed(emulator, UserProvider, people)
        _, naive, _ = _refreshed(emulator, NaiveUserProvider, people)
    return Figure(
        f"GETs of users to refresh {size}, a process",
        lists + singles,
        most=1,
        raw=(
            Raw("ours: lists of users", lists, "requests"),
            Raw("ours: GETs of one user", singles, "requests"),
            Raw("ours: other GETs (the caller, the account)", others, "requests"),
            Raw("naive: GETs of one user", naive, "requests"),
        ),
    )


def _refreshed(
    emulator: EmulatorProcess,
    provider: type[ResourceProvider],
    people: list[dict[str, Any]],
) -> tuple[int, int, int]:
    """Refresh everybody; give the lists, the GETs of one user, and the other GETs."""
    emulator.clear_journal()
    with (
        serving(emulator, provider) as host,
        ThreadPoolExecutor(_ENGINES_THREADS) as threads,
    ):
        list(threads.map(lambda one: host.read(one["user_id"], _state(one)), people))
    routes = [call["route"] for call in emulator.journal("GET")]
    lists = routes.count("/v1/users")
    singles = routes.count("/v1/users/{user_id}")
    return lists, singles, len(routes) - lists - singles


def _state(user: dict[str, Any]) -> dict[str, Any]:
    """Give what the state keeps of a person, as far as a read needs it."""
    return {
        "email": user["email"],
        "name": user["name"],
        "role": user["role"],
        "userId": user["user_id"],
        "accountId": _ACCOUNT,
        "managed": ["name", "role"],
        "adopted": False,
    }
