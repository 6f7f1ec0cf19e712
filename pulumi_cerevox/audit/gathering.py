"""Gather the people whom a stack or a preview declares, account by account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from pulumi_cerevox.account import fold_email, printable
from pulumi_cerevox.audit.engine import (
    EngineResource,
    IncomparableError,
    ResourceKind,
    last_days_in,
    people_of,
    text_of,
    told,
    why_unreadable,
)
from pulumi_cerevox.audit.model import (
    Declared,
    DeclaredPerson,
    Gap,
    GapKind,
    LeftOver,
    Source,
)
from pulumi_cerevox.roster import Undeclared

OVERWRITTEN = "__overwritten"
"""The output that says that a refresh stored the account's name of a `User`."""
EXPIRED = "__expired"
"""The input of a roster that says who of its members is past their last day."""


@dataclass
class _Account:
    """The declarations of one account's resources."""

    people: dict[str, DeclaredPerson] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)
    left_over: list[LeftOver] = field(default_factory=list)
    expired: dict[str, date | None] = field(default_factory=dict)
    has_roster: bool = False
    reports_undeclared: bool = False


class Gathering:
    """The declared side of an audit, while resources are read."""

    def __init__(self, source: Source) -> None:
        """Begin with nobody."""
        self._source = source
        self._accounts: defaultdict[str | None, _Account] = defaultdict(_Account)
        self._gaps: list[str] = []
        self._unassigned: list[EngineResource] = []

    def add(self, resource: EngineResource, account_id: str | None) -> None:
        """Add whom a resource declares, or why that can't be compared.

        Args:
            resource: One of ours.
            account_id: Its account; None where that is not known yet.
        """
        if account_id is None:
            self._unassigned.append(resource)
        else:
            _add(self._accounts[account_id], resource)

    def add_left_over(self, account_id: str | None, left_over: LeftOver) -> None:
        """Add somebody whose resource an earlier run left to be deleted."""
        self._accounts[account_id].left_over.append(left_over)

    def add_gap(self, text: str) -> None:
        """Note what can't be compared, whichever account it concerns."""
        self._gaps.append(text)

    def declared(self) -> Declared:
        """Return everybody: the first account's, with the others beside it."""
        self._settle_unassigned()
        if not self._accounts:
            self._gaps.append(
                "there is no User, RoleAssignment or Roster in it, so nobody is "
                "declared; is it the right stack?"
            )
            self._accounts[None] = _Account()
        first, *others = (
            self._declared_in(account_id)
            for account_id in sorted(self._accounts, key=str)
        )
        return replace(first, elsewhere=tuple(others))

    def _settle_unassigned(self) -> None:
        """Put resources that are not made yet into the only account there is."""
        known = list(self._accounts)
        for resource in self._unassigned:
            if len(known) > 1:
                self._gaps.append(
                    f"{resource.title}: nobody can tell its account before `pulumi up`"
                )
            else:
                _add(self._accounts[known[0] if known else None], resource)

    def _declared_in(self, account_id: str | None) -> Declared:
        account = self._accounts[account_id]
        return Declared(
            source=self._source,
            people=tuple(account.people.values()),
            whole_account=account.has_roster,
            ignores_undeclared=account.has_roster and not account.reports_undeclared,
            account_id=account_id,
            gaps=_gaps([*self._gaps, *account.gaps]),
            left_over=tuple(account.left_over),
            expired=account.expired,
        )


def _add(account: _Account, resource: EngineResource) -> None:
    is_roster = resource.kind is ResourceKind.ROSTER
    account.has_roster |= is_roster
    try:
        people = people_of(resource)
        if is_roster:
            mode = undeclared_mode(resource, resource.inputs)
            account.reports_undeclared |= mode is not Undeclared.IGNORE
            days = last_days_in(resource, resource.inputs)
            people = [_with_days(one, days) for one in people]
            account.expired |= {
                email: _day(days.get(email, {}), "until")
                for email in _expired_in(resource)
            }
    except IncomparableError as error:
        account.gaps.append(str(error))
        account.reports_undeclared |= is_roster
        return
    if OVERWRITTEN in resource.outputs:
        account.gaps.append(
            f"{resource.title}: a refresh stored the account's name in place of the "
            "declared one, so nobody can say which is declared. `pulumi up` settles it"
        )
        people = [replace(one, name=None) for one in people]
    for person in people:
        _add_person(account, person)


def _add_person(account: _Account, person: DeclaredPerson) -> None:
    """Add a person; a `User` and a `RoleAssignment` over one person are one."""
    folded = fold_email(person.email)
    other = account.people.get(folded)
    if other is None:
        account.people[folded] = person
        return
    for what in ("role", "name"):
        one, two = getattr(other, what), getattr(person, what)
        if one is not None and two is not None and one != two:
            account.gaps.append(
                f"{printable(person.email)}: {printable(str(other.resource))} and "
                f"{printable(str(person.resource))} declare another {what} each"
            )
    account.people[folded] = replace(
        other, role=other.role or person.role, name=other.name or person.name
    )


def _gaps(texts: Iterable[str]) -> tuple[Gap, ...]:
    return tuple(Gap(GapKind.SOURCE, text) for text in texts)


def _expired_in(roster: EngineResource) -> set[str]:
    """Return who was past their last day in the last preview or `pulumi up`.

    Raises:
        IncomparableError: it is secret, or unknown.
    """
    expired = roster.inputs.get(EXPIRED) or []
    reason = why_unreadable(expired)
    if reason is not None:
        raise IncomparableError(told(roster, "who is past their last day", reason))
    return {fold_email(str(email)) for email in expired}


def _with_days(
    person: DeclaredPerson, days: Mapping[str, Mapping[str, str]]
) -> DeclaredPerson:
    """Return a person with the last days that a roster gives them."""
    own = days.get(fold_email(person.email), {})
    return replace(person, until=_day(own, "until"), role_until=_day(own, "roleUntil"))


def _day(days: Mapping[str, str], key: str) -> date | None:
    return date.fromisoformat(days[key]) if key in days else None


def undeclared_mode(resource: EngineResource, props: Mapping[str, Any]) -> Undeclared:
    """Return what a roster does about people whom it does not declare.

    Raises:
        IncomparableError: it is unknown, or no mode.
    """
    mode = text_of(resource, props, "undeclared") or Undeclared.REPORT
    try:
        return Undeclared(mode)
    except ValueError:
        raise IncomparableError(
            f"{resource.title}: undeclared is {printable(mode)}, which is no mode"
        ) from None
