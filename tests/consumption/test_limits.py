"""Shares at which to warn: how they are written, chosen and judged."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pulumi_cerevox.consumption import Limited, LimitUse, WarnAt, parse_warn_at, shares

REQUESTS, SEATS = Limited.REQUESTS, Limited.SEATS


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("80%", WarnAt(Decimal(80))),
        ("0%", WarnAt(Decimal())),
        ("99.5%", WarnAt(Decimal("99.5"))),
        ("requests=80%", WarnAt(Decimal(80), REQUESTS)),
        ("seats=100%", WarnAt(Decimal(100), SEATS)),
    ],
)
def test_a_share_is_read(text: str, wanted: WarnAt) -> None:
    assert parse_warn_at(text) == wanted


@pytest.mark.parametrize(
    "text", ["80", "0.8", "", "%", "-1%", "1e9%", "nan%", "80 %", "seats=", "٨٠%"]
)
def test_anything_else_says_how_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="write a percentage, such as 80%"):
        parse_warn_at(text)


def test_an_unknown_limit_is_named() -> None:
    with pytest.raises(ValueError, match="no limit 'storage'; requests, seats"):
        parse_warn_at("storage=80%")


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        ([], {}),
        (["80%"], {REQUESTS: 80, SEATS: 80}),
        (["90%", "80%"], {REQUESTS: 80, SEATS: 80}),
        (["seats=100%"], {SEATS: 100}),
        (["80%", "seats=100%"], {REQUESTS: 80, SEATS: 100}),
        (["seats=100%", "seats=90%", "80%"], {REQUESTS: 80, SEATS: 90}),
    ],
)
def test_a_limits_own_share_comes_first(
    texts: list[str], wanted: dict[Limited, int]
) -> None:
    assert shares(parse_warn_at(text) for text in texts) == wanted


@pytest.mark.parametrize(
    ("used", "limit", "share", "is_over"),
    [
        (80, 100, "80", False),  # the documentation warns above, not at
        (81, 100, "80", True),
        (80, 100, "79.9999", True),
        (0, 0, "80", False),
        (1, 0, "80", True),
        (20, 20, "100", False),
        (10**40 * 8, 10**41, "80", False),
        (10**40 * 8 + 1, 10**41, "80", True),
    ],
)
def test_over_is_more_than_the_share(
    used: int, limit: int, share: str, *, is_over: bool
) -> None:
    assert LimitUse(REQUESTS, used, limit, Decimal(share)).is_over is is_over


def test_a_warning_has_the_numbers_and_its_setting() -> None:
    calls = LimitUse(REQUESTS, 85120, 100_000, Decimal(80))
    assert str(calls) == (
        "85.1 % of the rate limit is used (85,120 of 100,000; --warn-at requests=80%)"
    )
    seats = LimitUse(SEATS, 1, 0, Decimal("100.0"))
    assert str(seats) == (
        "more than all of the plan's seats are taken (1 of 0; --warn-at seats=100%)"
    )
