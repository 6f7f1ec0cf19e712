"""Usage and bills: what is read, what is judged against limits, what is shown."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from pulumi_cerevox.account import Account, AccountInfo, UsageStats

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
    """Return the share for each subject: its own first, and the lowest of several."""
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
    """Return *part* in percent of *whole*; None of nothing."""
    if whole <= 0:
        return None
    return Decimal(str(part)) * 100 / Decimal(str(whole))


@dataclass(frozen=True, slots=True)
class Days:
    """Days that a usage is about, both ends inclusive.

    Attributes:
        start: The first; None is the first of the current billing period.
        end: The last; None is the last of the current billing period.
    """

    start: date | None = None
    end: date | None = None

    @property
    def are_given(self) -> bool:
        """Whether it is another range than the current billing period."""
        return self.start is not None or self.end is not None


@dataclass(frozen=True, slots=True)
class UsageOfDays:
    """What was used in some days."""

    days: Days
    usage: UsageStats


@dataclass(frozen=True, slots=True)
class UsageReport:
    """Everything that the command `usage` tells.

    Attributes:
        account: Whose usage it is.
        parts: One, or the twelve months of `year` in order.
        year: None, or the year that is told month by month.
        limits: What was judged against a share of its limit.
    """

    account: AccountInfo
    parts: tuple[UsageOfDays, ...]
    year: int | None = None
    limits: tuple[LimitUse, ...] = ()

    @property
    def over(self) -> tuple[LimitUse, ...]:
        """What is over its share."""
        return tuple(one for one in self.limits if one.is_over)


def total(
    parts: tuple[UsageOfDays, ...], field: Callable[[UsageStats], float | None]
) -> float | None:
    """Add up one field; None where a part does not tell it.

    Money is added as the decimal numbers that the API sent, not as binary ones.
    """
    values = [field(part.usage) for part in parts]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    if all(isinstance(value, int) for value in known):
        return sum(known)
    return float(sum(Decimal(str(value)) for value in known))


_PROBABLY = "(dialect sdk-0.2, probably)"


class NotToldError(Exception):
    """This account's API does not tell what was asked for; the text says what."""


def read_usage(
    account: Account, days: Days, warn_at: Mapping[Limited, Decimal]
) -> UsageReport:
    """Read what was used in some days.

    Args:
        account: Of which account.
        days: Which days.
        warn_at: Percent of each limit that is to be judged; of the current billing
            period alone.

    Raises:
        AccountError: It could not be read.
        NotToldError: This API knows no ranges, or not the limit.
    """
    info = account.get_account_info()
    part = _read(account, days)
    limits = tuple(
        _judged(subject, share, part.usage, info, account)
        for subject, share in warn_at.items()
    )
    return UsageReport(info, (part,), limits=limits)


def read_year(
    account: Account,
    year: int,
    watch: Callable[[Sequence[int]], Iterable[int]] = iter,
) -> UsageReport:
    """Read what was used in each month of a year, to its last day.

    Args:
        account: The client.
        year: The year.
        watch: Hands on the months, and may show how far the reading has come.

    Raises:
        AccountError: It could not be read.
        NotToldError: This API knows no ranges.
    """
    info = account.get_account_info()
    parts = tuple(_read(account, _month(year, month)) for month in watch(range(1, 13)))
    return UsageReport(info, parts, year=year)


def _month(year: int, month: int) -> Days:
    last = monthrange(year, month)[1]
    return Days(date(year, month, 1), date(year, month, last))


def _read(account: Account, days: Days) -> UsageOfDays:
    usage = account.get_usage(days.start, days.end)
    if days.are_given and usage.total_requests is None:
        # It ignored the range, and answered for another one.
        raise NotToldError(
            f"this account's API {_PROBABLY} tells no usage of a range of days: leave "
            "out --start-date, --end-date and --monthly"
        )
    return UsageOfDays(days, usage)


def _judged(
    subject: Limited,
    share: Decimal,
    usage: UsageStats,
    info: AccountInfo,
    account: Account,
) -> LimitUse:
    if subject is Limited.REQUESTS:
        if usage.total_requests is None or usage.rate_limit is None:
            raise _no_limit("API calls", "total_requests and rate_limit")
        return LimitUse(subject, usage.total_requests, usage.rate_limit, share)
    seats = None if info.features is None else info.features.seats
    if seats is None:
        raise _no_limit("seats", "features.max_users, or no possible number")
    return LimitUse(subject, len(account.list_users()), seats, share)


def _no_limit(what: str, fields: str) -> NotToldError:
    return NotToldError(
        f"--warn-at can't judge {what}: this account's API {_PROBABLY} does not tell "
        f"{fields}"
    )


_WIDEST_NUMBER = 15


def number(value: float) -> str:
    """Return a number with separators; a count has no decimals, money has two."""
    told = f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
    return told if len(told) <= _WIDEST_NUMBER else f"{Decimal(str(value)):.3e}"


def money(value: float) -> str:
    """Return money: two decimals, also of a whole number."""
    told = f"{Decimal(str(value)):,.2f}"
    return told if len(told) <= _WIDEST_NUMBER else f"{Decimal(str(value)):.3e}"


def size(count: int) -> str:
    """Return bytes in the largest binary unit that fits: ``500.0 MiB``."""
    value, unit = Decimal(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    told = f"{value:,.0f}" if unit == "B" else f"{value:,.1f}"
    return f"{told if len(told) <= _WIDEST_NUMBER else f'{value:.3e}'} {unit}"


def percent_text(percent: Decimal | None) -> str:
    """Return a percentage with one decimal; nothing where it would tell nothing."""
    if percent is None or abs(percent) >= 100_000:
        return ""
    return f"{percent:.1f} %"
