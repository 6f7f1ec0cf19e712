"""The comparison of an audit: `roster.plan`, and what the account says of people.

Linear in the size of both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NoReturn

from pulumi_cerevox.account import (
    Account,
    AccountError,
    AccountUser,
    AuthenticationError,
    ConfigurationError,
    fold_email,
)
from pulumi_cerevox.audit.findings import (
    DRIFT_KINDS,
    Finding,
    FindingKind,
    Level,
    fingerprint,
    fix_of,
    rank,
)
from pulumi_cerevox.audit.model import (
    Audited,
    AuditResult,
    Counts,
    Declared,
    Gap,
    GapKind,
)
from pulumi_cerevox.roster import Change, ChangeKind, Person, plan


class WriteRefusedError(RuntimeError):
    """An audit was about to change the account: a fault of this program."""


def refuse_write() -> NoReturn:
    """Stop any request that is no GET; what `Account` asks before it writes.

    Raises:
        WriteRefusedError: always; nothing was sent.
    """
    raise WriteRefusedError("an audit sends GET only; nothing was changed")


@dataclass(frozen=True, slots=True)
class Actual:
    """The account as it is.

    Attributes:
        account: Which one.
        users: Everybody; None where the list could not be read in full.
        gaps: Why not.
    """

    account: Audited
    users: tuple[AccountUser, ...] | None = None
    gaps: tuple[Gap, ...] = ()


def read_account(open_account: Callable[..., Account]) -> Actual:
    """Read the account behind the credentials: one list, one look at the caller.

    Args:
        open_account: Makes the client; it is given `before_write`.
    """
    account = Audited(base_url="")
    try:
        with open_account(before_write=refuse_write) as client:
            account = Audited(base_url=client.base_url)
            users = tuple(client.list_users())
            account_id = client.get_current_user(cached=True).account_id
            account = Audited(client.base_url, account_id)
    except (AuthenticationError, ConfigurationError) as error:
        return Actual(account, gaps=(Gap(GapKind.AUTHENTICATION, str(error)),))
    except AccountError as error:
        return Actual(account, gaps=(Gap(GapKind.ACCOUNT, str(error)),))
    return Actual(account, users)


_KINDS = {
    ChangeKind.CREATE: FindingKind.MISSING,
    ChangeKind.REMOVE: FindingKind.UNDECLARED,
    ChangeKind.PROMOTE: FindingKind.CHANGED_ROLE,
    ChangeKind.DEMOTE: FindingKind.CHANGED_ROLE,
    ChangeKind.UPDATE: FindingKind.CHANGED_NAME,
}


@dataclass(frozen=True, slots=True)
class AuditRules:
    """What counts as what.

    Attributes:
        now: The moment of the audit, with a time zone.
        dormant_days: A login longer ago than this is worth a note; None for none.
        whole_account: Take the source for everybody in the account, also where it
            declares single people; None for what the source says of itself.
        drift_kinds: The kinds that make an audit fail.
    """

    now: datetime
    dormant_days: int | None = None
    whole_account: bool | None = None
    drift_kinds: frozenset[FindingKind] = field(default=DRIFT_KINDS)


def audit_account(declared: Declared, actual: Actual, rules: AuditRules) -> AuditResult:
    """Compare who is declared with who is there.

    Nothing is left out in silence: what could not be read or compared is a gap.
    """
    comparison = _Comparison(declared, actual, rules)
    foreign = comparison.foreign_account()
    readable = actual.users is not None and not foreign
    unread = comparison.unread_logins() if readable else ()
    return AuditResult(
        source=declared.source,
        account=actual.account,
        date=rules.now.replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        counts=comparison.counts(readable=readable),
        findings=tuple(comparison.findings()) if readable else (),
        gaps=(*declared.gaps, *actual.gaps, *foreign, *unread),
    )


class _Comparison:
    def __init__(self, declared: Declared, actual: Actual, rules: AuditRules) -> None:
        self._declared = declared
        self._account = actual.account
        self._rules = rules
        self._users = {fold_email(user.email): user for user in actual.users or ()}
        self._people = {fold_email(one.email): one for one in declared.people}
        self._plan = plan(self._actual_side(), self._declared_side())

    def foreign_account(self) -> tuple[Gap, ...]:
        """Tell when the source belongs to another account than the key."""
        bound, read = self._declared.account_id, self._account.account_id
        if bound is None or read is None or bound == read:
            return ()
        text = (
            f"the source belongs to account {bound}, and the key to {read}: nothing "
            "was compared. Use a key of that account"
        )
        return (Gap(GapKind.WRONG_ACCOUNT, text),)

    def unread_logins(self) -> tuple[Gap, ...]:
        """Tell whose last login is no time, where the age of logins was asked for."""
        if self._rules.dormant_days is None:
            return ()
        odd = [
            user.email
            for user in self._users.values()
            if user.lastlogin is not None and _moment(user.lastlogin) is None
        ]
        if not odd:
            return ()
        text = (
            f"the API's last login of {len(odd)} people is no time, so nobody can say "
            "whether they are dormant"
        )
        return (Gap(GapKind.ACCOUNT, text),)

    def counts(self, *, readable: bool) -> Counts:
        """Count people."""
        return Counts(
            declared=len(self._people),
            actual=len(self._users) if readable else None,
            in_place=self._in_place() if readable else None,
        )

    def findings(self) -> list[Finding]:
        """Return all findings, the worst first."""
        found = [*self._differences(), *self._observations()]
        return sorted((self._completed(one) for one in found), key=rank)

    def _in_place(self) -> int:
        touched = {change.email for change in self._plan.changes}
        return sum(email not in touched for email in self._people)

    def _actual_side(self) -> dict[str, Person]:
        return {
            email: Person(role=user.role, name=user.name)
            for email, user in self._users.items()
        }

    def _declared_side(self) -> dict[str, Person]:
        """Return the declared people; an unmanaged role is the one that is there."""
        return {
            email: Person(role=one.role or self._actual_role(email), name=one.name)
            for email, one in self._people.items()
        }

    def _actual_role(self, email: str) -> str:
        user = self._users.get(email)
        return "member" if user is None else user.role

    def _differences(self) -> Iterator[Finding]:
        for change in self._plan.changes:
            kind = _KINDS[change.kind]
            if kind is FindingKind.UNDECLARED and self._ignores_undeclared():
                continue
            yield self._difference(kind, change)

    def _ignores_undeclared(self) -> bool:
        asked_for_all = self._rules.whole_account is True
        return self._declared.ignores_undeclared and not asked_for_all

    def _difference(self, kind: FindingKind, change: Change) -> Finding:
        finding = self._finding(kind, change.email)
        if kind is FindingKind.CHANGED_ROLE and change.before and change.after:
            return replace(
                finding, declared=change.after.role, actual=change.before.role
            )
        if kind is FindingKind.CHANGED_NAME and change.before and change.after:
            return replace(
                finding, declared=change.after.name, actual=change.before.name
            )
        if kind is FindingKind.MISSING:
            return replace(finding, declared=self._people[change.email].role)
        return finding

    def _observations(self) -> Iterator[Finding]:
        """Find what is worth knowing of declared people who are in the account."""
        today = self._rules.now.date()
        seen_since = self._seen_since()
        for email, person in self._people.items():
            user = self._users.get(email)
            if user is None:
                continue
            if person.until is not None and person.until < today:
                expired = self._finding(FindingKind.EXPIRED, email)
                yield replace(expired, declared=str(person.until))
            if user.isbanned:
                yield self._finding(FindingKind.BANNED, email)
            if user.lastlogin is None:
                yield self._finding(FindingKind.NEVER_LOGGED_IN, email)
            elif seen_since is not None and _is_before(user.lastlogin, seen_since):
                yield self._finding(FindingKind.DORMANT, email)

    def _seen_since(self) -> datetime | None:
        days = self._rules.dormant_days
        return None if days is None else self._rules.now - timedelta(days=days)

    def _finding(self, kind: FindingKind, email: str) -> Finding:
        user, person = self._users.get(email), self._people.get(email)
        spelling = user.email if user else person.email if person else email
        return Finding(
            kind=kind,
            level=self._level(kind),
            email=spelling,
            fingerprint=fingerprint(self._account.account_id or "", kind, email),
            role=None if user is None else user.role,
            name=None if user is None else user.name,
            user_id=None if user is None else user.user_id,
            last_login=None if user is None else user.lastlogin,
            place=None if person is None else person.place,
            resource=None if person is None else person.resource,
        )

    def _level(self, kind: FindingKind) -> Level:
        claims_all = self._rules.whole_account
        if claims_all is None:
            claims_all = self._declared.whole_account
        if kind is FindingKind.UNDECLARED and not claims_all:
            return Level.NOTE
        return Level.DRIFT if kind in self._rules.drift_kinds else Level.NOTE

    def _completed(self, finding: Finding) -> Finding:
        return replace(finding, fix=fix_of(finding, self._declared.source.kind))


def _is_before(login: str, since: datetime) -> bool:
    """Compare a login with a moment; what is no time is a gap, see `unread_logins`."""
    moment = _moment(login)
    return moment is not None and moment < since


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
