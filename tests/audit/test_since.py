"""`audit --since`: which findings are new, standing or settled."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from pulumi_cerevox.audit import ReportFormat
from pulumi_cerevox.cli import main
from pulumi_cerevox.testing import EmulatorProcess
from tests.audit.conftest import Audit, Auditor

Write = Callable[..., str]


@pytest.fixture
def source(account: EmulatorProcess, roster: Write, run: Auditor) -> str:
    """Audit a drifted account into `old.json`, then let it drift otherwise."""
    account.add_user("mallory@example.com", role="member")
    account.patch_user("bob@example.com", role="admin")
    source = roster()
    run(source)
    Path("audit.json").rename("old.json")
    account.patch_user("bob@example.com", role="member")
    account.remove_user("ada@example.com")
    return source


def marks(audit: Audit) -> dict[str, str | None]:
    return {
        one["email"]: one["since"]
        for one in audit.document["findings"]
        if one["level"] == "drift"
    }


def test_a_finding_is_new_standing_or_settled(source: str, run: Auditor) -> None:
    audit = run(source, "--since", "old.json")
    assert audit.code == 7
    assert marks(audit) == {
        "mallory@example.com": "standing",
        "ada@example.com": "new",
    }
    old = json.loads(Path("old.json").read_text())
    assert audit.document["since"] == old["date"]
    [settled] = [one for one in audit.document["settled"] if one["level"] == "drift"]
    assert (settled["email"], settled["kind"]) == ("bob@example.com", "changed.role")
    assert "not in the account; new since the older audit" in audit.told
    assert "declared nowhere; in the older audit too" in audit.told
    assert "Settled (1)" in audit.told
    assert f"beside the audit of {old['date']}" in audit.told


def test_without_it_nothing_is_marked(source: str, run: Auditor) -> None:
    audit = run(source)
    assert set(marks(audit).values()) == {None}
    assert (audit.document["since"], audit.document["settled"]) == (None, [])


# Annotations are about what is there: nine at most. Metrics name nobody.
@pytest.mark.parametrize(
    "form",
    sorted(
        {*ReportFormat}
        - {ReportFormat.GITHUB, ReportFormat.SARIF, ReportFormat.PROMETHEUS}
    ),
)
def test_every_format_says_what_is_settled_and_keeps_it(
    source: str, form: ReportFormat
) -> None:
    words = ["audit", source, "--since", "old.json", "--format", "json=new.json"]
    CliRunner().invoke(main, [*words, "--format", f"{form}=made"])
    text = Path("made").read_text(encoding="utf-8").replace("<wbr>", "")
    assert "settled" in text.lower()
    assert "bob@example.com" in text
    CliRunner().invoke(main, ["report", "new.json", "--format", f"{form}=again"])
    assert Path("again").read_bytes() == Path("made").read_bytes()


def test_code_scanning_is_told_what_is_new_and_closes_what_is_settled(
    source: str,
) -> None:
    words = ["audit", source, "--since", "old.json", "--format", "sarif=made"]
    CliRunner().invoke(main, words)
    [run_] = json.loads(Path("made").read_text())["runs"]
    drift = [one for one in run_["results"] if one["level"] == "error"]
    assert [one["baselineState"] for one in drift] == ["unchanged", "new"]
    assert "bob@example.com" not in json.dumps(drift)


def test_a_redacted_audit_is_an_older_one_too(source: str, run: Auditor) -> None:
    old = ["report", "old.json", "--redact", "--format", "json=hidden.json"]
    assert CliRunner().invoke(main, old).exit_code == 0
    audit = run(source, "--since", "hidden.json")
    assert marks(audit)["mallory@example.com"] == "standing"
    redacted = run(source, "--since", "old.json", "--redact")
    assert "bob@" not in json.dumps(redacted.document)


def test_what_was_not_read_settles_nothing_and_makes_nothing_new(
    account: EmulatorProcess, source: str, run: Auditor
) -> None:
    account.add_fault(method="GET", path="/users", status=403, times=9)
    audit = run(source, "--since", "old.json")
    assert (audit.code, audit.document["settled"]) == (4, [])
    assert "nobody can say what is settled" in audit.result.stderr
    Path("audit.json").rename("cut.json")
    account.clear_faults()
    audit = run(source, "--since", "cut.json")
    assert audit.code == 7
    assert set(marks(audit).values()) == {None}
    assert "nobody can say what is new" in audit.result.stderr


def test_an_older_audit_that_is_none_is_told(source: str, run: Auditor) -> None:
    before = Path("old.json").read_text()
    other = json.loads(before)
    other["account"]["account_id"] = "acc_other"
    Path("other.json").write_text(json.dumps(other))
    refused = run(source, "--since", "other.json")
    assert refused.code == 2
    assert "--since: the older audit is of account acc_other" in refused.result.stderr
    assert run(source, "--since", source).code == 2
    assert run(source, "--since", "nowhere.json").code == 2
    over = run(source, "--since", "old.json", "--format", "csv=old.json")
    assert "would be written over a file that is read" in over.result.stderr
    assert Path("old.json").read_text() == before
    both = run("-", "--since", "-")
    assert "SOURCE and --since are both `-`" in both.result.stderr
