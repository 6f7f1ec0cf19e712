"""The audit as SARIF 2.1.0, for code scanning.

A code host refuses a file in which one result has no line, and closes the alerts that
a newer file no longer has. So everybody is anchored somewhere (`places`), and what
could not be read is a result too, beside the notification that the format has for it:
an audit that failed never looks like one that found nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from importlib.metadata import version
from itertools import islice
from typing import Any

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.declared import GapKind
from pulumi_cerevox.audit.findings import KINDS, Finding, FindingKind, Level
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.audit.reports.wording import (
    LONGEST_TEXT,
    Anchor,
    anchor,
    and_last_seen,
    title,
    what,
    whole_declaration,
)
from pulumi_cerevox.audit.result import AuditResult

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
"""What GitHub takes in one run."""

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_DIGITS = 16
_LINKS = re.compile(r"[\\\[\]]")
_Json = dict[str, Any]


def render(result: AuditResult, look: Look) -> str:
    """Return the file, in ASCII."""
    account = printable(result.account.account_id or "unknown")
    run = {
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
