"""One line of an audit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pulumi_cerevox.account import fold_email
from pulumi_cerevox.roster import Place

_DIGITS = 16


class FindingKind(StrEnum):
    """What an audit finds. The first five can be drift; the rest are notes."""

    UNDECLARED = "undeclared"
    """In the account, and nobody declared them."""
    CHANGED_ROLE = "changed.role"
    """Another role than declared."""
    EXPIRED = "expired"
    """In the account although the last day of the membership has passed."""
    MISSING = "missing"
    """Declared, and not in the account."""
    CHANGED_NAME = "changed.name"
    """Another name than declared."""
    BANNED = "banned"
    """Declared and in the account, but barred from logging in."""
    DORMANT = "dormant"
    """The last login is longer ago than was asked for."""
    NEVER_LOGGED_IN = "never_logged_in"
    """Declared and in the account, and never logged in."""


DRIFT_KINDS = frozenset(
    {
        FindingKind.UNDECLARED,
        FindingKind.CHANGED_ROLE,
        FindingKind.EXPIRED,
        FindingKind.MISSING,
        FindingKind.CHANGED_NAME,
    }
)
"""What is drift unless told otherwise."""


class Level(StrEnum):
    """What a finding means for the verdict."""

    DRIFT = "drift"
    NOTE = "note"


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
            missing; the last day of somebody expired.
        actual: The account's value, of what `changed` names.
        place: The line that declares them; None for a stack, and for undeclared
            people.
        resource: What declares them in a stack.
        fix: What to do, in one line.
        ignored: The rule that sets it aside, if one does.
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

    @property
    def is_drift(self) -> bool:
        """Whether it makes the audit fail: drift that no rule sets aside."""
        return self.level is Level.DRIFT and self.ignored is None

    @property
    def is_raise(self) -> bool:
        """Whether somebody has the admin role who should not: the worst of all."""
        is_admin = self.role == "admin"
        unasked = {FindingKind.UNDECLARED, FindingKind.CHANGED_ROLE}
        return is_admin and self.kind in unasked


_RANKS = {kind: rank for rank, kind in enumerate(FindingKind)}


def rank(finding: Finding) -> tuple[bool, bool, int, str]:
    """Give the place of a finding in a report: the worst first, ignored ones last."""
    return (
        finding.ignored is not None,
        not finding.is_raise,
        _RANKS[finding.kind],
        fold_email(finding.email),
    )


def fingerprint(account_id: str, kind: FindingKind, email: str) -> str:
    """Give the lasting short name of a finding."""
    text = "\0".join([account_id, kind.value, fold_email(email)])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
