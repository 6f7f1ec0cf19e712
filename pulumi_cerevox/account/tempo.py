"""How fast the API lets one client send: learnt from its refusals (429).

Without it, every thread runs into every window's limit: the refused requests load the
API, and the pauses it asks for, whole seconds, are longer than what was missing.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT_SECONDS = 60.0
"""Seconds after the last refusal for which a tempo counts; then it is tried anew."""

_SLOWER = 1.03  # what is sent evenly does not arrive quite evenly
_REMEMBERED = 10_000
_ENOUGH = 10
"""Accepted requests that tell a tempo; fewer may have met somebody else's load."""


class Tempo:
    """Spreads requests evenly once the API has refused one. Thread-safe.

    Args:
        clock: Gives seconds that only ever grow.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._accepted: deque[float] = deque(maxlen=_REMEMBERED)
        self._interval = 0.0
        self._refused_at = 0.0
        self._next = 0.0

    def claim(self) -> float:
        """Take the next place in the row; give the seconds until it is due."""
        with self._lock:
            now = self._clock()
            if not self._interval or now - self._refused_at > KEPT_SECONDS:
                return 0.0
            due = max(now, self._next)
            self._next = due + self._interval
            return due - now

    def accepted(self) -> None:
        """Note that the API took a request, whatever it answered."""
        with self._lock:
            self._accepted.append(self._clock())

    def refused(self, seconds: float | None) -> None:
        """Learn from a refusal.

        What was accepted in the seconds before it is taken for what the API accepts in
        as many seconds (assumed: a limit per window, and a pause up to its end).

        Args:
            seconds: The pause that the API asked for; None where it did not say.
        """
        if not seconds:
            return
        with self._lock:
            now = self._clock()
            since = now - seconds
            count = sum(moment > since for moment in self._accepted)
            if count >= _ENOUGH:
                self._interval = _SLOWER * seconds / count
                self._refused_at = now
