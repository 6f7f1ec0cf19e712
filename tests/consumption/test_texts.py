"""Usage and bills as text, JSON and CSV, also of answers that are odd or hostile."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pulumi_cerevox import AccountInfo, BillingBreakdown, BillingInfo, UsageStats
from pulumi_cerevox.account import spreadsheet_text
from pulumi_cerevox.consumption import (
    Days,
    Limited,
    LimitUse,
    UsageOfDays,
    UsageReport,
    billing_csv,
    billing_json,
    billing_schema,
    billing_text,
    money,
    number,
    percent_text,
    size,
    usage_csv,
    usage_json,
    usage_schema,
    usage_text,
)
from pulumi_cerevox.screen import Screen

ACCOUNT = AccountInfo("acc_123", "Example Inc", plan="pro", status="active")
EVIL = "=cmd|'/C calc'!A0;\x1b[2J\n\u202e<{%reset%}>"
HUGE = 10**60
PLAIN = Screen()


def used(**fields: Any) -> UsageStats:
    empty: dict[str, Any] = {"files": {}, "pages": {}, "advanced_pages": {}}
    return UsageStats(**(empty | {"storage": {}} | fields))


def now(usage: UsageStats, *limits: LimitUse) -> UsageReport:
    return UsageReport(ACCOUNT, (UsageOfDays(Days(), usage),), limits=limits)


def year(*usages: UsageStats) -> UsageReport:
    parts = tuple(
        UsageOfDays(Days(date(2025, month, 1), date(2025, month, 28)), usage)
        for month, usage in enumerate(usages, 1)
    )
    return UsageReport(ACCOUNT, parts, year=2025)


def lines(text: str) -> list[str]:
    assert text.endswith("\n")
    return text.splitlines()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_present_usage() -> None:
    usage = used(
        files={"processed": 230, "total": 1000},
        storage={"used": 524288000, "total": 1073741824},
        total_requests=15420,
        documents_processed=230,
        questions_asked=1250,
        rate_limit=100000,
        rate_limit_reset="2025-02-01T00:00:00Z",
        estimated_cost=125.5,
    )
    seats = LimitUse(Limited.SEATS, 10, 10, Decimal(80))
    assert usage_text(now(usage, seats), PLAIN) == (
        "acc_123 (Example Inc)\n"
        "current billing period, plan pro\n"
        "\n"
        "API calls                      15,420 of 100,000"
        "  ███░░░░░░░░░░░░░░░░░    15.4 %\n"
        "Seats                                   10 of 10"
        "  ████████████████████   100.0 %\n"
        "Documents processed                          230\n"
        "Questions asked                            1,250\n"
        "Files                               230 of 1,000"
        "  █████░░░░░░░░░░░░░░░    23.0 %\n"
        "Storage                     500.0 MiB of 1.0 GiB"
        "  ██████████░░░░░░░░░░    48.8 %\n"
        "Estimated cost                            125.50\n"
        "Rate limit resets           2025-02-01T00:00:00Z\n"
    )


def test_what_the_api_does_not_tell_is_left_out() -> None:
    told = lines(usage_text(now(used()), PLAIN))
    assert told == ["acc_123 (Example Inc)", "current billing period, plan pro", ""]
    alone = lines(usage_text(now(used(total_requests=5)), PLAIN))
    assert alone[3:] == ["API calls                                      5"]
    odd = used(files={"processed": "many", "total": 3}, pages={"processed": True})
    assert lines(usage_text(now(odd), PLAIN)) == told


def test_a_range_tells_what_is_of_its_days() -> None:
    usage = used(total_requests=3, rate_limit=10, storage_bytes=7, estimated_cost=1)
    part = UsageOfDays(Days(date(2025, 3, 1), None), usage)
    report = UsageReport(ACCOUNT, (part,))
    assert lines(usage_text(report, PLAIN))[1:] == [
        "2025-03-01 to its end, plan pro",
        "",
        "API calls                                      3",
        "Estimated cost                              1.00",
    ]
    (row,) = rows(usage_csv(report))
    assert row == {
        "account_id": "acc_123",
        "start_date": "2025-03-01",
        "end_date": "",
        "total_requests": "3",
        "documents_processed": "",
        "questions_asked": "",
        "estimated_cost": "1",
    }
    bare = UsageReport(ACCOUNT, (UsageOfDays(part.days, used()),))
    assert len(lines(usage_text(bare, PLAIN))) == 3


def test_months_are_added_up() -> None:
    report = year(
        used(total_requests=50, questions_asked=1, estimated_cost=0.1),
        used(total_requests=100, estimated_cost=0.2),
    )
    assert usage_text(report, PLAIN) == (
        "acc_123 (Example Inc)\n"
        "2025, month by month, plan pro\n"
        "\n"
        "month    calls  documents  questions  cost\n"
        "2025-01     50          -          1  0.10  ██████████░░░░░░░░░░\n"
        "2025-02    100          -          -  0.20  ████████████████████\n"
        "total      150          -          -  0.30\n"
    )
    document = json.loads(usage_json(report))
    assert document["total"] == {
        "total_requests": 150,
        "documents_processed": None,
        "questions_asked": None,
        "estimated_cost": 0.3,
    }
    assert [month["start_date"] for month in document["months"]] == [
        "2025-01-01",
        "2025-02-01",
    ]


def test_the_bill() -> None:
    bill = BillingInfo(
        total_cost=125.5,
        currency="USD",
        period_start="2025-01-01",
        period_end="2025-01-31",
        breakdown=BillingBreakdown(75, 45.0, 5.5),
        next_invoice_date="2025-02-01",
    )
    assert billing_text(ACCOUNT, bill, PLAIN) == (
        "acc_123 (Example Inc)\n"
        "2025-01-01 to 2025-01-31, plan pro\n"
        "\n"
        "Hippo                                  75.00 USD"
        "  ████████████░░░░░░░░    59.8 %\n"
        "Lexa                                   45.00 USD"
        "  ███████░░░░░░░░░░░░░    35.9 %\n"
        "Storage                                 5.50 USD"
        "  █░░░░░░░░░░░░░░░░░░░     4.4 %\n"
        "Total                                 125.50 USD\n"
        "Next invoice                          2025-02-01\n"
    )


def test_a_bill_without_its_parts() -> None:
    bill = BillingInfo(total_cost=0, currency="EUR")
    suspended = AccountInfo("acc_123", status="suspended")
    assert lines(billing_text(suspended, bill, PLAIN)) == [
        "acc_123",
        "current billing period, suspended",
        "",
        "Total                                   0.00 EUR",
    ]
    (row,) = rows(billing_csv(suspended, bill))
    assert (row["total_cost"], row["hippo_cost"]) == ("0", "")
    assert json.loads(billing_json(suspended, bill))["billing"]["breakdown"] is None


def everything(text: str, count: int) -> list[str]:
    """Every report of an account in which each text and each number is this one."""
    account = AccountInfo("-acc", text, plan=text, status=text)
    usage = UsageStats(
        files={"processed": count, "total": 1},
        pages={"processed": count, "total": count},
        advanced_pages={text: text},
        storage={"used": count, "total": count},
        total_requests=count,
        documents_processed=count,
        questions_asked=count,
        storage_bytes=count,
        rate_limit=count,
        rate_limit_reset=text,
        estimated_cost=float(count),
    )
    limits = tuple(LimitUse(one, count, 1, Decimal(80)) for one in Limited)
    reports = [
        UsageReport(account, (UsageOfDays(Days(), usage),), limits=limits),
        UsageReport(account, year(*[usage] * 12).parts, year=2025),
    ]
    bill = BillingInfo(
        float(count), text, text, text, BillingBreakdown(count, -count, 1), text
    )
    return [
        *(usage_text(report, PLAIN) for report in reports),
        billing_text(account, bill, PLAIN),
        *(usage_json(report) for report in reports),
        billing_json(account, bill),
        *(usage_csv(report) for report in reports),
        billing_csv(account, bill),
    ]


@pytest.mark.parametrize("count", [0, 1, HUGE, -HUGE])
def test_hostile_text_is_harmless_everywhere(count: int) -> None:
    texts = everything(EVIL * 9, count)
    for text in texts:
        assert re.search(r"[\x00-\x09\x0b-\x1f\u202e]", text) is None
    for text in texts[:3]:
        assert "<{%" not in text
        assert max(len(line) for line in lines(text)) <= 80
    for text in texts[3:6]:
        document = json.loads(text)
        assert document["version"] == 1
        schema = billing_schema() if "billing" in document else usage_schema()
        Draft202012Validator(schema).validate(document)
    for text in texts[6:]:
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        numbers = [cell for cell in cells if re.fullmatch(r"-?[\d.]+(e\+\d+)?", cell)]
        assert numbers
        assert not [
            cell for cell in cells if cell[:1] in "=+-@" and cell not in ["", *numbers]
        ]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("plain", "plain"),
        ("a=b", "a=b"),
        ("", ""),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1", "' =1"),
        ("\uff1d1", "'\uff1d1"),
        ("\t=1", r"\t=1"),
    ],
)
def test_a_cell_is_no_formula(text: str, cell: str) -> None:
    assert spreadsheet_text(text) == cell


def test_colours_only_where_they_are_wanted() -> None:
    over = LimitUse(Limited.REQUESTS, 9, 10, Decimal(80))
    report = now(used(total_requests=9, rate_limit=10), over)
    assert "\x1b" not in usage_text(report, Screen())
    colored = usage_text(report, Screen(color=True))
    assert "\x1b[31m██████████████████\x1b[0m" in colored
    assert re.sub(r"\x1b\[\d+m", "", colored) == usage_text(report, Screen())


def test_bars_without_block_characters() -> None:
    report = now(used(total_requests=9, rate_limit=10))
    text = usage_text(report, Screen(blocks=False))
    assert text.isascii()
    assert "##################.." in text


def test_numbers_stay_short() -> None:
    shown = {
        number(999_999_999_999): "999,999,999,999",
        number(1_000_000_000_000): "1.000e+12",
        number(0.5): "0.50",
        money(7): "7.00",
        money(1e300): "1.000e+300",
        size(0): "0 B",
        size(1023): "1,023 B",
        size(1536): "1.5 KiB",
        size(2**60): "1,024.0 PiB",
        size(HUGE): "8.882e+44 PiB",
        percent_text(Decimal("-12.34")): "-12.3 %",
    }
    assert list(shown) == list(shown.values())
    assert percent_text(None) == percent_text(Decimal(10**9)) == ""
