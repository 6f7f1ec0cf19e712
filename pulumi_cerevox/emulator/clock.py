"""The emulator's clock: real time, moved or stopped by the admin API.

Token lifetimes, rate-limit windows, billing periods, the journal's times and the
header `Date` follow it.
Delays and faults that last some seconds do not: they are felt by a real client.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

#: The clock stays within the years a date can hold in every form it is printed in.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC).timestamp()
LATEST = datetime(9990, 1, 1, tzinfo=UTC).timestamp()


class ClockRangeError(ValueError):
    """The clock was asked for a time before 1970 or after 9989."""


class Clock:
    """Real time plus an offset, or one instant while frozen."""

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        self._real = real
        self._offset = 0.0
        self._frozen_at: float | None = None

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen_at is not None

    @property
    def offset_seconds(self) -> float:
        """How far this clock is ahead of real time, in seconds."""
        return self.now() - self._real()

    def now(self) -> float:
        """Return the time in Unix seconds."""
        if self._frozen_at is not None:
            return self._frozen_at
        return self._real() + self._offset

    def today(self) -> date:
        """Return the day in UTC."""
        return datetime.fromtimestamp(self.now(), UTC).date()

    def advance(self, seconds: float) -> None:
        """Move the clock by some seconds, back where they are negative."""
        self.set(self.now() + seconds)

    def set(self, instant: float) -> None:
        """Move the clock to an instant, in Unix seconds.

        Raises:
            ClockRangeError: The instant is outside `EARLIEST` to `LATEST`.
        """
        if not EARLIEST <= instant < LATEST:
            raise ClockRangeError("The clock runs from the year 1970 to 9989")
        if self._frozen_at is not None:
            self._frozen_at = instant
        else:
            self._offset = instant - self._real()

    def freeze(self, *, frozen: bool) -> None:
        """Stop the clock where it is, or let it run on from there."""
        instant = self.now()
        self._frozen_at = instant if frozen else None
        self._offset = instant - self._real()

    def reset(self) -> None:
        """Return to real time."""
        self._offset, self._frozen_at = 0.0, None

    def state(self) -> dict[str, Any]:
        """Return what `load` needs to set the clock again after a restart."""
        return {"offset": self._offset, "frozen_at": self._frozen_at}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave."""
        self._offset = float(state["offset"])
        self._frozen_at = state["frozen_at"]


def to_rfc3339(instant: float) -> str:
    """Return Unix seconds as RFC 3339 in UTC, to the second: `2025-01-01T00:00:00Z`."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_rfc3339_milliseconds(instant: float) -> str:
    """Return Unix seconds as RFC 3339 in UTC with milliseconds."""
    text = datetime.fromtimestamp(instant, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
