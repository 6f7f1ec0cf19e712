"""The declared state of an account: who is in it, and what guards it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from pulumi_cerevox.roster.kinds import (
    DOMAIN,
    EMAIL,
    Flag,
    Key,
    ListOf,
    Number,
    Table,
    fold_domain,
)
from pulumi_cerevox.text import fold_email, printable

_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Limit:
    """How many people one change may touch: a count and a share, both of which hold.

    Attributes:
        count: People at most; 0 for none at all.
        fraction: Share of those who are there, 0 to 1; 0 for none at all. It always
            leaves one: a quarter of three people is one person.
    """

    count: int
    fraction: float

    def allows(self, there: int) -> int:
        """Return how many of *there* people one change may touch."""
        if self.count <= 0 or self.fraction <= 0:
            return 0
        # 0.29 * 100 is a little less than 29 in binary.
        share = math.floor(self.fraction * there + _TINY)
        return min(self.count, max(1, share))


@dataclass(frozen=True, slots=True)
class Guards:
    """The rules that refuse a plan.

    Emails and domains are folded and sorted, so that settings that mean the same are
    equal.

    Attributes:
        min_admins: Admins that must be left.
        required_admins: People who must be declared as admins, and stay admins.
        protect_self: Whether the caller may be neither removed nor demoted.
        max_removals: Removals in one change.
        max_demotions: Demotions in one change, as a share of the admins.
        allowed_domains: Domains of declared emails, exactly; empty for any.
        allow_empty: Whether a roster may declare nobody.
    """

    min_admins: int = 1
    required_admins: tuple[str, ...] = ()
    protect_self: bool = True
    max_removals: Limit = Limit(10, 0.25)
    max_demotions: Limit = Limit(5, 0.25)
    allowed_domains: tuple[str, ...] = ()
    allow_empty: bool = False

    def __post_init__(self) -> None:
        """Fold the emails and domains."""
        emails = sorted({fold_email(one) for one in self.required_admins})
        domains = sorted({fold_domain(one) for one in self.allowed_domains})
        object.__setattr__(self, "required_admins", tuple(emails))
        object.__setattr__(self, "allowed_domains", tuple(domains))

    def to_properties(self) -> dict[str, Any]:
        """Return the settings as the state keeps them, all keys in camelCase.

        Returns:
            `{"minAdmins": 1, "maxRemovals": {"count": 10, "fraction": 0.25}, …}`.
        """
        return {
            "minAdmins": self.min_admins,
            "requiredAdmins": list(self.required_admins),
            "protectSelf": self.protect_self,
            "maxRemovals": _limit_properties(self.max_removals),
            "maxDemotions": _limit_properties(self.max_demotions),
            "allowedDomains": list(self.allowed_domains),
            "allowEmpty": self.allow_empty,
        }

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> Guards:
        """Read settings out of properties; a key that is not there has its default.

        Raises:
            GuardSettingsError: with everything that is wrong with them.
        """
        written = {_snake(key): _snake_keys(one) for key, one in properties.items()}
        faults = [fault.told_in_full for fault in GUARD_KEYS.faults(written)]
        if faults:
            raise GuardSettingsError(faults)
        return guards_of(written)


class GuardSettingsError(ValueError):
    """Guards can't be set so.

    Attributes:
        faults: One sentence for each reason.
    """

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def guards_of(written: Mapping[str, Any]) -> Guards:
    """Return guards as a file writes them (snake_case); they have no fault any more."""
    default = Guards()
    return Guards(
        min_admins=int(written.get("min_admins", default.min_admins)),
        required_admins=tuple(written.get("required_admins", ())),
        protect_self=written.get("protect_self", default.protect_self),
        max_removals=_limit_of(written.get("max_removals"), default.max_removals),
        max_demotions=_limit_of(written.get("max_demotions"), default.max_demotions),
        allowed_domains=tuple(written.get("allowed_domains", ())),
        allow_empty=written.get("allow_empty", default.allow_empty),
    )


def stricter(old: Guards | None, new: Guards) -> Guards:
    """Return the stricter of two settings, guard by guard.

    No change can lift a guard and use that at once: the old setting still counts.
    Two lists of domains that share none allow nobody at all, which no setting can
    say; then the old list counts.
    """
    if old is None:
        return new
    return Guards(
        min_admins=max(old.min_admins, new.min_admins),
        required_admins=(*old.required_admins, *new.required_admins),
        protect_self=old.protect_self or new.protect_self,
        max_removals=_lower(old.max_removals, new.max_removals),
        max_demotions=_lower(old.max_demotions, new.max_demotions),
        allowed_domains=_common(old.allowed_domains, new.allowed_domains),
        allow_empty=old.allow_empty and new.allow_empty,
    )


def _lower(one: Limit, other: Limit) -> Limit:
    return Limit(min(one.count, other.count), min(one.fraction, other.fraction))


def _common(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    if not old or not new:
        return old or new
    return tuple(set(old) & set(new)) or old


def _limit_of(written: Mapping[str, Any] | None, default: Limit) -> Limit:
    limit = written or {}
    return Limit(
        count=int(limit.get("count", default.count)),
        fraction=float(limit.get("fraction", default.fraction)),
    )


def _limit_properties(limit: Limit) -> dict[str, Any]:
    return {"count": limit.count, "fraction": limit.fraction}


def _snake(key: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in key)


def _snake_keys(value: object) -> object:
    if isinstance(value, Mapping):
        return {_snake(key): one for key, one in value.items()}
    return value


def _limit_keys(people: str, default: Limit) -> Table:
    return Table(
        (
            Key(
                "count",
                Number(whole=True),
                f"{people} at most; 0 for none at all.",
                default.count,
            ),
            Key(
                "fraction",
                Number(whole=False, most=1),
                f"Largest share of {people.lower()}, 0 to 1; it always leaves one, "
                "and 0 is none at all.",
                default.fraction,
            ),
        )
    )


_DEFAULT = Guards()
GUARD_KEYS = Table(
    (
        Key(
            "min_admins",
            Number(whole=True),
            "Admins that must be left in the account.",
            _DEFAULT.min_admins,
        ),
        Key(
            "required_admins",
            ListOf(EMAIL),
            "People who must be declared as admins and are never removed or demoted.",
        ),
        Key(
            "protect_self",
            Flag(),
            "Never remove or demote the user whose API key is used.",
            _DEFAULT.protect_self,
        ),
        Key(
            "max_removals",
            _limit_keys("People", _DEFAULT.max_removals),
            "How many people one change may remove: a count and a share, both hold.",
        ),
        Key(
            "max_demotions",
            _limit_keys("Admins", _DEFAULT.max_demotions),
            "How many admins one change may demote: a count and a share, both hold.",
        ),
        Key(
            "allowed_domains",
            ListOf(DOMAIN),
            "Domains that declared emails may have, exactly these; any by default.",
        ),
        Key(
            "allow_empty",
            Flag(),
            "Whether the roster may declare nobody.",
            _DEFAULT.allow_empty,
        ),
    )
)
"""The keys under `guards`, for the file, the properties and the schema."""


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
        email: Their email in the account, where a read found that they changed it.
    """

    role: str
    name: str | None = None
    undeclared: bool = False
    email: str | None = None


Membership = Mapping[str, Person]
"""People by folded email."""


def membership_of(members: Mapping[str, Mapping[str, Any]]) -> dict[str, Person]:
    """Read people out of a `Roster`'s `members`, or `__known`, as its state has them.

    Args:
        members: Folded email to `{role, name?, undeclared?, email?}`.
    """
    return {
        email: Person(
            role=one.get("role", MEMBER),
            name=one.get("name"),
            undeclared=bool(one.get("undeclared")),
            email=one.get("email"),
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
        """Return what a plan compares."""
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
        """Return the declared people by folded email.

        Raises:
            ValueError: A person is there twice.
        """
        people = {fold_email(one.email): one.person() for one in self.members}
        if len(people) != len(self.members):
            raise ValueError("a person is declared twice in this roster")
        return people

    def expired(self, today: date) -> tuple[Member, ...]:
        """Return the members whose last day has passed."""
        return tuple(
            one for one in self.members if one.until is not None and one.until < today
        )
