"""The audit for programs: CSV, JUnit's XML and SARIF."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import islice
from typing import Any
from xml.etree import ElementTree as ET

from pulumi_cerevox.account import printable, spreadsheet_text
from pulumi_cerevox.audit.findings import KINDS, Finding, FindingKind, Level, Since
from pulumi_cerevox.audit.model import AuditedPerson, AuditResult, GapKind
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.audit.reports.wording import (
    LONGEST_TEXT,
    Anchor,
    Standing,
    about_person,
    anchor,
    and_last_seen,
    set_aside,
    standing,
    subject,
    title,
    what,
    whole_declaration,
)

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
    "until",
    "reviewed",
)
"""The header. `row` is audit, gap, drift, note, ignored, settled, warning or person."""

_LONGEST_CELL = 10_000  # Excel takes 32,767 characters


def render_csv(result: AuditResult, look: Look) -> str:
    """Return the audit as a table for spreadsheets, by RFC 4180.

    The first row has the verdict, so that a table without findings is no empty file.
    Then comes what could not be read, then one row for each finding. No cell is a
    formula, whatever people call themselves.
    """
    del look
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    rows: list[dict[str, str | None]] = [
        {"row": "audit", "kind": result.verdict, "text": result.headline}
    ]
    rows += ({"row": "gap", "kind": gap.kind, "text": gap.text} for gap in result.gaps)
    rows += map(_row, result.findings)
    rows += (_row(one) | {"row": "settled"} for one in result.settled)
    rows += ({"row": "warning", "text": warning} for warning in result.warnings)
    rows += map(_person_row, result.people or ())
    for row in rows:
        writer.writerow(
            {
                key: spreadsheet_text(value, _LONGEST_CELL)
                for key, value in row.items()
                if value
            }
        )
    return text.getvalue()


def _person_row(person: AuditedPerson) -> dict[str, str | None]:
    kinds = " ".join(person.findings)
    return {
        "row": "person",
        "kind": kinds,
        "email": person.email,
        "name": person.name,
        "role": person.role,
        "declared": person.declared_role or ("yes" if person.declared else "nobody"),
        "actual": "in the account" if person.role else "not in the account",
        "last_login": person.last_login,
        "user_id": person.user_id,
        "resource": person.where,
        "text": person.note,
        "until": person.until.isoformat() if person.until else None,
        "reviewed": person.reviewed.isoformat() if person.reviewed else None,
    }


def _row(finding: Finding) -> dict[str, str | None]:
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


_NAME = "cerevox audit"


def render_junit(result: AuditResult, look: Look) -> str:
    """Return the audit as JUnit's XML, in the form that Jenkins' xUnit schema takes.

    Drift is a failure, what could not be read or compared an error, and what a rule
    sets aside is skipped. A suite for each roster file names the file (that schema has
    no such attribute on a case). Whoever has no line in a file is in the suite of the
    account. Those in place are one case with their count. Characters that XML 1.0
    forbids are shown as escapes.
    """
    del look
    suites = [_account_suite(result), *_file_suites(result)]
    root = ET.Element("testsuites", {"name": _NAME} | _totals(suites))
    root.extend(suite.element(result) for suite in suites)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


@dataclass(slots=True)
class _Suite:
    """A suite while it is filled; `path` is "" for the account's own."""

    name: str
    path: str = ""
    cases: list[ET.Element] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        """Count the cases with an outcome, such as `failure`."""
        return sum(case.find(outcome) is not None for case in self.cases)

    def element(self, result: AuditResult) -> ET.Element:
        """Return the suite as XML."""
        attributes = {
            "name": self.name,
            **_totals([self]),
            "skipped": str(self.count("skipped")),
            "timestamp": printable(result.date),
        }
        if self.path:
            attributes["file"] = self.path
        element = ET.Element("testsuite", attributes)
        if not self.path:
            element.append(_properties(result))
        element.extend(self.cases)
        return element


def _totals(suites: list[_Suite]) -> dict[str, str]:
    return {
        "tests": str(sum(len(suite.cases) for suite in suites)),
        "failures": str(sum(suite.count("failure") for suite in suites)),
        "errors": str(sum(suite.count("error") for suite in suites)),
    }


def _account_suite(result: AuditResult) -> _Suite:
    account = result.account.account_id
    name = "account" if account is None else f"account {printable(account)}"
    suite = _Suite(name)
    for number, gap in enumerate(result.gaps, 1):
        case = ET.Element("testcase", classname=name, name=f"gap {number}: {gap.kind}")
        text = printable(gap.text, LONGEST_TEXT)
        ET.SubElement(case, "error", type=gap.kind.value, message=text).text = text
        suite.cases.append(case)
    if not result.gaps:
        counts = result.counts
        case = ET.Element("testcase", classname=name, name="in place")
        told = f"{counts.in_place} of {counts.declared} in place"
        ET.SubElement(case, "system-out").text = told
        suite.cases.append(case)
    suite.cases += [_case(one, name) for one in result.findings if one.place is None]
    for finding in result.settled:
        case = ET.Element("testcase", classname=name)
        case.set("name", f"settled: {title(finding)}: {printable(finding.email)}")
        suite.cases.append(case)
    for person in result.people or ():
        case = ET.Element("testcase", classname=name)
        case.set("name", f"person: {printable(person.email)}")
        told = about_person(person, printable)
        ET.SubElement(case, "system-out").text = told
        suite.cases.append(case)
    return suite


def _file_suites(result: AuditResult) -> list[_Suite]:
    suites: dict[str, _Suite] = {}
    for finding in result.findings:
        if finding.place is not None:
            path = printable(finding.place.path)
            suite = suites.setdefault(path, _Suite(path, path))
            suite.cases.append(_case(finding, path))
    return [suites[path] for path in sorted(suites)]


def _properties(result: AuditResult) -> ET.Element:
    told = {
        "headline": result.headline,
        "verdict": result.verdict.value,
        "exit_code": str(result.exit_code),
        "subject": subject(result, printable),
    }
    told |= {
        f"warning {number}": printable(warning, LONGEST_TEXT)
        for number, warning in enumerate(result.warnings, 1)
    }
    element = ET.Element("properties")
    for name, value in told.items():
        ET.SubElement(element, "property", name=name, value=value)
    return element


def _case(finding: Finding, suite: str) -> ET.Element:
    name = f"{title(finding)}: {printable(finding.email)}"
    case = ET.Element("testcase", classname=suite, name=name)
    called = f" ({printable(finding.name)})" if finding.name else ""
    told = what(finding, printable) + and_last_seen(finding, printable)
    lines = [f"{printable(finding.email)}{called}: {told}"]
    if finding.where is not None:
        lines.append(f"declared at: {printable(finding.where)}")
    lines.append(f"fix: {printable(finding.fix, LONGEST_TEXT)}")
    text = "\n".join(lines)
    kind = finding.kind.value
    counts_as = standing(finding)
    if counts_as is Standing.DRIFT:
        message = what(finding, printable)
        ET.SubElement(case, "failure", type=kind, message=message).text = text
    elif counts_as is Standing.IGNORED:
        reason = f"ignored {set_aside(finding, printable)}"
        ET.SubElement(case, "skipped", type=kind, message=reason).text = text
    else:
        ET.SubElement(case, "system-out").text = text
    return case


GAP_RULE = "gap"
"""The id of the rule for what could not be read or compared."""


RULE_IDS = (*(kind.value for kind in FindingKind), GAP_RULE)
"""The ids, in the order of `rules`; they never change."""


def rules() -> list[dict[str, Any]]:
    """Return the rules' metadata."""
    found = [
        _rule(kind.value, about.title, about.says, about.then, is_error=about.is_drift)
        for kind, about in KINDS.items()
    ]
    gap = _rule(
        GAP_RULE,
        "not read or compared",
        "Something could not be read or compared, so nobody can say what is in sync.",
        "Do what the message says, and audit again.",
        is_error=True,
    )
    return [*found, gap]


def notifications() -> list[dict[str, Any]]:
    """Return the metadata of what the tool says of itself."""
    ids = [*(f"gap.{kind}" for kind in GapKind), "warning", "cut"]
    return [{"id": one} for one in ids]


def _rule(
    rule_id: str, title: str, says: str, then: str, *, is_error: bool
) -> dict[str, Any]:
    text = f"{says} {then}"
    return {
        "id": rule_id,
        "name": "".join(word.capitalize() for word in title.split()),
        "shortDescription": {"text": says},
        "fullDescription": {"text": text},
        "help": {"text": text, "markdown": f"{says}\n\n{then}"},
        "defaultConfiguration": {"level": "error" if is_error else "note"},
    }


MOST_RESULTS = 25_000
"""The most results that GitHub accepts in one run."""

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_DIGITS = 16
_LINKS = re.compile(r"[\\\[\]]")
_Json = dict[str, Any]


def render_sarif(result: AuditResult, look: Look) -> str:
    """Return the audit as SARIF 2.1.0 for code scanning, in ASCII.

    A code host refuses a file in which one result has no line, and closes the alerts
    that a newer file no longer has. So everybody is anchored somewhere (`anchor`), and
    what could not be read is a result too, beside the notification that the format has
    for it: an audit that failed never looks like one that found nothing.
    """
    account = printable(result.account.account_id or "unknown")
    run: _Json = {
        "tool": {
            "driver": {
                "name": "pulumi-cerevox",
                "version": version("pulumi-cerevox"),
                "rules": rules(),
                "notifications": notifications(),
            }
        },
        # Uploads for several accounts stand beside each other.
        "automationDetails": {"id": f"cerevox-audit/{account.replace('/', '_')}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not result.gaps,
                "exitCode": result.exit_code,
                "exitCodeDescription": result.headline,
                "endTimeUtc": printable(result.date),
                "toolExecutionNotifications": list(_notifications(result)),
            }
        ],
        "results": list(islice(_results(result, look), MOST_RESULTS)),
    }
    if result.people is not None:
        # A result for each would be an alert for each.
        run["properties"] = {
            "people": [
                {
                    "email": printable(person.email),
                    "name": person.name and printable(person.name),
                    "text": about_person(person, _shown),
                }
                for person in result.people
            ]
        }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2) + "\n"


def _notifications(result: AuditResult) -> Iterator[_Json]:
    for gap in result.gaps:
        yield _notification("error", f"gap.{gap.kind}", _shown(gap.text))
    for warning in result.warnings:
        yield _notification("warning", "warning", _shown(warning))
    more = len(result.gaps) + len(result.findings) - MOST_RESULTS
    if more > 0:
        text = f"{more} more results are left out: code scanning takes {MOST_RESULTS}"
        yield _notification("warning", "cut", text)


def _notification(level: str, name: str, text: str) -> _Json:
    return {"descriptor": {"id": name}, "level": level, "message": _message(text)}


def _results(result: AuditResult, look: Look) -> Iterator[_Json]:
    whole = whole_declaration(result, look)
    for number, gap in enumerate(result.gaps):
        name = hashlib.sha256(f"{gap.kind}\0{number}".encode()).hexdigest()[:_DIGITS]
        made = _result(GAP_RULE, "error", _shown(gap.text), whole, name)
        yield made | {"suppressions": []}
    for finding in result.findings:
        place = anchor(finding, result, look)
        told = what(finding, printable) + and_last_seen(finding, printable)
        fix = _shown(finding.fix)
        text = f"{title(finding)}: {printable(finding.email)}: {told}. Fix: {fix}"
        level = "error" if finding.level is Level.DRIFT else "note"
        made = _result(finding.kind.value, level, text, place, finding.fingerprint)
        if finding.since is not None:
            is_new = finding.since is Since.NEW
            made["baselineState"] = "new" if is_new else "unchanged"
        yield made | {"suppressions": _suppressions(finding)}


def _result(
    rule_id: str, level: str, text: str, place: Anchor, fingerprint: str
) -> _Json:
    base = {} if place.is_absolute else {"uriBaseId": "%SRCROOT%"}
    column = {} if place.column is None else {"startColumn": place.column}
    location = {
        "artifactLocation": {"uri": place.uri} | base,
        "region": {"startLine": place.line} | column,
    }
    return {
        "ruleId": rule_id,
        "ruleIndex": RULE_IDS.index(rule_id),
        "level": level,
        "message": _message(text),
        "locations": [{"physicalLocation": location}],
        # The one that GitHub reads: an alert stays the same when its line moves.
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
    }


def _suppressions(finding: Finding) -> list[_Json]:
    rule = finding.ignored
    if rule is None:
        return []
    reason = printable(rule.reason, LONGEST_TEXT)
    told = f"{reason} (until {rule.until}, owner {printable(rule.owner)})"
    return [{"kind": "external", "status": "accepted", "justification": told}]


def _shown(text: str) -> str:
    return printable(text, LONGEST_TEXT)


def _message(text: str) -> _Json:
    """Return a printable text as a message; brackets would be links (SARIF, 3.11.6)."""
    return {"text": _LINKS.sub(r"\\\g<0>", text)}
