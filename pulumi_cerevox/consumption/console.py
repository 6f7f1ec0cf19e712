"""Usage and bills for people: lines of at most 80 columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pulumi_cerevox.account import (
    AccountInfo,
    BillingBreakdown,
    BillingInfo,
    UsageStats,
    printable,
)
from pulumi_cerevox.consumption.limits import Limited, LimitUse, percent_of
from pulumi_cerevox.consumption.look import (
    Look,
    heading,
    money,
    number,
    percent_text,
    size,
)
from pulumi_cerevox.consumption.report import Days, UsageReport, total

_COLUMNS = 80


def usage_text(report: UsageReport, look: Look) -> str:
    """Give the usage of some days, or of the months of a year."""
    if report.year is not None:
        return _text(_year_lines(report, look))
    return _text(_usage_lines(report, look))


def billing_text(account: AccountInfo, bill: BillingInfo, look: Look) -> str:
    """Give the bill: its parts with their shares, and the total."""
    return _text(_billing_lines(account, bill, look))


def _text(lines: Iterator[str]) -> str:
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _usage_lines(report: UsageReport, look: Look) -> Iterator[str]:
    (part,) = report.parts
    usage, days = part.usage, part.days
    yield from heading(report.account, _about(days), look)
    if days.are_given:
        yield from _range_lines(usage)
        return
    warned = {one.subject: one for one in report.limits}
    yield from _calls_lines(usage, warned.get(Limited.REQUESTS), look)
    seats = warned.get(Limited.SEATS)
    if seats is not None:
        yield _of("Seats", seats.used, seats.limit, number, look, seats)
    yield from _counted("Documents processed", usage.documents_processed)
    yield from _counted("Questions asked", usage.questions_asked)
    yield from _included_lines(usage, look)
    if usage.estimated_cost is not None:
        yield _line("Estimated cost", money(usage.estimated_cost))
    if usage.rate_limit_reset is not None:
        yield _line("Rate limit resets", printable(usage.rate_limit_reset, 32))


def _about(days: Days) -> str:
    if not days.are_given:
        return "current billing period"
    return f"{days.start or 'start of the period'} to {days.end or 'its end'}"


def _range_lines(usage: UsageStats) -> Iterator[str]:
    """Tell what is of the range; the rest of an answer is the present state."""
    yield from _counted("API calls", usage.total_requests)
    yield from _counted("Documents processed", usage.documents_processed)
    yield from _counted("Questions asked", usage.questions_asked)
    if usage.estimated_cost is not None:
        yield _line("Estimated cost", money(usage.estimated_cost))


def _calls_lines(
    usage: UsageStats, judged: LimitUse | None, look: Look
) -> Iterator[str]:
    if usage.total_requests is None:
        return
    if usage.rate_limit is None:
        yield _line("API calls", number(usage.total_requests))
        return
    used, limit = usage.total_requests, usage.rate_limit
    yield _of("API calls", used, limit, number, look, judged)


def _included_lines(usage: UsageStats, look: Look) -> Iterator[str]:
    """Tell what the plan includes (SDK 0.2: objects that are free inside)."""
    for label, given, key, told in (
        ("Files", usage.files, "processed", number),
        ("Pages", usage.pages, "processed", number),
        ("Advanced pages", usage.advanced_pages, "processed", number),
        ("Storage", usage.storage, "used", size),
    ):
        used, limit = _count(given.get(key)), _count(given.get("total"))
        if used is not None and limit is not None:
            yield _of(label, used, limit, told, look, None)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _counted(label: str, count: int | None) -> Iterator[str]:
    if count is not None:
        yield _line(label, number(count))


def _of(
    label: str,
    used: int,
    limit: int,
    told: Callable[[int], str],
    look: Look,
    judged: LimitUse | None,
) -> str:
    share = percent_of(used, limit)
    color = "red" if judged is not None and judged.is_over else None
    bar = look.bar(share, color=color)
    return _line(label, f"{told(used)} of {told(limit)}", bar, percent_text(share))


def _line(label: str, value: str, bar: str = "", percent: str = "") -> str:
    # A value that does not fit pushes the bar out rather than the line too far.
    shown = f"{label:<20}{value:>28}"
    return f"{shown}  {bar} {percent:>9}" if bar and len(value) <= 28 else shown


_MONTHLY: tuple[tuple[str, Callable[[UsageStats], float | None]], ...] = (
    ("calls", lambda usage: usage.total_requests),
    ("documents", lambda usage: usage.documents_processed),
    ("questions", lambda usage: usage.questions_asked),
    ("cost", lambda usage: usage.estimated_cost),
)


def _year_lines(report: UsageReport, look: Look) -> Iterator[str]:
    yield from heading(report.account, f"{report.year}, month by month", look)
    fields = [field for _, field in _MONTHLY]
    rows = [
        [f"{part.days.start:%Y-%m}", *_cells(field(part.usage) for field in fields)]
        for part in report.parts
    ]
    sums = ["total", *_cells(total(report.parts, field) for field in fields)]
    head = ["month", *(name for name, _ in _MONTHLY)]
    columns = zip(head, *rows, sums, strict=True)
    widths = [max(len(cell) for cell in column) for column in columns]
    yield _row(head, widths)
    room = min(_COLUMNS - sum(widths) - 2 * len(widths), 20)
    calls = [part.usage.total_requests or 0 for part in report.parts]
    for row, count in zip(rows, calls, strict=True):
        bar = look.bar(percent_of(count, max(calls)), room) if room >= 4 else ""
        yield f"{_row(row, widths)}  {bar}"
    yield look.strong(_row(sums, widths))


def _cells(values: Iterable[float | None]) -> list[str]:
    return [
        "-" if value is None else money(value) if name == "cost" else number(value)
        for (name, _), value in zip(_MONTHLY, values, strict=True)
    ]


def _row(cells: list[str], widths: list[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return first[0].ljust(first[1]) + "".join(f"  {c:>{w}}" for c, w in rest)


def _billing_lines(
    account: AccountInfo, bill: BillingInfo, look: Look
) -> Iterator[str]:
    yield from heading(account, _period(bill), look)
    currency = printable(bill.currency, 7)
    parts = bill.breakdown or BillingBreakdown()
    for label, cost in (
        ("Hippo", parts.hippo_cost),
        ("Lexa", parts.lexa_cost),
        ("Storage", parts.storage_cost),
    ):
        if cost is not None:
            share = percent_of(cost, bill.total_cost)
            bar = look.bar(share)
            yield _line(label, f"{money(cost)} {currency}", bar, percent_text(share))
    yield look.strong(_line("Total", f"{money(bill.total_cost)} {currency}"))
    if bill.next_invoice_date is not None:
        yield _line("Next invoice", printable(bill.next_invoice_date, 28))


def _period(bill: BillingInfo) -> str:
    if bill.period_start is None or bill.period_end is None:
        return "current billing period"
    return f"{printable(bill.period_start, 20)} to {printable(bill.period_end, 20)}"
