"""Contract, calls 4 to 7: account, plan, usage, billing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pulumi_cerevox.testing import EmulatorProcess

Call = Callable[..., requests.Response]

documented = pytest.mark.parametrize("dialect", ["documented"], indirect=True)
sdk = pytest.mark.parametrize("dialect", ["sdk-0.2"], indirect=True)
ADDITIVE = ("total_requests", "documents_processed", "questions_asked")


@documented
def test_documented_account_information(call: Call) -> None:
    assert call("GET", "/accounts/my").json() == {
        "account_id": "acc_team",
        "account_name": "Example Inc",
        "email": "owner@example.com",
        "name": "Example Owner",
        "plan": "pro",
        "status": "active",
        "created_at": "2025-01-01T00:00:00Z",
        "features": {"hippo_enabled": True, "lexa_enabled": True, "max_users": 20},
    }


@documented
def test_email_and_name_are_the_owners_whoever_asks(
    emulator: EmulatorProcess, call: Call
) -> None:
    key = emulator.key_for("alan@example.com")

    assert call("GET", "/accounts/my", key=key).json()["email"] == "owner@example.com"


@sdk
def test_sdk_account_information_has_two_fields(call: Call) -> None:
    assert call("GET", "/accounts/my").json() == {
        "account_id": "acc_team",
        "account_name": "Example Inc",
    }


def test_plan_is_the_same_in_both_dialects(call: Call) -> None:
    assert call("GET", "/accounts/acc_team/plan").json() == {
        "plan": {
            "plan": "pro",
            "base": 1000,
            "bytes": 2**30,
            "messages": 10000,
            "message_rate": 100,
            "message_interval": 60,
            "bytes_overage": 0,
            "status": "active",
        }
    }


def test_plan_and_status_follow_the_account(
    emulator: EmulatorProcess, call: Call
) -> None:
    emulator.patch_account(plan="free", status="suspended")

    plan = call("GET", "/accounts/acc_team/plan").json()["plan"]

    assert (plan["plan"], plan["status"]) == ("free", "suspended")


@pytest.mark.parametrize("path", ["plan", "usage"])
def test_members_may_read(emulator: EmulatorProcess, call: Call, path: str) -> None:
    key = emulator.key_for("alan@example.com")

    assert call("GET", f"/accounts/acc_team/{path}", key=key).status_code == 200


@pytest.mark.parametrize("path", ["plan", "usage", "billing"])
def test_another_account_is_404(call: Call, path: str) -> None:
    answer = call("GET", f"/accounts/acc_other/{path}")

    assert answer.status_code == 404
    assert answer.json()["error_type"] == "not_found"


@sdk
def test_sdk_usage_is_four_objects_and_ignores_the_query(call: Call) -> None:
    usage = call("GET", "/accounts/acc_team/usage?start_date=nonsense").json()

    assert set(usage) == {"files", "pages", "advanced_pages", "storage"}
    assert all(isinstance(value, dict) for value in usage.values())


@sdk
def test_sdk_has_no_billing(call: Call) -> None:
    assert call("GET", "/accounts/acc_team/billing").status_code == 404


def usage(call: Call, **query: str) -> dict[str, Any]:
    answer = call("GET", "/accounts/acc_team/usage", params=query)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture
def in_march(emulator: EmulatorProcess) -> None:
    emulator.set_clock(set="2026-03-15T12:00:00Z", frozen=True)


@documented
@pytest.mark.usefixtures("in_march")
def test_usage_without_a_range_is_the_current_period(call: Call) -> None:
    now = usage(call)
    period = usage(call, start_date="2026-03-01", end_date="2026-03-31")

    assert now["documents_processed"] == period["documents_processed"] > 0
    assert now["rate_limit_reset"] == "2026-04-01T00:00:00Z"
    assert now["storage"]["used"] == now["storage_bytes"] > 0
    assert now["files"]["processed"] == now["documents_processed"]


@documented
@pytest.mark.usefixtures("in_march")
@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        (("01-01", "01-31"), ("02-01", "02-28"), ("01-01", "02-28")),
        (("02-10", "02-10"), ("02-11", "02-11"), ("02-10", "02-11")),
    ],
)
def test_neighbouring_ranges_add_up(
    call: Call, first: tuple[str, str], second: tuple[str, str], whole: tuple[str, str]
) -> None:
    one, two, both = (
        usage(call, start_date=f"2026-{start}", end_date=f"2026-{end}")
        for start, end in (first, second, whole)
    )

    for field in ADDITIVE:
        assert one[field] + two[field] == both[field] > 0
    total = round(one["estimated_cost"] + two["estimated_cost"], 2)
    assert total == both["estimated_cost"] > 0


@documented
@pytest.mark.usefixtures("in_march")
def test_what_is_not_of_a_range_stays(call: Call) -> None:
    then = usage(call, start_date="2025-01-01", end_date="2025-01-31")
    now = usage(call)

    for field in ("files", "pages", "advanced_pages", "storage", "storage_bytes"):
        assert then[field] == now[field]


@documented
@pytest.mark.usefixtures("in_march")
def test_a_missing_end_is_the_periods(call: Call) -> None:
    assert (
        usage(call, start_date="2026-03-10")["questions_asked"]
        == usage(call, start_date="2026-03-10", end_date="2026-03-31")[
            "questions_asked"
        ]
    )
    assert (
        usage(call, end_date="2026-03-10")["questions_asked"]
        == usage(call, start_date="2026-03-01", end_date="2026-03-10")[
            "questions_asked"
        ]
    )


@documented
@pytest.mark.usefixtures("in_march")
def test_of_a_date_and_time_the_day_counts(call: Call) -> None:
    by_day = usage(call, start_date="2026-03-02", end_date="2026-03-04")
    by_time = usage(
        call, start_date="2026-03-02T23:59:59Z", end_date="2026-03-04T00:00:00+00:00"
    )

    assert by_day["questions_asked"] == by_time["questions_asked"] > 0


@documented
@pytest.mark.usefixtures("in_march")
@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"start_date": "soon"}, "start_date"),
        ({"start_date": ""}, "start_date"),
        ({"end_date": "2026-02-30"}, "end_date"),
        ({"end_date": "20260301"}, "end_date"),
        ({"end_date": "2026-W10-1"}, "end_date"),
        ({"start_date": "2026-03-02", "end_date": "2026-03-01"}, "start_date"),
        ({"start_date": "2026-05-01"}, "start_date"),
        ({"end_date": "2026-01-01"}, "end_date"),
    ],
)
def test_a_bad_range_is_400_naming_the_parameter(
    call: Call, query: dict[str, str], named: str
) -> None:
    answer = call("GET", "/accounts/acc_team/usage", params=query)

    assert answer.status_code == 400
    assert set(answer.json()["validation_errors"]) == {named}


@documented
@pytest.mark.usefixtures("in_march")
def test_requests_are_counted_on_the_day_of_the_clock(call: Call) -> None:
    day = {"start_date": "2026-03-15", "end_date": "2026-03-15"}
    before = usage(call, **day)["total_requests"]

    assert usage(call, **day)["total_requests"] == before + 1


@documented
@pytest.mark.usefixtures("in_march")
def test_the_bill_is_the_sum_of_its_parts(call: Call) -> None:
    bill = call("GET", "/accounts/acc_team/billing").json()

    assert (bill["period_start"], bill["period_end"]) == ("2026-03-01", "2026-03-31")
    assert bill["next_invoice_date"] == "2026-04-01"
    assert bill["currency"] == "USD"
    assert bill["total_cost"] == round(sum(bill["breakdown"].values()), 2) > 0
    assert bill["total_cost"] == usage(call)["estimated_cost"]
    assert set(bill["breakdown"]) == {"hippo_cost", "lexa_cost", "storage_cost"}
    for amount in (bill["total_cost"], *bill["breakdown"].values()):
        assert round(amount, 2) == amount
