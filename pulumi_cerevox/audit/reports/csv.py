"""The audit as a table for spreadsheets, by RFC 4180.

The first row has the verdict, so that a table without findings is no empty file; then
what could not be read, then one row for each finding.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from pulumi_cerevox.account import spreadsheet_text
from pulumi_cerevox.audit.findings import Finding
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.audit.reports.wording import standing, what
from pulumi_cerevox.audit.result import AuditResult

COLUMNS = (
    "row",
    "kind",
    "email",
    "name",
    "role",
    "declared",
    "actual",
    "last_login",
    "user_id",
    "path",
    "line",
    "resource",
    "text",
    "fix",
    "ignored_reason",
    "ignored_owner",
    "ignored_until",
    "fingerprint",
)
"""The header. `row` is audit, gap, drift, note, ignored or warning."""

_LONGEST_CELL = 10_000  # Excel takes 32,767 characters


def render(result: AuditResult, look: Look) -> str:
    """Return the table; no cell of it is a formula, whatever people call themselves."""
    del look
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(result):
        writer.writerow(
            {
                key: spreadsheet_text(value, _LONGEST_CELL)
                for key, value in row.items()
                if value
            }
        )
    return text.getvalue()


def _rows(result: AuditResult) -> Iterator[dict[str, str | None]]:
    yield {"row": "audit", "kind": result.verdict, "text": result.headline}
    for gap in result.gaps:
        yield {"row": "gap", "kind": gap.kind, "text": gap.text}
    for finding in result.findings:
        yield _finding(finding)
    for warning in result.warnings:
        yield {"row": "warning", "text": warning}


def _finding(finding: Finding) -> dict[str, str | None]:
    place, rule = finding.place, finding.ignored
    return {
        "row": standing(finding),
        "kind": finding.kind,
        "email": finding.email,
        "name": finding.name,
        "role": finding.role,
        "declared": finding.declared,
        "actual": finding.actual,
        "last_login": finding.last_login,
        "user_id": finding.user_id,
        "path": place.path if place else None,
        "line": str(place.line) if place else None,
        "resource": finding.resource,
        "text": what(finding, str),
        "fix": finding.fix,
        "ignored_reason": rule.reason if rule else None,
        "ignored_owner": rule.owner if rule else None,
        "ignored_until": rule.until.isoformat() if rule else None,
        "fingerprint": finding.fingerprint,
    }
