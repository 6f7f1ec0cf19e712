"""One result, one verdict: every format says the same headline, twice the same way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from xml.sax.saxutils import quoteattr

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pulumi_cerevox.audit import (
    KINDS,
    AuditResult,
    FindingKind,
    Look,
    ReportFormat,
    from_json,
)
from pulumi_cerevox.cli import main
from tests.audit.samples import render_text

Filled = Callable[[str], AuditResult]
ANY_TEXT = st.text(st.characters(exclude_categories=()))
WIDE = Look(width=1000)


@pytest.fixture(scope="session")
def schema() -> Draft202012Validator:
    printed = CliRunner().invoke(main, ["schema", "audit"]).stdout
    return Draft202012Validator(json.loads(printed))


def test_everything_is_said_of_each_kind_in_the_order_of_reports() -> None:
    assert list(KINDS) == list(FindingKind)


@pytest.mark.parametrize("form", ReportFormat)
def test_the_headline_is_in_every_format(
    form: ReportFormat,
    filled: Filled,
    in_sync: AuditResult,
    with_gaps: Callable[..., AuditResult],
) -> None:
    for result in (filled("eve@example.com"), in_sync, with_gaps(in_sync)):
        assert result.headline in render_text(form, result, WIDE)


@pytest.mark.parametrize("form", ReportFormat)
def test_the_same_audit_gives_the_same_bytes(
    form: ReportFormat, hostile: str, filled: Filled
) -> None:
    text = render_text(form, filled(hostile), WIDE)
    assert text.endswith("\n")
    assert render_text(form, filled(hostile), WIDE) == text
    assert text.encode("utf-8")


@pytest.mark.parametrize(
    "form", [one for one in ReportFormat if one is not ReportFormat.HTML]
)
def test_no_text_is_a_command_to_a_ci_that_shows_it(
    form: ReportFormat, hostile: str, filled: Filled
) -> None:
    assert not re.search(r"##\w*\[", render_text(form, filled(hostile), WIDE))


@pytest.mark.parametrize("form", ReportFormat)
def test_a_stored_audit_gives_the_same_report(
    form: ReportFormat, hostile: str, filled: Filled
) -> None:
    result = filled(hostile)
    stored = from_json(render_text(ReportFormat.JSON, result), "audit.json")
    assert render_text(form, stored, WIDE) == render_text(form, result, WIDE)


@pytest.mark.parametrize("form", ReportFormat)
def test_nothing_is_in_sync_that_has_gaps(
    form: ReportFormat, in_sync: AuditResult, with_gaps: Callable[..., AuditResult]
) -> None:
    assert "in sync:" not in render_text(form, with_gaps(in_sync), WIDE)


def test_json_and_exit_code_agree(
    filled: Filled, in_sync: AuditResult, with_gaps: Callable[..., AuditResult]
) -> None:
    codes = {"in sync": 0, "drift": 7, "incomplete": 4}
    for result in (filled("a"), in_sync, with_gaps(in_sync)):
        document = json.loads(render_text(ReportFormat.JSON, result))
        word, _, _ = document["headline"].partition(":")
        assert document["exit_code"] == result.exit_code == codes[word]
        junit = render_text(ReportFormat.JUNIT, result)
        assert f'name="headline" value={quoteattr(result.headline)}' in junit


def test_json_is_as_its_schema_says(
    hostile: str, filled: Filled, schema: Draft202012Validator
) -> None:
    schema.validate(json.loads(render_text(ReportFormat.JSON, filled(hostile))))


@given(text=ANY_TEXT)
def test_json_is_read_back_whatever_people_call_themselves(
    text: str, filled: Filled, schema: Draft202012Validator
) -> None:
    written = render_text(ReportFormat.JSON, filled(text))
    assert written.isascii()
    schema.validate(json.loads(written))
    stored = from_json(written, "audit.json")
    assert render_text(ReportFormat.JSON, stored) == written
