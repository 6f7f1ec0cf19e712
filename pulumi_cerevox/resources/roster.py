"""The resource `Roster`: the whole declared membership of an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NotRequired, TypedDict, Unpack, cast, overload

import pulumi

from pulumi_cerevox import roster as rosters
from pulumi_cerevox.account import Role
from pulumi_cerevox.provider import RosterProvider
from pulumi_cerevox.provider.roster_state import DAYS, EXPIRED, SIGHTED, SPENT
from pulumi_cerevox.provider.stack_state import PROGRAM
from pulumi_cerevox.resources import conflicts
from pulumi_cerevox.resources.base import AccountResource, sort_out
from pulumi_cerevox.roster import (
    Expired,
    MembersError,
    RosterGuardsArgs,
    RosterGuardsArgsDict,
    RosterLimitArgs,
    RosterOnDestroy,
    Undeclared,
    read_members,
)
from pulumi_cerevox.text import camel


@dataclass(kw_only=True)
class RosterMemberArgs:
    """One declared person of a roster.

    Attributes:
        email: The person's email.
        name: Their name. Managed only if set.
        role: `admin` or `member` (default).
        until: The last day of the membership, YYYY-MM-DD, in UTC. After it the person
            counts as not declared, see `expired` of the roster.
        role_until: The last day as an admin, in UTC. After it they are a member.
        reviewed: The day on which somebody last confirmed that they need this access.
            It is for readers of the program. Neither account nor state gets it.
    """

    email: pulumi.Input[str]
    name: pulumi.Input[str] | None = None
    role: pulumi.Input[Role | str] | None = None
    until: pulumi.Input[str] | None = None
    role_until: pulumi.Input[str] | None = None
    reviewed: pulumi.Input[str] | None = None


class RosterMemberArgsDict(TypedDict):
    """`RosterMemberArgs` as a dictionary."""

    email: pulumi.Input[str]
    name: NotRequired[pulumi.Input[str] | None]
    role: NotRequired[pulumi.Input[Role | str] | None]
    until: NotRequired[pulumi.Input[str] | None]
    role_until: NotRequired[pulumi.Input[str] | None]
    reviewed: NotRequired[pulumi.Input[str] | None]


Members = pulumi.Input[
    Sequence[pulumi.Input[RosterMemberArgs | RosterMemberArgsDict | Mapping[str, Any]]]
    | Mapping[str, Any]
]
"""A list of members, or a mapping by email. Any part may be an Output."""


def by_email(members: object) -> Any:
    """Return the members as `{email: {role, name?}}`, or an Output of that.

    A key of a map can't be an Output while it is unknown, so when an email is one the
    whole waits for it.

    Raises:
        pulumi.RunError: The members can't be declared so; every fault is named.
    """
    if isinstance(members, pulumi.Output):
        return members.apply(by_email)
    plain: Any = members
    entries: list[object] = []
    if isinstance(members, Mapping):
        plain = {email: _plain(one) for email, one in members.items()}
        entries = list(plain.values())
    elif isinstance(members, Sequence) and not isinstance(members, str | bytes):
        plain = entries = [_plain(one) for one in members]
    for entry in entries:
        email = entry.get("email") if isinstance(entry, Mapping) else entry
        if isinstance(email, pulumi.Output):
            return pulumi.Output.from_input(plain).apply(by_email)
    try:
        return read_members(plain, lambda value: isinstance(value, pulumi.Output))
    except MembersError as error:
        raise pulumi.RunError(str(error)) from None


def _plain(one: object) -> object:
    if isinstance(one, RosterMemberArgs):
        written = {key.name: getattr(one, key.name) for key in fields(one)}
        return {key: value for key, value in written.items() if value is not None}
    return one


_OUTPUTS = ("user_ids", "counts")


@dataclass(kw_only=True)
class RosterArgs:
    """The declaration of an account's whole membership.

    Attributes:
        members: Everybody, as a list or a mapping by email.
        guards: The rules that refuse a change.
        undeclared: What to do about people in the account who are not declared:
            `report` (default), `fail`, `remove` or `ignore`.
        expired: What to do about people in the account after their last day: `report`
            (default), or `remove` them in the next `up`.
        on_destroy: `keep` (default) everybody, or `remove_created`.
        account_id: The only account to accept, even at the first `up`.
    """

    members: Members
    guards: RosterGuardsArgs | RosterGuardsArgsDict | None = None
    undeclared: pulumi.Input[Undeclared | str] | None = None
    expired: pulumi.Input[Expired | str] | None = None
    on_destroy: pulumi.Input[RosterOnDestroy | str] | None = None
    account_id: pulumi.Input[str] | None = None


class RosterArgsDict(TypedDict):
    """`RosterArgs` as a dictionary."""

    members: Members
    guards: NotRequired[RosterGuardsArgs | RosterGuardsArgsDict | None]
    undeclared: NotRequired[pulumi.Input[Undeclared | str] | None]
    expired: NotRequired[pulumi.Input[Expired | str] | None]
    on_destroy: NotRequired[pulumi.Input[RosterOnDestroy | str] | None]
    account_id: NotRequired[pulumi.Input[str] | None]


class Roster(AccountResource, module="cerevox", name="Roster"):
    """Everybody in the account, declared in one place, with guards.

    `pulumi up` creates, promotes, renames, demotes and removes as its preview showed,
    and nothing else. Undeclared people are named and left alone.
    """

    members: pulumi.Output[Mapping[str, Mapping[str, Any]]]
    """The declared people: folded email to role, and name if it is managed."""
    user_ids: pulumi.Output[Mapping[str, str]]
    """Folded email to the API's user id, of everybody the roster knows."""
    counts: pulumi.Output[Mapping[str, int]]
    """`members`, `admins` and `undeclared`, as last left or read."""
    account_id: pulumi.Output[str]
    """The account. The key of another account is refused."""
    undeclared: pulumi.Output[str | None]
    expired: pulumi.Output[str | None]
    on_destroy: pulumi.Output[str | None]

    _hidden = ("__provider", SIGHTED, SPENT, EXPIRED, DAYS)
    _instead = "It changes nothing where nothing differs: declare it as it is"

    @overload
    def __init__(
        self,
        resource_name: str,
        args: RosterArgs | RosterArgsDict,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **kwargs: Unpack[RosterArgsDict],
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **kwargs: Any) -> None:
        """Declare the roster, by keywords or by `RosterArgs` or its dictionary.

        Raises:
            TypeError: no members, or an unknown argument.
            pulumi.RunError: a person is declared twice, or another roster declares the
                same account, or `opts` asks for an import.
        """
        declared, opts = sort_out(RosterArgs, *args, **kwargs)
        inputs = {
            field.name: getattr(declared, field.name) for field in fields(RosterArgs)
        }
        inputs["members"] = by_email(declared.members)
        inputs["guards"] = _guard_properties(declared.guards)
        props = inputs | dict.fromkeys(_OUTPUTS)
        props["undeclared"] = _account_claimed(resource_name, props, opts)
        props["members"] = _claimed(resource_name, props["members"], opts)
        props[PROGRAM] = conflicts.program_of(resource_name, opts)
        super().__init__(RosterProvider(), resource_name, props, opts)

    @staticmethod
    def from_file(
        resource_name: str,
        *paths: str | Path,
        opts: pulumi.ResourceOptions | None = None,
    ) -> Roster:
        """Declare the roster of one or several YAML files.

        Args:
            resource_name: The resource's name in the program.
            paths: The files. A person may be in only one of them.
            opts: Resource options.

        Raises:
            pulumi.RunError: a file has faults; each is named with line and column.
        """
        try:
            # The face loads the reader here: a program without a file loads no YAML.
            roster = rosters.read_rosters([Path(path) for path in paths])
        except ValueError as error:
            raise pulumi.RunError(str(error)) from None
        return Roster(
            resource_name,
            RosterArgs(
                members=[
                    {
                        "email": one.email,
                        "role": one.role,
                        "name": one.name,
                        "until": one.until,
                        "role_until": one.role_until,
                    }
                    for one in roster.members
                ],
                undeclared=roster.undeclared,
                expired=roster.expired,
                on_destroy=roster.on_destroy,
                account_id=roster.account_id,
                guards=cast("RosterGuardsArgsDict", roster.guards.to_properties()),
            ),
            opts,
        )


def _account_claimed(
    resource_name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None
) -> Any:
    """Refuse a second roster of one account, unless it passes over the first's people.

    Gives `undeclared` back: where it is an Output, it is judged once it is known.
    """

    def claim(undeclared: Any) -> Any:
        if undeclared != Undeclared.IGNORE:
            conflicts.claim_account(resource_name, opts, props["account_id"])
        return undeclared

    undeclared = props["undeclared"]
    if isinstance(undeclared, pulumi.Output):
        return undeclared.apply(claim)
    return claim(undeclared)


def _claimed(
    resource_name: str, members: Any, opts: pulumi.ResourceOptions | None
) -> Any:
    """Refuse people whom another resource of the program declares as well."""
    key = conflicts.provider_key(opts)

    def claim_all(known: Mapping[str, Any]) -> Mapping[str, Any]:
        for email in known:
            conflicts.claim(conflicts.Claim.ROSTER, resource_name, email, key)
        return known

    if isinstance(members, pulumi.Output):
        return members.apply(claim_all)
    return claim_all(members)


def _guard_properties(guards: object) -> Any:
    """Write guards as the state does: camelCase, without what is not set."""
    if isinstance(guards, RosterGuardsArgs | RosterLimitArgs):
        guards = {one.name: getattr(guards, one.name) for one in fields(guards)}
    if not isinstance(guards, Mapping):
        return guards
    return {
        camel(key): _guard_properties(value)
        for key, value in guards.items()
        if value is not None
    }
