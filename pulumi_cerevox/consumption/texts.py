"""Usage and bills as text, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

from rich.table import Column, Table
from rich.text import Text

from pulumi_cerevox.account import (
    AccountInfo,
    BillingBreakdown,
    BillingInfo,
    UsageStats,
    printable,
    spreadsheet_text,
)
from pulumi_cerevox.consumption.model import (
    Forecast,
    Limited,
    LimitUse,
    UsageOfDays,
    UsageReport,
    money,
    number,
    percent_of,
    percent_text,
    size,
    total,
)
from pulumi_cerevox.screen import Screen


def usage_text(report: UsageReport, screen: Screen) -> str:
    """Return the usage of some days, or of the months of a year."""
    if report.year is not None:
        return screen.draw(*_year_parts(report, screen))
    return screen.draw(*_usage_lines(report, screen))


def billing_text(account: AccountInfo, bill: BillingInfo, screen: Screen) -> str:
    """Return the bill: its parts with their shares, and the total."""
    return screen.draw(*_billing_lines(account, bill, screen))


def _heading(account: AccountInfo, about: str) -> Iterator[Text]:
    """Return the lines above a report: which account, and what about it."""
    name = f" ({printable(account.account_name, 36)})" if account.account_name else ""
    facts = [printable(about, 44)]
    if account.plan is not None:
        facts.append(f"plan {printable(account.plan, 12)}")
    if account.status not in {None, "active"}:
        facts.append(printable(str(account.status), 12))
    yield Text(printable(account.account_id, 40) + name, "bold")
    yield Text(", ".join(facts))
    yield Text()


def _usage_lines(report: UsageReport, screen: Screen) -> Iterator[Text]:
    (part,) = report.parts
    usage, days = part.usage, part.days
    about = "current billing period"
    if days.are_given:
        about = f"{days.start or 'start of the period'} to {days.end or 'its end'}"
    yield from _heading(report.account, about)
    # Of a range, what is of its days; the rest of an answer is the present state.
    is_present = not days.are_given
    warned = {one.subject: one for one in report.limits if not one.is_forecast}
    calls, limit = usage.total_requests, usage.rate_limit
    if is_present and calls is not None and limit is not None:
        judged = warned.get(Limited.REQUESTS)
        yield _of("API calls", calls, limit, number, screen, judged)
    else:
        yield from _counted("API calls", calls)
    seats = warned.get(Limited.SEATS)
    if seats is not None:
        yield _of("Seats", seats.used, seats.limit, number, screen, seats)
    yield from _counted("Documents processed", usage.documents_processed)
    yield from _counted("Questions asked", usage.questions_asked)
    if is_present:
        yield from _included_lines(usage, screen)
    cost = warned.get(Limited.COST)
    if cost is not None:
        yield _of("Estimated cost", cost.used, cost.limit, money, screen, cost)
    elif usage.estimated_cost is not None:
        yield _line("Estimated cost", money(usage.estimated_cost))
    if is_present and usage.rate_limit_reset is not None:
        yield _line("Rate limit resets", printable(usage.rate_limit_reset, 32))
    if report.forecast is not None:
        yield from _forecast_lines(report, report.forecast, screen)


def _forecast_lines(
    report: UsageReport, forecast: Forecast, screen: Screen
) -> Iterator[Text]:
    yield Text()
    if forecast.requests is None:
        day = forecast.start + timedelta(days=2)
        yield Text(f"No forecast before {day}, the third day of the period")
        return
    yield Text(
        f"Forecast to {forecast.end}: linear, the days to come are like those until now"
    )
    judged = {one.subject: one for one in report.limits if one.is_forecast}
    limit = report.parts[0].usage.rate_limit
    if limit is None:
        yield from _counted("API calls", forecast.requests)
    else:
        calls = judged.get(Limited.REQUESTS)
        yield _of("API calls", forecast.requests, limit, number, screen, calls)
    cost = judged.get(Limited.COST)
    if cost is not None:
        yield _of("Estimated cost", cost.used, cost.limit, money, screen, cost)
    elif forecast.cost is not None:
        yield _line("Estimated cost", money(forecast.cost))


def _included_lines(usage: UsageStats, screen: Screen) -> Iterator[Text]:
    """Describe what the plan includes (SDK 0.2: objects without a fixed form)."""
    for label, given, key, told in (
        ("Files", usage.files, "processed", number),
        ("Pages", usage.pages, "processed", number),
        ("Advanced pages", usage.advanced_pages, "processed", number),
        ("Storage", usage.storage, "used", size),
    ):
        used, limit = _count(given.get(key)), _count(given.get("total"))
        if used is not None and limit is not None:
            yield _of(label, used, limit, told, screen, None)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _counted(label: str, count: int | None) -> Iterator[Text]:
    if count is not None:
        yield _line(label, number(count))


def _of(
    label: str,
    used: int | Decimal,
    limit: int | Decimal,
    told: Callable[[int | Decimal], str],
    screen: Screen,
    judged: LimitUse | None,
) -> Text:
    share = percent_of(used, limit)
    style = "red" if judged is not None and judged.is_over else "green"
    bar = screen.bar(share, style=style)
    return _line(label, f"{told(used)} of {told(limit)}", bar, percent_text(share))


def _line(label: str, value: str, bar: Text | None = None, percent: str = "") -> Text:
    shown = f"{label:<20}{value:>28}"
    # A value that does not fit pushes the bar out rather than the line too far.
    if bar is None or len(value) > 28:
        return Text(shown)
    return Text.assemble(shown, "  ", bar, f" {percent:>9}")


_MONTHLY: tuple[tuple[str, Callable[[UsageStats], float | None]], ...] = (
    ("calls", lambda usage: usage.total_requests),
    ("documents", lambda usage: usage.documents_processed),
    ("questions", lambda usage: usage.questions_asked),
    ("cost", lambda usage: usage.estimated_cost),
)


def _year_parts(report: UsageReport, screen: Screen) -> Iterator[Text | Table]:
    yield from _heading(report.account, f"{report.year}, month by month")
    fields = [field for _, field in _MONTHLY]
    rows = [
        [f"{part.days.start:%Y-%m}", *_cells(field(part.usage) for field in fields)]
        for part in report.parts
    ]
    sums = ["total", *_cells(total(report.parts, field) for field in fields)]
    head = ["month", *(name for name, _ in _MONTHLY)]
    widths = [
        max(len(cell) for cell in column) + 2
        for column in zip(head, *rows, sums, strict=True)
    ]
    room = min(screen.width - sum(widths), 20)
    table = Table.grid(
        "", *(Column(justify="right") for _ in _MONTHLY), "", padding=(0, 2, 0, 0)
    )
    table.add_row(*head)
    calls = [part.usage.total_requests or 0 for part in report.parts]
    for row, count in zip(rows, calls, strict=True):
        bar = screen.bar(percent_of(count, max(calls)), room) if room >= 4 else ""
        table.add_row(*row, bar)
    table.add_row(*sums, style="bold")
    yield table


def _cells(values: Iterable[float | None]) -> list[str]:
    return [
        "-" if value is None else money(value) if name == "cost" else number(value)
        for (name, _), value in zip(_MONTHLY, values, strict=True)
    ]


def _billing_lines(
    account: AccountInfo, bill: BillingInfo, screen: Screen
) -> Iterator[Text]:
    period = "current billing period"
    if bill.period_start is not None and bill.period_end is not None:
        start, end = printable(bill.period_start, 20), printable(bill.period_end, 20)
        period = f"{start} to {end}"
    yield from _heading(account, period)
    currency = printable(bill.currency, 7)
    parts = bill.breakdown or BillingBreakdown()
    for label, cost in (
        ("Hippo", parts.hippo_cost),
        ("Lexa", parts.lexa_cost),
        ("Storage", parts.storage_cost),
    ):
        if cost is not None:
            share = percent_of(cost, bill.total_cost)
            bar = screen.bar(share)
            yield _line(label, f"{money(cost)} {currency}", bar, percent_text(share))
    yield Text.assemble(
        _line("Total", f"{money(bill.total_cost)} {currency}"), style="bold"
    )
    if bill.next_invoice_date is not None:
        yield _line("Next invoice", printable(bill.next_invoice_date, 28))


VERSION = 1
"""Of the JSON: grows when a field goes or changes its meaning, not with a new one."""

_OF_THE_DAYS = (
    "total_requests",
    "documents_processed",
    "questions_asked",
    "estimated_cost",
)
_PRESENT_STATE = ("storage_bytes", "rate_limit", "rate_limit_reset")
"""The fields of an answer about now, for any range of days (assumed)."""

_OBJECTS = {
    "files": ("processed", "total"),
    "pages": ("processed", "total"),
    "advanced_pages": ("processed", "total"),
    "storage": ("used", "total"),
}
"""The objects of SDK 0.2, and what is known to stand in them."""


def usage_json(report: UsageReport) -> str:
    """Return the usage as JSON: documented field names, null for no value."""
    document = _head("usage", report.account)
    if report.year is None:
        (part,) = report.parts
        more = {"limits": _limits(report), "forecast": _forecast(report.forecast)}
        return _written(document | _part(part) | more)
    sums = {name: total(report.parts, attrgetter(name)) for name in _OF_THE_DAYS}
    months = [_part(part) for part in report.parts]
    return _written(document | {"year": report.year, "months": months, "total": sums})


def usage_csv(report: UsageReport) -> str:
    """Return the usage as CSV: one row, or one for each month.

    Of a range of days it tells what is of these days, and not the present state.
    """
    forecast = _forecast(report.forecast) or {}
    more = {f"forecast_{name}": value for name, value in forecast.items()}
    return _table(
        {"account_id": report.account.account_id} | _days(part) | _columns(part) | more
        for part in report.parts
    )


def billing_json(account: AccountInfo, bill: BillingInfo) -> str:
    """Return the bill as JSON: documented field names, null where there is no value."""
    return _written(_head("billing", account) | {"billing": asdict(bill)})


def billing_csv(account: AccountInfo, bill: BillingInfo) -> str:
    """Return the bill as CSV: one row."""
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
            "used": _plain(one.used),
            "limit": _plain(one.limit),
            "warn_at_percent": float(one.warn_at),
            "over": one.is_over,
            "forecast": one.is_forecast,
        }
        for one in report.limits
    ]


def _plain(value: int | Decimal | None) -> float | None:
    """Return what JSON and CSV hold: a count as it is, money as a number."""
    return float(value) if isinstance(value, Decimal) else value


def _forecast(forecast: Forecast | None) -> dict[str, Any] | None:
    if forecast is None:
        return None
    return {
        "method": "linear",
        "period_start": forecast.start.isoformat(),
        "period_end": forecast.end.isoformat(),
        "total_requests": forecast.requests,
        "estimated_cost": _plain(forecast.cost),
    }


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
    """Return a number as it is, text without its teeth, and nothing for the rest."""
    if isinstance(value, str):
        return spreadsheet_text(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else None
