"""`audit --all`: one row for every person of either side, in every format."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from pulumi_cerevox.audit import ReportFormat
from pulumi_cerevox.cli import main
from pulumi_cerevox.testing import EmulatorProcess
from tests.audit.conftest import LOGIN, Auditor

Write = Callable[..., str]
EVE = "{email: eve@example.com, role: admin, note: back in May, until: 2999-12-31}"


@pytest.fixture
def source(account: EmulatorProcess, roster: Write) -> str:
    """Write a roster: Eve is missing, Mallory is undeclared, Bob has another role."""
    account.add_user("mallory@example.com", name="Mallory", role="member")
    account.patch_user("bob@example.com", role="admin")
    return roster(EVE)


def test_everybody_has_a_row_with_all_that_an_auditor_asks_for(
    source: str, run: Auditor, account: EmulatorProcess, owner: str
) -> None:
    audit = run(source, "--all")
    assert audit.code == 7
    people = {one["email"]: one for one in audit.document["people"]}
    assert list(people) == sorted(
        [
            owner,
            "ada@example.com",
            "bob@example.com",
            "eve@example.com",
            "mallory@example.com",
        ]
    )
    ids = {one["email"]: one["user_id"] for one in account.users()}
    assert people["bob@example.com"] == {
        "email": "bob@example.com",
        "role": "admin",
        "name": "Bob",
        "user_id": ids["bob@example.com"],
        "last_login": LOGIN,
        "declared": True,
        "declared_role": "member",
        "note": None,
        "until": None,
        "reviewed": None,
        "where": "team.yaml:4",
        "findings": ["changed.role"],
    }
    eve = people["eve@example.com"]
    assert (eve["role"], eve["declared_role"]) == (None, "admin")
    assert (eve["note"], eve["until"]) == ("back in May", "2999-12-31")
    assert eve["findings"] == ["missing"]
    mallory = people["mallory@example.com"]
    assert (mallory["declared"], mallory["where"]) == (False, None)
    assert mallory["findings"] == ["undeclared"]
    assert audit.document["account"]["account_id"] == "acc_empty"
    assert audit.document["tool_version"] == version("pulumi-cerevox")
    digest = hashlib.sha256(Path(source).read_bytes()).hexdigest()
    assert audit.document["source"]["digest"] == digest
    assert digest in audit.told


def test_without_it_nobody_is_listed(source: str, run: Auditor) -> None:
    audit = run(source)
    assert audit.document["people"] is None
    assert "Everybody" not in audit.told


# Annotations are nine at most: a list of everybody does not fit. Metrics name nobody.
@pytest.mark.parametrize(
    "form", sorted({*ReportFormat} - {ReportFormat.GITHUB, ReportFormat.PROMETHEUS})
)
def test_every_format_lists_everybody_and_a_stored_audit_gives_the_same(
    source: str, form: ReportFormat, owner: str
) -> None:
    words = ["audit", source, "--all", "--format", "json=all.json"]
    made = CliRunner().invoke(main, [*words, "--format", f"{form}=made"])
    assert made.exit_code == 7
    text = Path("made").read_text(encoding="utf-8").replace("<wbr>", "")
    for email in (owner, "ada@", "bob@", "eve@", "mallory@"):
        assert email in text
    assert "back in May" in text
    again = CliRunner().invoke(
        main, ["report", "all.json", "--format", f"{form}=again"]
    )
    assert again.exit_code == 0
    assert Path("again").read_bytes() == Path("made").read_bytes()


def test_several_files_have_one_digest(source: str, run: Auditor) -> None:
    Path("more.yaml").write_text("members:\n  - {email: mallory@example.com}\n")
    both = Path(source).read_bytes() + Path("more.yaml").read_bytes()
    audit = run(source, "more.yaml", "--all")
    assert audit.document["source"]["digest"] == hashlib.sha256(both).hexdigest()


def test_a_redacted_list_names_nobody(source: str, run: Auditor) -> None:
    audit = run(source, "--all", "--redact")
    text = json.dumps(audit.document) + audit.told
    assert len(audit.document["people"]) == 5
    for name in ("eve@", "bob@", "Mallory", "Lovelace", "back in May"):
        assert name not in text
    assert audit.document["people"][0]["user_id"] is None


def test_an_account_that_was_not_read_in_full_has_no_list(
    account: EmulatorProcess, source: str, run: Auditor
) -> None:
    account.add_fault(method="GET", path="/users", status=403, times=9)
    audit = run(source, "--all")
    assert audit.code == 4
    assert audit.document["people"] is None
