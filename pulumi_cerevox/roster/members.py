"""Read the members that a program declares, in any of their forms.

Files have the same rules and their own reader, which knows lines and columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pulumi_cerevox.roster.kinds import (
    ROLE_UNTIL_FAULT,
    Day,
    choice_fault,
    email_rule,
    name_rule,
    nearest,
    shown,
)
from pulumi_cerevox.roster.model import ADMIN, ROLES
from pulumi_cerevox.text import camel, fold_email, printable, snake

PROGRAM_KEYS = ("email", "name", "role", "until", "roleUntil", "reviewed")
"""The keys of a member in a program. Python writes `role_until`."""

Waits = Callable[[object], bool]
"""Tells a value that is not known yet, which nobody can judge."""


class MembersError(ValueError):
    """Members can't be declared so; the text has a line for each reason."""


def read_members(members: object, waits: Waits) -> dict[str, dict[str, Any]]:
    """Read the members of a program: a list of them, or a mapping by email.

    A mapping may have a role, or nothing, in the place of a whole member.

    Args:
        members: Plain values; no email of them waits.
        waits: Tells a value that is not known yet.

    Returns:
        Folded email to `{role?, name?, until?, roleUntil?, reviewed?}`, days as text.

    Raises:
        MembersError: With every fault.
    """
    by_email = isinstance(members, Mapping)
    if isinstance(members, Mapping):
        pairs: list[tuple[Any, Any]] = list(members.items())
    elif isinstance(members, Sequence) and not isinstance(members, str | bytes):
        pairs = list(enumerate(members, 1))
    else:
        raise MembersError(
            "a roster's members are a list of members or a mapping by email, not "
            f"{type(members).__name__}"
        )
    read: dict[str, dict[str, Any]] = {}
    faults: list[str] = []
    for key, one in pairs:
        entry, own = _entry(key if by_email else None, one)
        told = own or list(member_faults(entry, waits))
        folded = fold_email(str(entry.get("email")))
        if not told and folded in read:
            told = ["is in the roster twice (emails are compared without case)"]
        email = entry.get("email", key)
        who = printable(email) if isinstance(email, str) else f"number {key}"
        faults += [f"roster member {who}: {fault}" for fault in told]
        rest = {
            name: one.isoformat() if type(one) is date else one
            for name in PROGRAM_KEYS[1:]
            for one in [entry.get(name)]
        }
        read[folded] = {name: one for name, one in rest.items() if one is not None}
    if faults:
        raise MembersError("\n".join(faults))
    return read


def _entry(key: object, one: object) -> tuple[dict[str, Any], list[str]]:
    """Return a member with its email, and what is wrong with its form.

    Args:
        key: What it stands under in a mapping; None in a list.
        one: The member.
    """
    if key is None:
        if not isinstance(one, Mapping):
            return {}, [f"must be a member with an email, not {_kind(one)}"]
        missing = one.get("email") is None
        return _named(one), ["email is missing"] if missing else []
    if one is None or isinstance(one, str):
        return {"email": key, "role": one}, []
    if not isinstance(one, Mapping):
        return {"email": key}, [f"must be a member or a role, not {_kind(one)}"]
    own = one.get("email")
    if own is not None and fold_email(str(own)) != fold_email(str(key)):
        told = f'"{shown(own)}"' if isinstance(own, str) else _kind(own)
        return {"email": key}, [f"has another email inside: {told}. Give one of them"]
    return {**_named(one), "email": key}, []


def _named(one: Mapping[Any, Any]) -> dict[str, Any]:
    return {camel(str(key)): value for key, value in one.items()}


def member_faults(written: Mapping[str, Any], waits: Waits) -> Iterator[str]:
    """Find what is wrong with one member, without repeating a value.

    A value may be a secret, but for the email, which every message names.

    Args:
        written: The keys of one member.
        waits: Tells a value that is not known yet.
    """
    for key in written:
        if key not in PROGRAM_KEYS:
            hint = nearest(str(key), PROGRAM_KEYS)
            yield (
                f"there is no {shown(str(key))}{hint}; a member has email, name, role, "
                "until, role_until and reviewed"
            )
    for key, rule in (("email", email_rule), ("name", name_rule)):
        value = written.get(key)
        if value is None or waits(value):
            continue
        if not isinstance(value, str):
            yield f"{key} must be text, not {_kind(value)}"
        elif (fault := rule(value)) is not None:
            yield fault if key == "email" else f"{key}: {fault}"
    role = written.get("role")
    fault = None if role is None or waits(role) else choice_fault("role", role, ROLES)
    if fault is not None:
        yield fault
    yield from _day_faults(written, waits)


def _day_faults(written: Mapping[str, Any], waits: Waits) -> Iterator[str]:
    for key in ("until", "roleUntil", "reviewed"):
        day = written.get(key)
        if day is None or waits(day) or type(day) is date:
            continue
        if any(Day().faults(day)):
            yield f"{snake(key)} must be a date, YYYY-MM-DD"
    role = written.get("role")
    if written.get("roleUntil") is not None and role != ADMIN and not waits(role):
        yield ROLE_UNTIL_FAULT


def _kind(value: object) -> str:
    """Say what a value is, without repeating it."""
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a text"}
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return kinds.get(type(value), f"a {type(value).__name__}")
