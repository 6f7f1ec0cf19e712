"""A preview of many people of whom nobody changes."""

from __future__ import annotations

from contextlib import ExitStack

from benchmarks.figures import Figure, compared, in_turns
from benchmarks.multiplied import fill
from benchmarks.programs import Kind
from benchmarks.setup import Setup, say
from benchmarks.stacks import Stack, stack


def measure(setup: Setup) -> list[Figure]:
    """Compare with the do-nothing provider's preview of as many resources.

    Pulumi's SDK goes through every output again and again while a program ends; ours
    keeps it from that (`resources/base.py`). The bar is over a provider that does
    nothing as anybody would write it; the second figure, over one that is spared it
    too, shows what is ours alone.
    """
    size = 100 if setup.quick else 1000
    return [
        _compared(setup, size, Kind.NOTHING_USERS_PLAIN, "doing nothing", most=1.1),
        _compared(setup, size, Kind.NOTHING_USERS, "that with our mend of the SDK"),
    ]


def _compared(
    setup: Setup, size: int, floor: Kind, told: str, most: float | None = None
) -> Figure:
    with ExitStack() as both:
        ours = both.enter_context(stack(setup))
        nothing = both.enter_context(stack(setup))
        fill(ours, Kind.USERS, size)
        fill(nothing, floor, size)
        pairs = in_turns(
            setup.rounds(3, 7), lambda: _previewed(ours), lambda: _previewed(nothing)
        )
    title = f"`User`: preview of {size} without a change, over {told}"
    return compared(title, pairs, ("ours", "nothing"), most=most)


def _previewed(one: Stack) -> float:
    seconds = one.timed("preview", "--expect-no-changes").seconds
    say(f"preview: {seconds:.1f} s")
    return seconds
