"""The audit for people at a terminal: the verdict, then the worst findings first."""

from __future__ import annotations

from rich.text import Text

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.findings import Finding, quoted
from pulumi_cerevox.audit.model import AuditResult, Verdict
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.audit.reports.wording import (
    LONGEST_TEXT,
    about_person,
    and_last_seen,
    set_aside,
    subject,
    title,
    what,
)
from pulumi_cerevox.screen import Screen, wrapped

_NARROWEST = 20
_INDENT = " " * 4
_VERDICTS = {
    Verdict.IN_SYNC: "green",
    Verdict.DRIFT: "yellow",
    Verdict.INCOMPLETE: "red",
    Verdict.UNAUTHENTICATED: "red",
}


def render(result: AuditResult, look: Look) -> str:
    """Return the report for a terminal; no line is wider than the look says.

    Foreign text is escaped: what a terminal would obey is shown and not done.
    """
    page = _Page(look)
    page.add(result.headline, style=f"bold {_VERDICTS[result.verdict]}")
    for gap in result.gaps:
        page.add(printable(gap.text, LONGEST_TEXT), "gap: ", " " * 5, style="red")
    page.add(subject(result, printable), rest=_INDENT, style="dim")
    _add_findings(page, "Drift", result.drift)
    _add_findings(page, "Notes", result.notes)
    _add_findings(page, "Ignored", result.ignored)
    _add_findings(page, "Settled", result.settled)
    if result.people is not None:
        page.begin(f"Everybody ({len(result.people)})")
    for person in result.people or ():
        name = f" {printable(quoted(person.name))}" if person.name else ""
        page.add(f"{printable(person.email)}{name}", "- ", _INDENT)
        page.add(about_person(person, printable), _INDENT, _INDENT + "  ")
    if result.warnings:
        page.begin(f"Warnings ({len(result.warnings)})")
    for warning in result.warnings:
        page.add(printable(warning, LONGEST_TEXT), "- ", "  ")
    return page.text()


class _Page:
    def __init__(self, look: Look) -> None:
        self._screen = Screen(look.color, max(look.width, _NARROWEST))
        self._lines: list[Text] = []

    def add(self, text: str, first: str = "", rest: str = "", style: str = "") -> None:
        """Add a text that has nothing foreign in it but what is escaped."""
        for line in wrapped(text, self._screen.width, first, rest):
            self._lines.append(Text(_no_command(line), style))

    def begin(self, name: str) -> None:
        """Begin a part."""
        self._lines.append(Text())
        self.add(name, style="bold")

    def text(self) -> str:
        """Return the whole report."""
        return self._screen.draw(*self._lines)


def _no_command(line: str) -> str:
    """Break what a workflow's runner would take for a command at a line's beginning.

    Only a line that goes on with foreign text can begin so, and it is indented.
    """
    word = line.lstrip()
    if not word.startswith("::"):
        return line
    return f"{line[: len(line) - len(word) - 1]}\\{word}"


def _add_findings(page: _Page, name: str, findings: tuple[Finding, ...]) -> None:
    if findings:
        page.begin(f"{name} ({len(findings)})")
    for finding in findings:
        worst = finding.is_raise and finding.ignored is None
        name = f" {printable(quoted(finding.name))}" if finding.name else ""
        # Our words come first: no name can pass for them.
        page.add(
            f"{title(finding)}: {printable(finding.email)}{name}",
            "! " if worst else "- ",
            _INDENT,
            "bold red" if worst else "",
        )
        told = [what(finding, printable) + and_last_seen(finding, printable)]
        if finding.where is not None:
            told.append(f"declared at {printable(finding.where)}")
        if finding.ignored is not None:
            told.append(f"set aside {set_aside(finding, printable)}")
        else:
            told.append(f"fix: {printable(finding.fix, LONGEST_TEXT)}")
        for text in told:
            page.add(text, _INDENT, _INDENT + "  ")
