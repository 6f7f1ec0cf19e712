"""Usage and bills as metrics, also of answers that are odd or hostile."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pulumi_cerevox import AccountInfo, BillingBreakdown, BillingInfo, UsageStats
from pulumi_cerevox.account import AccountFeatures
from pulumi_cerevox.consumption import (
    Days,
    Forecast,
    Limited,
    LimitUse,
    UsageOfDays,
    UsageReport,
)
from pulumi_cerevox.consumption.metrics import billing_metrics, usage_metrics
from tests.metrics_text import labels_of, read_metrics

NOW = datetime(2026, 1, 15, 6, tzinfo=UTC)


def report(*, seats: int | None = None, **usage: Any) -> UsageReport:
    stats = UsageStats(files={}, pages={}, advanced_pages={}, storage={}, **usage)
    account = AccountInfo("acc_1", features=AccountFeatures(max_users=seats))
    return UsageReport(account, (UsageOfDays(Days(), stats),))


def test_the_usage() -> None:
    used = report(
        seats=20,
        total_requests=900,
        rate_limit=1000,
        documents_processed=3,
        questions_asked=4,
        storage_bytes=2048,
        estimated_cost=3.5,
    )
    january = date(2026, 1, 1), date(2026, 1, 31)
    told = UsageReport(
        used.account,
        used.parts,
        limits=(LimitUse(Limited.SEATS, 12, 20, Decimal(80)),),
        forecast=Forecast(*january, 1900, Decimal("7.50")),
    )
    assert read_metrics(usage_metrics(told, NOW)) == {
        "usage_requests": 900,
        "usage_requests_limit": 1000,
        "usage_documents": 3,
        "usage_questions": 4,
        "usage_storage_bytes": 2048,
        "usage_cost": 3.5,
        "usage_seats_limit": 20,
        "usage_seats": 12,
        "usage_forecast_requests": 1900,
        "usage_forecast_cost": 7.5,
        "usage_last_read_timestamp_seconds": NOW.timestamp(),
    }


def test_what_is_not_told_has_no_figure() -> None:
    assert read_metrics(usage_metrics(report(), NOW)) == {
        "usage_last_read_timestamp_seconds": NOW.timestamp()
    }


def test_the_bill() -> None:
    bill = BillingInfo(12.5, "EUR", breakdown=BillingBreakdown(10, None, 2.5))
    text = billing_metrics(AccountInfo("acc_1"), bill, NOW)
    assert read_metrics(text) == {
        "billing_cost": 12.5,
        "billing_part_cost{hippo}": 10,
        "billing_part_cost{storage}": 2.5,
        "billing_last_read_timestamp_seconds": NOW.timestamp(),
    }
    assert labels_of(text) == {"account_id": "acc_1", "currency": "EUR"}


@pytest.mark.parametrize("currency", ['"} 9', "U\nS", "\\", "\ud800", "\x1b[2J", ""])
def test_no_text_of_the_api_adds_a_figure(currency: str) -> None:
    bill = BillingInfo(10.0**60, currency)
    found = read_metrics(billing_metrics(AccountInfo("acc_1"), bill, NOW))
    assert found == {
        "billing_cost": 1e60,
        "billing_last_read_timestamp_seconds": NOW.timestamp(),
    }
