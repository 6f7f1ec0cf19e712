"""The emulator's parts, put together once for one process: store, clock, rules, faults.

User ids and API keys are derived from the account id and a stored counter. The same
seed gives the same ids, even after a reset, and a kill cannot make one appear twice.
Tokens are random: a token from before a reset must not be valid for somebody else.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from pydantic import Field

from pulumi_cerevox.emulator.dialects import DialectName
from pulumi_cerevox.emulator.faults import Faults
from pulumi_cerevox.emulator.store import Key, Store, Strict

#: The clock stays within the years a date can hold in every form it is printed in.
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC).timestamp()
_LATEST = datetime(9990, 1, 1, tzinfo=UTC).timestamp()


class ClockRangeError(ValueError):
    """Somebody wants to set the clock to a time before 1970 or after 9989."""


class Clock:
    """Real time plus an offset, or one instant while frozen.

    Token lifetimes, rate-limit windows, billing periods, the journal's times and the
    header `Date` follow it. Delays, and faults that last some seconds, use real time:
    a real client waits for them.
    """

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        self._real = real
        self.offset = 0.0
        self.frozen_at: float | None = None

    @property
    def offset_seconds(self) -> float:
        """How far this clock is ahead of real time, in seconds."""
        return self.now() - self._real()

    def now(self) -> float:
        """Return the time in Unix seconds."""
        if self.frozen_at is not None:
            return self.frozen_at
        return self._real() + self.offset

    def today(self) -> date:
        """Return the day in UTC."""
        return datetime.fromtimestamp(self.now(), UTC).date()

    def set(self, instant: float) -> None:
        """Move the clock to an instant, in Unix seconds."""
        if not _EARLIEST <= instant < _LATEST:
            raise ClockRangeError("The clock runs from the year 1970 to 9989")
        if self.frozen_at is not None:
            self.frozen_at = instant
        else:
            self.offset = instant - self._real()

    def freeze(self, *, frozen: bool) -> None:
        """Stop the clock where it is, or let it run on from there."""
        instant = self.now()
        self.frozen_at = instant if frozen else None
        self.offset = instant - self._real()

    def reset(self) -> None:
        """Return to real time."""
        self.offset, self.frozen_at = 0.0, None


class RateLimit(Strict):
    """At most so many API calls in a window; more are 429."""

    requests: int = Field(ge=0, description="Calls answered in one window")
    window_seconds: float = Field(gt=0, description="Seconds of the emulator's clock")


class Rules(Strict, use_attribute_docstrings=True):
    """The switches, with the values the contract asks for as defaults."""

    self_delete_protected: bool = True
    """Nobody can delete the own user: 403"""
    last_admin_protected: bool = True
    """The last admin cannot be demoted: 409"""
    list_wrapped: bool = False
    """GET /users answers {"users": [...]}"""
    retry_after_header: bool = True
    """429 carries the header Retry-After"""
    rate_limit: RateLimit | None = None
    """null switches it off"""
    latency_ms: int = Field(default=0, ge=0)
    """Added to every API answer"""
    access_token_seconds: int = Field(default=3600, ge=1)
    """Lifetime of the access tokens to come"""
    refresh_token_seconds: int = Field(default=30 * 24 * 3600, ge=1)
    """Lifetime of the refresh tokens"""


class RateWindow:
    """Counts calls in windows: one begins with the first call after the last ended."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin a new window with the next call."""
        self._started, self._count = -math.inf, 0

    def retry_after(self, limit: RateLimit, now: float) -> int | None:
        """Count a call; return None, or the whole seconds until the window ends."""
        # Earlier than the start: the clock was set back.
        if not self._started <= now < self._started + limit.window_seconds:
            self._started, self._count = now, 0
        if self._count < limit.requests:
            self._count += 1
            return None
        return max(1, math.ceil(self._started + limit.window_seconds - now))


class Emulator:
    """Everything the routes work on.

    `lock` is held for the whole of a call, so that calls are atomic whatever a
    framework does between receiving and answering.
    """

    def __init__(
        self, path: Path | None, dialect: DialectName, rules: Rules | None = None
    ) -> None:
        """Open a SQLite file, or a database in memory, and put the parts together.

        The rules are those at the start and after a reset.

        Raises:
            DatabaseUnusableError: The file cannot be used.
        """
        self.store = Store(path)
        self.dialect = dialect
        self.documented = dialect == "documented"
        self.first_rules = rules or Rules()
        self.rules = self.first_rules.model_copy(deep=True)
        self.rate_window = RateWindow()
        self.faults = Faults()
        self.clock = Clock()
        self.lock = asyncio.Lock()
        stored = self.store.setting("clock")
        if stored is not None:
            self.clock.offset = float(stored["offset"])
            self.clock.frozen_at = stored["frozen_at"]

    def keep_clock(self) -> None:
        """Store the clock's setting: the ends of the stored tokens refer to it."""
        state = {"offset": self.clock.offset, "frozen_at": self.clock.frozen_at}
        self.store.store_setting("clock", state)

    def owner_key(self) -> str | None:
        """Return an API key of the owner (see `Store.owner`), None without users."""
        owner = self.store.owner()
        return None if owner is None else self.store.key_of(owner.user_id)

    def new_user_id(self) -> str:
        """Return a new user id in the form of a UUID (the form: SDK's prose)."""
        digest = self._next_digest(f"user/{self.store.account().account_id}")
        return str(UUID(bytes=digest[:16], version=4))

    def new_key(self, user_id: str, email: str) -> str:
        """Add a new API key for a user; return it.

        There is no colon in it, which a Basic parser would split at.
        """
        digest = self._next_digest(f"key/{self.store.account().account_id}/{email}")
        key = "cvx_emulator_" + urlsafe_b64encode(digest[:24]).decode("ascii")
        self.store.add(Key(api_key=key, user_id=user_id))
        return key

    def _next_digest(self, purpose: str) -> bytes:
        text = f"pulumi-cerevox/{purpose}/{self.store.next_number()}"
        return hashlib.sha256(text.encode()).digest()


def to_rfc3339(instant: float) -> str:
    """Return Unix seconds as RFC 3339 in UTC, to the second: `2025-01-01T00:00:00Z`."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_rfc3339_milliseconds(instant: float) -> str:
    """Return Unix seconds as RFC 3339 in UTC with milliseconds."""
    text = datetime.fromtimestamp(instant, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
