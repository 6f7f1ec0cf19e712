"""The audit as annotations of a GitHub workflow: commands that its runner reads.

GitHub shows ten annotations of a step, so there are nine at most, the worst first, and
one line with the verdict. Each line is one command that begins with our own word; a
runner takes a command at the beginning of a line alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.findings import Finding
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
from pulumi_cerevox.audit.result import AuditResult, Verdict

MOST_ANNOTATIONS = 9
"""Besides the line with the verdict."""


@dataclass(frozen=True, slots=True)
class _Annotation:
    level: str
    title: str
    text: str
    anchor: Anchor


def render(result: AuditResult, look: Look) -> str:
    """Return the commands, a line each."""
    told = list(_annotations(result, look))
    shown = told[:MOST_ANNOTATIONS]
    more = len(told) - len(shown)
    level = "notice" if result.verdict is Verdict.IN_SYNC else "error"
    text = result.headline + (f"; {more} more are not shown here" if more else "")
    last = _Annotation(level, "Cerevox audit", text, whole_declaration(result, look))
    return "".join(f"{_command(one)}\n" for one in [*shown, last])


def _annotations(result: AuditResult, look: Look) -> Iterator[_Annotation]:
    """Return what there is to tell; what a rule sets aside is not told."""
    whole = whole_declaration(result, look)
    for gap in result.gaps:
        text = printable(gap.text, LONGEST_TEXT)
        yield _Annotation("error", "not read or compared", text, whole)
    for finding in result.drift:
        yield _about(finding, "error", anchor(finding, result, look))
    for warning in result.warnings:
        text = printable(warning, LONGEST_TEXT)
        yield _Annotation("warning", "Cerevox audit", text, whole)
    for finding in result.notes:
        yield _about(finding, "notice", anchor(finding, result, look))


def _about(finding: Finding, level: str, place: Anchor) -> _Annotation:
    told = what(finding, printable) + and_last_seen(finding, printable)
    fix = printable(finding.fix, LONGEST_TEXT)
    text = f"{printable(finding.email)}: {told}. Fix: {fix}"
    return _Annotation(level, title(finding), text, place)


def _command(one: _Annotation) -> str:
    properties = {
        "file": printable(one.anchor.path),
        "line": str(one.anchor.line),
        "title": one.title,
    }
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{one.level} {told}::{_data(one.text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
