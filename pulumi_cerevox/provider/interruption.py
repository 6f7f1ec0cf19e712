"""One ^C: the engine tells its provider hosts, and waits for what they are writing.

The SDK's host takes that message (`Cancel`) and does nothing. It bound the method
before any code of ours was loaded, so not the method but its code is replaced.

The engine sends the same message at the end of every run that went well (CLI 3.259,
run): then the host is doing nothing, and there is nothing to say.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pulumi_cerevox.provider import engine
from pulumi_cerevox.provider.plain_errors import is_provider_host

CARRIED_ON = (
    "interrupted: what is being written is carried to its end, and nothing else "
    "begins. A second ^C would cut it off"
)


class Interruption:
    """Whether the engine was interrupted, and whether that was said. Thread-safe."""

    def __init__(self) -> None:
        """Begin with neither."""
        self._lock = threading.Lock()
        self._received = self._writes = self._said = False
        self._at_work = 0

    @property
    def received(self) -> bool:
        """Whether the engine was interrupted."""
        return self._received

    def receive(self) -> None:
        """Note that the engine was interrupted."""
        with self._lock:
            self._received = True
            is_end = not self._at_work
        if not is_end:
            self._say()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Note that the host does something for the engine, as long as it does."""
        with self._lock:
            self._at_work += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1

    def before_write(self) -> None:
        """Note that this host writes: only then is there something to be said."""
        with self._lock:
            self._writes = True
        self._say()

    def _say(self) -> None:
        with self._lock:
            due = self._received and self._writes and not self._said
            self._said = self._said or due
        if due:
            engine.info(CARRIED_ON)


INTERRUPTION = Interruption()
"""This process's."""


def install() -> None:
    """Let the host note the engine's `Cancel`; elsewhere do nothing."""
    if not is_provider_host():
        return
    servicer = vars(sys.modules["__main__"]).get("DynamicResourceProviderServicer")
    method = getattr(servicer, "Cancel", None)
    # A wrapped method of a later SDK has variables of its own: it is left alone.
    if method is not None and not method.__code__.co_freevars:
        method.__code__ = _cancel.__code__


def _cancel(self: Any, request: Any, context: Any) -> object:  # noqa: ARG001 - gRPC's
    # It runs with the names of the host's own module, so it brings its own.
    from google.protobuf.empty_pb2 import Empty  # noqa: PLC0415

    from pulumi_cerevox.provider.interruption import INTERRUPTION  # noqa: PLC0415

    INTERRUPTION.receive()
    return Empty()
