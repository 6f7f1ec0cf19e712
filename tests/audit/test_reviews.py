"""`reviewed` on a member, and whose review is overdue."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pulumi_cerevox.account import Account
from pulumi_cerevox.audit import (
    AuditRules,
    FindingKind,
    audit_account,
    read_account,
    read_declared,
)
from pulumi_cerevox.cli import main
from pulumi_cerevox.testing import EmulatorProcess
from tests.audit.conftest import Auditor

Write = Callable[..., str]
STACKS = Path(__file__).parents[1] / "data" / "stacks"
EVE = "eve@example.com"
NOW = datetime(2027, 4, 1, 12, tzinfo=UTC)
LONG_AGO = "{email: bob@example.com, reviewed: 2020-01-31}"


@pytest.mark.parametrize(
    ("day", "is_overdue"),
    [
        ("2027-04-01", False),
        ("2027-03-02", False),
        ("2027-03-01", True),
        # Somewhere it is tomorrow already; a day after that was no review.
        ("2027-04-02", False),
        ("2027-04-03", True),
        ("9999-12-31", True),
        (None, True),
    ],
)
def test_a_review_is_overdue_by_days(
    account: EmulatorProcess, day: str | None, *, is_overdue: bool
) -> None:
    written = f", reviewed: {day}" if day else ""
    Path("team.yaml").write_text(f"members: [{{email: bob@example.com{written}}}]\n")
    declared = read_declared(["team.yaml"])
    actual = read_account(
        lambda **given: Account(api_key=account.api_key, base_url=account.url, **given)
    )

    def overdue(days: int | None, now: datetime, today: date | None) -> list[Any]:
        rules = AuditRules(now=now, review_days=days, today=today)
        found = audit_account(declared, actual, rules).findings
        return [one.declared for one in found if one.kind is FindingKind.REVIEW_OVERDUE]

    assert overdue(30, NOW, None) == ([day] if is_overdue else [])
    # Another day that was set counts here as well, up to the calendar's ends.
    long_ago = NOW.replace(year=2000)
    assert overdue(30, long_ago, NOW.date()) == ([day] if is_overdue else [])
    assert overdue(30, NOW, date.min) == [day]
    assert overdue(30, NOW, date.max) == ([] if day == "9999-12-31" else [day])
    assert overdue(None, NOW, None) == []


def test_an_overdue_review_is_a_note_and_drift_where_that_is_asked_for(
    roster: Write, run: Auditor
) -> None:
    source = roster(LONG_AGO, without="bob@")
    audit = run(source, "--review-days", "30")
    assert (audit.code, audit.document["verdict"]) == (0, "in_sync")
    assert audit.kinds == ["review_overdue"] * 3
    told = {one["email"]: one["declared"] for one in audit.document["findings"]}
    assert told["bob@example.com"] == "2020-01-31"
    assert told["ada@example.com"] is None
    assert "last reviewed on 2020-01-31" in audit.told
    assert "never reviewed" in audit.told
    assert "team.yaml:4" in audit.told
    assert run(source).kinds == []
    words = ("--review-days", "30", "--fail-on", "review_overdue")
    assert run(source, *words).code == 7


def test_whoever_is_not_in_the_account_has_nothing_to_review(
    roster: Write, run: Auditor
) -> None:
    audit = run(roster(f"{{email: {EVE}}}"), "--review-days", "30")
    kinds = {
        one["kind"] for one in audit.document["findings"] if "eve@" in one["email"]
    }
    assert kinds == {"missing"}


def test_everybody_is_listed_with_the_day_of_their_review(
    roster: Write, run: Auditor
) -> None:
    source = roster(LONG_AGO, without="bob@")
    audit = run(source, "--all", "--format", "csv=all.csv", "--format", "html=all.html")
    days = {one["email"]: one["reviewed"] for one in audit.document["people"]}
    assert days["bob@example.com"] == "2020-01-31"
    assert days["ada@example.com"] is None
    with Path("all.csv").open(newline="", encoding="utf-8") as file:
        rows = {one["email"]: one["reviewed"] for one in csv.DictReader(file)}
    assert rows["bob@example.com"] == "2020-01-31"
    assert "2020-01-31</time>" in Path("all.html").read_text(encoding="utf-8")
    assert "reviewed 2020-01-31" in audit.told


def test_an_audit_stored_before_there_were_reviews_is_read(
    roster: Write, run: Auditor
) -> None:
    document = run(roster(), "--all").document
    for one in document["people"]:
        del one["reviewed"]
    Path("old.json").write_text(json.dumps(document))
    result = CliRunner().invoke(main, ["report", "old.json", "--format", "csv"])
    assert result.exit_code == 0, result.stderr


@pytest.mark.usefixtures("account")
def test_a_stack_has_no_reviews_and_says_so(run: Auditor) -> None:
    stack = str(min(STACKS.glob("*.json")))
    plain = run(stack).document["gaps"]
    gaps = run(stack, "--review-days", "30").document["gaps"]
    assert len(gaps) == len(plain) + 1
    assert any("audit the roster file" in one["text"] for one in gaps)


def test_it_takes_the_days_to_fail_on_a_review() -> None:
    words = ["audit", "team.yaml", "--fail-on", "review_overdue"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert "--fail-on review_overdue needs --review-days" in result.stderr
