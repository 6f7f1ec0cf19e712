"""The findings of an audit, and everything about each kind of finding.

Only this module describes a kind: its value in files and in SARIF, its words, its fix
and its help. It escapes nothing. A foreign value goes through `shown`, the format's own
function that makes it harmless, before it is put among the words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pulumi_cerevox.account import fold_email
from pulumi_cerevox.roster import Member, Place, member_line

_DIGITS = 16
_APPLY = "`pulumi up --refresh`"


class SourceKind(StrEnum):
    """The source of the declared people."""

    ROSTER = "roster"
    STACK = "stack"
    PREVIEW = "preview"


class FindingKind(StrEnum):
    """The kinds of finding, the worst first. `KINDS` describes each."""

    UNDECLARED = "undeclared"
    LEFT_OVER = "left_over"
    CHANGED_ROLE = "changed.role"
    EXPIRED = "expired"
    EXPIRED_ROLE = "expired.role"
    NOT_IN_DIRECTORY = "not_in_directory"
    MISSING = "missing"
    CHANGED_NAME = "changed.name"
    BANNED = "banned"
    EXPIRING = "expiring"
    REVIEW_OVERDUE = "review_overdue"
    DORMANT = "dormant"
    NEVER_LOGGED_IN = "never_logged_in"


class Level(StrEnum):
    """The effect of a finding on the verdict."""

    DRIFT = "drift"
    NOTE = "note"


class Since(StrEnum):
    """A finding, compared with an older audit."""

    NEW = "new"
    STANDING = "standing"


@dataclass(frozen=True, slots=True)
class Ignored:
    """The rule that sets a finding aside.

    Attributes:
        reason: Why, as its author wrote it.
        owner: Whom to ask.
        until: The last day on which it is set aside.
    """

    reason: str
    owner: str
    until: date


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference, or one thing worth knowing.

    All texts are as the account or the declaration has them: escape them for where
    they go.

    Attributes:
        kind: What it is.
        level: Whether it is drift.
        email: As the account spells it; as declared where it is not in the account.
        fingerprint: 16 hexadecimal digits; the same person, kind and account give the
            same ones in every run and every source.
        role: Their role in the account; None where they are not in it.
        name: Their name in the account; None where they are not in it.
        user_id: Their id; None where they are not in the account.
        last_login: RFC 3339; None before the first one, and outside the account.
        declared: The declared value, of what `changed` names; the role of somebody
            missing; the last day of somebody expired or expiring; the directory's
            status of somebody who left; the day of a review that is overdue.
        actual: The account's value, of what `changed` names; `admin` where the last
            day as an admin alone has come or is near.
        place: The line that declares them; None for a stack, and for undeclared
            people.
        resource: What declares them in a stack.
        fix: What to do, in one line.
        ignored: The rule that sets it aside, if one does.
        since: Whether an older audit had it; None where there is none to tell.
    """

    kind: FindingKind
    level: Level
    email: str
    fingerprint: str
    role: str | None = None
    name: str | None = None
    user_id: str | None = None
    last_login: str | None = None
    declared: str | None = None
    actual: str | None = None
    place: Place | None = None
    resource: str | None = None
    fix: str = ""
    ignored: Ignored | None = None
    since: Since | None = None

    @property
    def is_drift(self) -> bool:
        """Whether it makes the audit fail: drift that no rule sets aside."""
        return self.level is Level.DRIFT and self.ignored is None

    @property
    def is_raise(self) -> bool:
        """Whether somebody has the admin role who should not: the worst of all."""
        is_admin = self.role == "admin"
        unasked = {
            FindingKind.UNDECLARED,
            FindingKind.CHANGED_ROLE,
            FindingKind.EXPIRED_ROLE,
        }
        return is_admin and self.kind in unasked

    @property
    def where(self) -> str | None:
        """The line or resource that declares them, or None."""
        if self.place is not None:
            return f"{self.place.path}:{self.place.line}"
        return self.resource


Shown = Callable[[str], str]
"""Makes foreign text harmless for one format."""


@dataclass(frozen=True, slots=True)
class About:
    """All that is said of a kind.

    Attributes:
        title: Its short name, as in `another role`.
        counted: Its name after a number, as in `2 with another role`.
        says: What it means, in a sentence.
        then: What to do, in a sentence.
        what: Says what is declared and what is there.
        fix: Says how one finding is settled, either way round.
        is_drift: Whether it is drift unless told otherwise; if not, it is a note.
        declared: What stands for a declared value where there is none.
        actual: What stands for a value in the account where there is none.
    """

    title: str
    counted: str
    says: str
    then: str
    what: Callable[[Finding, Shown], str]
    fix: Callable[[Finding, SourceKind], str]
    is_drift: bool = False
    declared: str | None = None
    actual: str | None = None


def quoted(text: str) -> str:
    """Return a name in quotes that nothing in it can close."""
    # As the stored audit has it: half of a surrogate pair is shown as what it is.
    whole = text.encode("utf-8", "backslashreplace").decode()
    return json.dumps(whole, ensure_ascii=False)


def _declare(finding: Finding, source: SourceKind) -> str:
    """Write down the account's text as YAML or JSON does: no name ends its quotes."""
    role = finding.role or "member"
    if source is SourceKind.ROSTER:
        member = Member(email=finding.email, role=role, name=finding.name)
        return f"declare them: `- {member_line(member)}`, or remove them by hand"
    return (
        f"declare them: email={json.dumps(finding.email)}, role={json.dumps(role)} (a "
        'User with on_existing="adopt", or a member of the Roster), or remove them by '
        "hand"
    )


def _at(finding: Finding) -> str:
    return f" ({finding.where})" if finding.where else ""


def _ask(finding: Finding, _: SourceKind) -> str:
    return f"ask them; if they left, take them out of the declaration{_at(finding)}"


DELETED = "deleted"
"""The declared role of somebody who is to be deleted."""


def _done_to(found: Finding, shown: Shown) -> str:
    if found.declared == DELETED:
        return "deletes them"
    return f"makes them {shown(found.declared or '')}"


KINDS = {
    FindingKind.UNDECLARED: About(
        title="undeclared",
        counted="undeclared",
        says="Somebody is in the account, and nobody declared them.",
        then="Declare them, or remove them by hand.",
        what=lambda found, shown: (
            f"in the account as {shown(found.role or 'member')}, declared nowhere"
        ),
        fix=_declare,
        is_drift=True,
        declared="nobody",
        actual="in the account",
    ),
    FindingKind.LEFT_OVER: About(
        title="left over",
        counted="left over",
        says="An earlier `pulumi up` left somebody's resource to be deleted, and the "
        "next one does it.",
        then="Let Pulumi do it, or declare them again first.",
        what=lambda found, shown: (
            f"the next `pulumi up` {_done_to(found, shown)}: an earlier one left "
            f"{shown(found.resource or '')} to be deleted"
        ),
        fix=lambda _, __: (
            "run `pulumi up` if that is meant; if it is not, declare them again first"
        ),
        is_drift=True,
        actual="in the account",
    ),
    FindingKind.CHANGED_ROLE: About(
        title="another role",
        counted="with another role",
        says="Somebody has another role than declared.",
        then="Let Pulumi set the declared role, or declare the role that is there.",
        what=lambda found, shown: (
            f"declared as {shown(found.declared or '')}, is {shown(found.actual or '')}"
        ),
        fix=lambda found, _: (
            f"{_APPLY} makes them {found.declared} again; if {found.actual} is right, "
            f"declare role {found.actual}{_at(found)}"
        ),
        is_drift=True,
    ),
    FindingKind.EXPIRED: About(
        title="expired",
        counted="expired",
        says="The last day of a membership has passed, and they are still in the "
        "account.",
        then="Let `expired: remove` take them out, or move the day.",
        what=lambda found, shown: (
            f"declared until {shown(found.declared)}, still in the account"
            if found.declared
            else "past their last day, still in the account"
        ),
        fix=lambda found, _: (
            "take them out of the roster, or set `expired: remove` and let the next "
            f"`pulumi up` remove them; or move `until`{_at(found)}"
        ),
        is_drift=True,
        actual="in the account",
    ),
    FindingKind.EXPIRED_ROLE: About(
        title="expired as admin",
        counted="expired as admin",
        says="The last day as an admin has passed, and they still are one.",
        then="Let the next `pulumi up` make them a member, or move the day.",
        what=lambda found, shown: (
            f"declared an admin until {shown(found.declared or '')}, still is one"
        ),
        fix=lambda found, _: (
            "the next `pulumi up` makes them a member; or move "
            f"`role_until`{_at(found)}"
        ),
        is_drift=True,
    ),
    FindingKind.NOT_IN_DIRECTORY: About(
        title="not in the directory",
        counted="not in the directory",
        says="Somebody is declared or in the account, and the directory of people does "
        "not list them as active.",
        then="If they left, remove them and take them out of the declaration.",
        what=lambda found, shown: (
            f"listed in the directory as {shown(found.declared)}"
            if found.declared
            else "not in the directory"
        ),
        fix=lambda found, _: (
            "if they left, remove them (`pulumi-cerevox remove`) and take them out of "
            f"the declaration{_at(found)}"
        ),
        is_drift=True,
        declared="not listed",
    ),
    FindingKind.MISSING: About(
        title="missing",
        counted="missing",
        says="Somebody is declared, and not in the account.",
        then="Let Pulumi put them back, or take them out of the declaration.",
        what=lambda found, shown: (
            f"declared as {shown(found.declared)}, not in the account"
            if found.declared
            else "declared, not in the account"
        ),
        fix=lambda found, _: (
            f"{_APPLY} puts them back; if they left for good, take them out of the "
            f"declaration{_at(found)}"
        ),
        is_drift=True,
        actual="not in the account",
    ),
    FindingKind.CHANGED_NAME: About(
        title="another name",
        counted="with another name",
        says="Somebody has another name than declared.",
        then="Let Pulumi set the declared name, or declare the name that is there.",
        what=lambda found, shown: (
            f"declared with the name {shown(quoted(found.declared or ''))}, "
            f"has {shown(quoted(found.actual or ''))}"
        ),
        fix=lambda found, _: (
            f"{_APPLY} sets the declared name; or declare name "
            f"{json.dumps(found.actual or '')}{_at(found)}"
        ),
        is_drift=True,
    ),
    FindingKind.BANNED: About(
        title="banned",
        counted="banned",
        says="Somebody who is declared is barred from logging in.",
        then="Lift the ban, or take them out of the declaration.",
        what=lambda _, __: "declared, and barred from logging in",
        fix=lambda found, _: (
            f"lift the ban, or take them out of the declaration{_at(found)}"
        ),
    ),
    FindingKind.EXPIRING: About(
        title="expiring",
        counted="expiring",
        says="The last day of a membership, or as an admin, is near.",
        then="Move the day if they stay.",
        what=lambda found, shown: (
            f"declared {'an admin ' if found.actual else ''}until "
            f"{shown(found.declared or '')}, which is near"
        ),
        fix=lambda found, _: (
            f"move `{'role_until' if found.actual else 'until'}` if they stay"
            f"{_at(found)}"
        ),
    ),
    FindingKind.REVIEW_OVERDUE: About(
        title="review overdue",
        counted="with an overdue review",
        says="Nobody has confirmed for long that somebody needs this access.",
        then="Ask whether they still need it, and move `reviewed` in a pull request.",
        what=lambda found, shown: (
            f"declared, and last reviewed on {shown(found.declared)}"
            if found.declared
            else "declared, and never reviewed"
        ),
        fix=lambda found, _: (
            "if they still need this access, move `reviewed` to the day of the "
            f"review; if not, take them out of the roster{_at(found)}"
        ),
        declared="never reviewed",
    ),
    FindingKind.DORMANT: About(
        title="dormant",
        counted="dormant",
        says="Somebody who is declared has not logged in for long.",
        then="Ask them; if they left, take them out of the declaration.",
        what=lambda _, __: "declared, and has not logged in for long",
        fix=_ask,
    ),
    FindingKind.NEVER_LOGGED_IN: About(
        title="never logged in",
        counted="never logged in",
        says="Somebody who is declared has never logged in.",
        then="Ask them; if they left, take them out of the declaration.",
        what=lambda _, __: "declared, and has never logged in",
        fix=_ask,
    ),
}

DRIFT_KINDS = frozenset(kind for kind, about in KINDS.items() if about.is_drift)
"""The kinds that are drift by default."""


def fix_of(finding: Finding, source: SourceKind) -> str:
    """Say how a finding is settled, either way round."""
    return KINDS[finding.kind].fix(finding, source)


_RANKS = {kind: rank for rank, kind in enumerate(FindingKind)}


def rank(finding: Finding) -> tuple[bool, bool, int, str]:
    """Return the place of a finding in a report: the worst first, ignored ones last."""
    return (
        finding.ignored is not None,
        not finding.is_raise,
        _RANKS[finding.kind],
        fold_email(finding.email),
    )


def fingerprint(account_id: str, kind: FindingKind, email: str) -> str:
    """Return the lasting short name of a finding."""
    text = "\0".join([account_id, kind.value, fold_email(email)])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def counted(findings: Iterable[Finding]) -> dict[FindingKind, int]:
    """Return how many findings of each kind there are, also where there are none."""
    counts = dict.fromkeys(FindingKind, 0)
    for finding in findings:
        counts[finding.kind] += 1
    return counts


def told_counts(findings: Iterable[Finding]) -> str:
    """Return the counts in words, as in `2 undeclared, 1 missing`."""
    counts = counted(findings)
    return ", ".join(
        f"{counts[kind]} {KINDS[kind].counted}" for kind in counts if counts[kind]
    )
