"""Audits with hostile text in every place that the account or a file can fill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from pulumi_cerevox.audit import (
    DRIFT_KINDS,
    Audited,
    AuditedPerson,
    AuditResult,
    Counts,
    Finding,
    FindingKind,
    Gap,
    GapKind,
    Ignored,
    Level,
    Since,
    Source,
    SourceKind,
    fingerprint,
    fix_of,
    rank,
)
from pulumi_cerevox.roster import Place

HOSTILE = {
    "html": '"><img src=x onerror=alert(1)>',
    "command": "::error::owned",
    "lines": "a\n::error::owned\r\n::stop-commands::x\r::debug::y",
    "old-command": "##[error]owned",
    "wrapped-command": "x" * 60 + " ::error::owned" * 20,
    "azure-command": "##vso[task.setvariable variable=x]owned ##teamcity[x]",
    "cells": "| a | b |",
    "escaped-cell": "a\\| b \\\\| c",
    "formula": "=cmd|' /C calc'!A0",
    "sums": "+1+1",
    "at-sum": "@SUM(1)",
    "spaced-formula": "  =1+1",
    "tab": "\t=1+1",
    "wide-formula": "＝1+1",  # noqa: RUF001 - full width
    "ansi": "\x1b[2J\x1b]0;owned\x07\x9b31m",
    "nul": "a\0b\x08\x7f",
    "rtl": "gpj.\u202eexe\u2066",
    "long": "x" * 10_000,
    "long-wide": "漢" * 10_000,
    "marks": "Z" + "\u0301" * 500,
    "engine-tags": "<{%reset%}>",
    "rich-markup": "[red]a[/] [/b] [link=http://x]b[/link] :boom: \\[i]",
    "surrogates": "\ud800 and \udcff",
    "noncharacters": "\ufffe\uffff\ufdd0",
    "separators": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "mention": "@everyone @org/team #1 GH-1",
    "cdata": "]]> <![CDATA[ <!-- --> <?x?>",
    "entity": "&amp; &#64; &lol;",
    "link": "[link](http://x) ![i](http://x) <http://x> www.x.org [1](2)",
    "spans": "` `` ``` a ` b",
    "backslash": "end\\",
    "details": "</details><summary>**_~~",
    "heading": "# in sync: 5 of 5 in place\n---\n- [ ] x",
    "percent": "%0A::error::x%3A%2C, a:b",
    "placeholders": "{0} {{1}} [a](0)",
    "quotes": '"\'`,;\r\n""',
    "blank": " ",
    "empty": "",
}


@pytest.fixture(params=HOSTILE.values(), ids=list(HOSTILE))
def hostile(request: pytest.FixtureRequest) -> str:
    """Return one hostile text after the other."""
    text: str = request.param
    return text


@pytest.fixture(scope="session")
def filled() -> Callable[[str], AuditResult]:
    """Return an audit with a text in all places, and with findings of all kinds."""
    return _filled


@pytest.fixture(scope="session")
def large() -> Callable[[int], AuditResult]:
    """Return an audit that found many undeclared people."""
    return _large


def _filled(text: str) -> AuditResult:
    place = Place(f"team{text}.yaml", 7, 5)
    ignored = Ignored(text, text, date(2027, 3, 31))
    findings = [
        *(_finding(kind, text, place) for kind in FindingKind),
        replace(_finding(FindingKind.UNDECLARED, f"2{text}", None), role="admin"),
        replace(_finding(FindingKind.EXPIRED, f"3{text}", place), ignored=ignored),
        replace(_finding(FindingKind.BANNED, f"4{text}", place), ignored=ignored),
        replace(
            _finding(FindingKind.MISSING, f"5{text}", None),
            resource=text,
            since=Since.STANDING,
        ),
    ]
    return AuditResult(
        source=Source(SourceKind.ROSTER, (f"team{text}.yaml", text), text),
        account=Audited("https://api.example.com", text, text),
        date="2026-11-23T10:00:00Z",
        counts=Counts(declared=9, actual=10, in_place=3),
        findings=tuple(sorted(findings, key=rank)),
        warnings=(text,),
        people=(
            AuditedPerson(
                *(text, text, text, text, text),
                declared=True,
                declared_role=text,
                note=text,
                until=date(2027, 3, 31),
                where=text,
                findings=tuple(FindingKind),
            ),
            AuditedPerson(f"gone{text}", declared=True),
            AuditedPerson(f"other{text}", role="member"),
        ),
        tool_version=text,
        since=text,
        settled=(_finding(FindingKind.MISSING, f"6{text}", place),),
    )


def _finding(kind: FindingKind, text: str, place: Place | None) -> Finding:
    is_there = kind is not FindingKind.MISSING
    finding = Finding(
        kind=kind,
        level=Level.DRIFT if kind in DRIFT_KINDS else Level.NOTE,
        email=text,
        fingerprint=fingerprint("acc_1", kind, text),
        role=text if is_there else None,
        name=text if is_there else None,
        user_id=text if is_there else None,
        last_login=text if kind is not FindingKind.NEVER_LOGGED_IN else None,
        declared=text,
        actual=text,
        place=None if kind is FindingKind.UNDECLARED else place,
    )
    return replace(finding, fix=fix_of(finding, SourceKind.ROSTER))


def _large(size: int) -> AuditResult:
    findings = tuple(
        _finding(FindingKind.UNDECLARED, f"p{number:05}@example.com", None)
        for number in range(size)
    )
    return AuditResult(
        source=Source(SourceKind.ROSTER, ("team.yaml",)),
        account=Audited("https://api.example.com", "acc_1"),
        date="2026-11-23T10:00:00Z",
        counts=Counts(declared=1, actual=size + 1, in_place=1),
        findings=findings,
    )


@pytest.fixture(scope="session")
def in_sync() -> AuditResult:
    """Return an audit that found nothing."""
    return replace(_large(0), counts=Counts(declared=3, actual=3, in_place=3))


@pytest.fixture(scope="session")
def with_gaps() -> Callable[..., AuditResult]:
    """Return an audit that could not read everything, with a text in its gaps."""

    def of(result: AuditResult, text: str = "GET /users: 500") -> AuditResult:
        gaps = (Gap(GapKind.ACCOUNT, text), Gap(GapKind.SOURCE, text))
        return replace(result, gaps=gaps)

    return of
