"""Measure the native provider beside the dynamic one, with the same programs."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from benchmarks.figures import Figure, Raw, compared, in_turns
from benchmarks.stacks import UP, Kind, Setup, Stack, new_stack, say
from scripts.engine.workspace import ROOT

_SIDES = ("native", "dynamic")
_LATENCY_MS = 20
_IN_THE_STATE = 10


def measure_start(setup: Setup) -> list[Figure]:
    """Start the plugin, and a bare gRPC server, to the port that each prints."""

    def started(module: str) -> float:
        command = [sys.executable, "-m", module]
        began = time.perf_counter()
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as server:
            try:
                if server.stdout is None or not server.stdout.readline():
                    raise RuntimeError(f"{module} printed no port")
                return time.perf_counter() - began
            finally:
                server.kill()

    plugin, bare = "pulumi_cerevox.plugin", "benchmarks.providers.bare_server"
    for module in (plugin, bare):
        started(module)  # compiles and brings the files into the page cache
    pairs = in_turns(
        setup.rounds(7, 21), lambda: started(plugin), lambda: started(bare)
    )
    title = "Native provider, start to its port over a bare gRPC server"
    return [compared(title, pairs, ("plugin", "bare server"), most=1.3)]


def measure_runs(setup: Setup) -> list[Figure]:
    """Make people, and preview more of whom nobody changes; compare the states."""
    return [*_measure_up(setup), _measure_preview(setup)]


def _measure_up(setup: Setup) -> list[Figure]:
    size = 20 if setup.quick else 100
    with (
        new_stack(setup, latency_ms=_LATENCY_MS, native=True) as native,
        new_stack(setup, latency_ms=_LATENCY_MS) as dynamic,
    ):

        def made(one: Stack) -> float:
            seconds = one.up_anew(Kind.USERS, size).seconds
            say(f"up of {size}: {seconds:.1f} s")
            return seconds

        pairs = in_turns(
            setup.rounds(2, 7), lambda: made(native), lambda: made(dynamic)
        )
        title = f"Native provider, up of {size} `User` at {_LATENCY_MS} ms over dynamic"
        speed = compared(title, pairs, _SIDES, most=1.0)
        sides = [_bytes_of_a_person(one) for one in (native, dynamic)]
    raw = tuple(
        Raw(who, size, "bytes") for who, size in zip(_SIDES, sides, strict=True)
    )
    title = "Native provider, state bytes of a `User` over dynamic"
    return [speed, Figure(title, sides[0] / sides[1], most=1.0, raw=raw)]


def _bytes_of_a_person(one: Stack) -> float:
    """Make some people anew; return what each takes in the state, as compact JSON."""
    one.begin_anew()
    one.write(Kind.USERS, _IN_THE_STATE)
    one.timed(*UP)
    people = one.members_of(one.workspace.export())
    return len(json.dumps(people, separators=(",", ":"))) / _IN_THE_STATE


def _measure_preview(setup: Setup) -> Figure:
    size = 100 if setup.quick else 1000

    def previewed(one: Stack) -> float:
        seconds = one.timed("preview", "--expect-no-changes").seconds
        say(f"preview of {size}: {seconds:.1f} s")
        return seconds

    with new_stack(setup, native=True) as native, new_stack(setup) as dynamic:
        native.fill(Kind.USERS, size)
        dynamic.fill(Kind.USERS, size)
        pairs = in_turns(
            setup.rounds(3, 7), lambda: previewed(native), lambda: previewed(dynamic)
        )
    title = f"Native provider, preview of {size} `User` without a change over dynamic"
    return compared(title, pairs, _SIDES, most=1.0)
