"""The provider host: from its start to the answer to the engine's first check."""

from __future__ import annotations

import time

from pulumi.dynamic import ResourceProvider

from benchmarks.figures import Figure, compared, in_turns
from benchmarks.providers.nothing import NothingProvider
from benchmarks.setup import ROOT, Setup
from pulumi_cerevox.provider import UserProvider
from scripts.engine.provider_host import Engine, Host

_PERSON = {"email": "ada@example.com", "name": "Ada Lovelace", "role": "admin"}


def measure(setup: Setup) -> list[Figure]:
    """Compare our host with one that serves a provider that does nothing."""
    started(UserProvider)  # compiles and brings the files into the page cache
    started(NothingProvider)
    pairs = in_turns(
        setup.rounds(7, 21),
        lambda: started(UserProvider),
        lambda: started(NothingProvider),
    )
    sides = ("ours: start and first check", "bare host: start and first check")
    return [
        compared("Provider host, start over the bare host", pairs, sides, most=1.35)
    ]


def started(provider: type[ResourceProvider]) -> float:
    """Give the seconds from the start of a host to its first answer."""
    engine = Engine()
    try:
        began = time.perf_counter()
        with Host(engine, {"PYTHONPATH": str(ROOT)}) as host:
            host.provider = provider
            host.configure().check(_PERSON)
            return time.perf_counter() - began
    finally:
        engine.close()
