"""The audit as JUnit's XML, in the form that Jenkins' xUnit schema takes.

Drift is a failure, what could not be read or compared an error, and what a rule sets
aside is skipped. A suite for each roster file names the file (that schema has no such
attribute on a case); whoever has no line in a file is in the suite of the account.
Those in place are one case with their count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.findings import Finding
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.audit.reports.wording import (
    LONGEST_TEXT,
    Standing,
    and_last_seen,
    set_aside,
    standing,
    subject,
    title,
    what,
)
from pulumi_cerevox.audit.result import AuditResult

_NAME = "cerevox audit"


def render(result: AuditResult, look: Look) -> str:
    """Return the XML; characters that XML 1.0 forbids are shown as escapes."""
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
    suite.cases += _gaps(result, name)
    if not result.gaps:
        counts = result.counts
        case = ET.Element("testcase", classname=name, name="in place")
        told = f"{counts.in_place} of {counts.declared} in place"
        ET.SubElement(case, "system-out").text = told
        suite.cases.append(case)
    suite.cases += [_case(one, name) for one in result.findings if one.place is None]
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


def _gaps(result: AuditResult, suite: str) -> Iterator[ET.Element]:
    for number, gap in enumerate(result.gaps, 1):
        case = ET.Element("testcase", classname=suite, name=f"gap {number}: {gap.kind}")
        text = printable(gap.text, LONGEST_TEXT)
        ET.SubElement(case, "error", type=gap.kind.value, message=text).text = text
        yield case


def _case(finding: Finding, suite: str) -> ET.Element:
    name = f"{title(finding)}: {printable(finding.email)}"
    case = ET.Element("testcase", classname=suite, name=name)
    text = "\n".join(_lines(finding))
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


def _lines(finding: Finding) -> Iterator[str]:
    name = f" ({printable(finding.name)})" if finding.name else ""
    told = what(finding, printable) + and_last_seen(finding, printable)
    yield f"{printable(finding.email)}{name}: {told}"
    place = finding.where
    if place is not None:
        yield f"declared at: {printable(place)}"
    yield f"fix: {printable(finding.fix, LONGEST_TEXT)}"
