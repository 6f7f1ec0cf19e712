"""The table: read back by Python's reader, and no cell of it a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from pulumi_cerevox.audit import AuditResult, ReportFormat
from pulumi_cerevox.audit.reports import machine
from tests.audit.samples import render_text

Filled = Callable[[str], AuditResult]
ANY_TEXT = st.text(st.characters(exclude_categories=()))


def table(result: AuditResult) -> list[dict[str, str]]:
    """Read the report; every row has all columns, and a line to itself."""
    text = render_text(ReportFormat.CSV, result)
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert tuple(head) == machine.COLUMNS
    assert all(len(row) == len(machine.COLUMNS) for row in rows)
    assert len(rows) == text.count("\r\n") - 1
    return [dict(zip(machine.COLUMNS, row, strict=True)) for row in rows]


def assert_harmless(result: AuditResult) -> list[dict[str, str]]:
    rows = table(result)
    for row in rows:
        for cell in row.values():
            assert cell.isprintable()
            assert not cell.lstrip().startswith(tuple("=+-@＝＋－＠"))  # noqa: RUF001
            assert len(cell) < 32_767
    return rows


def test_no_cell_acts(
    hostile: str, filled: Filled, with_gaps: Callable[..., AuditResult]
) -> None:
    result = with_gaps(filled(hostile), hostile)
    rows = assert_harmless(result)
    assert [row["row"] for row in rows].count("gap") == 2
    kinds = [row["kind"] for row in rows if row["row"] in {"drift", "note", "ignored"}]
    assert kinds == [one.kind.value for one in result.findings]


@given(text=ANY_TEXT)
def test_whatever_people_call_themselves(text: str, filled: Filled) -> None:
    assert_harmless(filled(text))


def test_a_row_has_what_the_finding_has(filled: Filled) -> None:
    result = filled("eve@example.com")
    rows = {(row["row"], row["kind"]): row for row in table(result)}
    role = rows["drift", "changed.role"]
    assert role["email"] == role["name"] == role["declared"] == "eve@example.com"
    assert (role["path"], role["line"]) == ("teameve@example.com.yaml", "7")
    assert role["fix"].startswith("`pulumi up --refresh` makes them")
    ignored = rows["ignored", "banned"]
    assert ignored["ignored_reason"] == ignored["ignored_owner"] == "eve@example.com"
    assert ignored["ignored_until"] == "2027-03-31"
    assert rows["warning", ""]["text"] == "eve@example.com"


def test_a_formula_is_text(filled: Filled) -> None:
    rows = table(filled("=1+1"))
    assert {row["name"] for row in rows if row["kind"] == "dormant"} == {"'=1+1"}


def test_the_first_row_is_the_verdict(
    in_sync: AuditResult, with_gaps: Callable[..., AuditResult]
) -> None:
    (only,) = table(in_sync)
    assert (only["row"], only["kind"], only["text"]) == (
        "audit",
        "in_sync",
        in_sync.headline,
    )
    first, *gaps = table(with_gaps(in_sync))
    assert (first["kind"], first["text"]) == ("incomplete", "incomplete: 2 gaps")
    assert [(row["row"], row["kind"], row["text"]) for row in gaps] == [
        ("gap", "account", "GET /users: 500"),
        ("gap", "source", "GET /users: 500"),
    ]
