"""Measure whole runs of the engine: ours over the engine's and the API's floors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import product
from statistics import median

from benchmarks.figures import (
    Figure,
    Pair,
    Raw,
    compared,
    in_turns,
    median_ratio,
    spread,
)
from benchmarks.stacks import UP, Kind, Setup, Stack, memory_watched, new_stack, say

COMMANDS: dict[str, tuple[str, ...]] = {
    "preview": ("preview",),
    "up": UP,
    "refresh": ("refresh", "--yes", "--skip-preview"),
    "up without a change": (*UP, "--expect-no-changes"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
}
_LATENCY_MS = 20
_MOST_NAIVE = 100
"""A thousand naive resources take minutes."""
_THREADS = {Kind.USERS: 4, Kind.ROSTER: 8}
"""The engine's, and our own."""
_NOTHING = {Kind.USERS: Kind.NOTHING_USERS, Kind.ROSTER: Kind.NOTHING_ROSTER}


def measure_users_up(setup: Setup) -> list[Figure]:
    """Make people with `User`, one resource each."""
    with new_stack(setup, latency_ms=_LATENCY_MS) as one:
        figure, _ = _up_over_floors(one, Kind.USERS, 100, setup.rounds(1, 5), 1.15)
    return [figure]


def measure_roster_up(setup: Setup) -> list[Figure]:
    """Make people with one `Roster`, and compare with the naive provider."""
    size = 1000
    naive_size = _MOST_NAIVE if setup.quick else size
    with new_stack(setup, latency_ms=_LATENCY_MS) as one:
        rounds = setup.rounds(2, 5)
        figure, ours = _up_over_floors(one, Kind.ROSTER, size, rounds, 1.2)
        naive = one.up_anew(Kind.NAIVE, naive_size).seconds
    raw = (Raw(f"ours, {size} people", ours), Raw(f"naive, {naive_size} people", naive))
    title = f"`Roster`: naive provider's up of {naive_size} over ours"
    if naive_size == size:
        return [figure, Figure(title, naive / ours, least=20, raw=raw)]
    note = f"quick form: {size} naive resources, and the bar of 20, are left out"
    return [figure, Figure(f"{title} of {size}", naive / ours, raw=raw, note=note)]


def _up_over_floors(
    one: Stack, kind: Kind, size: int, rounds: int, most: float
) -> tuple[Figure, float]:
    """Return the figure of an `up`, and the seconds of ours."""
    sides = []
    for _ in range(rounds):
        run = one.up_anew(kind, size)
        api = one.floor_of(run, _THREADS[kind])
        engine = one.up_anew(_NOTHING[kind], size).seconds
        say(f"{kind} {size}: {run.seconds:.1f} s; engine {engine:.1f}, API {api:.1f}")
        sides.append((run.seconds, engine, api))
    pairs = [Pair(ours, engine + api) for ours, engine, api in sides]
    labels = ("ours", "engine: nothing", "API: bare client")
    medians = [median(side) for side in zip(*sides, strict=True)]
    raw = tuple(map(Raw, labels, medians))
    title = f"`{kind}`: up of {size} at {_LATENCY_MS} ms over the engine's floor"
    title += " + the API's"
    figure = Figure(title, median_ratio(pairs), most=most, raw=raw, note=spread(pairs))
    return figure, medians[0]


def measure_preview(setup: Setup) -> list[Figure]:
    """Preview many people of whom nobody changes; compare with doing nothing.

    Pulumi's SDK goes through every output again and again while a program ends; ours
    keeps it from that (`resources/base.py`). The bar is over a provider that does
    nothing as anybody would write it; the second figure, over one that is spared it
    too, shows what is ours alone.
    """
    size = 100 if setup.quick else 1000

    def previewed(one: Stack) -> float:
        seconds = one.timed("preview", "--expect-no-changes").seconds
        say(f"preview: {seconds:.1f} s")
        return seconds

    figures = []
    for floor, what, most in (
        (Kind.NOTHING_USERS_PLAIN, "doing nothing", 1.1),
        (Kind.NOTHING_USERS, "that with our mend of the SDK", None),
    ):
        with new_stack(setup) as ours, new_stack(setup) as nothing:
            ours.fill(Kind.USERS, size)
            nothing.fill(floor, size)
            pairs = in_turns(
                setup.rounds(3, 7), lambda: previewed(ours), lambda: previewed(nothing)
            )
        title = f"`User`: preview of {size} without a change, over {what}"
        figures.append(compared(title, pairs, ("ours", "nothing"), most=most))
    return figures


def measure_grid(setup: Setup) -> list[Figure]:
    """Run the life of a stack for each resource, size and latency.

    These figures have no bars: they show where time, requests and memory go.
    """
    sizes = (10, 100) if setup.quick else (10, 100, 1000)
    latencies = (0, 20) if setup.quick else (0, 20, 100)
    places = product((Kind.USERS, Kind.ROSTER), sizes, latencies)
    return [figure for place in places for figure in _lives(setup, *place)]


def _lives(setup: Setup, kind: Kind, size: int, latency_ms: int) -> Iterator[Figure]:
    """Take the stacks of all sides through the commands, one after the other."""
    place = f"{kind} {size} at {latency_ms} ms"
    say(place)
    kinds = [kind, _NOTHING[kind]]
    if kind is Kind.USERS and size <= _MOST_NAIVE:
        kinds.append(Kind.NAIVE)
    with ExitStack() as closing:
        sides = []
        for one in kinds:
            sides.append(closing.enter_context(new_stack(setup, latency_ms=latency_ms)))
            sides[-1].write(one, size)
        for name, words in COMMANDS.items():
            value, raw = command_over_floors(sides, kind, words)
            title = f"`{kind}` {size} at {latency_ms} ms: {name}, over floors"
            yield Figure(title, value, raw=tuple(raw))


def command_over_floors(
    sides: Sequence[Stack], kind: Kind, words: Sequence[str]
) -> tuple[float, list[Raw]]:
    """Run a command on ours, on the stack that does nothing, and on naive ones.

    Returns:
        Our seconds over those of the engine and the API bare; what was measured, with
        our seconds first.
    """
    account = sides[0].emulator
    before = account.snapshot()
    runs, peaks = [], []
    for side in sides:
        with memory_watched() as peak:
            runs.append(side.timed(*words))
        peaks.append(peak)
    after = account.snapshot()
    api = sides[0].floor_of(runs[0], _THREADS[kind], before)
    account.restore(after)
    ours, nothing, *naive = runs
    raw = [
        Raw("ours", ours.seconds),
        Raw("nothing", nothing.seconds),
        Raw("API", api),
        Raw("ours", len(ours.requests), "requests"),
        Raw("host", peaks[0].host, "MiB"),
        Raw("program", peaks[0].program, "MiB"),
        Raw("host of nothing", peaks[1].host, "MiB"),
    ]
    for run in naive:
        raw.append(Raw("naive", run.seconds))
        raw.append(Raw("naive", len(run.requests), "requests"))
    return ours.seconds / (nothing.seconds + api), raw
