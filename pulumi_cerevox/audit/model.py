"""The model of an audit: the declared people, the gaps, and the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from pulumi_cerevox.audit.findings import Finding, FindingKind, SourceKind, told_counts
from pulumi_cerevox.roster import Place


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


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a declaration.

    Attributes:
        kind: A roster file, a stack's export, or a preview's JSON.
        names: The files, or the stack; as the user named them.
        digest: SHA-256 of what was read, several files one after the other.
    """

    kind: SourceKind
    names: tuple[str, ...]
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class DeclaredPerson:
    """One person as declared.

    Attributes:
        email: As declared; compare it folded.
        role: "admin" or "member"; None where the role is not managed.
        name: None where the name is not managed.
        note: What the roster file says of them.
        until: Last day of the membership.
        role_until: Last day as an admin.
        reviewed: Day of the last review.
        place: Where it stands in a roster file; None for a stack.
        resource: What declares it in a stack, as in `User ada`; None for a file.
    """

    email: str
    role: str | None = None
    name: str | None = None
    note: str | None = None
    until: date | None = None
    role_until: date | None = None
    reviewed: date | None = None
    place: Place | None = None
    resource: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOver:
    """One person whose resource an earlier run left to be deleted.

    Attributes:
        user_id: Who.
        resource: The resource, as in `User ada`.
        deletes: Whether its delete takes them out of the account.
        given_role: The role that the resource gave last.
        prior_role: The role that its delete gives back; None where it gives none.
    """

    user_id: str
    resource: str
    deletes: bool
    given_role: str | None = None
    prior_role: str | None = None

    def role_after(self, role: str) -> str | None:
        """Return the role that somebody with this one has then; None for no access."""
        if self.deletes:
            return None
        is_given = role == self.given_role
        return self.prior_role if is_given and self.prior_role else role


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
        left_over: Whom the next `pulumi up` deletes or demotes for an earlier run.
        expired: Folded emails of those whom a stack's last `pulumi up` found past
            their last day, each with the day. It is None in states of releases that
            did not keep the days.
    """

    source: Source
    people: tuple[DeclaredPerson, ...]
    whole_account: bool = True
    ignores_undeclared: bool = False
    account_id: str | None = None
    gaps: tuple[Gap, ...] = ()
    elsewhere: tuple[Declared, ...] = ()
    left_over: tuple[LeftOver, ...] = ()
    expired: Mapping[str, date | None] = field(default_factory=dict)

    def with_gap(self, gap: Gap) -> Declared:
        """Return it with one more gap, for each of its accounts."""
        elsewhere = tuple(one.with_gap(gap) for one in self.elsewhere)
        return replace(self, gaps=(*self.gaps, gap), elsewhere=elsewhere)

    def for_account(self, account_id: str | None) -> Declared:
        """Return what the source declares for one account.

        Where it declares nothing for that account, it is what it declares for its
        first one: the comparison says then that the account is another.
        """
        for one in (self, *self.elsewhere):
            if one.account_id == account_id:
                return one
        return self


class SourceError(ValueError):
    """A source can't be used; the text says why, a line for each reason."""


class Verdict(StrEnum):
    """The verdict of an audit, in one word."""

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
        admins: Those in the account who are admins; None where nobody can tell.
    """

    declared: int
    actual: int | None
    in_place: int | None
    admins: int | None = None


@dataclass(frozen=True, slots=True)
class AuditedPerson:
    """One person of either side, for an audit that lists everybody.

    Attributes:
        email: As the account spells it; as declared where it is not in the account.
        role: Their role in the account; None where they are not in it.
        name: Their name in the account.
        user_id: Their id in the account.
        last_login: RFC 3339; None before the first one, and outside the account.
        declared: Whether the source declares them.
        declared_role: The role that is declared; None where it is not managed.
        note: What the roster file says of them.
        until: The last day of their membership.
        reviewed: The day of their last review.
        where: The line or resource that declares them.
        findings: What was found about them.
    """

    email: str
    role: str | None = None
    name: str | None = None
    user_id: str | None = None
    last_login: str | None = None
    declared: bool = False
    declared_role: str | None = None
    note: str | None = None
    until: date | None = None
    reviewed: date | None = None
    where: str | None = None
    findings: tuple[FindingKind, ...] = ()


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
        people: Everybody of both sides, by email; None where nobody asked for them.
        tool_version: The release that made the audit.
        since: When the older audit was made that this one is beside; None for none.
        settled: What the older audit found, and this one no longer does.
    """

    source: Source
    account: Audited
    date: str
    counts: Counts
    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    warnings: tuple[str, ...] = ()
    redacted: bool = False
    people: tuple[AuditedPerson, ...] | None = None
    tool_version: str | None = None
    since: str | None = None
    settled: tuple[Finding, ...] = ()

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
        """The findings that are no drift."""
        return tuple(
            one for one in self.findings if not one.is_drift and one.ignored is None
        )

    @property
    def ignored(self) -> tuple[Finding, ...]:
        """The findings that a rule sets aside."""
        return tuple(one for one in self.findings if one.ignored is not None)

    @property
    def headline(self) -> str:
        """The verdict with its figures, on one line; the same in every report."""
        in_place = f"{self.counts.in_place} of {self.counts.declared} in place"
        found = told_counts(self.drift)
        if self.verdict is Verdict.UNAUTHENTICATED:
            return "incomplete: the API refused the credentials, nothing was compared"
        if self.verdict is Verdict.INCOMPLETE:
            gaps = "1 gap" if len(self.gaps) == 1 else f"{len(self.gaps)} gaps"
            return f"incomplete: {gaps}" + (f"; found so far: {found}" if found else "")
        if self.verdict is Verdict.DRIFT:
            return f"drift: {found}; {in_place}"
        others = (self.counts.actual or 0) - (self.counts.in_place or 0)
        more = f"; {others} more in the account" if others > 0 else ""
        ignored = told_counts(self.ignored)
        aside = f"; set aside by rules: {ignored}" if ignored else ""
        return f"in sync: {in_place}{more}{aside}"
