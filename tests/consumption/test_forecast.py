"""What a billing period may come to: the arithmetic, and what is judged by it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_cerevox.consumption import Limited, LimitUse, projected

PERIODS = st.tuples(
    st.dates(date(1970, 1, 1), date(9000, 1, 1)), st.integers(3, 400)
).map(lambda drawn: (drawn[0], drawn[0] + timedelta(days=drawn[1] - 1)))
GONE = st.fractions(0, 1)
USED = st.integers(0, 10**15)


def moment(start: date, end: date, gone: Fraction) -> datetime:
    """Return the moment when this part of the time after two days is over."""
    third = datetime(start.year, start.month, start.day, tzinfo=UTC) + timedelta(days=2)
    rest = ((end - start).days - 1) * 86_400
    return third + timedelta(seconds=int(rest * gone))


@given(PERIODS, GONE, USED)
def test_it_is_in_proportion_to_the_time_that_is_gone(
    period: tuple[date, date], gone: Fraction, used: int
) -> None:
    start, end = period
    now = moment(start, end, gone)
    found = projected(used, start, end, now)
    assert found is not None
    since = now - datetime(start.year, start.month, start.day, tzinfo=UTC)
    seconds = since.days * 86_400 + since.seconds
    # A steady use has the same forecast at every moment: rate times period.
    assert found * seconds == used * ((end - start).days + 1) * 86_400
    assert found >= used


@given(PERIODS, USED)
def test_when_the_last_day_is_over_it_is_what_was_used(
    period: tuple[date, date], used: int
) -> None:
    assert projected(used, *period, moment(*period, Fraction(1))) == used


@given(PERIODS, GONE, USED, USED)
def test_two_uses_come_to_the_sum_of_both(
    period: tuple[date, date], gone: Fraction, one: int, other: int
) -> None:
    now = moment(*period, gone)
    apart = projected(one, *period, now), projected(other, *period, now)
    assert None not in apart
    assert projected(one + other, *period, now) == sum(filter(None, apart))


@given(PERIODS, st.timedeltas(timedelta(0), timedelta(days=2)), USED)
def test_there_is_none_before_the_third_day(
    period: tuple[date, date], gone: timedelta, used: int
) -> None:
    third = moment(*period, Fraction(0))
    before = third - timedelta.resolution - gone
    assert projected(used, *period, before) is None
    assert projected(used, *period, third) is not None


@pytest.mark.parametrize(
    ("subject", "used", "limit", "text"),
    [
        (
            Limited.REQUESTS,
            12_000,
            10_000,
            "120.0 % of the rate limit (12,000 of 10,000; --warn-at requests=100%)",
        ),
        (
            Limited.COST,
            Decimal("612.5"),
            Decimal(500),
            "122.5 % of the budget (612.50 of 500.00; --warn-at cost=500)",
        ),
    ],
)
def test_a_warning_says_that_it_is_a_forecast(
    subject: Limited, used: int | Decimal, limit: int | Decimal, text: str
) -> None:
    use = LimitUse(subject, used, limit, Decimal(100), is_forecast=True)
    assert use.is_over
    assert str(use) == f"the billing period may come to {text}"
