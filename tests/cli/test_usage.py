"""`pulumi-cerevox usage`: the account's own numbers, in each form and dialect."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pulumi_cerevox.cli import main, terminal
from pulumi_cerevox.testing import EmulatorProcess

pytestmark = pytest.mark.cerevox_seed("team")

TODAY = "2025-12-30"
BUSY = 9000
"""What the usage is as the command reads it: its login and its account are in it."""

StartEmulator = Callable[..., EmulatorProcess]


def usage(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["usage", *arguments], env=environment)


@pytest.fixture
def emulator(
    cerevox_environment: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> EmulatorProcess:
    """An account with 10,000 calls a month, on a day that stands still."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    emulator = cerevox_environment
    emulator.set_clock(set=f"{TODAY}T18:00:00Z", frozen=True)
    emulator.patch_account(plan="free")
    return emulator


@pytest.fixture
def busy(emulator: EmulatorProcess) -> EmulatorProcess:
    """So many calls this month that the rate limit is near."""
    state = emulator.snapshot()
    *earlier, today = _days(state, "2025-12-01", TODAY)
    today["requests"] = BUSY - 2 - _sum(earlier, "requests")
    emulator.restore(state)
    return emulator


@pytest.fixture
def sdk(
    start_emulator: StartEmulator, monkeypatch: pytest.MonkeyPatch
) -> EmulatorProcess:
    emulator = start_emulator(seed="team", dialect="sdk-0.2")
    monkeypatch.setenv("CEREVOX_API_KEY", emulator.api_key)
    monkeypatch.setenv("CEREVOX_BASE_URL", emulator.url)
    return emulator


def _days(state: dict[str, Any], first: str, last: str) -> list[dict[str, Any]]:
    return [one for one in state["usage"] if first <= one["day"] <= last]


def _sum(days: list[dict[str, Any]], field: str) -> int:
    return sum(one[field] for one in days)


def _cost(days: list[dict[str, Any]]) -> float:
    cents = ("hippo_cents", "lexa_cents", "storage_cents")
    return sum(_sum(days, field) for field in cents) / 100


def test_this_period(busy: EmulatorProcess) -> None:
    result = usage()
    assert (result.exit_code, result.stderr) == (0, "")
    month = _days(busy.snapshot(), "2025-12-01", TODAY)
    bar = "█" * 18 + "░" * 2
    assert result.stdout.splitlines()[:6] == [
        "acc_team (Example Inc)",
        "current billing period, plan free",
        "",
        f"API calls                        9,000 of 10,000  {bar}    90.0 %",
        f"Documents processed {_sum(month, 'documents'):>28}",
        f"Questions asked     {_sum(month, 'questions'):>28,}",
    ]
    assert f"Estimated cost      {_cost(month):>28.2f}" in result.stdout
    assert busy.count("GET", "/users") == 0
    assert {one["method"] for one in busy.journal()} == {"POST", "GET"}
    assert busy.count("POST") == busy.count("POST", "/token/login") == 1


def test_a_range(emulator: EmulatorProcess) -> None:
    result = usage("--start-date", "2025-03-01", "--end-date", "2025-03-31")
    assert (result.exit_code, result.stderr) == (0, "")
    march = _days(emulator.snapshot(), "2025-03-01", "2025-03-31")
    assert result.stdout.splitlines() == [
        "acc_team (Example Inc)",
        "2025-03-01 to 2025-03-31, plan free",
        "",
        f"API calls           {_sum(march, 'requests'):>28,}",
        f"Documents processed {_sum(march, 'documents'):>28}",
        f"Questions asked     {_sum(march, 'questions'):>28}",
        f"Estimated cost      {_cost(march):>28.2f}",
    ]


def test_a_year(emulator: EmulatorProcess) -> None:
    result = usage("--monthly", "2025", "--format", "csv")
    assert (result.exit_code, result.stderr) == (0, "")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["start_date"] for row in rows] == [
        f"2025-{month:02}-01" for month in range(1, 13)
    ]
    assert [row["end_date"][-2:] for row in rows[:4]] == ["31", "28", "31", "30"]
    state = emulator.snapshot()
    november = _days(state, "2025-11-01", "2025-11-30")
    assert rows[10] == {
        "account_id": "acc_team",
        "start_date": "2025-11-01",
        "end_date": "2025-11-30",
        "total_requests": str(_sum(november, "requests")),
        "documents_processed": str(_sum(november, "documents")),
        "questions_asked": str(_sum(november, "questions")),
        "estimated_cost": str(_cost(november)),
    }
    table = usage("--monthly", "2024").stdout.splitlines()
    assert len(table) == 3 + 1 + 12 + 1
    assert table[4] == "2024-01      0          0          0  0.00  " + "░" * 20


def test_json_has_a_version(busy: EmulatorProcess) -> None:
    result = usage("--format", "json", "--warn-at", "seats=60%")
    assert (result.exit_code, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert list(document) == [
        "version",
        "report",
        "account",
        "start_date",
        "end_date",
        "usage",
        "limits",
        "forecast",
    ]
    assert document["forecast"] is None
    assert (document["version"], document["report"]) == (1, "usage")
    assert document["account"]["account_id"] == "acc_team"
    assert document["usage"]["total_requests"] == BUSY
    assert document["limits"] == [
        {
            "subject": "seats",
            "used": 12,
            "limit": 20,
            "warn_at_percent": 60.0,
            "over": False,
            "forecast": False,
        }
    ]
    assert busy.count("GET", "/users") == 1


def test_a_year_as_json(emulator: EmulatorProcess) -> None:
    document = json.loads(usage("--monthly", "2025", "--format", "json").stdout)
    whole = _days(emulator.snapshot(), "2025-01-01", TODAY)
    assert document["year"] == 2025
    assert document["total"]["documents_processed"] == _sum(whole, "documents")
    assert document["total"]["estimated_cost"] == pytest.approx(_cost(whole))


def test_over_the_share_is_7(busy: EmulatorProcess) -> None:
    result = usage("--warn-at", "80%")
    assert result.exit_code == 7
    assert "Seats                                   12 of 20" in result.stdout
    assert result.stderr == (
        "pulumi-cerevox: warning: 90.0 % of the rate limit is used "
        "(9,000 of 10,000; --warn-at requests=80%)\n"
    )
    assert busy.count("GET", "/users") == 1


def test_at_the_share_is_0(busy: EmulatorProcess) -> None:
    assert usage("--warn-at", "requests=90%").exit_code == 0
    assert busy.count("GET", "/users") == 0


def test_seats_that_run_out(emulator: EmulatorProcess) -> None:
    emulator.patch_account(max_users=13)
    result = usage("--warn-at", "90%")
    assert result.exit_code == 7
    assert result.stderr == (
        "pulumi-cerevox: warning: 92.3 % of the plan's seats are taken "
        "(12 of 13; --warn-at seats=90%)\n"
    )


def test_an_impossible_number_of_seats_is_not_judged(emulator: EmulatorProcess) -> None:
    emulator.patch_account(max_users=0)
    result = usage("--warn-at", "seats=90%")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "or no possible number" in result.stderr


def test_seats_need_an_admins_key(emulator: EmulatorProcess) -> None:
    key = emulator.key_for("alan@example.com")
    result = usage("--warn-at", "80%", CEREVOX_API_KEY=key)
    assert (result.exit_code, result.stdout) == (4, "")
    assert "an admin's key" in result.stderr
    alone = usage("--warn-at", "requests=80%", CEREVOX_API_KEY=key)
    assert (alone.exit_code, alone.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--start-date", "2025-02-30"], "does not match the format"),
        (["--start-date", "2025-02-02", "--end-date", "2025-02-01"], "is after"),
        (["--monthly", "2025", "--end-date", "2025-02-01"], "--monthly goes without"),
        (["--warn-at", "80%", "--start-date", "2025-02-01"], "current billing period"),
        (["--warn-at", "80%", "--monthly", "2025"], "current billing period"),
        (["--forecast", "--monthly", "2025"], "--forecast is about the current"),
        (["--format", "prometheus", "--monthly", "2025"], "--format prometheus is"),
        (["--warn-at", "cost=80%"], "a share of --budget"),
        (["--budget", "500"], "--budget goes with --warn-at"),
        (["--warn-at", "80%", "--budget", "nan"], "write an amount of money"),
        (["--warn-at", "0.8"], "write a percentage"),
        (["--warn-at", "pages=8%"], "no limit 'pages'"),
        (["--monthly", "25"], "not in the range"),
        (["--format", "xml"], "is not one of"),
    ],
)
def test_bad_options_are_2(
    emulator: EmulatorProcess, arguments: list[str], text: str
) -> None:
    result = usage(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert text in result.stderr
    assert emulator.count() == 0


def test_a_start_beyond_the_period_is_2(emulator: EmulatorProcess) -> None:
    result = usage("--start-date", "2026-03-01")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "start_date: The start is after the end" in result.stderr
    assert emulator.count("GET", "/accounts/{account_id}/usage") == 1


def test_a_refused_key_is_3(emulator: EmulatorProcess) -> None:
    result = usage(CEREVOX_API_KEY="sk_wrong")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "Authentication failed" in result.stderr
    assert "sk_wrong" not in result.output
    assert emulator.count("GET") == 0


def test_what_could_not_be_read_is_4(emulator: EmulatorProcess) -> None:
    emulator.add_fault(
        method="GET", path="/accounts/{account_id}/usage", status=404, times=None
    )
    result = usage("--warn-at", "80%")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "could not read the usage" in result.stderr


def test_the_address_may_be_an_option(emulator: EmulatorProcess) -> None:
    result = usage("--base-url", emulator.url, CEREVOX_BASE_URL="https://no.invalid")
    assert result.exit_code == 0


def test_what_the_dialect_does_not_tell(sdk: EmulatorProcess) -> None:
    result = usage()
    assert result.exit_code == 0
    labels = [line[:20].rstrip() for line in result.stdout.splitlines()[3:]]
    assert labels == ["Files", "Pages", "Advanced pages", "Storage"]
    assert result.stderr == (
        "pulumi-cerevox: this account's API (dialect sdk-0.2, probably) tells no API "
        "calls, documents, questions, limits and costs\n"
    )
    assert sdk.count("GET", "/accounts/{account_id}/usage") == 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--warn-at", "80%"], "API calls: this account's API"),
        (["--warn-at", "seats=80%"], "seats: this account's API"),
        (["--warn-at", "cost=500"], "the cost: this account's API"),
        (["--forecast"], "--forecast needs the number of API calls"),
        (["--monthly", "2025"], "no usage of a range of days"),
        (["--start-date", "2025-01-01"], "no usage of a range of days"),
    ],
)
def test_what_the_dialect_lacks_is_never_fine(
    sdk: EmulatorProcess, arguments: list[str], text: str
) -> None:
    result = usage(*arguments)
    assert (result.exit_code, result.stdout) == (4, "")
    assert text in result.stderr
    assert "dialect sdk-0.2, probably" in result.stderr
    assert sdk.count("GET", "/accounts/my") == 1


def test_colours_where_they_are_wanted(busy: EmulatorProcess) -> None:
    assert "\x1b" not in usage().stdout
    assert "\x1b[31m" in usage("--warn-at", "requests=1%", FORCE_COLOR="1").stdout
    both = usage("--warn-at", "requests=1%", FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b" not in both.stdout
    assert busy.count("POST", "/token/login") == 3


def test_hostile_names_are_escaped(emulator: EmulatorProcess) -> None:
    emulator.patch_account(account_name="\x1b[2J\u202eInc\n")
    for form in ("console", "json", "csv"):
        result = usage("--format", form)
        assert result.exit_code == 0
        assert "\x1b" not in result.output
        assert "\u202e" not in result.output


def test_the_markup_of_rich_is_shown_and_not_obeyed(
    emulator: EmulatorProcess,
) -> None:
    emulator.patch_account(account_name="[red]Inc[/] [/b] :boom:")
    for words in ([], ["--monthly", "2025"]):
        for color in ("", "1"):
            result = usage(*words, FORCE_COLOR=color)
            assert result.exit_code == 0
            assert "acc_team ([red]Inc[/] [/b] :boom:)" in result.stdout


def test_a_bar_shows_on_a_terminal_how_far_the_reading_has_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    assert list(terminal.watch(range(3), "reading 2025")) == [0, 1, 2]
    assert stderr.getvalue() == ""
    monkeypatch.setattr(stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert list(terminal.watch(range(3), "reading 2025")) == [0, 1, 2]
    assert stderr.getvalue() == ""
    monkeypatch.delenv("NO_COLOR")
    assert list(terminal.watch(range(3), "reading 2025")) == [0, 1, 2]
    assert "reading 2025" in stderr.getvalue()


def test_a_terminal_without_block_characters(emulator: EmulatorProcess) -> None:
    emulator.patch_account(account_name="Éxample")
    ours = {"CEREVOX_BASE_URL": emulator.url, "PYTHONIOENCODING": "ascii"}
    run = subprocess.run(
        [sys.executable, "-m", "pulumi_cerevox.cli", "usage"],
        env=os.environ | ours,
        capture_output=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, b"")
    assert rb"acc_team (\xc9xample)" in run.stdout
    assert b"##" in run.stdout
