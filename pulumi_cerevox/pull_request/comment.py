"""What stands in the comment, and how it is found again. Pure.

The first line is a marker that no reader sees. A comment is ours when it *begins* with
the marker and its author is whom the token belongs to: so neither a report that holds
such a line nor somebody who pastes one changes what is updated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pulumi_cerevox.pull_request.workflow import Run

MOST_CHARACTERS = 65_536
"""Of a comment (GitHub's own limit)."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,119}")
_RUN_LINE = re.compile(r"<!-- pulumi-cerevox-run: ([0-9]{1,18})\.([0-9]{1,9}) -->")
_FENCE = re.compile(r"^(`{3,}|~{3,})", re.MULTILINE)
_CUT = "\n\n**The rest did not fit into a comment: see the run's summary.**\n"


def name_fault(name: str) -> str | None:
    """Say what is wrong with a comment's name; None where nothing is."""
    if _NAME.fullmatch(name):
        return None
    return "is no name: letters, digits and . _ / - only, 120 at most, as in guard/prod"


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment that is to be there.

    Attributes:
        name: Which one it is on its pull request: command and stack, as `guard/prod`.
        report: Markdown in which whatever is foreign is escaped already.
        run: The run that wrote the report, where there is one.
    """

    name: str
    report: str
    run: Run | None = None

    @property
    def marker(self) -> str:
        """The first line."""
        return f"<!-- pulumi-cerevox: {self.name} -->"

    def is_marked(self, body: str) -> bool:
        """Tell whether a comment's text is this comment, in whichever version."""
        return body.splitlines()[:1] == [self.marker]

    def is_older_than(self, body: str) -> bool:
        """Tell whether a later run than ours wrote a text: its word stands."""
        lines = body.splitlines()
        found = _RUN_LINE.fullmatch(lines[1]) if len(lines) > 1 else None
        if found is None or self.run is None:
            return False
        theirs = (int(found[1]), int(found[2]))
        return (self.run.number, self.run.attempt) < theirs

    def body(self) -> str:
        """Give the whole text, cut where GitHub would refuse it."""
        head = f"{self.marker}\n{self._run_line()}\n"
        foot = self._foot()
        room = MOST_CHARACTERS - len(head) - len(foot)
        return f"{head}{_fitted(self.report, room)}{foot}"

    def _run_line(self) -> str:
        if self.run is None:
            return ""
        return f"<!-- pulumi-cerevox-run: {self.run.number}.{self.run.attempt} -->\n"

    def _foot(self) -> str:
        if self.run is None:
            return ""
        shown = f"run {self.run.number}"
        by = f"[{shown}]({self.run.url})" if self.run.url else shown
        at = f" at {self.run.commit[:10]}" if self.run.commit else ""
        return f"\n<sub>{by}{at}; a later run writes it anew in this place</sub>\n"


def _fitted(report: str, room: int) -> str:
    """Give as many whole lines as fit, with what closes an open block of code."""
    if len(report) <= room:
        return report if report.endswith("\n") else f"{report}\n"
    # Room for the line that closes a fence: as long as the fence itself, or 80.
    cut = report[: room - len(_CUT) - 80]
    cut = cut[: cut.rfind("\n") + 1] or cut
    fence = _open_fence(cut)
    return f"{cut}{fence}{_CUT}"


def _open_fence(text: str) -> str:
    fences: list[str] = _FENCE.findall(text)
    opened = ""
    for fence in fences:
        if not opened:
            opened = fence
        elif fence[0] == opened[0] and len(fence) >= len(opened):
            opened = ""
    return f"{opened[:78]}\n" if opened else ""
