"""A preview of many people of whom nobody changes."""

from __future__ import annotations

from contextlib import ExitStack

from benchmarks.figures import Figure, Pair, compared
from benchmarks.multiplied import fill
from benchmarks.programs import Kind
from benchmarks.setup import Setup, say
from benchmarks.stacks import Stack, stack


def measure(setup: Setup) -> list[Figure]:
    """Compare with the do-nothing provider's preview of as many resources."""
    size = 100 if setup.quick else 1000
    with ExitStack() as both:
        ours = both.enter_context(stack(setup))
        nothing = both.enter_context(stack(setup))
        fill(ours, Kind.USERS, size)
        fill(nothing, Kind.NOTHING_USERS, size)
        pairs = []
        for _ in range(setup.rounds(3, 7)):
            pairs.append(Pair(_previewed(ours), _previewed(nothing)))
            say(f"preview of {size}: {pairs[-1].ours:.1f} s, {pairs[-1].theirs:.1f} s")
    title = f"`User`: preview of {size} without a change, over doing nothing"
    return [compared(title, pairs, ("ours", "nothing"), most=1.1)]


def _previewed(one: Stack) -> float:
    return one.timed("preview", "--expect-no-changes").seconds
