"""Refuse two resources of a program that declare one person.

They would undo each other in every run. So would two rosters of one account, because
each would treat the other's people as undeclared. Plain text is judged while the
program runs, so the preview refuses it. An Output is judged as soon as it is known, at
the latest in the `up`.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Hashable, Sequence
from enum import StrEnum
from functools import partial
from typing import Any

import pulumi

from pulumi_cerevox.account import fold_email, printable
from pulumi_cerevox.resources.base import PerRun, bound_account, provider_of


class Claim(StrEnum):
    """How a resource declares somebody; the value is its name in messages."""

    USER = "User"
    """The person, but not their role."""
    USER_WITH_ROLE = "User (with a role)"
    ROLE_ASSIGNMENT = "RoleAssignment"
    """The role alone."""
    ROSTER = "Roster"


TAKES: dict[Claim, frozenset[str]] = {
    Claim.USER: frozenset({"person"}),
    Claim.USER_WITH_ROLE: frozenset({"person", "role"}),
    Claim.ROLE_ASSIGNMENT: frozenset({"role"}),
    Claim.ROSTER: frozenset({"person", "role"}),
}

ProviderKey = int | None
"""Which instance a resource goes through: two of them are two accounts to us."""


class _Registry:
    """The declarations of people in one run. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders: dict[Hashable, str] = {}

    def enter(self, wanted: Sequence[Hashable], holder: str) -> str | None:
        """Register all claims. Return who already holds one of them, if any."""
        with self._lock:
            for one in wanted:
                if one in self._holders:
                    return self._holders[one]
            self._holders.update(dict.fromkeys(wanted, holder))
        return None

    def people(self, provider_key: ProviderKey, part: str = "person") -> list[str]:
        """Return whom single resources declare through one instance.

        Args:
            provider_key: The instance.
            part: Their "person", or their "role" alone. Folded emails; a role may be
                declared by id.
        """
        with self._lock:
            return sorted(
                str(who[1])
                for who, holder in self._holders.items()
                if isinstance(who, tuple)
                and who[0] == provider_key
                and who[-1] == part
                and not holder.startswith(Claim.ROSTER)
            )

    def members(self, provider_key: ProviderKey, beside: str) -> list[str]:
        """Return the folded emails of other rosters' members than of this one."""
        own = f"{Claim.ROSTER} {beside!r}"
        with self._lock:
            return sorted(
                str(who[1])
                for who, holder in self._holders.items()
                if isinstance(who, tuple)
                and (who[0], who[-1]) == (provider_key, "person")
                and holder.startswith(Claim.ROSTER)
                and holder != own
            )


class _Ids:
    """Resources whose person's id matters once anybody is named by id. Thread-safe.

    Hardly any program does that, and an Output more for each person is a tenth of what
    a large program costs.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._matter = False
        self._waiting: list[Callable[[], None]] = []

    def wait(self, claim_it: Callable[[], None]) -> None:
        """Have an id claimed as soon as ids matter."""
        with self._lock:
            if not self._matter:
                self._waiting.append(claim_it)
                return
        claim_it()

    def matter(self) -> None:
        """Have the ids of everybody claimed, those of later resources too."""
        with self._lock:
            self._matter = True
            waiting, self._waiting = self._waiting, []
        for claim_it in waiting:
            claim_it()


_registries: PerRun[_Registry] = PerRun(_Registry)
_ids: PerRun[_Ids] = PerRun(_Ids)
_rosters: PerRun[list[str]] = PerRun(list)


def provider_key(opts: pulumi.ResourceOptions | None) -> ProviderKey:
    """Return the instance that a resource with these options goes through."""
    provider = provider_of(opts)
    return None if provider is None else id(provider)


def claim(
    kind: Claim,
    resource_name: str,
    email_or_id: str,
    provider_key: ProviderKey = None,
    *,
    shown: bool = True,
) -> None:
    """Declare that a resource stands for somebody.

    Args:
        kind: What it takes of them.
        resource_name: Its name in the program.
        email_or_id: The person: an email in any spelling, or an id.
        provider_key: See `provider_key`.
        shown: Whether the message may name the person: an Output may be a secret.

    Raises:
        pulumi.RunError: another resource of this run stands for the same.
    """
    who = fold_email(email_or_id)
    holder = f"{kind} {resource_name!r}"
    wanted = [(provider_key, who, part) for part in sorted(TAKES[kind])]
    other = _registries.current().enter(wanted, holder)
    if other is not None:
        person = printable(email_or_id) if shown else "the same person"
        raise pulumi.RunError(twice_text(person, other, holder))


def twice_text(person: str, one: str, other: str) -> str:
    """Return the refusal of two resources that declare the same of one person."""
    return (
        f"{person} is declared twice in this program: by {one} and by {other}. They "
        "would undo each other: declare each person once. A User without a role goes "
        "together with a RoleAssignment, and nothing with a Roster"
    )


def two_rosters_text(one: str, other: str) -> str:
    """Return the refusal of two rosters over one account."""
    return (
        f"{one} and {other} both declare everybody in one account: each would take the "
        "other's people for intruders. Declare everybody in one Roster "
        "(Roster.from_file takes several files), or give one of them "
        'undeclared="ignore"'
    )


def program_of(
    roster: str | None, opts: pulumi.ResourceOptions | None
) -> pulumi.Output[dict[str, list[str]]]:
    """Return what the whole program declares beside a resource, once it has run.

    The SDK registers resources when the program's own statements are over, so the
    answer names those as well that come after the resource.

    Args:
        roster: The resource's name in the program, if it is a roster.
        opts: Its options: they say which instance it goes through.

    Returns:
        `users`: the emails of `User`s of the same instance. For a roster also
        `rosters`, the names of all of them, and `members`, the emails of the others'
        members. For another resource `roles`: the emails or ids of people whose role a
        single resource of the instance declares.
    """
    registry, names, key = _registries.current(), _rosters.current(), provider_key(opts)
    if roster is not None:
        names.append(roster)

    def gather(_: object) -> dict[str, list[str]]:
        users = registry.people(key)
        if roster is not None:
            members = registry.members(key, roster)
            return {"users": users, "rosters": sorted(names), "members": members}
        return {"users": users, "roles": registry.people(key, "role")}

    return pulumi.Output.from_input(None).apply(gather)


def claim_account(
    resource_name: str,
    opts: pulumi.ResourceOptions | None,
    account_id: object,
) -> None:
    """Declare that a roster stands for everybody in its account.

    Two instances are one account to us only where the program says so, by its id.

    Args:
        resource_name: The roster's name in the program.
        opts: Its options: they say which instance it goes through.
        account_id: The account that it names itself, if that is known.

    Raises:
        pulumi.RunError: another roster of this run stands for the same account.
    """
    holder = f"{Claim.ROSTER} {resource_name!r}"
    ids = [one for one in (account_id, bound_account(opts)) if isinstance(one, str)]
    wanted = [(provider_key(opts), "account"), *((one, "account id") for one in ids)]
    other = _registries.current().enter(wanted, holder)
    if other is not None:
        raise pulumi.RunError(two_rosters_text(other, holder))


def claimed(
    kind: Claim,
    resource_name: str,
    email_or_id: Any,
    provider_key: ProviderKey,
) -> Any:
    """Claim an input, at once or as soon as it is known, and return it.

    A resource that is given the result is not registered when the claim is refused.

    Raises:
        pulumi.RunError: another resource of this run stands for the same.
    """
    if isinstance(email_or_id, str):
        claim(kind, resource_name, email_or_id, provider_key)
        return email_or_id
    if email_or_id is None:
        return None
    known: pulumi.Output[Any] = pulumi.Output.from_input(email_or_id)
    return known.apply(partial(_claimed_late, kind, resource_name, provider_key))


def claimed_id(
    kind: Claim, resource_name: str, user_id: Any, provider_key: ProviderKey
) -> Any:
    """Claim somebody whom the program names by id, as `claimed` does.

    Raises:
        pulumi.RunError: another resource of this run stands for the same.
    """
    if user_id is not None:
        _ids.current().matter()
    return claimed(kind, resource_name, user_id, provider_key)


def claim_own_id(
    kind: Claim,
    resource_name: str,
    resource: pulumi.Resource,
    provider_key: ProviderKey,
) -> None:
    """Claim the person of a resource by the id as well, its output `user_id`.

    The id is known once they were made or found; they may be named by it elsewhere.
    """
    # Weakly: a run's values must not hold its resources. The stack holds them.
    known = weakref.ref(resource)

    def claim_it() -> None:
        there: Any = known()
        if there is not None:
            claimed(kind, resource_name, there.user_id, provider_key)

    _ids.current().wait(claim_it)


def _claimed_late(
    kind: Claim, resource_name: str, provider_key: ProviderKey, email_or_id: Any
) -> Any:
    # Anything else than text is for the resource's own check to refuse.
    if isinstance(email_or_id, str):
        claim(kind, resource_name, email_or_id, provider_key, shown=False)
    return email_or_id
