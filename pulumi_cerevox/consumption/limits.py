"""How near the account is to its limits, and the share at which to warn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

_FORM = re.compile(
    r"(?:(?P<subject>[a-z]+)=)?(?P<percent>\d{1,4}(?:\.\d{1,4})?)%", re.ASCII
)


class Limited(StrEnum):
    """What has a limit: API calls in a period, and users in the account."""

    REQUESTS = "requests"
    SEATS = "seats"


@dataclass(frozen=True, slots=True)
class WarnAt:
    """A share at which to warn; without a subject it is about each of them."""

    percent: Decimal
    subject: Limited | None = None


def parse_warn_at(text: str) -> WarnAt:
    """Read ``80%``, ``requests=80%`` or ``seats=90%``.

    The sign is needed: 0.8 would be read as a share by one and as a percentage by
    another.

    Raises:
        ValueError: It is neither; the text says how to write it.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError("write a percentage, such as 80% or seats=90%")
    subject = found["subject"]
    if subject is not None and subject not in set(Limited):
        raise ValueError(f"there is no limit {subject!r}; requests, seats")
    return WarnAt(Decimal(found["percent"]), Limited(subject) if subject else None)


def shares(wanted: Iterable[WarnAt]) -> Mapping[Limited, Decimal]:
    """Give the share for each subject: its own first, and the lowest of several."""
    wanted = tuple(wanted)
    found = {}
    for subject in Limited:
        own = [one.percent for one in wanted if one.subject is subject]
        general = [one.percent for one in wanted if one.subject is None]
        if own or general:
            found[subject] = min(own or general)
    return found


@dataclass(frozen=True, slots=True)
class LimitUse:
    """How much of a limit is used, and the share at which to warn.

    Attributes:
        subject: What is limited.
        used: How much of it is used.
        limit: How much there is.
        warn_at: Percent of `limit`.
    """

    subject: Limited
    used: int
    limit: int
    warn_at: Decimal

    @property
    def is_over(self) -> bool:
        """Whether more than the share is used: more than, as documented."""
        return self.used * 100 > self.limit * Fraction(self.warn_at)

    @property
    def percent(self) -> Decimal | None:
        """How much of the limit is used; None of a limit of 0."""
        return percent_of(self.used, self.limit)

    def __str__(self) -> str:
        """Say ``90.0 % of the rate limit is used (9,000 of 10,000; …)``."""
        what = {
            Limited.REQUESTS: "of the rate limit is used",
            Limited.SEATS: "of the plan's seats are taken",
        }[self.subject]
        share = "more than all" if self.percent is None else f"{self.percent:.1f} %"
        return (
            f"{share} {what} ({self.used:,} of {self.limit:,}; "
            f"--warn-at {self.subject}={self.warn_at.normalize():f}%)"
        )


def percent_of(part: float, whole: float) -> Decimal | None:
    """Give *part* in percent of *whole*; None of nothing."""
    if whole <= 0:
        return None
    return Decimal(str(part)) * 100 / Decimal(str(whole))
