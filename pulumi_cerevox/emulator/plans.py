"""What each plan holds. The three names are documented; the numbers are invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """The limits of a plan.

    `base` is in files and in pages a period, `bytes` is the storage, `messages` a
    period, `message_rate` messages in `message_interval` seconds, `rate_limit` in API
    requests a period, `max_users` the seats.
    """

    base: int
    bytes: int
    messages: int
    message_rate: int
    message_interval: int
    rate_limit: int
    max_users: int


LIMITS = {
    "free": PlanLimits(100, 2**27, 500, 10, 60, 10_000, 3),
    "pro": PlanLimits(1_000, 2**30, 10_000, 100, 60, 100_000, 20),
    "enterprise": PlanLimits(100_000, 2**40, 1_000_000, 1_000, 60, 10_000_000, 100_000),
}
