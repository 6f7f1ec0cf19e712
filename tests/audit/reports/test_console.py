"""The report for a terminal: what it says, and that nothing in it acts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pulumi_cerevox.audit import (
    Audited,
    AuditResult,
    Look,
    ReportFormat,
    Source,
    SourceKind,
)
from tests.audit.samples import render_text

Filled = Callable[[str], AuditResult]
ANY_TEXT = st.text(st.characters(exclude_categories=()))


def console(result: AuditResult, *, color: bool = False, width: int = 80) -> str:
    return render_text(ReportFormat.CONSOLE, result, Look(color=color, width=width))


def assert_harmless(text: str, width: int) -> None:
    assert text.endswith("\n")
    for line in text.split("\n"):
        assert line.isprintable()
        assert not line.lstrip().startswith("::")
        assert not re.search(r"##\w*\[", line)
        assert cell_len(line) <= width


@pytest.mark.parametrize("width", [20, 33, 80, 120])
def test_no_text_acts_or_breaks_the_width(
    hostile: str, filled: Filled, with_gaps: Callable[..., AuditResult], width: int
) -> None:
    assert_harmless(console(filled(hostile), width=width), width)
    assert_harmless(console(with_gaps(filled(hostile), hostile), width=width), width)


@given(text=ANY_TEXT, width=st.integers(20, 120))
def test_whatever_people_call_themselves(text: str, width: int, filled: Filled) -> None:
    assert_harmless(console(filled(text), width=width), width)


def test_colour_changes_no_character(hostile: str, filled: Filled) -> None:
    result = filled(hostile)
    colored = console(result, color=True)
    assert click.unstyle(colored) == console(result)
    assert "\x1b[1;31m! undeclared admin" in colored


@pytest.mark.parametrize("color", [False, True])
def test_the_markup_of_rich_is_shown_and_not_obeyed(
    filled: Filled, *, color: bool
) -> None:
    name = "[red]a[/] [/b] [link=https://x.org]b[/link] :boom: \\[i] [@click=quit]"
    text = console(filled(name), color=color, width=400)
    assert f"set aside until 2027-03-31, owner {name}: {name}\n" in text


def test_a_terminal_that_is_too_narrow_gets_20_columns(filled: Filled) -> None:
    assert console(filled("a"), width=3) == console(filled("a"), width=20)


def test_the_verdict_is_first_then_what_is_worst(filled: Filled) -> None:
    lines = console(filled("eve@example.com"), width=400).splitlines()
    assert lines[0].startswith("drift: ")
    assert lines[3] == "Drift (10)"
    assert lines[4] == ('! undeclared admin: 2eve@example.com "2eve@example.com"')
    assert [line for line in lines if line.startswith("! ")] == lines[4:5]


def test_every_finding_says_who_what_when_where_and_what_to_do(
    filled: Filled,
) -> None:
    text = console(filled("eve@example.com"), width=200)
    assert (
        '- another role: eve@example.com "eve@example.com"\n'
        "    declared as eve@example.com, is eve@example.com; "
        "last login eve@example.com\n"
        "    declared at teameve@example.com.yaml:7\n"
        "    fix: `pulumi up --refresh` makes them"
    ) in text
    assert "- never logged in: eve" in text
    assert "    declared, and has never logged in\n" in text
    assert "Ignored (2)\n" in text
    assert (
        "    set aside until 2027-03-31, owner eve@example.com: eve@example.com\n"
    ) in text


def test_in_sync_is_short(in_sync: AuditResult) -> None:
    assert console(in_sync) == (
        "in sync: 3 of 3 in place\n"
        "team.yaml against account acc_1, 2026-11-23T10:00:00Z\n"
    )


def test_gaps_stand_before_everything_and_nothing_is_in_sync(
    in_sync: AuditResult, with_gaps: Callable[..., AuditResult]
) -> None:
    text = console(with_gaps(in_sync))
    assert text.splitlines()[:3] == [
        "incomplete: 2 gaps",
        "gap: GET /users: 500",
        "gap: GET /users: 500",
    ]
    assert "in sync" not in text
    assert "in place" not in text


def test_the_subject_tells_the_two_sides(
    in_sync: AuditResult,
) -> None:
    def told(**changed: Any) -> str:
        return console(replace(in_sync, **changed), width=200).splitlines()[1]

    url = "https://api.example.com"
    assert told(account=Audited(url)) == (
        f"team.yaml against the account at {url}, 2026-11-23T10:00:00Z"
    )
    assert told(account=Audited(""), redacted=True) == (
        "team.yaml against an unknown account, 2026-11-23T10:00:00Z; "
        "emails and names are redacted"
    )
    stack = Source(SourceKind.STACK, ("org/people/prod",))
    assert told(source=stack, account=Audited(url, "acc_1", "Example Inc")) == (
        "stack org/people/prod against account acc_1 (Example Inc), "
        "2026-11-23T10:00:00Z"
    )
