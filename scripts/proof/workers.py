"""Doing many things in a few worlds at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from scripts.proof.world import World

T = TypeVar("T")
R = TypeVar("R")


class Worlds:
    """Some worlds, each used by one thread at a time."""

    def __init__(self, worlds: Iterable[World]) -> None:
        """Take over worlds that are open."""
        self._free: SimpleQueue[World] = SimpleQueue()
        self._count = 0
        for world in worlds:
            self._free.put(world)
            self._count += 1

    def each(self, do: Callable[[World, T], R], things: Iterable[T]) -> Iterator[R]:
        """Do something with each thing, in any free world; results in order.

        Raises:
            Exception: the first one that `do` raised; what has not begun never does.
        """
        with ThreadPoolExecutor(self._count) as threads:
            futures = [threads.submit(self._in_one, do, thing) for thing in things]
            try:
                for future in futures:
                    yield future.result()
            finally:
                threads.shutdown(wait=False, cancel_futures=True)

    def _in_one(self, do: Callable[[World, T], R], thing: T) -> R:
        world = self._free.get()
        try:
            return do(world, thing)
        finally:
            self._free.put(world)


@contextmanager
def worlds(count: int, make: Callable[[Path], World], folder: Path) -> Iterator[Worlds]:
    """Open some worlds below a folder, and close them at the end."""
    with ExitStack() as stack:
        opened = [
            stack.enter_context(make(folder / f"world-{number}"))
            for number in range(count)
        ]
        yield Worlds(opened)
