"""Reading the account's usage: now, of a range of days, or of a year."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from pulumi_cerevox.account import Account, AccountInfo, UsageStats
from pulumi_cerevox.consumption.limits import Limited, LimitUse
from pulumi_cerevox.consumption.report import Days, UsageOfDays, UsageReport

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


def read_year(account: Account, year: int) -> UsageReport:
    """Read what was used in each month of a year, to its last day.

    Raises:
        AccountError: It could not be read.
        NotToldError: This API knows no ranges.
    """
    info = account.get_account_info()
    parts = tuple(_read(account, _month(year, month)) for month in range(1, 13))
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
    seats = None if info.features is None else info.features.max_users
    if seats is None:
        raise _no_limit("seats", "features.max_users")
    return LimitUse(subject, len(account.list_users()), seats, share)


def _no_limit(what: str, fields: str) -> NotToldError:
    return NotToldError(
        f"--warn-at can't judge {what}: this account's API {_PROBABLY} does not tell "
        f"{fields}"
    )
