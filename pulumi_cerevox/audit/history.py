"""Compare two days: who came, went or changed, and which findings are new or settled.

`roster.plan` compares, as everywhere. Of an audit, the people in the account count, so
it must be one that lists everybody (`--all`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rich.text import Text

from pulumi_cerevox.account import fold_email, printable
from pulumi_cerevox.audit.findings import Since
from pulumi_cerevox.audit.model import AuditResult, SourceError
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.audit.reports.wording import code_span
from pulumi_cerevox.audit.sources import declared_in_content, read_content
from pulumi_cerevox.audit.stored import StoredAuditError, from_json
from pulumi_cerevox.roster import ChangeKind, Person, plan
from pulumi_cerevox.screen import Screen


def beside(result: AuditResult, old: AuditResult) -> AuditResult:
    """Return an audit whose findings say what became of those of an older audit.

    A finding is the same where its fingerprint is. What was not read in full settles
    nothing, and an older audit with gaps makes nothing new.

    Raises:
        SourceError: the older audit is of another account.
    """
    ids = old.account.account_id, result.account.account_id
    if None not in ids and ids[0] != ids[1]:
        raise SourceError(
            f"the older audit is of account {printable(str(ids[0]))}, and this one of "
            f"{printable(str(ids[1]))}"
        )
    known = {one.fingerprint for one in old.findings}
    unknown = None if old.gaps else Since.NEW
    findings = tuple(
        replace(one, since=Since.STANDING if one.fingerprint in known else unknown)
        for one in result.findings
    )
    still = {one.fingerprint for one in findings}
    gone = [one for one in old.findings if one.fingerprint not in still]
    return replace(
        result,
        findings=findings,
        since=old.date,
        settled=() if result.gaps else tuple(gone),
    )


VERSION = 1
"""The version of the JSON format."""
MOVED = "email"
"""The kind of a difference that `roster.plan` does not know: the same user id has
another email."""


@dataclass(frozen=True, slots=True)
class Membership:
    """The people who were there, or declared, on one of the two days.

    Attributes:
        name: The file, as the user named it.
        people: By folded email; a role or a name that is not managed is None there.
        spelling: Each email as it was written.
        ids: The user id of each person, where it is known.
        account_id: The account, where it is known.
        redacted: Whether emails and names were replaced.
        gaps: What was not read in full; escaped.
    """

    name: str
    people: Mapping[str, tuple[str | None, str | None]]
    spelling: Mapping[str, str]
    ids: Mapping[str, str] = field(default_factory=dict)
    account_id: str | None = None
    redacted: bool = False
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between the two.

    Attributes:
        kind: The kind of the change, or `email`.
        email: Whose, as the new side writes it; escape it.
        before: Role and name before; None for somebody who came.
        after: Role and name after; None for somebody who went.
        was: The old email of somebody whose email changed; escape it.
    """

    kind: str
    email: str
    before: Person | None
    after: Person | None
    was: str | None = None

    def told(self, shown: Callable[[str], str]) -> str:
        """Say what differs; foreign values go through *shown*."""
        before, after = self.before, self.after
        if before is None and after is not None:
            return f"came, as {shown(after.role)}"
        if after is None and before is not None:
            return f"went; was {shown(before.role)}"
        if before is None or after is None:
            return ""
        told = [f"the email was {shown(self.was)}"] if self.was else []
        if before.role != after.role:
            told.append(f"{shown(before.role)} became {shown(after.role)}")
        if after.name is not None and before.name != after.name:
            told.append(f"the name was {shown(before.name or 'none')}")
        return "; ".join(told)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences of two memberships. Every report is made from it.

    Attributes:
        old: The name of the old one.
        new: The name of the new one.
        differences: New admins first, then who went, came and changed.
        in_place: People of both whom no difference touches.
        gaps: What was not read in full; escaped.
    """

    old: str
    new: str
    differences: tuple[Difference, ...]
    in_place: int
    gaps: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0 for no difference, 7 for some, 4 where something was not read in full."""
        return 4 if self.gaps else 7 if self.differences else 0

    @property
    def headline(self) -> str:
        """The differences in one line."""
        counts = {
            "came": sum(one.before is None for one in self.differences),
            "went": sum(one.after is None for one in self.differences),
        }
        counts["changed"] = len(self.differences) - sum(counts.values())
        told = ", ".join(
            f"{number} {what}" for what, number in counts.items() if number
        )
        start = "incomplete: " if self.gaps else ""
        return f"{start}{told or 'no difference'}; {self.in_place} the same"


def read_membership(name: str) -> Membership:
    """Read one side: a roster, a stack's export, a preview, or an audit's JSON.

    Raises:
        RosterFileError: a roster has faults.
        SourceError: it lists nobody, or not everybody of one account.
    """
    data = read_content(name)
    text = data.decode("utf-8-sig", "replace")
    if text.lstrip().startswith("{"):
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            document = None
        if isinstance(document, dict) and "verdict" in document:
            try:
                return _of_audit(from_json(text, printable(name)), name)
            except StoredAuditError as error:
                raise SourceError(str(error)) from None
    declared = declared_in_content(data, name)
    if declared.elsewhere:
        raise SourceError(
            f"{printable(name)}: declares people of several accounts, and a difference "
            "is about one"
        )
    people = {fold_email(one.email): one for one in declared.people}
    return Membership(
        name=name,
        people={email: (one.role, one.name) for email, one in people.items()},
        spelling={email: one.email for email, one in people.items()},
        account_id=declared.account_id,
        gaps=tuple(gap.text for gap in declared.gaps),
    )


def _of_audit(result: AuditResult, name: str) -> Membership:
    if result.people is None and not result.gaps:
        raise SourceError(
            f"{printable(name)}: this audit lists findings alone; make it with "
            "`pulumi-cerevox audit --all --format json`"
        )
    there = [one for one in result.people or () if one.role is not None]
    people = {fold_email(one.email): one for one in there}
    return Membership(
        name=name,
        # An account without a name of them is no source that leaves names out.
        people={email: (one.role, one.name or "") for email, one in people.items()},
        spelling={email: one.email for email, one in people.items()},
        ids={email: one.user_id for email, one in people.items() if one.user_id},
        account_id=result.account.account_id,
        redacted=result.redacted,
        gaps=tuple(gap.text for gap in result.gaps),
    )


def _refuse_mixed(old: Membership, new: Membership) -> None:
    accounts = {old.account_id, new.account_id} - {None}
    if len(accounts) > 1:
        raise SourceError(
            f"{printable(old.name)} is about account {printable(str(old.account_id))}, "
            f"{printable(new.name)} about {printable(str(new.account_id))}: nothing "
            "was compared"
        )
    if old.redacted is not new.redacted:
        raise SourceError(
            "the emails of one side are redacted, and those of the other are not: "
            "nothing was compared"
        )


def compare_memberships(old: Membership, new: Membership) -> Comparison:
    """Compare two days.

    Raises:
        SourceError: they are about two accounts, or the emails of one are replaced.
    """
    _refuse_mixed(old, new)
    moved = _find_moved(old, new)
    olds = {moved.get(email, email): one for email, one in old.people.items()}
    # What one side does not manage is taken to be as on the other.
    before, after = _fill_unmanaged(olds, new.people), _fill_unmanaged(new.people, olds)
    kinds = dict.fromkeys(moved.values(), MOVED)
    for change in plan(before, after).changes:
        # A role may come with a name, and an email with both: the role says more.
        if kinds.get(change.email, MOVED) in {MOVED, ChangeKind.UPDATE}:
            kinds[change.email] = change.kind.value
    were = {email: old.spelling[was] for was, email in moved.items()}
    differences = [
        Difference(
            kind=kind,
            email=new.spelling.get(email) or old.spelling[email],
            before=before.get(email),
            after=after.get(email),
            was=were.get(email),
        )
        for email, kind in kinds.items()
    ]
    return Comparison(
        old=old.name,
        new=new.name,
        differences=tuple(sorted(differences, key=_rank)),
        in_place=len((set(before) & set(after)) - set(kinds)),
        gaps=tuple(
            f"{printable(one.name)}: {gap}" for one in (old, new) for gap in one.gaps
        ),
    )


def _find_moved(old: Membership, new: Membership) -> dict[str, str]:
    """Return who has another email now, old by new: the user id decides who it is."""
    emails = {id_: email for email, id_ in new.ids.items()}
    return {
        email: emails[id_]
        for email, id_ in old.ids.items()
        if id_ in emails
        and emails[id_] != email
        and emails[id_] not in old.people
        and email not in new.people
    }


def _fill_unmanaged(
    people: Mapping[str, tuple[str | None, str | None]],
    others: Mapping[str, tuple[str | None, str | None]],
) -> dict[str, Person]:
    filled = {}
    for email, (role, name) in people.items():
        other_role, other_name = others.get(email, (None, None))
        there = name if name is not None else other_name
        filled[email] = Person(role or other_role or "member", there)
    return filled


_ORDER = (
    *(ChangeKind.PROMOTE, ChangeKind.REMOVE, ChangeKind.DEMOTE),
    *(ChangeKind.CREATE, ChangeKind.UPDATE, MOVED),
)


def _rank(one: Difference) -> tuple[bool, int, str]:
    is_admin = one.after is not None and one.after.role == "admin"
    raised = is_admin and (one.before is None or one.before.role != "admin")
    return (not raised, _ORDER.index(one.kind), fold_email(one.email))


def _render_console(result: Comparison, look: Look) -> str:
    lines = [Text(result.headline, "yellow" if result.exit_code else "green")]
    lines += [Text(f"gap: {gap}", "red") for gap in result.gaps]
    lines.append(
        Text(f"{printable(result.old)} against {printable(result.new)}", "dim")
    )
    lines += [
        Text(f"- {printable(one.email)}: {one.told(printable)}")
        for one in result.differences
    ]
    return Screen(look.color).draw(*lines)


MOST_ROWS = 500
"""GitHub takes 65,536 characters in a comment."""


def _render_markdown(result: Comparison, look: Look) -> str:
    del look
    lines = [f"## Cerevox: {result.headline}", ""]
    lines += [f"- not read in full: {code_span(gap)}" for gap in result.gaps]
    lines += [f"{code_span(result.old)} against {code_span(result.new)}"]
    if result.differences:
        lines += ["", "| who | what |", "| --- | --- |"]
    lines += [
        f"| {code_span(one.email)} | {one.told(code_span)} |"
        for one in result.differences[:MOST_ROWS]
    ]
    more = len(result.differences) - MOST_ROWS
    if more > 0:
        lines += ["", f"{more} more are not shown here; `--format json` has them all."]
    return "\n".join(lines) + "\n"


def _render_json(result: Comparison, look: Look) -> str:
    """Return the JSON, in ASCII: nothing in it acts."""
    del look
    document = {
        "version": VERSION,
        "exit_code": result.exit_code,
        "headline": result.headline,
        "old": result.old,
        "new": result.new,
        "in_place": result.in_place,
        "differences": [
            {
                "kind": one.kind,
                "email": one.email,
                "was": one.was,
                "before": _person(one.before),
                "after": _person(one.after),
            }
            for one in result.differences
        ],
        "gaps": list(result.gaps),
    }
    return json.dumps(document, indent=2).replace("##", "\\u0023\\u0023") + "\n"


def _person(person: Person | None) -> dict[str, Any] | None:
    return None if person is None else {"role": person.role, "name": person.name}


_RENDERERS: dict[str, Callable[[Comparison, Look], str]] = {
    "console": _render_console,
    "json": _render_json,
    "markdown": _render_markdown,
}


def render_diff(form: str, result: Comparison, look: Look) -> str:
    """Return a comparison in a format; it ends in a line break."""
    return _RENDERERS[form](result, look)
