"""How a program may write a roster's members, brought into the state's one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi

from pulumi_cerevox.account import Role, fold_email, printable


@dataclass(kw_only=True)
class RosterMemberArgs:
    """One declared person of a roster.

    Attributes:
        email: Who it is.
        name: Their name. Not set: not managed.
        role: `admin` or `member` (default).
    """

    email: pulumi.Input[str]
    name: pulumi.Input[str] | None = None
    role: pulumi.Input[Role | str] | None = None


class RosterMemberArgsDict(TypedDict):
    """`RosterMemberArgs` as a dictionary."""

    email: pulumi.Input[str]
    name: NotRequired[pulumi.Input[str] | None]
    role: NotRequired[pulumi.Input[Role | str] | None]


Members = pulumi.Input[
    Sequence[pulumi.Input[RosterMemberArgs | RosterMemberArgsDict | Mapping[str, Any]]]
    | Mapping[str, Any]
]
"""A list of members, or a mapping from email to the rest; any of it an Output."""

_KEYS = frozenset({"email", "name", "role"})


def by_email(members: object) -> Any:
    """Give the members as `{email: {role, name?}}`, or an Output of that.

    A key of a map can't be an Output while it is unknown, so when an email is one the
    whole waits for it.

    Raises:
        pulumi.RunError: a person is there twice, or a member is not one.
    """
    if isinstance(members, pulumi.Output):
        return members.apply(by_email)
    entries = _entries(members)
    if any(_email_waits(entry) for entry in entries):
        return pulumi.Output.all(*entries).apply(_mapped)
    return _mapped(entries)


def _entries(members: object) -> list[Any]:
    if isinstance(members, Mapping):
        return [
            one if isinstance(one, pulumi.Output) else {**_plain(one), "email": email}
            for email, one in members.items()
        ]
    if isinstance(members, Sequence) and not isinstance(members, str | bytes):
        return [
            one if isinstance(one, pulumi.Output) else _plain(one) for one in members
        ]
    raise pulumi.RunError(
        "a roster's members are a list of members or a mapping by email, not "
        f"{type(members).__name__}"
    )


def _email_waits(entry: object) -> bool:
    if isinstance(entry, pulumi.Output):
        return True
    return isinstance(entry, Mapping) and isinstance(entry["email"], pulumi.Output)


def _plain(one: object) -> dict[str, Any]:
    if isinstance(one, RosterMemberArgs):
        return {"email": one.email, "name": one.name, "role": one.role}
    if one is None:
        return {}
    if isinstance(one, str):
        return {"role": one}
    if isinstance(one, Mapping):
        return dict(one)
    raise pulumi.RunError(
        "a roster's member is a RosterMemberArgs or a dictionary, not "
        f"{type(one).__name__}"
    )


def _mapped(entries: Sequence[Any]) -> dict[str, dict[str, Any]]:
    mapped: dict[str, dict[str, Any]] = {}
    for entry in (_plain(one) for one in entries):
        email = entry.get("email")
        if not isinstance(email, str):
            raise pulumi.RunError("a roster's member has no email")
        unknown = sorted(set(entry) - _KEYS)
        if unknown:
            raise pulumi.RunError(
                f"roster member {printable(email)}: there is no {', '.join(unknown)}; "
                "a member has email, name and role"
            )
        folded = fold_email(email)
        if folded in mapped:
            raise pulumi.RunError(
                f"{printable(email)} is in the roster twice (emails are compared "
                "without case)"
            )
        rest = {key: entry.get(key) for key in ("role", "name")}
        mapped[folded] = {
            key: value for key, value in rest.items() if value is not None
        }
    return mapped
