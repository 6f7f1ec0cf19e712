"""Making everybody: `User` and `Roster` over the engine's and the API's floor."""

from __future__ import annotations

from statistics import median

from benchmarks.figures import Figure, Pair, Raw, median_ratio, spread
from benchmarks.programs import Kind
from benchmarks.setup import Setup, say, seconds
from benchmarks.stacks import Stack, stack

_LATENCY_MS = 20
_ENGINES_THREADS = 4
_ROSTERS_THREADS = 8


def measure_users(setup: Setup) -> list[Figure]:
    """Make people with `User`, one resource each."""
    size = 100
    with stack(setup, latency_ms=_LATENCY_MS) as one:
        rounds = [
            _round(one, (Kind.USERS, Kind.NOTHING_USERS), size, _ENGINES_THREADS)
            for _ in range(setup.rounds(1, 5))
        ]
    return [_figure(f"`User`: up of {size} at {_LATENCY_MS} ms", rounds, 1.15)]


def measure_roster(setup: Setup) -> list[Figure]:
    """Make people with one `Roster`, and compare with the naive provider."""
    size = 1000
    with stack(setup, latency_ms=_LATENCY_MS) as one:
        rounds = [
            _round(one, (Kind.ROSTER, Kind.NOTHING_ROSTER), size, _ROSTERS_THREADS)
            for _ in range(setup.rounds(2, 5))
        ]
        ours = median(sides[0] for sides in rounds)
        naive = _naive(one, ours, size, quick=setup.quick)
    name = f"`Roster`: up of {size} at {_LATENCY_MS} ms"
    return [_figure(name, rounds, 1.2), naive]


Sides = tuple[float, float, float]
"""Seconds: ours, the engine's floor, the API's floor."""


def _round(one: Stack, kinds: tuple[Kind, Kind], size: int, threads: int) -> Sides:
    ours, nothing = kinds
    one.begin_anew()
    one.write(ours, size)
    run = one.up()
    api = one.floor_of(run, threads)
    one.begin_anew()
    one.write(nothing, size)
    engine = one.up().seconds
    say(f"{ours} {size}: {run.seconds:.1f} s; engine {engine:.1f}, API {api:.1f}")
    return run.seconds, engine, api


def _figure(name: str, rounds: list[Sides], most: float) -> Figure:
    pairs = [Pair(ours, engine + api) for ours, engine, api in rounds]
    labels = ("ours", "engine: nothing", "API: bare client")
    raw = tuple(
        seconds(label, median(side))
        for label, side in zip(labels, zip(*rounds, strict=True), strict=True)
    )
    title = f"{name} over the engine's floor + the API's"
    return Figure(title, median_ratio(pairs), most=most, raw=raw, note=spread(pairs))


def _naive(one: Stack, ours: float, size: int, *, quick: bool) -> Figure:
    """Compare with a naive resource for each person; a quick run makes fewer."""
    tried = 100 if quick else size
    one.begin_anew()
    one.write(Kind.NAIVE, tried)
    naive = one.up().seconds
    raw = (
        seconds(f"ours, {size} people", ours),
        Raw(f"naive, {tried} people", naive, "s"),
    )
    if tried == size:
        title = f"`Roster`: naive provider's up of {size} over ours"
        return Figure(title, naive / ours, least=20, raw=raw)
    return Figure(
        f"`Roster`: naive provider's up of {tried} over ours of {size}",
        naive / ours,
        raw=raw,
        note=f"quick form: {size} naive resources, and the bar of 20, are left out",
    )
