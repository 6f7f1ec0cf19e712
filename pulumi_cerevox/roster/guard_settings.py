"""What a roster's guards are set to, and how the state and the file write it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_cerevox.account.identity import fold_email
from pulumi_cerevox.roster.addresses import DOMAIN, EMAIL, fold_domain
from pulumi_cerevox.roster.kinds import Flag, Key, ListOf, Number, Table

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
        """Give how many of *there* people one change may touch."""
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
        """Give the settings as the state keeps them, all keys in camelCase.

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
    """Give guards as a file writes them (snake_case); they have no fault any more."""
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
    """Give the stricter of two settings, guard by guard.

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
