"""`pulumi-cerevox billing`: the bill as the account has it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pulumi_cerevox import Account
from pulumi_cerevox.cli import main
from pulumi_cerevox.testing import EmulatorProcess

pytestmark = pytest.mark.cerevox_seed("team")


def billing(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["billing", *arguments], env=environment)


@pytest.fixture
def emulator(cerevox_environment: EmulatorProcess) -> EmulatorProcess:
    cerevox_environment.set_clock(set="2025-12-30T18:00:00Z", frozen=True)
    return cerevox_environment


@pytest.fixture
def costs(emulator: EmulatorProcess) -> dict[str, float]:
    """What December has cost until the 30th."""
    usage: list[dict[str, Any]] = emulator.snapshot()["usage"]
    days = [one for one in usage if "2025-12-01" <= one["day"] <= "2025-12-30"]
    cents = {
        f"{name}_cost": sum(one[f"{name}_cents"] for one in days)
        for name in ("hippo", "lexa", "storage")
    }
    cents["total_cost"] = sum(cents.values())
    return {name: count / 100 for name, count in cents.items()}


def test_the_bill(costs: dict[str, float]) -> None:
    result = billing()
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[:3] == [
        "acc_team (Example Inc)",
        "2025-12-01 to 2025-12-31, plan pro",
        "",
    ]
    shown = {line[:20].strip(): line[20:48].strip() for line in lines[3:]}
    assert shown == {
        "Hippo": f"{costs['hippo_cost']:.2f} USD",
        "Lexa": f"{costs['lexa_cost']:.2f} USD",
        "Storage": f"{costs['storage_cost']:.2f} USD",
        "Total": f"{costs['total_cost']:.2f} USD",
        "Next invoice": "2026-01-01",
    }


def test_json(costs: dict[str, float], cerevox_account: Account) -> None:
    result = billing("--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert (document["version"], document["report"]) == (1, "billing")
    assert document["account"]["account_id"] == "acc_team"
    bill = document["billing"]
    assert bill["breakdown"] | {"total_cost": bill["total_cost"]} == costs
    assert bill["currency"] == cerevox_account.get_billing_info().currency


def test_csv(costs: dict[str, float]) -> None:
    result = billing("--format", "csv")
    assert (result.exit_code, result.stderr) == (0, "")
    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert {name: float(row[name]) for name in costs} == costs
    assert (row["account_id"], row["currency"]) == ("acc_team", "USD")
    assert (row["period_start"], row["period_end"]) == ("2025-12-01", "2025-12-31")


def test_a_refused_key_is_3(emulator: EmulatorProcess) -> None:
    result = billing(CEREVOX_API_KEY="sk_wrong")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "Authentication failed" in result.stderr
    assert emulator.count("GET") == 0


def test_an_api_without_bills_is_4(
    start_emulator: Callable[..., EmulatorProcess],
) -> None:
    sdk = start_emulator(seed="team", dialect="sdk-0.2")
    there = {"CEREVOX_API_KEY": sdk.api_key, "CEREVOX_BASE_URL": sdk.url}
    result = billing(**there)
    assert (result.exit_code, result.stdout) == (4, "")
    assert "has no billing information" in result.stderr


def test_an_answer_that_is_no_bill_is_4(emulator: EmulatorProcess) -> None:
    emulator.add_fault(
        method="GET",
        path="/accounts/{account_id}/billing",
        action="malformed_json",
        times=None,
    )
    result = billing()
    assert (result.exit_code, result.stdout) == (4, "")
    assert "could not read the billing" in result.stderr.lower()
