"""Usage and bills as metrics for Prometheus. Needs the extra `metrics`."""

from __future__ import annotations

from datetime import datetime

from pulumi_cerevox.account import AccountInfo, BillingBreakdown, BillingInfo, printable
from pulumi_cerevox.consumption.model import Limited, UsageReport
from pulumi_cerevox.metrics import Metric, exposition, one


def usage_metrics(report: UsageReport, now: datetime) -> str:
    """Return the usage of the current billing period."""
    (part,) = report.parts
    usage, features = part.usage, report.account.features
    seats = None if features is None else features.seats
    taken = [int(use.used) for use in report.limits if use.subject is Limited.SEATS]
    requests = None if report.forecast is None else report.forecast.requests
    cost = None if report.forecast is None else report.forecast.cost
    metrics = [
        one("usage_requests", "API calls in this period.", usage.total_requests),
        one("usage_requests_limit", "API calls that are allowed.", usage.rate_limit),
        one("usage_documents", "Documents processed.", usage.documents_processed),
        one("usage_questions", "Questions asked.", usage.questions_asked),
        one("usage_storage_bytes", "Bytes stored.", usage.storage_bytes),
        one("usage_cost", "Estimated cost of this period.", usage.estimated_cost),
        one("usage_seats_limit", "People allowed.", seats),
        one("usage_seats", "People.", taken[0] if taken else None),
        one(
            "usage_forecast_requests",
            "API calls that this period may come to, linear.",
            requests,
        ),
        one(
            "usage_forecast_cost",
            "Cost that this period may come to, linear.",
            None if cost is None else float(cost),
        ),
        one(
            "usage_last_read_timestamp_seconds",
            "When the usage was read.",
            now.timestamp(),
        ),
    ]
    return exposition(metrics, {"account_id": report.account.account_id})


def billing_metrics(account: AccountInfo, bill: BillingInfo, now: datetime) -> str:
    """Return the bill of the current billing period."""
    parts = bill.breakdown or BillingBreakdown()
    metrics = [
        one("billing_cost", "Cost of this period.", bill.total_cost),
        Metric(
            "billing_part_cost",
            "What the cost is made of.",
            [
                ("hippo", parts.hippo_cost),
                ("lexa", parts.lexa_cost),
                ("storage", parts.storage_cost),
            ],
            label="part",
        ),
        one(
            "billing_last_read_timestamp_seconds",
            "When the bill was read.",
            now.timestamp(),
        ),
    ]
    currency = printable(bill.currency, 7)
    return exposition(metrics, {"account_id": account.account_id, "currency": currency})
