"""The report of a guard for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.guarding.reports.groups import Line, groups
from pulumi_cerevox.audit.guarding.result import GuardResult, GuardVerdict
from pulumi_cerevox.audit.reports import Look

_MOST_LINES = 200
_WIDEST_EMAIL = 40
_COLORS = {
    GuardVerdict.PASSED: "32",
    GuardVerdict.INCOMPLETE: "33",
    GuardVerdict.REFUSED: "31",
}


def render(result: GuardResult, look: Look) -> str:
    """Give the text; why something is refused is not in it, but follows it."""
    return "".join(f"{line}\n" for line in _lines(result, look))


def _lines(result: GuardResult, look: Look) -> Iterator[str]:
    yield _painted(result.headline, _COLORS[result.verdict], look)
    for title, lines in groups(result):
        yield ""
        yield _painted(title, "1", look)
        yield from _told(lines)
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
        yield ""
        yield from notes
    yield ""
    yield f"digest: {result.digest or 'none, for not everything could be judged'}"


def _told(lines: list[Line]) -> Iterator[str]:
    width = min(_WIDEST_EMAIL, max(len(printable(one.email)) for one in lines))
    for one in lines[:_MOST_LINES]:
        yield f"  {printable(one.email):<{width}}  {one.why}  [{printable(one.part)}]"
    if len(lines) > _MOST_LINES:
        yield f"  and {len(lines) - _MOST_LINES} more; --format json has them all"


def _painted(text: str, color: str, look: Look) -> str:
    return f"\x1b[{color}m{text}\x1b[0m" if look.color else text
