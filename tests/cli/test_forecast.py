"""`usage --forecast`, limits of the cost, and metrics, on the emulator's account."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from pulumi_cerevox.cli import main
from pulumi_cerevox.testing import EmulatorProcess
from tests.metrics_text import read_metrics

pytestmark = pytest.mark.cerevox_seed("team")

NOON = "2025-12-16T12:00:00Z"
"""Half of December is gone."""


def usage(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["usage", *arguments])


def set_now(emulator: EmulatorProcess, patch: pytest.MonkeyPatch, now: str) -> None:
    """Set the emulator's clock and the command's to a moment that stands still."""
    emulator.set_clock(set=now, frozen=True)
    moment = datetime.fromisoformat(now)
    clock = SimpleNamespace(now=lambda _: moment)
    patch.setattr("pulumi_cerevox.cli.usage.datetime", clock)


@pytest.fixture
def emulator(
    cerevox_environment: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> EmulatorProcess:
    """An account that has made 6,000 calls for 250.50 in the first half of December."""
    emulator = cerevox_environment
    set_now(emulator, monkeypatch, NOON)
    emulator.patch_account(plan="free")
    state = emulator.snapshot()
    for day in state["usage"]:
        if day["day"] >= "2025-12-01":
            day |= {"requests": 0, "lexa_cents": 0, "hippo_cents": 0}
            day |= {"storage_cents": 0}
    first = next(one for one in state["usage"] if one["day"] == "2025-12-01")
    # The command's login and its look at the account are in the usage too.
    first |= {"requests": 6000 - 2, "lexa_cents": 25_050}
    emulator.restore(state)
    return emulator


def document(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_cost_over_its_limit_is_7(emulator: EmulatorProcess) -> None:
    result = usage("--warn-at", "cost=250")
    assert result.exit_code == 7
    assert "Estimated cost                  250.50 of 250.00  " in result.stdout
    assert result.stderr == (
        "pulumi-cerevox: warning: 100.2 % of the budget is used "
        "(250.50 of 250.00; --warn-at cost=250)\n"
    )
    assert usage("--warn-at", "cost=250.50").exit_code == 0
    assert emulator.count("GET", "/accounts/{account_id}/billing") == 0


@pytest.mark.parametrize(("share", "code"), [("50%", 7), ("51%", 0)])
def test_a_share_of_the_budget(
    emulator: EmulatorProcess, share: str, code: int
) -> None:
    words = ["--warn-at", f"cost={share}", "--budget", "500", "--format", "json"]
    result = usage(*words)
    assert result.exit_code == code
    assert document(result)["limits"] == [
        {
            "subject": "cost",
            "used": 250.5,
            "limit": 500.0,
            "warn_at_percent": float(share[:-1]),
            "over": code == 7,
            "forecast": False,
        }
    ]
    assert emulator.count("GET", "/users") == 0


def test_a_forecast_is_twice_what_half_of_the_month_took(
    emulator: EmulatorProcess,
) -> None:
    result = usage("--forecast")
    assert (result.exit_code, result.stderr) == (0, "")
    bar = "█" * 20
    assert result.stdout.splitlines()[-4:] == [
        "",
        "Forecast to 2025-12-31: linear, the days to come are like those until now",
        f"API calls                       12,000 of 10,000  {bar}   120.0 %",
        "Estimated cost                            501.00",
    ]
    assert emulator.count("GET", "/accounts/{account_id}/billing") == 1


def test_a_forecast_over_the_limit_is_7(emulator: EmulatorProcess) -> None:
    words = ["--forecast", "--warn-at", "cost=500", "--warn-at", "requests=100%"]
    result = usage(*words, "--format", "json")
    assert result.exit_code == 7
    assert result.stderr == (
        "pulumi-cerevox: warning: the billing period may come to 120.0 % of the rate "
        "limit (12,000 of 10,000; --warn-at requests=100%)\n"
        "pulumi-cerevox: warning: the billing period may come to 100.2 % of the budget "
        "(501.00 of 500.00; --warn-at cost=500)\n"
    )
    found = document(result)
    assert found["forecast"] == {
        "method": "linear",
        "period_start": "2025-12-01",
        "period_end": "2025-12-31",
        "total_requests": 12_000,
        "estimated_cost": 501.0,
    }
    judged = [(one["subject"], one["forecast"], one["over"]) for one in found["limits"]]
    assert judged == [
        ("requests", False, False),
        ("cost", False, False),
        ("requests", True, True),
        ("cost", True, True),
    ]
    printed = CliRunner().invoke(main, ["schema", "usage"]).stdout
    schema = json.loads(printed)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(found)
    for key in ("forecast", "limits", "usage"):
        rest = {name: value for name, value in found.items() if name != key}
        assert not Draft202012Validator(schema).is_valid(rest)
    assert emulator.count("GET", "/users") == 0


def test_before_the_third_day_there_is_none_and_it_says_so(
    emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_now(emulator, monkeypatch, "2025-12-02T23:59:59Z")
    words = ["--forecast", "--warn-at", "cost=300"]
    result = usage(*words)
    assert (result.exit_code, result.stderr) == (0, "")
    last = result.stdout.splitlines()[-1]
    assert last == "No forecast before 2025-12-03, the third day of the period"
    assert document(usage(*words, "--format", "json"))["forecast"] == {
        "method": "linear",
        "period_start": "2025-12-01",
        "period_end": "2025-12-31",
        "total_requests": None,
        "estimated_cost": None,
    }
    set_now(emulator, monkeypatch, "2025-12-03T00:00:00Z")
    assert usage(*words).exit_code == 7


def test_a_period_that_is_not_now_is_never_fine(
    emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_now(emulator, monkeypatch, "2026-01-01T00:00:00Z")
    emulator.set_clock(set="2025-12-31T23:00:00Z", frozen=True)
    result = usage("--forecast")
    assert (result.exit_code, result.stdout) == (4, "")
    assert result.stderr == (
        "pulumi-cerevox: --forecast needs the billing period of today, 2026-01-01 "
        "(UTC). The API tells 2025-12-01 to 2025-12-31\n"
    )


def test_metrics_of_usage_and_bill(emulator: EmulatorProcess) -> None:
    made = usage("--format", "prometheus", "--forecast", "--warn-at", "seats=90%")
    assert (made.exit_code, made.stderr) == (0, "")
    found = read_metrics(made.stdout)
    now = datetime.fromisoformat(NOON).replace(tzinfo=UTC).timestamp()
    assert found["usage_requests"] == 6000
    assert found["usage_requests_limit"] == 10_000
    assert (found["usage_seats"], found["usage_seats_limit"]) == (12, 20)
    assert (found["usage_cost"], found["usage_forecast_cost"]) == (250.5, 501)
    assert found["usage_last_read_timestamp_seconds"] == now
    bill = CliRunner().invoke(main, ["billing", "--format", "prometheus"])
    assert (bill.exit_code, bill.stderr) == (0, "")
    found = read_metrics(bill.stdout)
    assert found["billing_cost"] == found["billing_part_cost{lexa}"] == 250.5
    assert found["billing_last_read_timestamp_seconds"] == now
    assert emulator.count("GET", "/accounts/{account_id}/billing") == 2


@pytest.mark.parametrize("words", [["usage"], ["billing"], ["audit", "team.yaml"]])
def test_without_the_extra_it_says_how_to_get_it(
    emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    for name in ("audit.reports.prometheus", "consumption.metrics", "metrics"):
        monkeypatch.delitem(sys.modules, f"pulumi_cerevox.{name}", raising=False)
    monkeypatch.delattr("pulumi_cerevox.consumption.metrics", raising=False)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    result = CliRunner().invoke(main, [*words, "--format", "prometheus"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "pulumi-cerevox: prometheus_client is missing; the prometheus report needs: "
        "pip install 'pulumi-cerevox[metrics]'\n"
    )
    assert emulator.count() == 0
