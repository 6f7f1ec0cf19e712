"""A report of usage, as every format writes it down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pulumi_cerevox.account import AccountInfo, UsageStats
from pulumi_cerevox.consumption.limits import LimitUse


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
