"""The comparison of an audit: `roster.plan`, and what the account says about people.

Its time is linear in the size of both sides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from importlib.metadata import version
from typing import NoReturn

from pulumi_cerevox.account import (
    Account,
    AccountError,
    AccountUser,
    AuthenticationError,
    ConfigurationError,
    fold_email,
    login_time,
    never_logged_in,
    printable,
)
from pulumi_cerevox.audit.findings import (
    DELETED,
    DRIFT_KINDS,
    Finding,
    FindingKind,
    Level,
    SourceKind,
    fingerprint,
    fix_of,
    rank,
)
from pulumi_cerevox.audit.leavers import PeopleDirectory
from pulumi_cerevox.audit.model import (
    Audited,
    AuditedPerson,
    AuditResult,
    Counts,
    Declared,
    DeclaredPerson,
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
    """The rules of an audit.

    Attributes:
        now: The moment of the audit, with a time zone.
        dormant_days: A login longer ago than this is worth a note; None for none.
        review_days: A review longer ago than this is overdue; None where nobody asks.
        whole_account: Take the source for everybody in the account, also where it
            declares single people; None for what the source says of itself.
        drift_kinds: The kinds that make an audit fail.
        account_id: The one account that the audit is of, where the source declares
            people of several; None for the key's, and then the others are a gap.
        directory: Who works here, as a directory says; None where none was given.
        lists_everybody: Whether the result lists everybody of both sides.
        today: The day on which last days count; None for that of *now*.
        expiring_days: How many days ahead last days are named.
    """

    now: datetime
    dormant_days: int | None = None
    review_days: int | None = None
    whole_account: bool | None = None
    drift_kinds: frozenset[FindingKind] = field(default=DRIFT_KINDS)
    account_id: str | None = None
    directory: PeopleDirectory | None = None
    lists_everybody: bool = False
    today: date | None = None
    expiring_days: int = 0

    @property
    def day(self) -> date:
        """The day on which last days count."""
        return self.today or self.now.date()


def audit_account(declared: Declared, actual: Actual, rules: AuditRules) -> AuditResult:
    """Compare who is declared with who is there.

    Nothing is left out in silence: what could not be read or compared is a gap.
    """
    chosen = declared.for_account(rules.account_id or actual.account.account_id)
    sides = _Sides(
        chosen,
        actual.account,
        rules,
        {fold_email(one.email): one for one in chosen.people},
        {fold_email(user.email): user for user in actual.users or ()},
    )
    foreign = tuple(_foreign_accounts(declared, sides))
    is_readable = actual.users is not None and not any(
        gap.kind is GapKind.WRONG_ACCOUNT for gap in foreign
    )
    nothing: tuple[Counts, list[Finding], list[Gap]]
    nothing = Counts(len(sides.people), None, None), [], []
    counts, findings, unknown = _compared(sides) if is_readable else nothing
    kind = chosen.source.kind
    findings = [replace(one, fix=fix_of(one, kind)) for one in findings]
    findings.sort(key=rank)
    # Nobody can say who is in an account that was not read.
    lists = rules.lists_everybody and is_readable
    return AuditResult(
        source=chosen.source,
        account=actual.account,
        date=rules.now.replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        counts=counts,
        findings=tuple(findings),
        gaps=(*chosen.gaps, *actual.gaps, *foreign, *unknown),
        people=tuple(_everybody(sides, findings)) if lists else None,
        tool_version=version("pulumi-cerevox"),
    )


@dataclass(frozen=True, slots=True)
class _Sides:
    """The two sides of a comparison, by folded email."""

    declared: Declared
    account: Audited
    rules: AuditRules
    people: Mapping[str, DeclaredPerson]
    users: Mapping[str, AccountUser]

    def expired(self) -> dict[str, date | None]:
        """Return who is past their last day, with the day where it is known."""
        day = self.rules.day
        return dict(self.declared.expired) | {
            email: one.until
            for email, one in self.people.items()
            if one.until is not None and one.until < day
        }


def _compared(sides: _Sides) -> tuple[Counts, list[Finding], list[Gap]]:
    """Compare two sides that were read: the counts, the findings, and what is open."""
    changes = _changes(sides)
    touched = {change.email for change in changes}
    touched |= sides.expired().keys() & sides.users.keys()
    in_place = sum(email not in touched for email in sides.people)
    left_over = list(_left_over(sides))
    going = {fold_email(one.email) for one in left_over if one.declared == DELETED}
    findings = [
        *left_over,
        *_differences(sides, changes, going),
        *_observations(sides),
    ]
    unknown = [*_unread_logins(sides), *_unknown_reviews(sides)]
    directory = sides.rules.directory
    if directory is not None:
        unusable = directory.gaps_for(sides.people or sides.users)
        unknown = [*unusable, *unknown]
        findings += () if unusable else _leavers(sides, directory)
    admins = sum(user.role == "admin" for user in sides.users.values())
    counts = Counts(len(sides.people), len(sides.users), in_place, admins)
    return counts, findings, unknown


def _foreign_accounts(declared: Declared, sides: _Sides) -> Iterator[Gap]:
    """Name the people whom this key does not see: a key sees one account."""
    read = sides.account.account_id
    told = printable(str(read))
    for one in (declared, *declared.elsewhere):
        if one is not sides.declared and sides.rules.account_id is None:
            yield Gap(
                GapKind.SOURCE,
                f"{len(one.people)} people of account {printable(str(one.account_id))} "
                f"were not compared: this audit is of account {told}. Audit the other "
                "with its own key, and name the account of each audit with --account",
            )
    bound = sides.declared.account_id
    if None not in (bound, read) and bound != read:
        yield Gap(
            GapKind.WRONG_ACCOUNT,
            f"the source belongs to account {printable(str(bound))}, and the key to "
            f"{told}: nothing was compared. Use a key of that account",
        )


def _everybody(sides: _Sides, findings: Iterable[Finding]) -> Iterator[AuditedPerson]:
    """List everybody of both sides, by email."""
    found: defaultdict[str, list[FindingKind]] = defaultdict(list)
    for one in findings:
        found[fold_email(one.email)].append(one.kind)
    for email in sorted({*sides.users, *sides.people}):
        user, person = sides.users.get(email), sides.people.get(email)
        place = None if person is None else person.place
        yield AuditedPerson(
            email=user.email if user else person.email if person else email,
            role=None if user is None else user.role,
            name=None if user is None else user.name,
            user_id=None if user is None else user.user_id,
            last_login=None if user is None else user.lastlogin,
            declared=person is not None,
            declared_role=None if person is None else person.role,
            note=None if person is None else person.note,
            until=None if person is None else person.until,
            reviewed=None if person is None else person.reviewed,
            where=f"{place.path}:{place.line}"
            if place
            else person.resource
            if person
            else None,
            findings=tuple(found[email]),
        )


def _changes(sides: _Sides) -> tuple[Change, ...]:
    """Return what would make the account as declared."""
    there = {
        email: Person(role=user.role, name=user.name)
        for email, user in sides.users.items()
    }
    # A role that is not managed is the one that is there.
    nobody = Person(role="member")
    expired = sides.expired()
    # Whoever is past their last day is compared with nothing, and missed by nobody.
    wanted = {
        email: Person(role=one.role or there.get(email, nobody).role, name=one.name)
        for email, one in sides.people.items()
        if email not in expired
    } | {email: there[email] for email in expired if email in there}
    for email, one in sides.people.items():
        if _is_past_admin(one, sides.rules) and email in wanted:
            wanted[email] = replace(wanted[email], role="member")
    return plan(there, wanted).changes


def _left_over(sides: _Sides) -> Iterator[Finding]:
    """Find whom the next `pulumi up` deletes or demotes for an earlier run."""
    there = {user.user_id: user for user in sides.users.values()}
    for one in sides.declared.left_over:
        user = there.get(one.user_id)
        role = user and one.role_after(user.role)
        if user is not None and role != user.role:
            finding = _finding(sides, FindingKind.LEFT_OVER, fold_email(user.email))
            yield replace(
                finding, declared=role or DELETED, resource=one.resource, place=None
            )


def _differences(
    sides: _Sides, changes: Iterable[Change], going: Collection[str]
) -> Iterator[Finding]:
    """Find what the plan would change; who is to be deleted is told already."""
    ignores = sides.declared.ignores_undeclared and not sides.rules.whole_account
    for change in changes:
        kind, before, after = _KINDS[change.kind], change.before, change.after
        if kind is FindingKind.UNDECLARED and (ignores or change.email in going):
            continue
        finding = _finding(sides, kind, change.email)
        person = sides.people.get(change.email)
        is_past = person is not None and _is_past_admin(person, sides.rules)
        if change.kind is ChangeKind.DEMOTE and person is not None and is_past:
            finding = _finding(sides, FindingKind.EXPIRED_ROLE, change.email)
            finding = replace(finding, declared=str(person.role_until), actual="admin")
        elif kind is FindingKind.CHANGED_ROLE and before and after:
            finding = replace(finding, declared=after.role, actual=before.role)
        elif kind is FindingKind.CHANGED_NAME and before and after:
            finding = replace(finding, declared=after.name, actual=before.name)
        elif kind is FindingKind.MISSING:
            role = "member" if is_past else sides.people[change.email].role
            finding = replace(finding, declared=role)
        yield finding


def _observations(sides: _Sides) -> Iterator[Finding]:
    """Find what is worth knowing of declared people who are in the account."""
    now, days = sides.rules.now, sides.rules.dormant_days
    for email, last in sides.expired().items():
        if email in sides.users:
            expired = _finding(sides, FindingKind.EXPIRED, email)
            yield replace(expired, declared=None if last is None else str(last))
    for email, person in sides.people.items():
        user = sides.users.get(email)
        if user is None:
            continue
        yield from _expiring(sides, email, person)
        if _is_overdue(person, sides.rules):
            overdue = _finding(sides, FindingKind.REVIEW_OVERDUE, email)
            told = None if person.reviewed is None else str(person.reviewed)
            yield replace(overdue, declared=told)
        if user.isbanned:
            yield _finding(sides, FindingKind.BANNED, email)
        if never_logged_in(user.lastlogin):
            yield _finding(sides, FindingKind.NEVER_LOGGED_IN, email)
        elif days is not None:
            login = login_time(user.lastlogin)
            # What is no time in the past is a gap, see `_unread_logins`.
            if login is not None and login < now - timedelta(days=days):
                yield _finding(sides, FindingKind.DORMANT, email)


def _expiring(sides: _Sides, email: str, person: DeclaredPerson) -> Iterator[Finding]:
    """Find whose last day, or last day as an admin, is near."""
    day, days = sides.rules.day, sides.rules.expiring_days
    for last, role in ((person.until, None), (person.role_until, "admin")):
        if last is not None and 0 <= (last - day).days < days:
            near = _finding(sides, FindingKind.EXPIRING, email)
            yield replace(near, declared=str(last), actual=role)
            return


def _is_past_admin(person: DeclaredPerson, rules: AuditRules) -> bool:
    return person.role_until is not None and person.role_until < rules.day


def _is_overdue(person: DeclaredPerson, rules: AuditRules) -> bool:
    """Return whether a review is too long ago, or was never made.

    No review was made in the future: such a day counts as none. Somewhere it is
    tomorrow already.
    """
    if rules.review_days is None or person.place is None:
        return False
    if person.reviewed is None:
        return True
    return not -1 <= (rules.day - person.reviewed).days <= rules.review_days


def _unknown_reviews(sides: _Sides) -> list[Gap]:
    """Report that a stack has no reviews, if overdue ones were asked for."""
    if sides.rules.review_days is None or sides.declared.source.kind is (
        SourceKind.ROSTER
    ):
        return []
    text = (
        "a stack does not keep who was reviewed when, so nobody can say whose review "
        "is overdue: audit the roster file"
    )
    return [Gap(GapKind.SOURCE, text)]


def _leavers(sides: _Sides, directory: PeopleDirectory) -> Iterator[Finding]:
    """Find who is declared or in the account, and works here no more."""
    for email in {**sides.people, **sides.users}:
        status = directory.left(email)
        if status is not None:
            finding = _finding(sides, FindingKind.NOT_IN_DIRECTORY, email)
            yield replace(finding, declared=status or None)


def _unread_logins(sides: _Sides) -> list[Gap]:
    """Name people whose last login is no time, if the age of logins was asked for."""
    odd = [
        user
        for user in sides.users.values()
        if not (login_time(user.lastlogin) or never_logged_in(user.lastlogin))
    ]
    if not odd or sides.rules.dormant_days is None:
        return []
    text = (
        f"the API's last login of {len(odd)} people is no time in the past, so "
        "nobody can say whether they are dormant"
    )
    return [Gap(GapKind.ACCOUNT, text)]


def _finding(sides: _Sides, kind: FindingKind, email: str) -> Finding:
    user, person = sides.users.get(email), sides.people.get(email)
    claims_all = sides.rules.whole_account
    if claims_all is None:
        claims_all = sides.declared.whole_account
    is_drift = kind in sides.rules.drift_kinds and (
        claims_all or kind is not FindingKind.UNDECLARED
    )
    return Finding(
        kind=kind,
        level=Level.DRIFT if is_drift else Level.NOTE,
        email=user.email if user else person.email if person else email,
        fingerprint=fingerprint(sides.account.account_id or "", kind, email),
        role=None if user is None else user.role,
        name=None if user is None else user.name,
        user_id=None if user is None else user.user_id,
        last_login=None if user is None else user.lastlogin,
        place=None if person is None else person.place,
        resource=None if person is None else person.resource,
    )
