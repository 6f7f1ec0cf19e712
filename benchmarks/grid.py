"""Every command, for every size, resource and latency: ours over both floors.

These figures have no bars: they show where time, requests and memory go.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product

from benchmarks.figures import Figure, Raw
from benchmarks.programs import Kind
from benchmarks.setup import Setup, say, seconds
from benchmarks.stacks import Stack, Timed, stack

COMMANDS: dict[str, tuple[str, ...]] = {
    "preview": ("preview",),
    "up": ("up", "--yes", "--skip-preview"),
    "refresh": ("refresh", "--yes", "--skip-preview"),
    "up without a change": ("up", "--yes", "--skip-preview", "--expect-no-changes"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
}
_MOST_NAIVE = 100
_THREADS = {Kind.USERS: 4, Kind.ROSTER: 8}
_NOTHING = {Kind.USERS: Kind.NOTHING_USERS, Kind.ROSTER: Kind.NOTHING_ROSTER}


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the grid."""

    kind: Kind
    size: int
    latency_ms: int

    @property
    def has_naive(self) -> bool:
        """Whether the naive provider is measured too; a thousand take too long."""
        return self.kind is Kind.USERS and self.size <= _MOST_NAIVE


def measure(setup: Setup) -> list[Figure]:
    """Run the life of a stack at each place of the grid."""
    return [figure for place in _places(setup) for figure in _lived(setup, place)]


def _places(setup: Setup) -> list[Place]:
    sizes = (10, 100) if setup.quick else (10, 100, 1000)
    latencies = (0, 20) if setup.quick else (0, 20, 100)
    places = product((Kind.USERS, Kind.ROSTER), sizes, latencies)
    return [Place(*place) for place in places]


def _lived(setup: Setup, place: Place) -> Iterator[Figure]:
    """Take the stacks of all sides through the commands, one after the other."""
    say(f"{place.kind} {place.size} at {place.latency_ms} ms")
    kinds = [place.kind, _NOTHING[place.kind]]
    kinds += [Kind.NAIVE] if place.has_naive else []
    with ExitStack() as closing:
        sides = [_side(closing, setup, place, kind) for kind in kinds]
        for name, words in COMMANDS.items():
            before = sides[0].emulator.snapshot()
            ours, *others = [side.timed(*words, memory=True) for side in sides]
            after = sides[0].emulator.snapshot()
            api = sides[0].floor_of(ours, _THREADS[place.kind], before)
            sides[0].emulator.restore(after)
            yield _figure(place, name, ours, others, api)


def _side(closing: ExitStack, setup: Setup, place: Place, kind: Kind) -> Stack:
    one = closing.enter_context(stack(setup, latency_ms=place.latency_ms))
    one.write(kind, place.size)
    return one


def _figure(
    place: Place, name: str, ours: Timed, others: list[Timed], api: float
) -> Figure:
    nothing, *naive = others
    raw = [
        seconds("ours", ours.seconds),
        seconds("nothing", nothing.seconds),
        seconds("API", api),
        Raw("ours", len(ours.requests), "requests"),
        Raw("host", ours.peaks.host, "MiB"),
        Raw("program", ours.peaks.program, "MiB"),
        Raw("host of nothing", nothing.peaks.host, "MiB"),
    ]
    for run in naive:
        raw += [
            seconds("naive", run.seconds),
            Raw("naive", len(run.requests), "requests"),
        ]
    title = f"`{place.kind}` {place.size} at {place.latency_ms} ms: {name}, over floors"
    value = ours.seconds / (nothing.seconds + api)
    return Figure(title, value, raw=tuple(raw))
