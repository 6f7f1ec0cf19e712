"""The declared state of an account: who is in it, and what guards it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from pulumi_cerevox.account.escaping import printable
from pulumi_cerevox.account.identity import fold_email
from pulumi_cerevox.roster.guard_settings import Guards

ADMIN = "admin"
MEMBER = "member"
ROLES = (ADMIN, MEMBER)


class Undeclared(StrEnum):
    """What is done about people who are in the account and not in the roster."""

    REPORT = "report"
    FAIL = "fail"
    REMOVE = "remove"
    IGNORE = "ignore"


class RosterOnDestroy(StrEnum):
    """What becomes of the people when the roster is destroyed."""

    KEEP = "keep"
    REMOVE_CREATED = "remove_created"


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a membership, as far as a plan compares them.

    Attributes:
        role: "admin" or "member".
        name: None where the name is not managed, so not compared.
        undeclared: Whether nobody declared them: a read saw them in the account.
    """

    role: str
    name: str | None = None
    undeclared: bool = False


Membership = Mapping[str, Person]
"""People by folded email."""


def membership_of(members: Mapping[str, Mapping[str, Any]]) -> dict[str, Person]:
    """Read people out of a `Roster`'s `members`, or `__known`, as its state has them.

    Args:
        members: Folded email to `{role, name?, undeclared?}`.
    """
    return {
        email: Person(
            role=one.get("role", MEMBER),
            name=one.get("name"),
            undeclared=bool(one.get("undeclared")),
        )
        for email, one in members.items()
    }


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file; lines and columns count from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{printable(self.path)}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Member:
    """One person as declared.

    Attributes:
        email: As declared; compare it folded.
        role: "admin" or "member".
        name: None where the name is not managed.
        note: For the reader of the file.
        until: Last day of the membership; when it has passed, people are warned.
        place: Where it is declared. Two members at different places may be equal.
    """

    email: str
    role: str = MEMBER
    name: str | None = None
    note: str | None = None
    until: date | None = None
    place: Place | None = field(default=None, compare=False)

    def person(self) -> Person:
        """Give what a plan compares."""
        return Person(role=self.role, name=self.name)


@dataclass(frozen=True, slots=True)
class Roster:
    """The whole declared membership of an account, with its guards.

    Attributes:
        members: In the order of the declaration; each person once.
        guards: What refuses a plan.
        undeclared: What is done about people who are in no declaration.
        account_id: The account it belongs to; None for the key's.
        on_destroy: What becomes of the people in a destroy.
    """

    members: tuple[Member, ...]
    guards: Guards = field(default_factory=Guards)
    undeclared: Undeclared = Undeclared.REPORT
    account_id: str | None = None
    on_destroy: RosterOnDestroy = RosterOnDestroy.KEEP

    def membership(self) -> dict[str, Person]:
        """Give the declared people by folded email.

        Raises:
            ValueError: A person is there twice.
        """
        people = {fold_email(one.email): one.person() for one in self.members}
        if len(people) != len(self.members):
            raise ValueError("a person is declared twice in this roster")
        return people

    def expired(self, today: date) -> tuple[Member, ...]:
        """Give the members whose last day has passed."""
        return tuple(
            one for one in self.members if one.until is not None and one.until < today
        )
