"""Measure single calls of provider hosts, their requests, and what a state takes."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from pulumi.dynamic import ResourceProvider

from benchmarks.figures import Figure, Raw, compared, in_turns
from benchmarks.providers.naive import NaiveUserProvider
from benchmarks.providers.nothing import NothingProvider
from benchmarks.stacks import Kind, Setup, new_stack, say, serving
from pulumi_cerevox.provider import RosterProvider, UserProvider
from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.engine.provider_host import Engine, Host
from scripts.engine.workspace import ROOT

_ACCOUNT = "acc_123"
_ENGINES_THREADS = 4
_A_SECOND = 20
_IN_THE_STATE = 10


def measure_start(setup: Setup) -> list[Figure]:
    """Start our host, and one that serves a provider that does nothing."""

    def started(provider: type[ResourceProvider]) -> float:
        """Return the seconds from a host's start to the first check's answer."""
        person = {"email": "ada@example.com", "name": "Ada", "role": "admin"}
        with closing(Engine()) as engine:
            began = time.perf_counter()
            with Host(engine, {"PYTHONPATH": str(ROOT)}) as host:
                host.provider = provider
                host.configure().check(person)
                return time.perf_counter() - began

    for provider in (UserProvider, NothingProvider):
        started(provider)  # compiles and brings the files into the page cache
    pairs = in_turns(
        setup.rounds(7, 21),
        lambda: started(UserProvider),
        lambda: started(NothingProvider),
    )
    sides = ("ours: start and first check", "bare host: start and first check")
    title = "Provider host, start over the bare host"
    return [compared(title, pairs, sides, most=1.35)]


def measure_requests(setup: Setup) -> list[Figure]:
    """Count the GETs of a refresh, ours and the naive provider's."""
    figures = []
    for size in (10, 100) if setup.quick else (10, 100, 1000):
        with EmulatorProcess(users=size, account_id=_ACCOUNT) as emulator:
            people = emulator.users()[:size]
            lists, singles, others = _refresh(emulator, UserProvider, people)
            _, naive, _ = _refresh(emulator, NaiveUserProvider, people)
        raw = (
            Raw("ours: lists of users", lists, "requests"),
            Raw("ours: GETs of one user", singles, "requests"),
            Raw("ours: other GETs (the caller, the account)", others, "requests"),
            Raw("naive: GETs of one user", naive, "requests"),
        )
        title = f"GETs of users to refresh {size}, a process"
        figures.append(Figure(title, lists + singles, most=1, raw=raw))
    return figures


def _refresh(
    emulator: EmulatorProcess,
    provider: type[ResourceProvider],
    people: list[dict[str, Any]],
) -> tuple[int, int, int]:
    """Refresh everybody; return the lists, the GETs of one user, and the other GETs."""
    emulator.clear_journal()
    with (
        serving(emulator, provider) as host,
        ThreadPoolExecutor(_ENGINES_THREADS) as threads,
    ):

        def read(user: dict[str, Any]) -> None:
            # What the state keeps of a person, as far as a read needs it.
            state = {key: user[key] for key in ("email", "name", "role")} | {
                "userId": user["user_id"],
                "accountId": _ACCOUNT,
                "managed": ["name", "role"],
                "adopted": False,
            }
            host.read(user["user_id"], state)

        list(threads.map(read, people))
    routes = [call["route"] for call in emulator.journal("GET")]
    lists = routes.count("/v1/users")
    singles = routes.count("/v1/users/{user_id}")
    return lists, singles, len(routes) - lists - singles


def measure_rate_limit(setup: Setup) -> list[Figure]:
    """Create a roster while the API takes 20 requests a second."""
    size = 600 if setup.quick else 1000
    say(f"rate limit: {size} people at {_A_SECOND} requests a second")
    members: dict[str, dict[str, str]] = {
        f"person-{number}@example.com": {} for number in range(size)
    }
    members["owner@example.com"] = {"role": "admin"}
    with EmulatorProcess(latency_ms=20) as emulator:
        emulator.patch_account(max_users=size + 1)
        limit = {"requests": _A_SECOND, "window_seconds": 1}
        emulator.patch_rules(rate_limit=limit)
        with serving(emulator, RosterProvider) as host:
            inputs = host.check({"members": members})
            began = time.perf_counter()
            host.create_checked(inputs)
            taken = time.perf_counter() - began
        statuses = [call["status"] for call in emulator.journal()]
    refused = statuses.count(429)
    # The first window's requests cost no time; each full window after it is a second.
    least = (len(statuses) - refused - 1) // _A_SECOND
    raw = (
        Raw("taken", taken),
        Raw("least possible", least),
        Raw("requests", len(statuses), "requests"),
        Raw("refused with 429", refused, "requests"),
    )
    name = f"Rate limit of {_A_SECOND}/s, {size} people"
    return [
        Figure(f"{name}: time over the least possible", taken / least, 1.1, raw=raw),
        Figure(f"{name}: share refused", refused / len(statuses), 0.02, raw=raw[2:]),
    ]


def measure_state(setup: Setup) -> list[Figure]:
    """Compare the state of ten people, ours and the naive provider's."""
    with new_stack(setup) as one:
        sizes: dict[Kind, tuple[float, float]] = {}
        for kind in (Kind.USERS, Kind.ROSTER, Kind.NAIVE):
            say(f"state of {_IN_THE_STATE}: {kind}")
            one.up_anew(kind, _IN_THE_STATE)
            sizes[kind] = _bytes(one.members_of(one.workspace.export()))
        # Pulumi encrypts a pickle by default, which makes it longer still.
        shown = json.loads(one.workspace.must("stack", "export", "--show-secrets"))
        plain, plain_pickle = _bytes(one.members_of(_without_secrets(shown)))
    naive, naive_pickle = sizes[Kind.NAIVE]
    _, pickle = sizes[Kind.USERS]
    over = "over naive by value"
    figures = []
    for kind, other, more, most in (
        (Kind.USERS, naive, "", 0.2),
        (Kind.ROSTER, naive, "", 0.2),
        (Kind.USERS, plain, ", were it no secret", None),
    ):
        ours = sizes[kind][0]
        title = f"State bytes a person, `{kind}` {over}{more}"
        raw = (Raw(kind, ours, "bytes"), Raw("naive", other, "bytes"))
        figures.append(Figure(title, ours / other, most=most, raw=raw))
    pickles = (
        Raw("ours", pickle, "bytes"),
        Raw("naive", naive_pickle, "bytes"),
        Raw("naive, were it no secret", plain_pickle, "bytes"),
    )
    title = f"`__provider` bytes, ours {over}"
    return [*figures, Figure(title, pickle / naive_pickle, raw=pickles)]


def _without_secrets(value: Any) -> Any:
    """Return what stands behind the secrets of an export with `--show-secrets`."""
    if isinstance(value, list):
        return [_without_secrets(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "plaintext" in value:
        return json.loads(value["plaintext"])
    return {key: _without_secrets(one) for key, one in value.items()}


def _bytes(people: list[dict[str, Any]]) -> tuple[float, float]:
    """Return the bytes a person and those of one `__provider`, as compact JSON."""
    size = len(json.dumps(people, separators=(",", ":"))) / _IN_THE_STATE
    return size, len(json.dumps(people[0]["inputs"]["__provider"]))
