"""Many threads that want the same thing cause one call."""

import copy
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from pulumi_cerevox.account.errors import AccountError

T = TypeVar("T")


class SharedCall(Generic[T]):
    """Runs one call at a time, and shares each among all who asked before it began.

    Nobody gets the result of a call that began before they asked: whoever wrote
    something and then asks sees their own write. An error is shared likewise.
    """

    def __init__(self) -> None:
        self._running = threading.Lock()
        self._guard = threading.Lock()
        self._boarding: _Flight[T] | None = None

    def run(self, fetch: Callable[[], T]) -> T:
        """Give the result of a `fetch()` that begins after this moment.

        Raises:
            AccountError: What `fetch` raised, to each who shares it.
        """
        with self._guard:
            leads = self._boarding is None
            flight = self._boarding or _Flight()
            self._boarding = flight
        if leads:
            self._fly(flight, fetch)
        return flight.landed()

    def _fly(self, flight: "_Flight[T]", fetch: Callable[[], T]) -> None:
        try:
            with self._running:
                self._close_door(flight)
                flight.fly(fetch)
        finally:  # also when Ctrl-C comes while it waits: nobody waits for ever
            self._close_door(flight)
            flight.end()

    def _close_door(self, flight: "_Flight[T]") -> None:
        """Let nobody join *flight* any more."""
        with self._guard:
            if self._boarding is flight:
                self._boarding = None


class _Flight(Generic[T]):
    """One call and its outcome."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._result: list[T] = []
        self._error: AccountError | None = None

    def fly(self, fetch: Callable[[], T]) -> None:
        try:
            self._result.append(fetch())
        except AccountError as error:
            self._error = error

    def end(self) -> None:
        self._done.set()

    def landed(self) -> T:
        self._done.wait()
        if self._error is not None:
            raise copy.copy(self._error)  # one traceback for each thread
        if not self._result:
            raise RuntimeError("a shared call was interrupted in another thread")
        return self._result[0]
