"""Markdown by a parser for GitHub's dialect: tables stay tables, names stay names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit import AuditResult, ReportFormat
from pulumi_cerevox.audit.reports import github
from tests.audit.samples import render_text

Filled = Callable[[str], AuditResult]
ANY_TEXT = st.text(st.characters(exclude_categories=()))
COLUMNS = 6
OUR_TOKENS = {
    "text",
    "code_inline",
    "strong_open",
    "strong_close",
    "softbreak",
}


def markdown(result: AuditResult) -> str:
    return render_text(ReportFormat.MARKDOWN, result)


def parsed(text: str) -> list[Token]:
    return MarkdownIt("gfm-like").parse(text)


def inline(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or ()


def rows(tokens: list[Token]) -> list[list[Token]]:
    """Return the cells of every row, those of heads too."""
    found: list[list[Token]] = []
    for token, following in pairwise(tokens):
        if token.type == "tr_open":
            found.append([])
        if token.type in {"td_open", "th_open"}:
            found[-1].append(following)
    return found


def assert_harmless(result: AuditResult) -> list[Token]:
    text = markdown(result)
    assert len(text) <= github.MOST_CHARACTERS
    assert text.endswith("\n")
    assert all(line.isprintable() for line in text.split("\n"))
    tokens = parsed(text)
    assert {token.type for token in inline(tokens)} <= OUR_TOKENS
    for token in tokens:
        if token.type == "html_block":
            assert token.content.startswith(("<details><summary>", "</details>"))
    assert [token for token in tokens if token.type == "heading_open"] == tokens[:1]
    # Findings, what is settled, and everybody have a table each.
    assert {len(row) for row in rows(tokens)} <= {COLUMNS, COLUMNS - 1, 2}
    return tokens


def test_cells_hold_and_nothing_is_a_link_or_html(
    hostile: str, filled: Filled, with_gaps: Callable[..., AuditResult]
) -> None:
    result = filled(hostile)
    tokens = assert_harmless(result)
    cut = re.search(r"\*\*(\d+) more are not shown here", markdown(result))
    shown = sum(token.type in {"tr_open", "list_item_open"} for token in tokens)
    shown -= sum(token.type == "thead_open" for token in tokens)
    others = (*result.settled, *(result.people or ()), *result.warnings)
    told = len(result.findings) + len(others)
    assert shown + int(cut[1] if cut else 0) == told
    # A text that long, in every place, fills the report.
    assert (cut is not None) == (len(hostile) > 500)
    assert_harmless(with_gaps(result, hostile))


@given(text=ANY_TEXT)
def test_whatever_people_call_themselves(text: str, filled: Filled) -> None:
    tokens = assert_harmless(filled(text))
    shown = printable(text, 600).replace("|", "\\x7c").strip()
    codes = {one.content.strip() for one in inline(tokens) if one.type == "code_inline"}
    assert shown in codes | {""}


def test_the_verdict_is_the_heading_and_admins_stand_out(filled: Filled) -> None:
    result = filled("eve@example.com")
    text = markdown(result)
    assert text.startswith(f"## Cerevox audit: {result.headline}\n")
    assert text.count("**undeclared admin**") == 1
    assert "<details><summary>Notes (5)</summary>" in text
    assert "until 2027-03-31, owner `eve@example.com`: `eve@example.com`" in text


def test_a_long_table_is_folded_then_cut_and_says_so(
    large: Callable[[int], AuditResult],
) -> None:
    folded = markdown(large(30))
    assert "<details><summary>More drift (10)</summary>" in folded
    assert "more are not shown" not in folded
    cut = markdown(large(5000))
    assert github.MOST_CHARACTERS - 1000 < len(cut) <= github.MOST_CHARACTERS
    shown = len(rows(parsed(cut))) - 2  # heads
    assert f"**{5000 - shown} more are not shown here**" in cut
    assert cut.count("<details>") == cut.count("</details>") == 1


def test_what_comes_after_a_cut_is_counted_too(
    large: Callable[[int], AuditResult], filled: Filled
) -> None:
    result = large(5000)
    others = filled("eve@example.com")
    findings = (*result.findings, *others.notes, *others.ignored)
    text = markdown(replace(result, findings=findings, warnings=("w",)))
    shown = len(rows(parsed(text))) - 2
    assert f"**{len(findings) + 1 - shown} more" in text
    assert "Notes" not in text


def test_gaps_come_first_and_nothing_is_in_sync(
    in_sync: AuditResult, with_gaps: Callable[..., AuditResult]
) -> None:
    text = markdown(with_gaps(in_sync))
    assert text.startswith(
        "## Cerevox audit: incomplete: 2 gaps\n\n**Not read or compared:**\n\n"
        "- `GET /users: 500`\n"
    )
    assert "in sync" not in text


@pytest.mark.parametrize("size", [0, 1])
def test_it_ends_in_one_line_break(
    size: int, large: Callable[[int], AuditResult]
) -> None:
    assert not markdown(large(size)).endswith("\n\n")
