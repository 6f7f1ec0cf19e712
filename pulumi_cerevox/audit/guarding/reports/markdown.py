"""The report of a guard for job summaries and pull requests, in GitHub's Markdown.

Foreign text stands in code spans alone, where no mark-up, mention, link or HTML is
read; what would end a table's cell or the span is dealt with.
"""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_cerevox.audit.guarding.reports.groups import Line, groups
from pulumi_cerevox.audit.guarding.result import GuardResult
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.audit.reports.code_spans import code_span

MOST_CHARACTERS = 60_000
"""GitHub takes 65,536 characters in a comment."""

_OPEN_ROWS = 100
_HEAD = ("| who | what | where |", "| --- | --- | --- |")


def render(result: GuardResult, look: Look) -> str:
    """Give the Markdown; what does not fit is counted."""
    del look
    text = "".join(f"{line}\n" for line in _lines(result))
    if len(text) <= MOST_CHARACTERS:
        return text
    cut = text[: text.rindex("\n", 0, MOST_CHARACTERS)]
    fence = "\n```" if cut.count("```") % 2 else ""
    return f"{cut}{fence}\n\nThe rest did not fit; `--format json` has it all.\n"


def _lines(result: GuardResult) -> Iterator[str]:
    yield f"## Cerevox guard: {result.headline}"
    for text in (*result.refusal_texts, *result.gaps):
        # Nothing in it ends the block.
        yield from ("", "```text", text.replace("```", "'''"), "```")
    for title, lines in groups(result):
        yield from (
            "",
            f"### {title}",
            "",
            "| who | what | where |",
            "| --- | --- | --- |",
        )
        yield from (_row(one) for one in lines[:_OPEN_ROWS])
        if len(lines) > _OPEN_ROWS:
            yield ""
            yield f"and {len(lines) - _OPEN_ROWS} more"
    for part in result.parts:
        for note in part.all_notes:
            yield from ("", f"- {code_span(part.title)}: {code_span(note)}")
    if result.untouched:
        told = ", ".join(code_span(one) for one in result.untouched)
        yield from (
            "",
            f"- touches nobody (other code, a setting, a person only let go): {told}",
        )
    if result.digest is not None:
        yield from ("", f"Digest of who goes and who is demoted: `{result.digest}`")


def _row(line: Line) -> str:
    return (
        f"| {code_span(line.email)} | {code_span(line.why)} | {code_span(line.part)} |"
    )
