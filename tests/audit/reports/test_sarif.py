"""SARIF, judged by the schema of OASIS and by what GitHub says it takes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from pulumi_cerevox.audit import (
    AuditResult,
    FindingKind,
    Look,
    ReportFormat,
    Source,
    SourceKind,
)
from pulumi_cerevox.audit.reports import machine
from pulumi_cerevox.roster import Place
from tests.audit.samples import render_text

Filled = Callable[[str], AuditResult]
ANY_TEXT = st.text(st.characters(exclude_categories=()))
SCHEMA = Path(__file__).parents[2] / "data" / "sarif-schema-2.1.0.json"
LINK = re.compile(r"(?<!\\)(?:\\\\)*\[")


@pytest.fixture(scope="session")
def schema() -> Draft7Validator:
    return Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def run_of(result: AuditResult, look: Look | None = None) -> dict[str, Any]:
    text = render_text(ReportFormat.SARIF, result, look)
    assert text.isascii()
    (run,) = json.loads(text)["runs"]
    return dict(run)


def location(result: dict[str, Any]) -> dict[str, Any]:
    (only,) = result["locations"]
    return dict(only["physicalLocation"])


def assert_harmless(result: AuditResult, schema: Draft7Validator) -> dict[str, Any]:
    schema.validate(json.loads(render_text(ReportFormat.SARIF, result)))
    run = run_of(result)
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for one in run["results"]:
        assert ids[one["ruleIndex"]] == one["ruleId"]
        assert location(one)["region"]["startLine"] >= 1
        uri = location(one)["artifactLocation"]["uri"]
        assert quote(unquote(uri), safe="/") == uri
        assert one["message"]["text"].isprintable()
        assert not LINK.search(one["message"]["text"])
        assert one["partialFingerprints"]["primaryLocationLineHash"]
    return run


def test_it_is_valid_whatever_is_in_it(
    hostile: str,
    filled: Filled,
    with_gaps: Callable[..., AuditResult],
    schema: Draft7Validator,
) -> None:
    run = assert_harmless(filled(hostile), schema)
    assert len(run["results"]) == len(filled(hostile).findings)
    assert_harmless(with_gaps(filled(hostile), hostile), schema)


@given(text=ANY_TEXT)
def test_whatever_people_call_themselves(
    text: str, filled: Filled, schema: Draft7Validator
) -> None:
    assert_harmless(filled(text), schema)


def test_every_kind_is_a_rule_with_help() -> None:
    assert (*(kind.value for kind in FindingKind), "gap") == machine.RULE_IDS
    described = machine.rules()
    assert [rule["id"] for rule in described] == list(machine.RULE_IDS)
    for rule in described:
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in {"error", "note"}


def test_people_are_anchored_at_their_line_and_others_at_the_file(
    filled: Filled,
) -> None:
    run = run_of(filled("eve@example.com"))
    lines = {one["ruleId"]: location(one)["region"] for one in run["results"]}
    assert lines["changed.name"] == {"startLine": 7, "startColumn": 5}
    assert lines["undeclared"] == {"startLine": 1}
    files = {location(one)["artifactLocation"]["uri"] for one in run["results"]}
    assert files == {"teameve%40example.com.yaml"}


def test_a_stack_is_anchored_at_its_project(large: Callable[..., AuditResult]) -> None:
    stack = replace(large(1), source=Source(SourceKind.STACK, ("org/people/prod",)))
    (one,) = run_of(stack)["results"]
    assert location(one) == {
        "artifactLocation": {"uri": "Pulumi.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 1},
    }


@pytest.mark.parametrize(
    ("path", "look", "uri"),
    [
        ("team.yaml", Look(), "team.yaml"),
        ("./a b/team.yaml", Look(), "a%20b/team.yaml"),
        ("/r/team.yaml", Look(), "file:///r/team.yaml"),
        ("/r/infra/team.yaml", Look(folder="/r/infra"), "team.yaml"),
        ("team.yaml", Look(folder="/r/infra", root="/r"), "infra/team.yaml"),
        ("../team.yaml", Look(folder="/r/infra", root="/r"), "team.yaml"),
        ("../team.yaml", Look(folder="/r/infra"), "file:///r/team.yaml"),
        ("/elsewhere/team.yaml", Look(folder="/r"), "file:///elsewhere/team.yaml"),
        ("a:b%.yaml", Look(folder="/r"), "a%3Ab%25.yaml"),
        ("\udcff.yaml", Look(), "%5Cudcff.yaml"),
    ],
)
def test_files_are_named_as_the_repository_names_them(
    path: str, look: Look, uri: str, filled: Filled
) -> None:
    result = filled("eve@example.com")
    findings = tuple(
        replace(one, place=Place(path, 3, 1)) for one in result.findings[:1]
    )
    (one,) = run_of(replace(result, findings=findings), look)["results"]
    named = location(one)["artifactLocation"]
    assert named["uri"] == uri
    assert ("uriBaseId" in named) is not uri.startswith("file:")


def test_alerts_are_known_again_by_person_and_kind(
    large: Callable[..., AuditResult],
) -> None:
    result = large(50)
    hashes = [
        one["partialFingerprints"]["primaryLocationLineHash"]
        for one in run_of(result)["results"]
    ]
    assert hashes == [one.fingerprint for one in result.findings]
    assert len(set(hashes)) == 50


def test_what_is_set_aside_is_suppressed_and_nothing_else(filled: Filled) -> None:
    result = filled("eve@example.com")
    given = [one["suppressions"] for one in run_of(result)["results"]]
    shown = len(result.findings) - len(result.ignored)
    assert given[:shown] == [[]] * shown
    assert given[shown:] == [
        [
            {
                "kind": "external",
                "status": "accepted",
                "justification": (
                    "eve@example.com (until 2027-03-31, owner eve@example.com)"
                ),
            }
        ]
    ] * len(result.ignored)


def test_levels_are_those_of_the_findings(filled: Filled) -> None:
    levels = {one["ruleId"]: one["level"] for one in run_of(filled("eve"))["results"]}
    assert levels["missing"] == "error"
    assert levels["dormant"] == "note"


def test_an_audit_with_gaps_failed_and_is_not_empty(
    in_sync: AuditResult, with_gaps: Callable[..., AuditResult]
) -> None:
    run = run_of(with_gaps(in_sync))
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 4
    assert invocation["exitCodeDescription"] == "incomplete: 2 gaps"
    told = [
        (one["descriptor"]["id"], one["level"], one["message"]["text"])
        for one in invocation["toolExecutionNotifications"]
    ]
    assert told == [
        ("gap.account", "error", "GET /users: 500"),
        ("gap.source", "error", "GET /users: 500"),
    ]
    known = {one["id"] for one in run["tool"]["driver"]["notifications"]}
    assert {"gap.account", "gap.source"} < known
    assert [one["ruleId"] for one in run["results"]] == ["gap", "gap"]
    assert run_of(in_sync)["invocations"][0]["executionSuccessful"] is True


def test_too_many_results_are_cut_and_counted(
    large: Callable[..., AuditResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "MOST_RESULTS", 25)
    assert "toolExecutionNotifications" in run_of(large(25))["invocations"][0]
    assert run_of(large(25))["invocations"][0]["toolExecutionNotifications"] == []
    run = run_of(large(30))
    assert len(run["results"]) == 25
    (cut,) = run["invocations"][0]["toolExecutionNotifications"]
    assert cut["message"]["text"].startswith("5 more results are left out")


def test_accounts_stand_beside_each_other(large: Callable[..., AuditResult]) -> None:
    result = large(1)
    assert run_of(result)["automationDetails"] == {"id": "cerevox-audit/acc_1/"}
    unknown = replace(result, account=replace(result.account, account_id=None))
    assert run_of(unknown)["automationDetails"] == {"id": "cerevox-audit/unknown/"}
