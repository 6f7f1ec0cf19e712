"""The declared state of an account: its people and its guards."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Any, NotRequired, TypedDict

from pulumi_cerevox.roster.kinds import (
    DOMAIN,
    EMAIL,
    Flag,
    Key,
    Kind,
    ListOf,
    Number,
    Table,
    fold_domain,
)
from pulumi_cerevox.text import camel, fold_email, printable, snake

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
class GuardSetting:
    """All that is said of one guard beside its rule.

    Attributes:
        kind: What may be written, in a file, a program or a state.
        text: What it means, for people who hover over it in an editor.
        stricter: Returns the stricter of two values.
        read: Returns the value of what is written. Values that mean the same are equal.
        write: Returns what the state keeps.
    """

    kind: Kind
    text: str
    stricter: Callable[[Any, Any], Any]
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]


def _guard(
    *,
    default: object,
    text: str,
    kind: Kind,
    stricter: Callable[[Any, Any], Any],
    read: Callable[[Any], Any] = lambda value: value,
    write: Callable[[Any], Any] = lambda value: value,
) -> Any:
    setting = GuardSetting(kind, text, stricter, read, write)
    return field(default=default, metadata={"guard": setting})


def _limit(default: Limit, people: str, text: str) -> Any:
    """Return the field of a limit; what is written may leave out one of its parts."""
    share = (
        f"Largest share of {people.lower()}, 0 to 1; it always leaves one, "
        "and 0 is none at all."
    )
    most = f"{people} at most; 0 for none at all."
    return _guard(
        default=default,
        text=text,
        kind=Table(
            (
                Key("count", Number(whole=True), most, default.count),
                Key("fraction", Number(whole=False, most=1), share, default.fraction),
            )
        ),
        stricter=lambda one, other: Limit(
            min(one.count, other.count), min(one.fraction, other.fraction)
        ),
        read=lambda value: (
            value
            if isinstance(value, Limit)
            else Limit(
                int(value.get("count", default.count)),
                float(value.get("fraction", default.fraction)),
            )
        ),
        write=lambda limit: {"count": limit.count, "fraction": limit.fraction},
    )


def _emails(written: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({fold_email(one) for one in written}))


def _domains(written: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({fold_domain(one) for one in written}))


def _common(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """Return what both lists allow; an empty list allows everything.

    Two lists that share nothing allow nobody at all, which no setting can say; then
    the old list counts.
    """
    if not old or not new:
        return old or new
    return tuple(set(old) & set(new)) or old


@dataclass(frozen=True, slots=True)
class Guards:
    """The rules that refuse a plan: one row for each, with its default.

    The file, the state, programs, the JSON Schema, and which of two settings is the
    stricter: all follow from these rows. `roster.guards` has the rules.
    """

    min_admins: int = _guard(
        default=1,
        text="Admins that must be left in the account.",
        kind=Number(whole=True),
        stricter=max,
        read=int,
    )
    required_admins: tuple[str, ...] = _guard(
        default=(),
        text="People who must be declared as admins and are never removed or demoted.",
        kind=ListOf(EMAIL),
        stricter=operator.add,
        read=_emails,
        write=list,
    )
    allowed_admins: tuple[str, ...] = _guard(
        default=(),
        text="The only people who may be declared as admins; anybody by default.",
        kind=ListOf(EMAIL),
        stricter=_common,
        read=_emails,
        write=list,
    )
    protect_self: bool = _guard(
        default=True,
        text="Never remove or demote the user whose API key is used.",
        kind=Flag(),
        stricter=operator.or_,
    )
    max_removals: Limit = _limit(  # noqa: RUF009  a field
        Limit(10, 0.25),
        "People",
        "How many people one change may remove: a count and a share, both hold.",
    )
    max_demotions: Limit = _limit(  # noqa: RUF009  a field
        Limit(5, 0.25),
        "Admins",
        "How many admins one change may demote: a count and a share, both hold.",
    )
    allowed_domains: tuple[str, ...] = _guard(
        default=(),
        text="Domains that declared emails may have, exactly these; any by default.",
        kind=ListOf(DOMAIN),
        stricter=_common,
        read=_domains,
        write=list,
    )
    allow_empty: bool = _guard(
        default=False,
        text="Whether the roster may declare nobody.",
        kind=Flag(),
        stricter=operator.and_,
    )

    def __post_init__(self) -> None:
        """Bring every value into the form in which equal settings are equal."""
        for name, setting in GUARDS.items():
            object.__setattr__(self, name, setting.read(getattr(self, name)))

    def to_properties(self) -> dict[str, Any]:
        """Return the settings as the state keeps them, all keys in camelCase.

        Returns:
            `{"minAdmins": 1, "maxRemovals": {"count": 10, "fraction": 0.25}, …}`.
        """
        return {
            camel(name): setting.write(getattr(self, name))
            for name, setting in GUARDS.items()
        }

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> Guards:
        """Read settings out of properties; a key that is not there has its default.

        Raises:
            GuardSettingsError: with everything that is wrong with them.
        """
        written = {
            snake(key): {snake(part): value for part, value in one.items()}
            if isinstance(one, Mapping)
            else one
            for key, one in properties.items()
        }
        faults = [fault.told_in_full for fault in GUARD_KEYS.faults(written)]
        if faults:
            raise GuardSettingsError(faults)
        return guards_of(written)


GUARDS: dict[str, GuardSetting] = {
    one.name: one.metadata["guard"] for one in fields(Guards)
}
"""The table of the guards, by name."""

GUARD_KEYS = Table(
    tuple(
        # A list or a limit that is not set shows in its parts.
        Key(
            one.name,
            GUARDS[one.name].kind,
            GUARDS[one.name].text,
            one.default if isinstance(one.default, int) else None,
        )
        for one in fields(Guards)
    )
)
"""The keys under `guards`, for the file, the properties and the schema."""


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
    return Guards(**{name: GUARDS[name].read(value) for name, value in written.items()})


def stricter(old: Guards | None, new: Guards) -> Guards:
    """Return the stricter of two settings, guard by guard.

    No change can lift a guard and use that at once: the old setting still counts.
    """
    if old is None:
        return new
    return Guards(
        **{
            name: setting.stricter(getattr(old, name), getattr(new, name))
            for name, setting in GUARDS.items()
        }
    )


@dataclass(kw_only=True)
class RosterLimitArgs:
    """How many people one change may touch. The smaller number counts.

    Attributes:
        count: People at most. 0 for none at all.
        fraction: Share of all people, 0 to 1. It allows at least one, unless it is 0.
    """

    count: int | None = None
    fraction: float | None = None


@dataclass(kw_only=True)
class RosterGuardsArgs:
    """The rules that refuse a change. The defaults are in brackets.

    Attributes:
        min_admins: Admins who must be left (1).
        required_admins: Emails of people who must stay admins (none).
        allowed_admins: Emails of the only people who may be admins (anybody).
        protect_self: Never remove or demote the key's own user (true).
        max_removals: How many people one change may remove (10, and a quarter).
        max_demotions: How many admins one change may demote (5, and a quarter).
        allowed_domains: Email domains that members may have (any).
        allow_empty: Whether the roster may have no members (false).
    """

    min_admins: int | None = None
    required_admins: Sequence[str] | None = None
    allowed_admins: Sequence[str] | None = None
    protect_self: bool | None = None
    max_removals: RosterLimitArgs | Mapping[str, float] | None = None
    max_demotions: RosterLimitArgs | Mapping[str, float] | None = None
    allowed_domains: Sequence[str] | None = None
    allow_empty: bool | None = None


class RosterGuardsArgsDict(TypedDict):
    """`RosterGuardsArgs` as a dictionary."""

    min_admins: NotRequired[int]
    required_admins: NotRequired[Sequence[str]]
    allowed_admins: NotRequired[Sequence[str]]
    protect_self: NotRequired[bool]
    max_removals: NotRequired[RosterLimitArgs | Mapping[str, float]]
    max_demotions: NotRequired[RosterLimitArgs | Mapping[str, float]]
    allowed_domains: NotRequired[Sequence[str]]
    allow_empty: NotRequired[bool]


ADMIN = "admin"
MEMBER = "member"
ROLES = (ADMIN, MEMBER)


class Undeclared(StrEnum):
    """What to do about people who are in the account but not in the roster."""

    REPORT = "report"
    FAIL = "fail"
    REMOVE = "remove"
    IGNORE = "ignore"


class Expired(StrEnum):
    """What to do about people who are in the account after their last day."""

    REPORT = "report"
    REMOVE = "remove"


class RosterOnDestroy(StrEnum):
    """What happens to the people when the roster is destroyed."""

    KEEP = "keep"
    REMOVE_CREATED = "remove_created"


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a membership, as far as a plan compares them.

    Attributes:
        role: "admin" or "member".
        name: None where the name is not managed, so not compared.
        undeclared: Whether nobody declared them: a read saw them in the account.
        new_email: Their email in the account, where a read found that they changed it.
    """

    role: str
    name: str | None = None
    undeclared: bool = False
    new_email: str | None = None


Membership = Mapping[str, Person]
"""People by folded email."""


def membership_of(members: Mapping[str, Mapping[str, Any]]) -> dict[str, Person]:
    """Read people out of a `Roster`'s `members`, or `__known`, as its state has them.

    Args:
        members: Folded email to `{role, name?, undeclared?, newEmail?}`.
    """
    return {
        email: Person(
            role=one.get("role") or MEMBER,
            name=one.get("name"),
            undeclared=bool(one.get("undeclared")),
            new_email=one.get("newEmail"),
        )
        for email, one in members.items()
    }


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file. Lines and columns count from 1."""

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
        until: Last day of the membership, in UTC; see `dates`.
        role_until: Last day as an admin.
        reviewed: The day on which somebody last confirmed that they need this access.
        place: Where it is declared. Two members at different places may be equal.
    """

    email: str
    role: str = MEMBER
    name: str | None = None
    note: str | None = None
    until: date | None = None
    role_until: date | None = None
    reviewed: date | None = None
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
        expired: What is done about people who are past their last day.
        account_id: The account it belongs to; None for the key's.
        on_destroy: What becomes of the people in a destroy.
    """

    members: tuple[Member, ...]
    guards: Guards = field(default_factory=Guards)
    undeclared: Undeclared = Undeclared.REPORT
    expired: Expired = Expired.REPORT
    account_id: str | None = None
    on_destroy: RosterOnDestroy = RosterOnDestroy.KEEP

    def membership(self) -> dict[str, Person]:
        """Return the declared people by folded email, whatever their last days are.

        Raises:
            ValueError: A person is there twice.
        """
        people = {fold_email(one.email): one.person() for one in self.members}
        if len(people) != len(self.members):
            raise ValueError("a person is declared twice in this roster")
        return people
