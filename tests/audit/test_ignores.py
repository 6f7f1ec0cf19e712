"""Ignore rules: who may be set aside, for how long, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from pulumi_cerevox.cli import main
from pulumi_cerevox.testing import EmulatorProcess
from tests.audit.conftest import Auditor

Write = Callable[..., str]


def rules(
    people: str, findings: str = "undeclared", until: str = "2999-12-31", more: str = ""
) -> str:
    Path("known.yaml").write_text(
        f"rules:\n  - people: {people}\n    findings: [{findings}]\n"
        f"    reason: a partner's robot\n    owner: ops@example.com\n"
        f"    until: {until}\n{more}",
        encoding="utf-8",
    )
    return "known.yaml"


@pytest.mark.parametrize(
    "people",
    [
        "[bob@example.com]",
        "[BOB@Example.com]",
        '["*@example.com"]',
        '["b?b@*"]',
        "[somebody@else.example, bob@example.com]",
    ],
)
def test_a_rule_sets_its_people_aside(people: str, roster: Write, run: Auditor) -> None:
    source = roster(without="bob@")
    audit = run(source, "--ignore", rules(people))
    assert audit.code == 0
    [finding] = audit.document["findings"]
    assert finding["ignored"] == {
        "reason": "a partner's robot",
        "owner": "ops@example.com",
        "until": "2999-12-31",
    }
    assert audit.document["counts"]["ignored"] == 1
    assert audit.document["headline"].endswith("set aside by rules: 1 undeclared")
    assert audit.document["warnings"] == []


@pytest.mark.parametrize("people", ["[!x]*", "[a-z]*", "[!x]*@example.com", "[b]ob@*"])
def test_a_bracket_is_no_pattern(people: str, roster: Write, run: Auditor) -> None:
    source = roster(without="bob@")
    audit = run(source, "--ignore", rules(f'["{people}"]'))
    assert audit.code == 7
    assert "sets nothing aside" in audit.told


def test_a_bracket_is_itself(
    account: EmulatorProcess, roster: Write, run: Auditor
) -> None:
    account.add_user("a[!x]b@example.com", role="member")
    source = roster()
    assert run(source, "--ignore", rules('["a[!x]*"]')).code == 0
    assert run(source, "--ignore", rules('["a[!x]b@example.com"]')).code == 0


def test_a_rule_is_for_its_findings_alone(roster: Write, run: Auditor) -> None:
    source = roster(without="bob@")
    audit = run(source, "--ignore", rules("[bob@example.com]", findings="missing"))
    assert audit.code == 7
    assert "sets nothing aside" in audit.told


def test_after_its_last_day_what_it_named_counts_again(
    roster: Write, run: Auditor
) -> None:
    source = roster(without="bob@")
    audit = run(source, "--ignore", rules("[bob@example.com]", until="2024-01-31"))
    assert audit.code == 7
    assert "known.yaml:2:5: this ignore rule ended on 2024-01-31" in audit.told
    strict = ["--ignore", "known.yaml", "--strict-ignores"]
    assert run(source, *strict).code == 2


def test_a_rule_ends_by_the_day_that_was_set(
    roster: Write, run: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = roster(without="bob@")
    words = ("--ignore", rules("[bob@example.com]", until="2027-03-31"))
    for day, code in (("2027-03-31", 0), ("2027-04-01", 7)):
        monkeypatch.setenv("CEREVOX_TODAY", day)
        assert run(source, *words).code == code


def test_whether_a_rule_is_used_is_not_judged_of_an_unread_account(
    account: EmulatorProcess, roster: Write, run: Auditor
) -> None:
    account.add_fault(method="GET", path="/users", status=403, times=9)
    audit = run(roster(), "--ignore", rules("[bob@example.com]"))
    assert audit.code == 4
    assert audit.document["warnings"] == []


def test_todays_drift_is_written_as_rules_that_set_it_aside(
    account: EmulatorProcess, roster: Write, run: Auditor
) -> None:
    account.add_user("m*?[x@example.com", name="Odd", role="member")
    account.add_user("max@example.com", role="member")
    source = roster("{email: eve@example.com}", without="bob@")
    first = run(source, "--write-ignores", "known.yaml", "--until", "2999-01-01")
    assert first.code == 7
    assert "wrote 4 rules to known.yaml" in first.result.stderr
    again = run(source, "--ignore", "known.yaml", "--strict-ignores")
    assert again.code == 0, again.result.output
    assert again.document["counts"]["ignored"] == 4


def test_no_drift_makes_a_file_without_rules(roster: Write, run: Auditor) -> None:
    run(roster(), "--write-ignores", "known.yaml", "--until", "2999-01-01")
    assert Path("known.yaml").read_text() == "rules: []\n"
    assert run(roster(), "--ignore", "known.yaml", "--strict-ignores").code == 0


def test_rules_without_an_end_are_not_written(roster: Write) -> None:
    arguments = ["audit", roster(), "--write-ignores", "known.yaml"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "--write-ignores and --until go together" in result.stderr


def test_rules_that_could_not_be_written_are_an_error(
    roster: Write, run: Auditor
) -> None:
    audit = run(roster(), "--write-ignores", "nowhere/k.yaml", "--until", "2999-01-01")
    assert audit.code == 1
    assert "could not write nowhere/k.yaml" in audit.result.stderr


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("rules: [}", "known.yaml:1:9: "),
        ("[]", "known.yaml:1:1: must be a mapping"),
        (
            "rules: [{people: [a@b.c], findings: [gone], reason: x, owner: y}]",
            'known.yaml:1:38: findings[0]: must be "undeclared"',
        ),
        (
            "rules: [{people: [a@b.c], findings: [missing], until: 2030-01-01}]",
            "known.yaml:1:9: rules[0]: reason is missing",
        ),
        ("rules: [{until: tomorrow}]", "until: must be a date"),
        ('rules: [{reason: " "}]', 'reason: " " is empty'),
        ("rules: []\nrule: []\n", 'did you mean "rules"?'),
    ],
)
def test_a_file_with_faults_is_refused_with_their_places(
    text: str, fault: str, roster: Write, run: Auditor
) -> None:
    Path("known.yaml").write_text(text, encoding="utf-8")
    audit = run(roster(), "--ignore", "known.yaml")
    assert audit.code == 2
    assert fault in audit.result.stderr
    assert audit.document == {}


def test_a_file_that_is_not_there_is_refused(roster: Write, run: Auditor) -> None:
    audit = run(roster(), "--ignore", "nowhere.yaml")
    assert audit.code == 2
    assert "nowhere.yaml: can't be read: No such file" in audit.result.stderr
