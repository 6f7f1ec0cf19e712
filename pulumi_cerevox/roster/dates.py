"""Last days: who counts as declared on a day, and which of the others stay.

A last day is a day in UTC, and counts in full. After it the person does not count as
declared. After the last day as an admin, the person is declared as a member.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from pulumi_cerevox.roster.kinds import Day
from pulumi_cerevox.roster.model import (
    MEMBER,
    Expired,
    Member,
    Membership,
    Person,
    Roster,
)
from pulumi_cerevox.text import fold_email, printable

TODAY_VARIABLE = "CEREVOX_TODAY"
"""The environment variable that takes another day for today."""
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class DatedMembers:
    """A declaration as it counts on one day.

    Attributes:
        day: The day.
        people: Who counts as declared, by folded email.
        expired: As declared, whoever is past their last day, by folded email.
        until: The last days that have passed, of memberships and of the role admin.
    """

    day: date
    people: dict[str, Person]
    expired: dict[str, Person]
    until: dict[str, date]

    def staying(self, old: Membership) -> dict[str, Person]:
        """Return who of the expired is there, and stays where nobody removes them.

        They are as they were: none of them gets a role or a name any more. They may
        lose the role admin.

        Args:
            old: Who was there, as far as the caller knows.
        """
        return {
            email: old[email]
            if old[email].undeclared or one.role != MEMBER
            else replace(old[email], role=MEMBER)
            for email, one in self.expired.items()
            if email in old
        }

    @property
    def former_admins(self) -> list[str]:
        """The people declared as members since their last day as an admin."""
        return sorted(set(self.until) - set(self.expired))

    def named(self, emails: Iterable[str]) -> str:
        """Name people with their last days, the first twenty."""
        told = [f"{printable(one)} ({self.until[one]})" for one in sorted(emails)]
        rest = len(told) - _MOST_NAMED
        more = f" and {rest} more" if rest > 0 else ""
        return ", ".join(told[:_MOST_NAMED]) + more

    def lines(self, expired: Expired) -> list[str]:
        """Say who is past a last day, and what that means.

        Args:
            expired: What the roster does about those past their last day.
        """
        told = []
        if self.expired:
            what = (
                "Whoever of them is in the roster's state is removed"
                if expired is Expired.REMOVE
                else "Whoever is in the account stays: take them out of the roster, "
                "or set expired to remove"
            )
            told.append(
                f"as of {self.day}: past their last day, so never created or promoted: "
                f"{self.named(self.expired)}. {what}"
            )
        if self.former_admins:
            told.append(
                f"as of {self.day}: members from now on, past their last day as an "
                f"admin: {self.named(self.former_admins)}"
            )
        return told


@dataclass(frozen=True, slots=True)
class Ending:
    """A last day that has passed, or soon will.

    Attributes:
        member: Whose it is.
        last: The day.
        days: How far ahead it is; below 0 where it has passed.
        as_admin: Whether it is the last day as an admin alone.
    """

    member: Member
    last: date
    days: int
    as_admin: bool

    def __str__(self) -> str:
        role = " as an admin" if self.as_admin else ""
        days = f"{self.days} day{'' if self.days == 1 else 's'} on"
        when = f"was {self.last}" if self.days < 0 else f"is {self.last}, {days}"
        return f"the last day of {printable(self.member.email)}{role} {when}"


def on_day(members: Iterable[Member], day: date) -> DatedMembers:
    """Return what members declare on a day."""
    people: dict[str, Person] = {}
    expired: dict[str, Person] = {}
    until: dict[str, date] = {}
    for one in members:
        email, person = fold_email(one.email), one.person()
        if one.role_until is not None and one.role_until < day:
            person = replace(person, role=MEMBER)
            until[email] = one.role_until
        if one.until is not None and one.until < day:
            until[email] = one.until
            expired[email] = person
        else:
            people[email] = person
    return DatedMembers(day, people, expired, until)


def membership_on(roster: Roster, day: date) -> dict[str, Person]:
    """Return who may be in the account by a roster on a day.

    Under `expired: report` whoever is past their last day may be there still.
    """
    dated = on_day(roster.members, day)
    stays = dated.expired if roster.expired is Expired.REPORT else {}
    return stays | dated.people


def memberships_on(
    old: Roster, new: Roster, day: date
) -> tuple[dict[str, Person], dict[str, Person]]:
    """Return two rosters as the guards compare them on a day.

    Nobody knows from files who of the expired is still there. Whoever is expired in
    both is no change. Whoever is expired in the old one alone is created.
    """
    dated = on_day(new.members, day)
    gone = on_day(old.members, day).expired
    before = {
        email: one
        for email, one in membership_on(old, day).items()
        if email not in gone or email not in dated.people
    }
    stays = dated.staying(before) if new.expired is Expired.REPORT else {}
    return before, stays | dated.people


def last_days(members: Iterable[Member]) -> dict[str, dict[str, str]]:
    """Return the last days as a state keeps them: `{until?, roleUntil?}` by email."""
    days = {
        fold_email(one.email): {"until": one.until, "roleUntil": one.role_until}
        for one in members
    }
    return {
        email: {key: str(day) for key, day in own.items() if day}
        for email, own in days.items()
        if any(own.values())
    }


def moved_days(
    before: Mapping[str, Mapping[str, str]],
    after: Mapping[str, Mapping[str, str]],
    people: Iterable[str],
) -> list[str]:
    """Say which last days a change sets, moves or takes away; nothing for none.

    Args:
        before: `{until?, roleUntil?}` as text, by folded email.
        after: The same after the change.
        people: Folded emails of those who are declared before and after.
    """
    told = [
        f"{printable(email)}: {_days_told(before.get(email))} -> "
        f"{_days_told(after.get(email))}"
        for email in sorted(people)
        if before.get(email) != after.get(email)
    ]
    more = len(told) - _MOST_NAMED
    told[_MOST_NAMED:] = [f"and {more} more"] if more > 0 else []
    return [f"last days change: {'; '.join(told)}"] if told else []


def _days_told(days: Mapping[str, str] | None) -> str:
    """Say what the last days of one person are."""
    told = {"until": "until {}", "roleUntil": "admin until {}"}
    parts = [told[key].format(day) for key, day in (days or {}).items()]
    return ", ".join(sorted(parts, reverse=True)) or "no last day"


def ending(members: Iterable[Member], day: date, days: int = 0) -> Iterator[Ending]:
    """Find whose last day has passed, or soon will.

    Args:
        members: Of a roster.
        day: Today.
        days: How many days ahead to look.
    """
    # No day comes after the calendar's last.
    before = day + min(timedelta(days=days), date.max - day)
    for one in members:
        if one.until is not None and one.until < before:
            yield Ending(one, one.until, (one.until - day).days, as_admin=False)
        elif one.role_until is not None and one.role_until < before:
            yield Ending(
                one, one.role_until, (one.role_until - day).days, as_admin=True
            )


class TodayError(ValueError):
    """`CEREVOX_TODAY` names no day."""


def set_today(environ: Mapping[str, str]) -> date | None:
    """Return the day that the environment takes for today, if it does.

    Raises:
        TodayError: It is no day.
    """
    given = environ.get(TODAY_VARIABLE, "").strip()
    if not given:
        return None
    if any(Day().faults(given)):
        raise TodayError(f"{TODAY_VARIABLE} must be a date, YYYY-MM-DD")
    return date.fromisoformat(given)


def today_in_utc() -> date:
    """Return the clock's day."""
    return datetime.now(UTC).date()
