"""What the admin API can switch while the emulator runs, and the rate limit."""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict, Field


class RateLimit(BaseModel):
    """At most so many API calls in a window; more are 429."""

    model_config = ConfigDict(extra="forbid")

    requests: int = Field(ge=0, description="Calls answered in one window")
    window_seconds: float = Field(gt=0, description="Seconds of the emulator's clock")


class Rules(BaseModel):
    """The switches, with the values the contract asks for as defaults."""

    model_config = ConfigDict(extra="forbid")

    self_delete_protected: bool = Field(
        default=True, description="Nobody can delete the own user: 403"
    )
    last_admin_protected: bool = Field(
        default=True, description="The last admin cannot be demoted: 409"
    )
    list_wrapped: bool = Field(
        default=False, description='GET /users answers {"users": [...]}'
    )
    retry_after_header: bool = Field(
        default=True, description="429 carries the header Retry-After"
    )
    rate_limit: RateLimit | None = Field(
        default=None, description="null switches it off"
    )
    latency_ms: int = Field(default=0, ge=0, description="Added to every API answer")
    access_token_seconds: int = Field(
        default=3600, ge=1, description="Lifetime of the access tokens to come"
    )
    refresh_token_seconds: int = Field(
        default=30 * 24 * 3600, ge=1, description="Lifetime of the refresh tokens"
    )


class RateWindow:
    """Counts calls in windows: one begins with the first call after the last ended."""

    def __init__(self) -> None:
        self._started = -math.inf
        self._count = 0

    def retry_after(self, limit: RateLimit, now: float) -> int | None:
        """Count a call; return None, or the whole seconds until the window ends.

        Args:
            limit: The limit in force.
            now: Unix seconds of the emulator's clock.
        """
        # Earlier than the start: the clock was set back.
        if not self._started <= now < self._started + limit.window_seconds:
            self._started, self._count = now, 0
        if self._count < limit.requests:
            self._count += 1
            return None
        return max(1, math.ceil(self._started + limit.window_seconds - now))

    def reset(self) -> None:
        """Begin a new window with the next call."""
        self._started, self._count = -math.inf, 0
