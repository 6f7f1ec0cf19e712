"""Pulumi stacks and provider hosts of emulated accounts, and the API's own floor."""

from __future__ import annotations

import base64
import json
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import urllib3
from pulumi.dynamic import ResourceProvider

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.engine.provider_host import Engine, Host
from scripts.engine.workspace import ROOT, Workspace, credentials_of, find_engine

UP = ("up", "--yes", "--skip-preview")
_SECONDS_BETWEEN_LOOKS = 0.1
_MIB = 1024 * 1024
_numbers = count()


@dataclass(frozen=True)
class Setup:
    """The run's settings: small sizes or not, and a folder for its files."""

    quick: bool
    folder: Path

    @cached_property
    def engine(self) -> Path:
        """The folder that holds the engine, found or made as by `make engine`."""
        return find_engine()

    def rounds(self, quick: int, full: int) -> int:
        """Return how many rounds to measure."""
        return quick if self.quick else full


def say(text: str) -> None:
    """Print progress on stderr."""
    print(f"  {text}", file=sys.stderr, flush=True)


class Kind(StrEnum):
    """Whose resources a program declares."""

    USERS = "User"
    ROSTER = "Roster"
    NOTHING_USERS = "nothing, a resource each"
    NOTHING_USERS_PLAIN = "nothing, a resource each, by the SDK as it is"
    NOTHING_ROSTER = "nothing, one resource"
    NAIVE = "naive"


_OURS = "import pulumi_cerevox as cerevox\n"
_NOTHING = "from benchmarks.providers.nothing import Nothing\n"
# To its favour: by value, the SDK's pickler meets a RecursionError at the 238th.
_NAIVE = "import sys\nsys.setrecursionlimit(100_000)\n"
_NAIVE += (ROOT / "benchmarks" / "providers" / "naive.py").read_text()
_PEOPLE = """
people = [
    {{"email": f"person-{{n}}@example.com", "name": f"Person {{n}}", "role": "member"}}
    for n in range({first}, {first} + {size})
]
owner = {{"email": "owner@example.com", "role": "admin"}}
members = [owner, *people]
"""
_EACH = "for one in people:\n    "
_PARTS = {
    Kind.USERS: (_OURS, _EACH + 'cerevox.User(one["email"], **one)\n'),
    Kind.ROSTER: (_OURS, 'cerevox.Roster("team", members=members)\n'),
    Kind.NOTHING_USERS: (_NOTHING, _EACH + 'Nothing(one["email"], one)\n'),
    Kind.NOTHING_USERS_PLAIN: (
        _NOTHING,
        _EACH + 'Nothing(one["email"], one, mended=False)\n',
    ),
    Kind.NOTHING_ROSTER: (
        _NOTHING,
        'Nothing("team", {"members": {p["email"]: p for p in members}})\n',
    ),
    Kind.NAIVE: (_NAIVE, _EACH + 'NaiveUser(one["email"], one)\n'),
}
"""What stands before and after the people of a program."""


@contextmanager
def serving(
    emulator: EmulatorProcess, provider: type[ResourceProvider]
) -> Iterator[Host]:
    """Start a host whose calls are about the resources of one provider class."""
    with (
        closing(Engine()) as engine,
        Host(engine, environment_of(emulator)) as host,
    ):
        host.provider = provider
        yield host.configure()


def environment_of(emulator: EmulatorProcess) -> dict[str, str]:
    """Return the environment in which a provider finds the account, and our modules."""
    return credentials_of(emulator) | {"PYTHONPATH": str(ROOT)}


@dataclass(slots=True)
class Peaks:
    """The most memory that was resident, in MiB; 0 where nobody looked."""

    host: float = 0.0
    program: float = 0.0


@contextmanager
def memory_watched() -> Iterator[Peaks]:
    """Look at the memory of this process's descendants now and then."""
    peaks, done = Peaks(), threading.Event()

    def watch() -> None:
        me = psutil.Process()
        while not done.wait(_SECONDS_BETWEEN_LOOKS):
            for process in me.children(recursive=True):
                with suppress(psutil.Error):
                    command = " ".join(process.cmdline())
                    resident = process.memory_info().rss / _MIB
                    if "pulumi.dynamic" in command:
                        peaks.host = max(peaks.host, resident)
                    elif "pulumi-language-python-exec" in command:
                        peaks.program = max(peaks.program, resident)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        done.set()
        watcher.join()


@dataclass(frozen=True, slots=True)
class Timed:
    """How long a command took, and what it sent to the API."""

    seconds: float
    requests: list[dict[str, Any]] = field(repr=False)


class Stack:
    """One project with a stack, for an account of its own."""

    def __init__(
        self, setup: Setup, emulator: EmulatorProcess, *, native: bool = False
    ) -> None:
        """Make it, without a program; a `native` one uses the native provider."""
        # A destroy of everybody is what is measured, not what is to be prevented.
        extra = environment_of(emulator) | {"CEREVOX_MAX_REMOVALS": "100000"}
        folder = setup.folder / f"stack-{next(_numbers)}"
        self.emulator = emulator
        self.workspace = Workspace.new(setup.engine, folder, extra, native=native)
        self._beginning = emulator.snapshot()
        self._rounds = count()
        self.begin_anew()

    def begin_anew(self) -> None:
        """Empty account and stack."""
        self.emulator.restore(self._beginning)
        self.workspace.must("stack", "init", f"round-{next(self._rounds)}")

    def write(self, kind: Kind, size: int, first: int = 0) -> None:
        """Replace the program by one that declares so many people, from a number on."""
        head, tail = _PARTS[kind]
        self.workspace.write(head + _PEOPLE.format(first=first, size=size) + tail)

    def timed(self, *words: str) -> Timed:
        """Run a command that must not fail, and time it."""
        self.emulator.clear_journal()
        began = time.perf_counter()
        self.workspace.must(*words)
        seconds = time.perf_counter() - began
        return Timed(seconds, self.emulator.journal())

    def up_anew(self, kind: Kind, size: int) -> Timed:
        """Begin anew, and time the `up` of so many people."""
        self.begin_anew()
        self.write(kind, size)
        return self.timed(*UP)

    def floor_of(
        self, run: Timed, threads: int, before: dict[str, Any] | None = None
    ) -> float:
        """Return the seconds that a run's requests take bare.

        The account is put back to what it was before the run: by default, empty.
        """
        self.emulator.restore(before or self._beginning)
        return send_bare(self.emulator, run.requests, threads)

    def fill(self, kind: Kind, size: int) -> None:
        """Put everybody whom a program of a kind declares into account and stack.

        The engine writes the whole state at each step, so that 1000 creates take
        minutes of its own. Here a state with one person is multiplied, and the account
        filled beside it. A `Roster` is one resource, and is made.
        """
        self.write(kind, size if kind is Kind.ROSTER else 1)
        self.timed(*UP)
        if kind is Kind.ROSTER:
            return
        snapshot = self.emulator.snapshot()
        has_people = kind in {Kind.USERS, Kind.NAIVE}
        if has_people:
            model = snapshot["users"][-1]
            for number in range(1, size):
                more = {"user_id": f"user-{number}", "name": f"Person {number}"}
                more["email"] = f"person-{number}@example.com"
                snapshot["users"].append(model | more)
            self.emulator.restore(snapshot)
        ids = {user["email"]: user["user_id"] for user in snapshot["users"]}
        state = self.workspace.export()
        resources = state["deployment"]["resources"]
        (one,) = self.members_of(state)
        text, first = json.dumps(one), "person-0@example.com"
        for number in range(1, size):
            email = f"person-{number}@example.com"
            copy = text.replace(first, email).replace("Person 0", f"Person {number}")
            if has_people:
                copy = copy.replace(json.dumps(ids[first]), json.dumps(ids[email]))
            resources.append(json.loads(copy))
        file = self.workspace.project / "multiplied.json"
        file.write_text(json.dumps(state))
        self.workspace.must("stack", "import", "--file", str(file))
        self.write(kind, size)

    @staticmethod
    def members_of(state: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the resources of people, without the stack's and the provider's."""
        resources: list[dict[str, Any]] = state["deployment"]["resources"]
        return [one for one in resources if not one["type"].startswith("pulumi:")]


@contextmanager
def new_stack(
    setup: Setup, *, latency_ms: int = 0, native: bool = False
) -> Iterator[Stack]:
    """Make a stack with an account that has room for everybody."""
    with EmulatorProcess(latency_ms=latency_ms) as emulator:
        emulator.patch_account(max_users=1_000_000)
        yield Stack(setup, emulator, native=native)


def send_bare(
    emulator: EmulatorProcess, requests: Sequence[dict[str, Any]], threads: int
) -> float:
    """Send a journal's requests by a bare pooled client; return the seconds."""
    origin = emulator.url.removesuffix("/v1")
    headers = {"Content-Type": "application/json"}
    with urllib3.PoolManager(maxsize=threads, block=True, retries=False) as pool:
        began = time.perf_counter()
        basic = base64.b64encode(emulator.api_key.encode()).decode()
        login = pool.request(
            "POST",
            f"{origin}/v1/token/login",
            body='{"login": true}',
            headers=headers | {"Authorization": f"Basic {basic}"},
        )
        bearer = {"Authorization": f"Bearer {json.loads(login.data)['access_token']}"}

        def send(one: dict[str, Any]) -> None:
            method, path = one["method"], one["path"]
            body = None if one["body"] is None else json.dumps(one["body"])
            own = bearer if body is None else headers | bearer
            answer = pool.request(method, origin + path, body=body, headers=own)
            if answer.status != one["status"]:
                raise RuntimeError(
                    f"{method} {path}: {answer.status}, not {one['status']} as before"
                )

        with ThreadPoolExecutor(threads) as workers:
            others = (r for r in requests if not r["path"].startswith("/v1/token"))
            list(workers.map(send, others))
        return time.perf_counter() - began
