"""The audit for GitHub: annotations of a workflow, and Markdown for job summaries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.findings import Finding
from pulumi_cerevox.audit.model import AuditedPerson, AuditResult, Verdict
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.audit.reports.wording import (
    LONGEST_TEXT,
    Anchor,
    about_person,
    anchor,
    and_last_seen,
    code_span,
    last_seen,
    set_aside,
    subject,
    title,
    what,
    whole_declaration,
)

MOST_ANNOTATIONS = 9
"""Besides the line with the verdict."""


@dataclass(frozen=True, slots=True)
class _Annotation:
    level: str
    title: str
    text: str
    anchor: Anchor


def render_annotations(result: AuditResult, look: Look) -> str:
    """Return the audit as workflow commands, a line each.

    GitHub shows ten annotations of a step, so there are nine at most, the worst first,
    and one line with the verdict. Each line is one command that begins with our own
    word: a runner takes a command at the beginning of a line alone.
    """
    told = list(_annotations(result, look))
    shown = told[:MOST_ANNOTATIONS]
    more = len(told) - len(shown)
    level = "notice" if result.verdict is Verdict.IN_SYNC else "error"
    text = result.headline + (f"; {more} more are not shown here" if more else "")
    last = _Annotation(level, "Cerevox audit", text, whole_declaration(result, look))
    return "".join(
        f"::{one.level} file={_property(printable(one.anchor.path))},"
        f"line={one.anchor.line},title={_property(one.title)}::{_data(one.text)}\n"
        for one in [*shown, last]
    )


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


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


MOST_CHARACTERS = 60_000
"""GitHub takes 65,536 characters in a comment, and 1 MiB in a job's summary."""

_FOR_THE_END = 500
_OPEN_ROWS = 20


def render_markdown(result: AuditResult, look: Look) -> str:
    """Return the audit as Markdown; what does not fit is counted in the last line.

    Foreign text stands in code spans alone: there no mark-up, mention, link or HTML is
    read. `code_span` escapes the two characters that could end a cell or the span.
    """
    del look
    page = _Page(MOST_CHARACTERS - _FOR_THE_END)
    page.add(f"## Cerevox audit: {result.headline}\n")
    page.add_part(
        "\n**Not read or compared:**\n\n", _items(gap.text for gap in result.gaps)
    )
    page.add(f"\n{subject(result, code_span)}\n")
    drift = result.drift
    page.add_part(_table(_DRIFT), _rows(_DRIFT, drift[:_OPEN_ROWS]))
    page.add_folded("More drift", _table(_DRIFT), _rows(_DRIFT, drift[_OPEN_ROWS:]))
    page.add_folded("Notes", _table(_DRIFT), _rows(_DRIFT, result.notes))
    page.add_folded("Ignored", _table(_IGNORED), _rows(_IGNORED, result.ignored))
    page.add_folded("Settled", _table(_COMMON), _rows(_COMMON, result.settled))
    page.add_folded("Warnings", "\n", _items(result.warnings))
    if result.people is not None:
        rows = _rows(_PERSON, result.people)
        page.add_folded("Everybody", _table(_PERSON), rows)
    return page.text()


class _Page:
    """Text up to a limit; what no longer fits is counted."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._cut = 0
        self._parts: list[str] = []

    def add(self, text: str) -> None:
        """Add a text that is short."""
        self._left -= len(text)
        self._parts.append(text)

    def add_folded(self, name: str, head: str, entries: Sequence[str]) -> None:
        """Add a part that is closed until somebody opens it."""
        summary = f"{name} ({len(entries)})"
        opening = f"\n<details><summary>{summary}</summary>\n"
        self.add_part(opening + head, entries, "\n</details>\n")

    def add_part(self, head: str, entries: Sequence[str], foot: str = "") -> None:
        """Add as many entries as fit between head and foot; nothing where none do."""
        fitting = self._fitting(entries, len(head) + len(foot))
        self._cut += len(entries) - fitting
        if fitting:
            self.add("".join([head, *entries[:fitting], foot]))

    def _fitting(self, entries: Sequence[str], frame: int) -> int:
        """Count the entries that fit; once one did not, what follows is left out."""
        if self._cut:
            return 0
        ends = accumulate((len(entry) for entry in entries), initial=frame)
        return sum(end <= self._left for end in ends) - 1 if frame <= self._left else 0

    def text(self) -> str:
        """Return the page."""
        if self._cut:
            self.add(
                f"\n**{self._cut} more are not shown here**: see the whole audit in "
                "another format, as in `--format html=audit.html`.\n"
            )
        return "".join(self._parts)


_One = TypeVar("_One")
_Columns = dict[str, Callable[[Finding], str]]


def _who(person: Finding | AuditedPerson) -> str:
    name = f" {code_span(person.name)}" if person.name else ""
    return code_span(person.email) + name


def _finding(finding: Finding) -> str:
    name = title(finding)
    return f"**{name}**" if finding.is_raise else name


_COMMON: _Columns = {
    "who": _who,
    "finding": _finding,
    "what differs": lambda one: what(one, code_span),
    "last login": lambda one: code_span(last_seen(one) or ""),
    "declared at": lambda one: code_span(one.where or ""),
}
_PERSON: dict[str, Callable[[AuditedPerson], str]] = {
    "who": _who,
    "what there is to say": lambda one: about_person(one, code_span),
}
_DRIFT = _COMMON | {"what to do": lambda one: code_span(one.fix)}
_IGNORED = _COMMON | {"set aside": lambda one: set_aside(one, code_span)}


def _table(columns: Collection[str]) -> str:
    return f"\n| {' | '.join(columns)} |\n|{' --- |' * len(columns)}\n"


def _rows(
    columns: Mapping[str, Callable[[_One], str]], findings: Iterable[_One]
) -> list[str]:
    return [
        f"| {' | '.join(cell(one) for cell in columns.values())} |\n"
        for one in findings
    ]


def _items(texts: Iterable[str]) -> list[str]:
    return [f"- {code_span(text)}\n" for text in texts]
