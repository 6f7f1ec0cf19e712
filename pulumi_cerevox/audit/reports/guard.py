"""Reports of a guard, one `render_…` function for each format."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.guard import (
    GuardResult,
    GuardVerdict,
    Part,
    gives_admin,
    worst_first,
)
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.audit.reports.wording import code_span
from pulumi_cerevox.roster import Change, ChangeKind, Person
from pulumi_cerevox.screen import Screen

_TITLES = {
    ChangeKind.REMOVE: "Removed",
    ChangeKind.DEMOTE: "No longer admin",
    ChangeKind.CREATE: "Created",
    ChangeKind.UPDATE: "Renamed",
}
_BECOMES_ADMIN = "Becomes admin"


@dataclass(frozen=True, slots=True)
class Line:
    """One change.

    Attributes:
        email: Whose; escape it.
        why: What happens to them, in a few words; escaped.
        part: The title of its roster or account; escape it.
    """

    email: str
    why: str
    part: str


def groups(result: GuardResult) -> Iterator[tuple[str, list[Line]]]:
    """Return the groups that have somebody in them, with their titles."""
    changes = [(part, change) for part in result.parts for change in part.plan.changes]
    raised = [(part, one) for part, one in changes if gives_admin(one)]
    yield from _group(_BECOMES_ADMIN, raised)
    for kind, title in _TITLES.items():
        of_kind = [
            (part, one)
            for part, one in changes
            if one.kind is kind and not gives_admin(one)
        ]
        yield from _group(title, of_kind)


def _group(
    title: str, changes: list[tuple[Part, Change]]
) -> Iterator[tuple[str, list[Line]]]:
    if changes:
        lines = [Line(one.email, _why(part, one), part.title) for part, one in changes]
        yield f"{title} ({len(lines)})", lines


def _why(part: Part, change: Change) -> str:
    if change.kind is ChangeKind.REMOVE and change.email in dict(part.replaced):
        was = "; is an admin" if change.before and change.before.role == "admin" else ""
        return f"replaced: their User names somebody else now{was}"
    if change.email in part.assumed and change.after is not None:
        role = printable(change.after.role)
        return f"assigned {role}; the preview doesn't know the role now"
    return change.reason


_MOST_LINES = 200
_WIDEST_EMAIL = 40
_STYLES = {
    GuardVerdict.PASSED: "green",
    GuardVerdict.INCOMPLETE: "yellow",
    GuardVerdict.REFUSED: "red",
}


def _render_console(result: GuardResult, look: Look) -> str:
    """Return the text; why something is refused is not in it, but follows it."""
    return Screen(look.color).draw(*_lines(result))


def _lines(result: GuardResult) -> Iterator[Text]:
    yield Text(result.headline, _STYLES[result.verdict])
    for title, lines in groups(result):
        yield Text()
        yield Text(title, "bold")
        emails = [printable(one.email) for one in lines]
        width = min(_WIDEST_EMAIL, max(map(cell_len, emails)))
        for one, email in list(zip(lines, emails, strict=True))[:_MOST_LINES]:
            room = " " * (width - cell_len(email))
            yield Text(f"  {email}{room}  {one.why}  [{printable(one.part)}]")
        if len(lines) > _MOST_LINES:
            more = len(lines) - _MOST_LINES
            yield Text(f"  and {more} more; --format json has them all")
    notes = [
        f"{printable(part.title)}: {note}"
        for part in result.parts
        for note in part.all_notes
    ]
    if result.untouched:
        notes.append(
            "touches nobody (other code, a setting, or a person only let go): "
            + ", ".join(result.untouched)
        )
    if notes:
        yield Text()
        yield from map(Text, notes)
    yield Text()
    why = "not everything could be judged" if result.gaps else "the account is unknown"
    yield Text(
        f"approval digest: {result.digest or f'none, for {why}'} (who goes and who is "
        "demoted; CEREVOX_APPROVE takes it)"
    )
    unread = "none, for not everything could be judged"
    yield Text(
        f"plan digest: {result.plan_digest or unread} (all that the change does; it "
        "approves nothing)"
    )


MOST_CHARACTERS = 60_000
"""GitHub takes 65,536 characters in a comment."""

_OPEN_ROWS = 100
_HEAD = ("| who | what | where |", "| --- | --- | --- |")


def _render_markdown(result: GuardResult, look: Look) -> str:
    """Return the Markdown; what does not fit is counted."""
    del look
    text = "".join(f"{line}\n" for line in _markdown_lines(result))
    if len(text) <= MOST_CHARACTERS:
        return text
    cut = text[: text.rindex("\n", 0, MOST_CHARACTERS)]
    fence = "\n```" if cut.count("```") % 2 else ""
    return f"{cut}{fence}\n\nThe rest did not fit; `--format json` has it all.\n"


def _markdown_lines(result: GuardResult) -> Iterator[str]:
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
        told = "Approval digest, of who goes and who is demoted"
        yield from ("", f"{told}: `{result.digest}`")
    if result.plan_digest is not None:
        told = "Plan digest, of all that the change does; it approves nothing"
        yield from ("", f"{told}: `{result.plan_digest}`")


def _row(line: Line) -> str:
    return (
        f"| {code_span(line.email)} | {code_span(line.why)} | {code_span(line.part)} |"
    )


VERSION = 1


def _render_json(result: GuardResult, look: Look) -> str:
    """Return the JSON, in ASCII: nothing in it acts."""
    del look
    return json.dumps(to_document(result), indent=2) + "\n"


def to_document(result: GuardResult) -> dict[str, Any]:
    """Return the judgement as what JSON holds; keys are in a fixed order."""
    return {
        "version": VERSION,
        "verdict": result.verdict.value,
        "exit_code": result.exit_code,
        "headline": result.headline,
        "sources": list(result.sources),
        "digest": result.digest,
        "plan_digest": result.plan_digest,
        "counts": {kind.value: number for kind, number in result.counts.items()},
        "parts": [_part(part) for part in result.parts],
        "untouched": list(result.untouched),
        "gaps": list(result.gaps),
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "title": part.title,
        "digest": part.approval.digest,
        "approved": part.is_approved,
        "changes": [_change(part, one) for one in worst_first(part.plan.changes)],
        "refusals": [
            {
                "guard": one.guard,
                "text": one.text,
                "people": list(one.people),
                "approvable": one.approvable,
                "lifted": one not in part.standing,
            }
            for one in part.refusals
        ],
        "notes": list(part.all_notes),
    }


def _change(part: Part, change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "email": change.email,
        "before": _person(change.before),
        "after": _person(change.after),
        "replaced_by": dict(part.replaced).get(change.email),
        "reason": change.reason,
    }


def _person(person: Person | None) -> dict[str, Any] | None:
    return None if person is None else {"role": person.role, "name": person.name}


_RENDERERS: dict[str, Callable[[GuardResult, Look], str]] = {
    "console": _render_console,
    "json": _render_json,
    "markdown": _render_markdown,
}


def render_guard(form: str, result: GuardResult, look: Look) -> str:
    """Return a judgement in a format; it ends in a line break."""
    return _RENDERERS[form](result, look)
