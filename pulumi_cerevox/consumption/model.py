"""The model of usage and bills: values, limits, and what a report shows."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from pulumi_cerevox.account import Account, AccountInfo, UsageStats, printable

_FORM = re.compile(
    r"(?:(?P<subject>[a-z]+)=)?(?P<percent>\d{1,4}(?:\.\d{1,4})?)%", re.ASCII
)
_MONEY = re.compile(r"\d{1,12}(?:\.\d{1,4})?", re.ASCII)


class Limited(StrEnum):
    """A limited quantity: API calls or money in a period, or users in the account."""

    REQUESTS = "requests"
    SEATS = "seats"
    COST = "cost"


@dataclass(frozen=True, slots=True)
class WarnAt:
    """A share at which to warn.

    Attributes:
        percent: The share.
        subject: Of which limit; None for each of them.
        amount: The money that it is a share of, for the cost alone; None for the
            budget.
    """

    percent: Decimal
    subject: Limited | None = None
    amount: Decimal | None = None


def parse_warn_at(text: str) -> WarnAt:
    """Read ``80%``, ``requests=80%``, ``cost=80%`` or ``cost=500``.

    The sign is needed: 0.8 would be read as a share by one and as a percentage by
    another.

    Raises:
        ValueError: It is none of them; the text says how to write it.
    """
    name, _, number = text.partition("=")
    if name == Limited.COST and _MONEY.fullmatch(number):
        return WarnAt(Decimal(100), Limited.COST, Decimal(number))
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(
            "write a percentage, such as 80% or seats=90%, or money, such as cost=500"
        )
    subject = found["subject"]
    if subject is not None and subject not in set(Limited):
        raise ValueError(f"there is no limit {subject!r}; {', '.join(Limited)}")
    return WarnAt(Decimal(found["percent"]), Limited(subject) if subject else None)


def parse_money(text: str) -> Decimal:
    """Read ``500`` or ``499.50``.

    Raises:
        ValueError: It is no amount of money; the text says how to write it.
    """
    if not _MONEY.fullmatch(text):
        raise ValueError("write an amount of money, such as 500 or 499.50")
    return Decimal(text)


def shares(
    wanted: Iterable[WarnAt], budget: Decimal | None = None
) -> Mapping[Limited, WarnAt]:
    """Return the share for each subject: its own first, and the lowest of several.

    Raises:
        ValueError: A share of the budget is asked for, and there is no budget.
    """
    wanted = tuple(wanted)
    found = {}
    for subject in Limited:
        is_cost = subject is Limited.COST
        chosen = [one for one in wanted if one.subject is subject]
        if not is_cost or budget is not None:
            chosen = chosen or [one for one in wanted if one.subject is None]
        if is_cost:
            chosen = [
                replace(one, amount=budget if one.amount is None else one.amount)
                for one in chosen
            ]
            if any(one.amount is None for one in chosen):
                raise ValueError(
                    "cost=… in percent is a share of --budget; give it, or write "
                    "money, such as cost=500"
                )
        if chosen:
            lowest = min(
                chosen,
                key=lambda one: one.percent * (1 if one.amount is None else one.amount),
            )
            found[subject] = replace(lowest, subject=subject)
    return found


_LIMIT_NAMES = {
    Limited.REQUESTS: "the rate limit",
    Limited.SEATS: "the plan's seats",
    Limited.COST: "the budget",
}


@dataclass(frozen=True, slots=True)
class LimitUse:
    """How much of a limit is used, and the share at which to warn.

    Attributes:
        subject: What is limited.
        used: How much of it is used.
        limit: How much there is.
        warn_at: Percent of `limit`.
        is_forecast: Whether `used` is what the whole billing period may come to.
    """

    subject: Limited
    used: int | Decimal
    limit: int | Decimal
    warn_at: Decimal
    is_forecast: bool = False

    @property
    def is_over(self) -> bool:
        """Whether more than the share is used: more than, as documented."""
        return Fraction(self.used) * 100 > Fraction(self.limit) * Fraction(self.warn_at)

    @property
    def percent(self) -> Decimal | None:
        """How much of the limit is used; None of a limit of 0."""
        return percent_of(self.used, self.limit)

    def __str__(self) -> str:
        """Say ``90.0 % of the rate limit is used (9,000 of 10,000; …)``."""
        share = "more than all" if self.percent is None else f"{self.percent:.1f} %"
        setting = f"{self.warn_at.normalize():f}%"
        told = f"{self.used:,} of {self.limit:,}"
        if self.subject is Limited.COST:
            told = f"{self.used:,.2f} of {self.limit:,.2f}"
            if self.warn_at == 100:
                setting = f"{Decimal(self.limit).normalize():f}"
        told = f"({told}; --warn-at {self.subject}={setting})"
        name = _LIMIT_NAMES[self.subject]
        if self.is_forecast:
            return f"the billing period may come to {share} of {name} {told}"
        verb = "are taken" if self.subject is Limited.SEATS else "is used"
        return f"{share} of {name} {verb} {told}"


def percent_of(part: float | Decimal, whole: float | Decimal) -> Decimal | None:
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
    """The usage of some days."""

    days: Days
    usage: UsageStats


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast of the billing period: linear, from its days until now.

    Attributes:
        start: The first day of the period.
        end: Its last day.
        requests: API calls; None before the third day.
        cost: Money; None before the third day, and where the API tells no cost.
    """

    start: date
    end: date
    requests: int | None
    cost: Decimal | None


def projected(
    used: float | Decimal, start: date, end: date, now: datetime
) -> Fraction | None:
    """Return what *used* grows to until the last day is over, at the pace until now.

    Before the third day it is None: one busy morning says nothing about a month.
    """
    gone = now - datetime.combine(start, time(), UTC)
    if gone < timedelta(days=2):
        return None
    whole = end - start + timedelta(days=1)
    tick = timedelta.resolution
    return Fraction(str(used)) * Fraction(whole // tick, gone // tick)


@dataclass(frozen=True, slots=True)
class UsageReport:
    """Everything that the command `usage` tells.

    Attributes:
        account: Whose usage it is.
        parts: One, or the twelve months of `year` in order.
        year: None, or the year that is told month by month.
        limits: What was judged against a share of its limit.
        forecast: What the billing period may come to; None where nobody asked.
    """

    account: AccountInfo
    parts: tuple[UsageOfDays, ...]
    year: int | None = None
    limits: tuple[LimitUse, ...] = ()
    forecast: Forecast | None = None

    @property
    def over(self) -> tuple[LimitUse, ...]:
        """The uses over their share."""
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
    account: Account,
    days: Days,
    warn_at: Mapping[Limited, WarnAt],
    forecast_at: datetime | None = None,
) -> UsageReport:
    """Read what was used in some days.

    Args:
        account: Of which account.
        days: Which days.
        warn_at: The share of each limit that is to be judged; of the current billing
            period alone. A forecast is judged by the same shares.
        forecast_at: The moment, where a forecast is asked for.

    Raises:
        AccountError: It could not be read.
        NotToldError: This API knows no ranges, or not the limit, or not the period.
    """
    info = account.get_account_info()
    part = _read(account, days)
    limits = [
        _judged(subject, share, part.usage, info, account)
        for subject, share in warn_at.items()
    ]
    forecast = None
    if forecast_at is not None:
        forecast = _forecast(account, part.usage, forecast_at)
        told = {Limited.REQUESTS: forecast.requests, Limited.COST: forecast.cost}
        limits += [
            replace(one, used=value, is_forecast=True)
            for one in limits
            if (value := told.get(one.subject)) is not None
        ]
    return UsageReport(info, (part,), limits=tuple(limits), forecast=forecast)


def _forecast(account: Account, usage: UsageStats, now: datetime) -> Forecast:
    if usage.total_requests is None:
        raise NotToldError(
            f"--forecast needs the number of API calls, which this account's API "
            f"{_PROBABLY} does not tell"
        )
    bill = account.get_billing_info()
    start, end = _day(bill.period_start), _day(bill.period_end)
    if start is None or end is None or not start <= now.date() <= end:
        raise NotToldError(
            f"--forecast needs the billing period of today, {now:%Y-%m-%d} (UTC). The "
            f"API tells {_told(bill.period_start)} to {_told(bill.period_end)}"
        )
    requests = projected(usage.total_requests, start, end, now)
    cost = usage.estimated_cost
    money_then = None if cost is None else projected(cost, start, end, now)
    return Forecast(
        start,
        end,
        None if requests is None else round(requests),
        None if money_then is None else Decimal(round(money_then * 100)) / 100,
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def _told(text: str | None) -> str:
    return "nothing" if text is None else printable(text, 20)


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
    share: WarnAt,
    usage: UsageStats,
    info: AccountInfo,
    account: Account,
) -> LimitUse:
    if subject is Limited.REQUESTS:
        if usage.total_requests is None or usage.rate_limit is None:
            raise _not_judged("API calls", "total_requests and rate_limit")
        return LimitUse(subject, usage.total_requests, usage.rate_limit, share.percent)
    if subject is Limited.COST:
        if usage.estimated_cost is None:
            raise _not_judged("the cost", "estimated_cost")
        cost = Decimal(str(usage.estimated_cost))
        return LimitUse(subject, cost, share.amount or Decimal(0), share.percent)
    seats = None if info.features is None else info.features.seats
    if seats is None:
        raise _not_judged("seats", "features.max_users, or no possible number")
    return LimitUse(subject, len(account.list_users()), seats, share.percent)


def _not_judged(what: str, fields: str) -> NotToldError:
    return NotToldError(
        f"--warn-at can't judge {what}: this account's API {_PROBABLY} does not tell "
        f"{fields}"
    )


_WIDEST_NUMBER = 15


def number(value: float | Decimal) -> str:
    """Return a number with separators; a count has no decimals, money has two."""
    told = f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
    return told if len(told) <= _WIDEST_NUMBER else f"{Decimal(str(value)):.3e}"


def money(value: float | Decimal) -> str:
    """Return money: two decimals, also of a whole number."""
    told = f"{Decimal(str(value)):,.2f}"
    return told if len(told) <= _WIDEST_NUMBER else f"{Decimal(str(value)):.3e}"


def size(count: int | Decimal) -> str:
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
