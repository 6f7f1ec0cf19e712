"""Usage and bills for programs: JSON with a version, and CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from pulumi_cerevox.account import AccountInfo, BillingInfo, spreadsheet_text
from pulumi_cerevox.consumption.report import UsageOfDays, UsageReport, total

VERSION = 1
"""Of the JSON: grows when a field goes or changes its meaning, not with a new one."""

_OF_THE_DAYS = (
    "total_requests",
    "documents_processed",
    "questions_asked",
    "estimated_cost",
)
_PRESENT_STATE = ("storage_bytes", "rate_limit", "rate_limit_reset")
"""What an answer tells of now, whatever the range of days (assumed)."""

_OBJECTS = {
    "files": ("processed", "total"),
    "pages": ("processed", "total"),
    "advanced_pages": ("processed", "total"),
    "storage": ("used", "total"),
}
"""The objects of SDK 0.2, and what is known to stand in them."""


def usage_json(report: UsageReport) -> str:
    """Give the usage as JSON: documented field names, null where there is no value."""
    document = _head("usage", report.account)
    if report.year is None:
        (part,) = report.parts
        return _written(document | _part(part) | {"limits": _limits(report)})
    sums = {name: _total(report, name) for name in _OF_THE_DAYS}
    months = [_part(part) for part in report.parts]
    return _written(document | {"year": report.year, "months": months, "total": sums})


def usage_csv(report: UsageReport) -> str:
    """Give the usage as CSV: one row, or one for each month.

    Of a range of days it tells what is of these days, and not the present state.
    """
    return _table(
        {"account_id": report.account.account_id} | _days(part) | _columns(part)
        for part in report.parts
    )


def billing_json(account: AccountInfo, bill: BillingInfo) -> str:
    """Give the bill as JSON: documented field names, null where there is no value."""
    return _written(_head("billing", account) | {"billing": asdict(bill)})


def billing_csv(account: AccountInfo, bill: BillingInfo) -> str:
    """Give the bill as CSV: one row."""
    breakdown = {} if bill.breakdown is None else asdict(bill.breakdown)
    parts = ("hippo_cost", "lexa_cost", "storage_cost")
    row = {
        "account_id": account.account_id,
        "period_start": bill.period_start,
        "period_end": bill.period_end,
        "currency": bill.currency,
        **{name: breakdown.get(name) for name in parts},
        "total_cost": bill.total_cost,
        "next_invoice_date": bill.next_invoice_date,
    }
    return _table([row])


def _head(report: str, account: AccountInfo) -> dict[str, Any]:
    return {
        "version": VERSION,
        "report": report,
        "account": {
            "account_id": account.account_id,
            "account_name": account.account_name,
            "plan": account.plan,
            "status": account.status,
        },
    }


def _part(part: UsageOfDays) -> dict[str, Any]:
    return _days(part) | {"usage": asdict(part.usage)}


def _days(part: UsageOfDays) -> dict[str, str | None]:
    start, end = part.days.start, part.days.end
    return {
        "start_date": None if start is None else start.isoformat(),
        "end_date": None if end is None else end.isoformat(),
    }


def _limits(report: UsageReport) -> list[dict[str, Any]]:
    return [
        {
            "subject": one.subject.value,
            "used": one.used,
            "limit": one.limit,
            "warn_at_percent": float(one.warn_at),
            "over": one.is_over,
        }
        for one in report.limits
    ]


def _total(report: UsageReport, name: str) -> float | None:
    return total(report.parts, lambda usage: getattr(usage, name))


def _columns(part: UsageOfDays) -> dict[str, Any]:
    usage = asdict(part.usage)
    flat = {name: usage[name] for name in _OF_THE_DAYS}
    if part.days.are_given:
        return flat
    flat |= {name: usage[name] for name in _PRESENT_STATE}
    for name, keys in _OBJECTS.items():
        flat |= {f"{name}_{key}": usage[name].get(key) for key in keys}
    return flat


def _written(document: Mapping[str, Any]) -> str:
    # ASCII alone: whatever the API sent, a terminal has nothing to obey.
    return json.dumps(document, indent=2) + "\n"


def _table(rows: Iterable[Mapping[str, Any]]) -> str:
    rows = list(rows)
    text = io.StringIO()
    # Text is quoted: some spreadsheets take a semicolon for the end of a cell.
    writer = csv.DictWriter(
        text, list(rows[0]), lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC
    )
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    """Give a number as it is, text without its teeth, and nothing for the rest."""
    if isinstance(value, str):
        return spreadsheet_text(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else None
