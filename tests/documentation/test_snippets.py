"""Every snippet of the documentation runs, and prints what is true of the account.

A snippet that takes `account` from an earlier one gets it in the line before.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from pulumi_cerevox import Account, AccountInfo, BillingInfo, UsageStats
from pulumi_cerevox.account import NO_EXCHANGE
from pulumi_cerevox.testing import EmulatorProcess

pytestmark = pytest.mark.cerevox_seed("team")

HERE = Path(__file__).parent
ACCOUNT = "from pulumi_cerevox import Account\naccount = Account()"
EMAIL, PASSWORD = "user@example.com", "secure-password"
IN_USE = "2025-12-30T18:00:00Z"
BUSY = 9000
"""What a script reads as its API calls; its login and its account are two of them."""


@pytest.fixture
def emulator(cerevox_emulator: EmulatorProcess) -> EmulatorProcess:
    cerevox_emulator.add_user(EMAIL, name="John Doe", role="admin", password=PASSWORD)
    return cerevox_emulator


@pytest.fixture
def busy(emulator: EmulatorProcess) -> EmulatorProcess:
    """An account near its limit, on a day that stands still."""
    emulator.set_clock(set=IN_USE, frozen=True)
    emulator.patch_account(plan="free")
    state = emulator.snapshot()
    day = next(one for one in state["usage"] if one["day"] == IN_USE[:10])
    before = [one for one in state["usage"] if "2025-12" < one["day"] < day["day"]]
    day["requests"] = BUSY - 2 - _sum(before, "requests")
    emulator.restore(state)
    return emulator


def test_log_in(emulator: EmulatorProcess, run_snippet: Any) -> None:
    run = run_snippet("log in")
    assert (run.code, run.errors) == (0, "")
    sessions = {one["access_token"]: one for one in emulator.snapshot()["sessions"]}
    access, refresh = (line.partition(": ")[2] for line in run.lines[:2])
    assert run.lines == [
        f"Access Token: {access}",
        f"Refresh Token: {refresh}",
        "Expires in: 3600 seconds",
        "Account ID: acc_team",
        "Email: owner@example.com",
        "Plan: pro",
        "Status: active",
    ]
    assert sessions[access]["refresh_token"] == refresh
    assert sessions[access]["user_id"] == emulator.user(EMAIL)["user_id"]


def test_usage(busy: EmulatorProcess, run_snippet: Any) -> None:
    run = run_snippet("usage", before=ACCOUNT)
    assert (run.code, run.errors) == (0, "")
    month = _days(busy, "2025-12-01", "2025-12-30")
    assert run.lines == [
        f"API Calls: {BUSY}",
        f"Documents Processed: {_sum(month, 'documents')}",
        f"Questions Asked: {_sum(month, 'questions')}",
        f"Storage Used: {month[-1]['storage_bytes']} bytes",
    ]


def test_create_user(emulator: EmulatorProcess, run_snippet: Any) -> None:
    run = run_snippet("create user", before=ACCOUNT)
    assert (run.code, run.errors) == (0, "")
    assert run.lines == ["Created user: newuser@example.com"]
    made = emulator.user("newuser@example.com")
    assert (made["role"], made["name"]) == ("member", "New User")


@pytest.mark.cerevox_seed(str(HERE / "your-api-key.yaml"))
def test_client(cerevox_emulator: EmulatorProcess, run_snippet: Any) -> None:
    del cerevox_emulator  # whose owner has the key that the documentation shows
    after = "print(info.account_id, info.account_name, usage.rate_limit)"
    run = run_snippet("client", after=after, CEREVOX_API_KEY="sk_unused")
    assert (run.code, run.errors) == (0, "")
    assert run.lines == ["acc_documented Documented Inc 100000"]


def test_monitor_warns_near_the_limit(busy: EmulatorProcess, run_snippet: Any) -> None:
    run = run_snippet("monitor")
    assert (run.code, run.errors) == (0, "")
    month = _days(busy, "2025-12-01", "2025-12-30")
    assert run.lines == [
        "⚠️ Warning: Approaching rate limit!",
        f"Used: {BUSY} / 10000",
        f"Current period cost: ${_cost(month)}",
    ]


def test_monitor_is_quiet_far_from_it(
    emulator: EmulatorProcess, run_snippet: Any
) -> None:
    emulator.set_clock(set=IN_USE, frozen=True)
    run = run_snippet("monitor")
    assert (run.code, run.errors) == (0, "")
    month = _days(emulator, "2025-12-01", "2025-12-30")
    assert run.lines == [f"Current period cost: ${_cost(month)}"]


def test_add_team(emulator: EmulatorProcess, run_snippet: Any) -> None:
    run = run_snippet("add team", before=ACCOUNT)
    assert (run.code, run.errors) == (0, "")
    roles = {
        "dev1@company.com": "member",
        "dev2@company.com": "member",
        "manager@company.com": "admin",
    }
    assert run.lines == [f"Added: {email}" for email in roles]
    assert {email: emulator.user(email)["role"] for email in roles} == roles


def test_store_tokens(
    emulator: EmulatorProcess, run_snippet: Any, tmp_path: Path
) -> None:
    file = tmp_path / "keyring.json"
    run = run_snippet(
        "store tokens",
        before=f"{ACCOUNT}\nemail, password = {EMAIL!r}, {PASSWORD!r}",
        after="print(access_token)",
        PYTHON_KEYRING_BACKEND="file_keyring.FileKeyring",
        PYTHONPATH=str(HERE),
        KEYRING_FILE=str(file),
    )
    assert (run.code, run.errors) == (0, "")
    kept = json.loads(file.read_text())
    assert run.lines == [kept["cerevox/access_token"]]
    (session,) = emulator.snapshot()["sessions"]
    assert kept == {
        "cerevox/access_token": session["access_token"],
        "cerevox/refresh_token": session["refresh_token"],
    }


def test_twelve_months(emulator: EmulatorProcess, run_snippet: Any) -> None:
    run = run_snippet("twelve months", before=ACCOUNT)
    assert (run.code, run.errors) == (0, "")
    head, *rows = [line.split() for line in run.lines]
    assert head == ["month", "requests", "cost"]
    months = [
        _days(emulator, f"2025-{month:02}-01", f"2025-{month:02}-28")
        for month in range(1, 13)
    ]
    assert [
        (int(index), int(month), int(calls)) for index, month, calls, _ in rows
    ] == [
        (index, index + 1, _sum(days, "requests")) for index, days in enumerate(months)
    ]
    assert [float(cost) for *_, cost in rows] == [_cost(days) for days in months]


@pytest.mark.parametrize(
    ("name", "parse", "ask"),
    [
        ("account info", AccountInfo.parse, Account.get_account_info),
        ("usage stats", UsageStats.parse, Account.get_usage),
        ("billing info", BillingInfo.parse, Account.get_billing_info),
    ],
)
def test_response_models(
    name: str,
    parse: Callable[..., Any],
    ask: Callable[[Account], Any],
    snippets: dict[str, str],
    cerevox_account: Account,
) -> None:
    documented = ast.literal_eval(snippets[name])
    model = asdict(parse(documented, NO_EXCHANGE))
    assert _only(model, documented) == documented
    live = asdict(ask(cerevox_account))
    assert _kinds(_only(live, documented)) == _kinds(documented)


def test_never_hardcode(emulator: EmulatorProcess, run_snippet: Any) -> None:
    run = run_snippet(
        "never hardcode",
        before="from pulumi_cerevox import Account",
        after="print(account.get_current_user().email)",
    )
    assert (run.code, run.errors) == (0, "")
    assert run.lines == ["owner@example.com"]
    assert emulator.count("POST", "/token/login") == 1


def test_valid_token(emulator: EmulatorProcess, run_snippet: Any) -> None:
    before = f"{ACCOUNT}\nauth = account.login({EMAIL!r}, {PASSWORD!r})"
    after = """
import dataclasses
print(get_valid_token(auth) == auth.access_token)
print(get_valid_token(dataclasses.replace(auth, expires_at=time.time() + 299)))
"""
    run = run_snippet("valid token", before=f"import time\n{before}", after=after)
    assert (run.code, run.errors) == (0, "")
    assert run.lines[0] == "True"
    assert emulator.count("POST", "/token/refresh") == 1
    sessions = emulator.snapshot()["sessions"]
    (live,) = [one for one in sessions if one["refresh_token"] is not None]
    assert run.lines[1:] == [live["access_token"]]


DAILY = {
    "before": f"{ACCOUNT}\nnotify_team = print",
    "after": "print(schedule.get_jobs())\nschedule.run_all()",
}


def test_daily_check(busy: EmulatorProcess, run_snippet: Any) -> None:
    run = run_snippet("daily check", **DAILY)
    assert (run.code, run.errors) == (0, "")
    assert busy.count("GET", "/accounts/{account_id}/usage") == 1
    assert run.lines[0].startswith("[Every 1 day at 09:00:00 do check_daily_usage()")
    assert run.lines[1:] == ["Usage at 90%"]


def test_daily_check_far_from_the_limit(
    emulator: EmulatorProcess, run_snippet: Any
) -> None:
    emulator.set_clock(set=IN_USE, frozen=True)
    run = run_snippet("daily check", **DAILY)
    assert (run.code, run.errors, len(run.lines)) == (0, "", 1)
    assert emulator.count("GET", "/accounts/{account_id}/usage") == 1


def test_errors_when_all_is_well(emulator: EmulatorProcess, run_snippet: Any) -> None:
    run = run_snippet("errors")
    assert (run.code, run.lines, run.errors) == (0, ["Plan: pro"], "")
    assert emulator.count("GET", "/accounts/my") == 1


def test_errors_with_a_bad_key(emulator: EmulatorProcess, run_snippet: Any) -> None:
    run = run_snippet("errors", CEREVOX_API_KEY="sk_wrong")
    assert (run.code, run.lines) == (0, ["Error: Invalid credentials"])
    assert emulator.count("GET", "/accounts/my") == 0


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (401, "Error: Invalid credentials"),
        (403, "Error: Insufficient permissions"),
        (
            404,
            "Error: Not found: could not read the account. GET /accounts/my answered",
        ),
    ],
)
def test_errors_that_the_api_answers(
    status: int, line: str, emulator: EmulatorProcess, run_snippet: Any
) -> None:
    emulator.add_fault(method="GET", path="/accounts/my", status=status, times=None)
    run = run_snippet("errors")
    assert (run.code, run.errors) == (0, "")
    (said,) = run.lines
    assert said.startswith(line)


def _days(emulator: EmulatorProcess, first: str, last: str) -> list[dict[str, Any]]:
    usage = emulator.snapshot()["usage"]
    return [one for one in usage if first <= one["day"] <= last]


def _sum(days: list[dict[str, Any]], field: str) -> int:
    return sum(one[field] for one in days)


def _cost(days: list[dict[str, Any]]) -> float:
    cents = ("hippo_cents", "lexa_cents", "storage_cents")
    return sum(_sum(days, field) for field in cents) / 100


def _only(model: dict[str, Any], documented: dict[str, Any]) -> dict[str, Any]:
    """Return those fields of a model that the documentation has."""
    return {
        key: _only(model[key], value) if isinstance(value, dict) else model[key]
        for key, value in documented.items()
    }


def _kinds(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _kinds(value) if isinstance(value, dict) else type(value)
        for key, value in fields.items()
    }
