"""Audits to render: people who mean harm, every kind of finding, and very many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from pulumi_cerevox.audit import (
    DRIFT_KINDS,
    Audited,
    AuditResult,
    Counts,
    Finding,
    FindingKind,
    Gap,
    GapKind,
    Ignored,
    Level,
    Look,
    ReportFormat,
    Source,
    SourceKind,
    fingerprint,
    fix_of,
    rank,
    render,
)
from pulumi_cerevox.roster import Place

HOSTILE_NAMES = (
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "</style><style>*{display:none}</style>",
    "<svg/onload=alert(1)>",
    "' onmouseover='alert(1)",
    "&lt;b&gt; &amp; &#x3c;b&#x3e;",
    "-->\n<!--",
    "::error::",
    "| a | b |",
    "=cmd|' /C calc'!A0",
    "<{%reset%}>",
    "\x1b[31mred\x1b]0;title\x07",
    "nul\0nul",
    "\u202egnp.exe",
    "lone \ud800 surrogate \udfff",
    "x" * 10_000,
)
ACCOUNT = Audited("https://api.example.com/v1", "acc_123", "Example Inc")


def finding(kind: FindingKind, email: str, **others: Any) -> Finding:
    """Return a finding as the comparison makes it."""
    made = Finding(
        kind=kind,
        level=Level.DRIFT if kind in DRIFT_KINDS else Level.NOTE,
        email=email,
        fingerprint=fingerprint("acc_123", kind, email),
        **others,
    )
    fix = fix_of(made, SourceKind.ROSTER)
    return Finding(**{key: getattr(made, key) for key in made.__slots__} | {"fix": fix})


def audit_of(
    findings: Sequence[Finding], gaps: Sequence[Gap] = (), **others: Any
) -> AuditResult:
    """Return an audit with these findings, the worst first."""
    settings: dict[str, Any] = {
        "source": Source(SourceKind.ROSTER, ("team.yaml",)),
        "account": ACCOUNT,
        "date": "2026-11-02T09:30:00Z",
        "counts": Counts(declared=42, actual=44, in_place=36),
    }
    return AuditResult(
        **settings | others,
        findings=tuple(sorted(findings, key=rank)),
        gaps=tuple(gaps),
    )


def every_kind() -> AuditResult:
    """Return an audit with each kind of finding, a gap-free one."""
    place = Place("people/team.yaml", 12, 5)
    rule = Ignored("break-glass account", "security@example.com", date(2026, 12, 31))
    there = {"user_id": "usr_7", "last_login": "2026-10-30T08:15:00+02:00"}
    return audit_of(
        [
            finding(
                FindingKind.UNDECLARED,
                "mallory@example.com",
                role="admin",
                name="Mallory",
                **there,
            ),
            finding(FindingKind.UNDECLARED, "trent@example.com", role="member"),
            finding(
                FindingKind.CHANGED_ROLE,
                "bob@example.com",
                role="admin",
                name="Bob",
                declared="member",
                actual="admin",
                place=place,
                **there,
            ),
            finding(
                FindingKind.EXPIRED,
                "carol@example.com",
                role="member",
                declared="2026-09-30",
                place=Place("people/team.yaml", 9, 5),
                **there,
            ),
            finding(
                FindingKind.MISSING,
                "grace@example.com",
                declared="admin",
                resource="Roster team",
            ),
            finding(
                FindingKind.CHANGED_NAME,
                "ada@example.com",
                role="admin",
                name="Augusta Ada King",
                declared="Ada Lovelace",
                actual="Augusta Ada King",
                place=Place("people/team.yaml", 100, 5),
                **there,
            ),
            finding(FindingKind.BANNED, "dan@example.com", role="member", place=place),
            finding(
                FindingKind.DORMANT,
                "erin@example.com",
                role="member",
                last_login="2025-01-01T00:00:00Z",
                place=place,
            ),
            finding(
                FindingKind.NEVER_LOGGED_IN,
                "frank@example.com",
                role="member",
                place=place,
            ),
            finding(
                FindingKind.UNDECLARED,
                "break-glass@example.com",
                role="admin",
                ignored=rule,
                **there,
            ),
        ],
        warnings=("known.yaml:3: the rule for olga@example.com sets nothing aside",),
    )


def hostile() -> AuditResult:
    """Return an audit where whatever an account or a file says means harm."""
    gap = Gap(GapKind.ACCOUNT, HOSTILE_NAMES[0])
    found = []
    for number, name in enumerate(HOSTILE_NAMES):
        texts = {
            "role": name,
            "name": name,
            "user_id": name,
            "last_login": name,
            "declared": name,
            "actual": name,
            "resource": name,
            "place": Place(name, 1, 1) if number % 2 else None,
        }
        rule = Ignored(name, name, date(2026, 12, 31))
        found += [
            finding(FindingKind.UNDECLARED, f"{name}@x.org", **texts),
            finding(FindingKind.BANNED, f"{name}@x.org", **texts),
            finding(FindingKind.MISSING, f"{name}@x.org", ignored=rule, **texts),
        ]
    return audit_of(
        found,
        [gap],
        source=Source(SourceKind.STACK, HOSTILE_NAMES),
        account=Audited(HOSTILE_NAMES[0], HOSTILE_NAMES[1], HOSTILE_NAMES[2]),
        warnings=HOSTILE_NAMES,
        date=HOSTILE_NAMES[0],
    )


def many(number: int) -> AuditResult:
    """Return an audit with very many undeclared people and some notes."""
    found = [
        finding(
            FindingKind.UNDECLARED,
            f"person{n}@example.com",
            role="member" if n % 10 else "admin",
            name=f"Person {n}",
            user_id=f"usr_{n}",
            last_login=f"2026-{n % 12 + 1:02}-{n % 28 + 1:02}T08:00:00Z",
        )
        for n in range(number)
    ]
    return audit_of(found, counts=Counts(declared=5, actual=number + 5, in_place=5))


def render_text(
    form: ReportFormat, result: AuditResult, look: Look | None = None
) -> str:
    """Return an audit in a format that is text."""
    report = render(form, result, look)
    assert isinstance(report, str)
    return report
