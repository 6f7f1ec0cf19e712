"""Shares at which to warn: how they are written, chosen and judged."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pulumi_cerevox.consumption import (
    Limited,
    LimitUse,
    WarnAt,
    parse_money,
    parse_warn_at,
    shares,
)

REQUESTS, SEATS, COST = Limited


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("80%", WarnAt(Decimal(80))),
        ("0%", WarnAt(Decimal())),
        ("99.5%", WarnAt(Decimal("99.5"))),
        ("requests=80%", WarnAt(Decimal(80), REQUESTS)),
        ("seats=100%", WarnAt(Decimal(100), SEATS)),
        ("cost=80%", WarnAt(Decimal(80), COST)),
        ("cost=499.50", WarnAt(Decimal(100), COST, Decimal("499.50"))),
        ("cost=0", WarnAt(Decimal(100), COST, Decimal(0))),
    ],
)
def test_a_share_is_read(text: str, wanted: WarnAt) -> None:
    assert parse_warn_at(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        *("80", "0.8", "", "%", "-1%", "1e9%", "nan%", "80 %", "seats=", "٨٠%"),
        *("seats=18", "cost=", "cost=-1", "cost=1e3", "cost=nan", "cost=1,000"),
    ],
)
def test_anything_else_says_how_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="write a percentage, such as 80%"):
        parse_warn_at(text)


def test_an_unknown_limit_is_named() -> None:
    with pytest.raises(ValueError, match="no limit 'storage'; requests, seats, cost"):
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
    found = shares(parse_warn_at(text) for text in texts)
    assert {subject: one.percent for subject, one in found.items()} == wanted


@pytest.mark.parametrize(
    ("texts", "budget", "wanted"),
    [
        (["80%"], None, None),
        (["80%"], 600, (80, 600)),
        (["cost=500"], None, (100, 500)),
        (["cost=500"], 100, (100, 500)),
        (["cost=80%", "10%"], 600, (80, 600)),
        (["cost=80%", "cost=500"], 600, (80, 600)),
        (["cost=90%", "cost=500"], 600, (100, 500)),
        (["cost=0", "cost=500"], None, (100, 0)),
    ],
)
def test_the_cost_has_an_amount_or_a_share_of_the_budget(
    texts: list[str], budget: int | None, wanted: tuple[int, int] | None
) -> None:
    given = None if budget is None else Decimal(budget)
    found = shares(map(parse_warn_at, texts), given).get(COST)
    assert found == (wanted and WarnAt(Decimal(wanted[0]), COST, Decimal(wanted[1])))


def test_a_share_of_the_cost_needs_a_budget() -> None:
    with pytest.raises(ValueError, match="a share of --budget; give it"):
        shares([parse_warn_at("cost=80%"), parse_warn_at("cost=500")])


def test_money_is_read_and_nothing_else() -> None:
    assert parse_money("499.5") == Decimal("499.5")
    for text in ("", "-1", "inf", "1e3", "5 EUR"):
        with pytest.raises(ValueError, match="write an amount of money, such as 500"):
            parse_money(text)


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
    cost = LimitUse(COST, Decimal("412.5"), Decimal(600), Decimal(50))
    assert str(cost) == (
        "68.8 % of the budget is used (412.50 of 600.00; --warn-at cost=50%)"
    )
