"""JUnit's XML, judged by the schema of Jenkins' xUnit plugin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xmlschema import XMLSchema

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit import AuditResult, ReportFormat
from tests.audit.samples import render_text

Filled = Callable[[str], AuditResult]
ANY_TEXT = st.text(st.characters(exclude_categories=()))
SCHEMA = Path(__file__).parents[2] / "data" / "junit-10.xsd"


@pytest.fixture(scope="session")
def schema() -> XMLSchema:
    return XMLSchema(str(SCHEMA))


def junit(result: AuditResult) -> ET.Element:
    text = render_text(ReportFormat.JUNIT, result)
    assert text.endswith("</testsuites>\n")
    assert all(line.isprintable() for line in text.split("\n"))
    return ET.fromstring(text.encode("utf-8"))  # noqa: S314 - our own


def assert_harmless(result: AuditResult, schema: XMLSchema) -> ET.Element:
    root = junit(result)
    schema.validate(root)
    cases = list(root.iter("testcase"))
    assert root.get("tests") == str(len(cases))
    assert root.get("failures") == str(len(result.drift))
    assert root.get("errors") == str(len(result.gaps))
    assert len(list(root.iter("skipped"))) == len(result.ignored)
    return root


def test_it_is_valid_whatever_is_in_it(
    hostile: str,
    filled: Filled,
    with_gaps: Callable[..., AuditResult],
    schema: XMLSchema,
) -> None:
    root = assert_harmless(filled(hostile), schema)
    names = {case.get("name") for case in root.iter("testcase")}
    assert f"dormant: {printable(hostile)}" in names
    assert_harmless(with_gaps(filled(hostile), hostile), schema)


@given(text=ANY_TEXT)
def test_whatever_people_call_themselves(
    text: str, filled: Filled, schema: XMLSchema
) -> None:
    assert_harmless(filled(text), schema)


def test_each_file_is_a_suite_and_the_account_another(filled: Filled) -> None:
    root = junit(filled("eve@example.com"))
    account, team = root.findall("testsuite")
    assert account.get("file") is None
    assert team.get("file") == "teameve@example.com.yaml"
    names = [case.get("name") for case in account.iter("testcase")]
    assert names == [
        "in place",
        "undeclared admin: 2eve@example.com",
        "undeclared: eve@example.com",
        "missing: 5eve@example.com",
        "settled: missing: 6eve@example.com",
        "person: eve@example.com",
        "person: goneeve@example.com",
        "person: othereve@example.com",
    ]
    for suite in (account, team):
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases))
        assert {case.get("classname") for case in cases} == {suite.get("name")}


def test_a_failure_says_what_when_where_and_what_to_do(filled: Filled) -> None:
    root = junit(filled("eve@example.com"))
    (failure,) = root.findall(".//failure[@type='changed.role']")
    assert failure.get("message") == ("declared as eve@example.com, is eve@example.com")
    assert str(failure.text).splitlines()[1:2] == [
        "declared at: teameve@example.com.yaml:7"
    ]
    assert "fix: `pulumi up" in str(failure.text)


def test_what_is_set_aside_is_skipped_with_its_reason(filled: Filled) -> None:
    root = junit(filled("eve@example.com"))
    messages = {one.get("message") for one in root.iter("skipped")}
    assert messages == {
        "ignored until 2027-03-31, owner eve@example.com: eve@example.com"
    }


def test_notes_pass_and_are_told(filled: Filled) -> None:
    result = filled("eve@example.com")
    told = [
        case
        for case in junit(result).iter("testcase")
        if case.find("system-out") is not None
        and not str(case.get("name")).startswith(("in place", "person: "))
    ]
    assert len(told) == len(result.notes)
    assert all(len(case) == 1 for case in told)


def test_those_in_place_are_one_case(in_sync: AuditResult) -> None:
    (case,) = junit(in_sync).iter("testcase")
    assert case.get("name") == "in place"
    assert case.findtext("system-out") == "3 of 3 in place"


def test_gaps_are_errors_and_nothing_is_in_place(
    in_sync: AuditResult, with_gaps: Callable[..., AuditResult]
) -> None:
    root = junit(with_gaps(in_sync))
    assert [case.get("name") for case in root.iter("testcase")] == [
        "gap 1: account",
        "gap 2: source",
    ]
    assert [one.get("message") for one in root.iter("error")] == [
        "GET /users: 500",
        "GET /users: 500",
    ]
    headline = root.find(".//property[@name='headline']")
    assert headline is not None
    assert headline.get("value") == "incomplete: 2 gaps"
