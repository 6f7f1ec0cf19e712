"""Decide whether a request is sent again, and how long to wait first.

There is one predicate, one delay and one time budget for each call. One gate holds back
all threads of a client while the API asks for a pause, and then keeps its rate.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pulumi_cerevox.account.errors import (
    AccountError,
    ConnectionFailedError,
    RateLimitedError,
    ServerError,
    TimedOutError,
    UnexpectedAnswerError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_cerevox.account.calls import Call


KEPT_SECONDS = 60.0
"""Seconds after the last refusal for which a tempo counts; then it is tried anew."""

_SLOWER = 1.03  # what is sent evenly does not arrive quite evenly
_REMEMBERED = 10_000
_ENOUGH = 10
"""Accepted requests that tell a tempo; fewer may have met somebody else's load."""


class Tempo:
    """Spreads requests evenly once the API has refused one. Thread-safe.

    Args:
        clock: Returns seconds that only ever grow.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._accepted: deque[float] = deque(maxlen=_REMEMBERED)
        self._interval = 0.0
        self._refused_at = 0.0
        self._next = 0.0

    def claim(self) -> float:
        """Reserve the next slot. Return the seconds until it is due."""
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


T = TypeVar("T")

FIRST_DELAY = 0.5
"""Seconds: the longest first wait; each next one may take twice as long."""

LEAST_DELAY = 0.5
"""Seconds: the least wait that a pause of the API's counts for."""

LONGEST_DELAY = 30.0
"""Seconds: the longest wait that the API did not ask for."""

FEW_TRIES = 4
"""Tries, in all, of what waiting rarely helps with."""

PASSING_STATUSES = frozenset({502, 503, 504})

logger = logging.getLogger(__name__)


def may_repeat(error: AccountError, call: Call, tries: int) -> bool:
    """Decide whether *call* may be sent again after *error*: the one predicate.

    Args:
        error: How the last try ended.
        call: What was sent.
        tries: How often it was sent so far.
    """
    # The budget of time is used up: whoever shares it must not begin anew.
    if error.gave_up:
        return False
    # A certificate that does not verify will not verify in a minute either.
    if isinstance(error, ConnectionFailedError) and error.lasting:
        return False
    # A wrong base URL and a captive portal deserve a quick answer.
    if rarely_passes(error) and tries >= FEW_TRIES:
        return False
    # Surely nothing was done: any call may go out again, even a create.
    return surely_not_done(error) or (call.repeatable and _passes(error, call))


def _passes(error: AccountError, call: Call) -> bool:
    """Return whether *error* is of a kind that may be over in a moment."""
    if isinstance(error, ConnectionFailedError | TimedOutError):
        return True
    if isinstance(error, ServerError):
        return error.status in PASSING_STATUSES or (error.status == 500 and call.reads)
    # HTML or half a document where JSON belongs: a proxy on the way had a bad moment.
    return isinstance(error, UnexpectedAnswerError) and error.malformed


def surely_not_done(error: AccountError) -> bool:
    """Return whether the API surely did not carry out what was asked."""
    return isinstance(error, RateLimitedError) or not error.sent


def is_unclear(error: AccountError) -> bool:
    """Return whether what was asked may have been carried out all the same."""
    if isinstance(error, UnexpectedAnswerError):
        return error.status is not None and 200 <= error.status < 300
    lost = isinstance(error, ConnectionFailedError | TimedOutError)
    return (lost and error.sent) or isinstance(error, ServerError)


def rarely_passes(error: AccountError) -> bool:
    """Return whether *error* is of a kind that waiting rarely helps with."""
    return (
        (isinstance(error, ConnectionFailedError) and error.unresolved)
        or (isinstance(error, UnexpectedAnswerError) and error.malformed)
        or error.status == 500
    )


def delay(tries: int, retry_after: float | None, chance: float) -> float:
    """Return the seconds to wait before the next try.

    Args:
        tries: Tries made so far, from 1.
        retry_after: Seconds that the API asked for; they are honoured in full, where
            they are enough to be a pause.
        chance: A random number from 0 to 1 ("full jitter": threads that failed
            together don't come back together).
    """
    doubled: float = FIRST_DELAY * 2 ** min(tries - 1, 16)
    own = min(LONGEST_DELAY, doubled) * chance
    if retry_after is None:
        return own
    if retry_after < LEAST_DELAY:
        # Zero, and a date in the past: who obeys that sends as fast as it can.
        return max(LEAST_DELAY, own)
    return retry_after + chance * min(FIRST_DELAY, retry_after / 10)


@dataclass(frozen=True, slots=True)
class Pace:
    """The clock and the random source. Tests use their own.

    Attributes:
        clock: Seconds that only ever grow.
        sleep: Waits for a number of seconds.
        chance: Returns a random number from 0 to 1.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


class Gate:
    """Closed while the API asks for a pause (429): for all threads of a client."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._lock = threading.Lock()
        self._opens_at = 0.0

    def close(self, seconds: float) -> None:
        """Stay closed for *seconds* from now; never opens earlier than told before."""
        with self._lock:
            self._opens_at = max(self._opens_at, self._pace.clock() + seconds)

    def remaining(self) -> float:
        """Return the seconds until it opens; 0 or less when it is open."""
        with self._lock:
            return self._opens_at - self._pace.clock()


class Retrier:
    """Begins the tries of each call of one client.

    Args:
        max_wait_seconds: Seconds one call may take with all its repetitions.
        pace: Clock, sleep and chance.
    """

    def __init__(self, max_wait_seconds: float, pace: Pace | None = None) -> None:
        self.max_wait_seconds = max_wait_seconds
        self.pace = pace or Pace()
        self.gate = Gate(self.pace)
        self.tempo = Tempo(self.pace.clock)

    def begin(self) -> Attempts:
        """Start the clock of a new call."""
        return Attempts(self)


class Attempts:
    """All tries of one call, those of its login and its look-ups included.

    Attributes:
        unclear: One of the repeated ones may have been carried out.
    """

    def __init__(self, retrier: Retrier) -> None:
        self._retrier = retrier
        self._pace = retrier.pace
        self._began = self._pace.clock()
        self.unclear = False

    def run(self, call: Call, send: Callable[[], T]) -> T:
        """Send until it works, until it may not be repeated, or until time is up.

        Raises:
            AccountError: The last one, with the tries and the time in its text when
                the budget ended it.
        """
        tries = 0
        while True:
            tries += 1
            try:
                return self.once(send)
            except AccountError as caught:
                error = caught
            if not may_repeat(error, call, tries):
                raise self._told(error, tries)
            self.unclear = self.unclear or is_unclear(error)
            self.pause(error, tries)

    def once(self, send: Callable[[], T]) -> T:
        """Send once, as soon as the gate is open and the tempo allows it."""
        self._await_turn()
        tempo = self._retrier.tempo
        try:
            answer = send()
        except RateLimitedError as error:
            tempo.refused(error.retry_after)
            raise
        except AccountError:
            tempo.accepted()
            raise
        tempo.accepted()
        return answer

    def pause(self, error: AccountError, tries: int) -> None:
        """Wait before the next try.

        Raises:
            AccountError: *error*, when the wait does not fit into the budget.
        """
        seconds = delay(tries, error.retry_after, self._pace.chance())
        if isinstance(error, RateLimitedError):
            self._retrier.gate.close(seconds)
        if not self._fits(seconds):
            raise self._given_up(error, seconds, tries)
        logger.info("waiting %.1f s before another try: %s", seconds, error)
        self._pace.sleep(seconds)

    def _await_turn(self) -> None:
        gate, tempo = self._retrier.gate, self._retrier.tempo
        while True:
            while (closed := gate.remaining()) > 0:
                self._sleep(closed)
            if (early := tempo.claim()) <= 0:
                return
            self._sleep(early)
            if gate.remaining() <= 0:
                return
            # It was closed meanwhile: this place in the row is gone.

    def _sleep(self, seconds: float) -> None:
        if not self._fits(seconds):
            error = RateLimitedError("Rate limited: the API asked for a pause.")
            raise self._given_up(error, seconds, 0)
        self._pace.sleep(seconds)

    def _fits(self, seconds: float) -> bool:
        return self._elapsed() + seconds <= self._retrier.max_wait_seconds

    def _elapsed(self) -> float:
        return self._pace.clock() - self._began

    def _given_up(
        self, error: AccountError, seconds: float, tries: int
    ) -> AccountError:
        budget = self._retrier.max_wait_seconds
        error.effort = (
            f"{self._effort(tries)}: the next try would wait {seconds:.0f} s more, and "
            f"a call may take {budget:g} s (max_wait_seconds)."
        )
        return error

    def _told(self, error: AccountError, tries: int) -> AccountError:
        """Add the tries to an error that ended them before the budget did."""
        if tries > 1 and not error.gave_up and rarely_passes(error):
            error.effort = f"{self._effort(tries)}."
        return error

    def _effort(self, tries: int) -> str:
        count = "1 try" if tries == 1 else f"{tries} tries"
        return f"Gave up after {count} in {self._elapsed():.0f} s"
