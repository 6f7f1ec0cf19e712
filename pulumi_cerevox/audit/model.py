"""What an audit is made of: findings, gaps, the declared side, the result."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
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


class GapKind(StrEnum):
    """Why something is missing from an audit."""

    AUTHENTICATION = "authentication"
    """The API refused the credentials, or there are none."""
    ACCOUNT = "account"
    """The account could not be read in full."""
    WRONG_ACCOUNT = "wrong_account"
    """The source belongs to another account than the key."""
    SOURCE = "source"
    """Something in the source can't be compared: a secret, a pending operation."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing.

    Attributes:
        kind: Why.
        text: What, and what to do; foreign text in it is escaped.
    """

    kind: GapKind
    text: str


class SourceKind(StrEnum):
    """Where declared people were read."""

    ROSTER = "roster"
    STACK = "stack"
    PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class Source:
    """What was read.

    Attributes:
        kind: A roster file, a stack's export, or a preview's JSON.
        names: The files, or the stack; as the user named them.
    """

    kind: SourceKind
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeclaredPerson:
    """One person as declared.

    Attributes:
        email: As declared; compare it folded.
        role: "admin" or "member"; None where the role is not managed.
        name: None where the name is not managed.
        until: Last day of the membership.
        place: Where it stands in a roster file; None for a stack.
        resource: What declares it in a stack, as in `User ada`; None for a file.
    """

    email: str
    role: str | None = None
    name: str | None = None
    until: date | None = None
    place: Place | None = None
    resource: str | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """Everybody whom a source declares.

    Attributes:
        source: Where it was read.
        people: Each person once, by folding.
        whole_account: Whether the source claims to know everybody: a roster does,
            single `User`s do not. Where it does not, undeclared people are noted and
            are no drift.
        ignores_undeclared: A roster with `undeclared: ignore`.
        account_id: The account it is bound to, where it says so.
        gaps: What in the source can't be compared.
        elsewhere: What the same source declares for other accounts.
    """

    source: Source
    people: tuple[DeclaredPerson, ...]
    whole_account: bool = True
    ignores_undeclared: bool = False
    account_id: str | None = None
    gaps: tuple[Gap, ...] = ()
    elsewhere: tuple[Declared, ...] = ()

    def for_account(self, account_id: str | None) -> Declared:
        """Return what the source declares for one account.

        Where it declares nothing for that account, it is what it declares for its
        first one: the comparison says then that the account is another.
        """
        for one in (self, *self.elsewhere):
            if one.account_id == account_id:
                return one
        return self


class Verdict(StrEnum):
    """What an audit says, in one word."""

    IN_SYNC = "in_sync"
    DRIFT = "drift"
    INCOMPLETE = "incomplete"
    """Something could not be read or compared, whatever was found."""
    UNAUTHENTICATED = "unauthenticated"
    """The API refused the credentials."""


EXIT_CODES = {
    Verdict.IN_SYNC: 0,
    Verdict.UNAUTHENTICATED: 3,
    Verdict.INCOMPLETE: 4,
    Verdict.DRIFT: 7,
}
"""Pulumi's own numbers (design: the command)."""


@dataclass(frozen=True, slots=True)
class Audited:
    """The account that was audited.

    Attributes:
        base_url: Where its API is.
        account_id: None where it could not be found out.
        account_name: None where the API does not tell.
    """

    base_url: str
    account_id: str | None = None
    account_name: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many people there are.

    Attributes:
        declared: In the source.
        actual: In the account; None where it could not be read.
        in_place: Declared, in the account, and as declared.
    """

    declared: int
    actual: int | None
    in_place: int | None


@dataclass(frozen=True, slots=True)
class AuditResult:
    """One audit.

    Attributes:
        source: The declared side.
        account: The actual side.
        date: When it was made, RFC 3339 in UTC: the one thing that differs between
            two audits of the same two sides.
        counts: How many people there are.
        findings: The worst first, those set aside last.
        gaps: What could not be read or compared.
        warnings: What the user should look at; foreign text in it is escaped.
        redacted: Whether emails and names were replaced.
    """

    source: Source
    account: Audited
    date: str
    counts: Counts
    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    warnings: tuple[str, ...] = ()
    redacted: bool = False

    @property
    def verdict(self) -> Verdict:
        """The one judgement; never `in_sync` where something is missing."""
        if any(gap.kind is GapKind.AUTHENTICATION for gap in self.gaps):
            return Verdict.UNAUTHENTICATED
        if self.gaps:
            return Verdict.INCOMPLETE
        if any(finding.is_drift for finding in self.findings):
            return Verdict.DRIFT
        return Verdict.IN_SYNC

    @property
    def exit_code(self) -> int:
        """The exit code that goes with the verdict."""
        return EXIT_CODES[self.verdict]

    @property
    def drift(self) -> tuple[Finding, ...]:
        """The findings that make the audit fail."""
        return tuple(one for one in self.findings if one.is_drift)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What is worth knowing and is no drift."""
        return tuple(
            one for one in self.findings if not one.is_drift and one.ignored is None
        )

    @property
    def ignored(self) -> tuple[Finding, ...]:
        """What a rule sets aside."""
        return tuple(one for one in self.findings if one.ignored is not None)

    @property
    def headline(self) -> str:
        """The verdict with its figures, on one line; the same in every report."""
        return _HEADLINES[self.verdict](self)


def counted(findings: Iterable[Finding]) -> dict[FindingKind, int]:
    """Return how many findings of each kind there are, also where there are none."""
    counts = dict.fromkeys(FindingKind, 0)
    for finding in findings:
        counts[finding.kind] += 1
    return counts


_WORDS = {
    FindingKind.UNDECLARED: "undeclared",
    FindingKind.CHANGED_ROLE: "with another role",
    FindingKind.EXPIRED: "expired",
    FindingKind.MISSING: "missing",
    FindingKind.CHANGED_NAME: "with another name",
    FindingKind.BANNED: "banned",
    FindingKind.DORMANT: "dormant",
    FindingKind.NEVER_LOGGED_IN: "never logged in",
}


def told_counts(findings: Iterable[Finding]) -> str:
    """Return the counts in words, as in `2 undeclared, 1 missing`."""
    counts = counted(findings)
    return ", ".join(
        f"{counts[kind]} {_WORDS[kind]}" for kind in counts if counts[kind]
    )


def _in_sync(result: AuditResult) -> str:
    counts = result.counts
    others = (counts.actual or 0) - (counts.in_place or 0)
    rest = f"; {others} more in the account" if others > 0 else ""
    ignored = told_counts(result.ignored)
    aside = f"; set aside by rules: {ignored}" if ignored else ""
    return f"in sync: {counts.in_place} of {counts.declared} in place{rest}{aside}"


def _drift(result: AuditResult) -> str:
    counts = result.counts
    return (
        f"drift: {told_counts(result.drift)}; "
        f"{counts.in_place} of {counts.declared} in place"
    )


def _incomplete(result: AuditResult) -> str:
    found = told_counts(result.drift)
    also = f"; found so far: {found}" if found else ""
    return f"incomplete: {len(result.gaps)} gap{_s(result.gaps)}{also}"


def _unauthenticated(_: AuditResult) -> str:
    return "incomplete: the API refused the credentials, nothing was compared"


def _s(things: tuple[object, ...]) -> str:
    return "" if len(things) == 1 else "s"


_HEADLINES = {
    Verdict.IN_SYNC: _in_sync,
    Verdict.DRIFT: _drift,
    Verdict.INCOMPLETE: _incomplete,
    Verdict.UNAUTHENTICATED: _unauthenticated,
}


class SourceError(ValueError):
    """A source can't be used; the text says why, a line for each reason."""
