"""What a guard's report is divided into: the worst first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pulumi_cerevox.audit.guarding.result import GuardResult, Part, gives_admin
from pulumi_cerevox.roster import Change, ChangeKind

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
    """Give the groups that have somebody in them, with their titles."""
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
        return f"assigned {change.after.role}; the preview doesn't know the role now"
    return change.reason
