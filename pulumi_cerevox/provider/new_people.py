"""The preview of people who are new to a resource, compared with the account.

The engine never calls create in a preview, so `check` compares. It refuses what the
`up` would refuse, and names people who are adopted or move (promise 2). One list call
serves every resource of the process, in at most five seconds. Without a key, or without
an answer of the account, nothing is refused and one line says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

from pulumi_cerevox.account import AccountUser, Role, never_logged_in, printable
from pulumi_cerevox.provider import host
from pulumi_cerevox.provider.configuration import Settings
from pulumi_cerevox.provider.connection import AccountSnapshot, Connection, connect
from pulumi_cerevox.provider.people import DECLARED_USERS
from pulumi_cerevox.provider.stack_state import (
    ROLE_ASSIGNMENT,
    STACK,
    USER,
    Record,
)
from pulumi_cerevox.provider.user_state import managed, person_key
from pulumi_cerevox.roster import judge_change, plan, refusal_text, stricter

_said: set[str] = set()
_creating: dict[int, set[str]] = {}
_cut_off: set[str] = set()
_demoted: set[str] = set()
_lock = threading.Lock()


def seen(settings: Settings) -> tuple[Connection, AccountSnapshot] | None:
    """Return the account as one look saw it; None, said once, where it could not."""
    if settings.api_key is None:
        reason = settings.key_fault or "no API key is set"
        _say_once(
            host.info,
            f"new people were not compared with the account: {reason}. The first "
            "request of `pulumi up` needs a key",
        )
        return None
    connection = connect(settings)
    snapshot = connection.snapshot
    if snapshot.failure is not None and not snapshot.refused:
        _say_once(
            host.warning,
            f"new people were not compared with the account: {snapshot.failure}",
        )
        return None
    return connection, snapshot


def judge_user(
    settings: Settings,
    inputs: Mapping[str, Any],
    name: str,
    *,
    is_replaced: bool,
    changes: Callable[[Record], Mapping[str, Any]],
) -> list[str]:
    """Return why creating a `User` would fail, and say what it does to somebody there.

    Args:
        settings: The host's.
        inputs: The declaration, checked.
        name: The resource's name in the program.
        is_replaced: Whether the resource exists, for another person: their seat may
            be free by then, so seats are not counted.
        changes: Returns the name and role that a move from a resource is to write.
    """
    found = seen(settings)
    if found is None:
        return []
    connection, snapshot = found
    if snapshot.refused:
        return [str(snapshot.failure)]
    email, role = str(inputs["email"]), inputs.get("role", Role.MEMBER)
    user = snapshot.by_email.get(person_key(email))
    gives_role = role != (Role.MEMBER if user is None else user.role)
    refusal = _rights_refusal(connection, email, role if gives_role else None)
    if user is None:
        if refusal is None and not is_replaced:
            refusal = _seat_refusal(connection, snapshot, email)
        return [refusal] if refusal else []
    refusal = refusal if gives_role and "role" in inputs else None
    if DECLARED_USERS.is_going(user):
        return [is_removed_by_a_roster(user)]
    record = STACK.person(user)
    if record is not None:
        to = f"{USER} {printable(name)!r}"
        _say_who_moves(user, record, to, changes(record))
        refusal = refusal or _guards_refusal(user, inputs.get("role"))
    elif inputs.get("onExisting") == "adopt":
        _say_who_is_adopted(user, inputs)
    elif not is_like(user, inputs):
        refusal = taken(user)
    elif STACK.was_creating(email):
        _cut_off.add(person_key(email))
    else:
        host.warning(
            f"{printable(user.email)} is in the account already, exactly as declared, "
            "and has never logged in: they are taken over. Nothing shows that this "
            "stack made them, so they stay when the resource goes, unless it has "
            'on_destroy="delete"'
        )
    return [refusal] if refusal else []


def is_cut_off_create(email: str) -> bool:
    """Return whether `check` found the note of this person's create in the state."""
    return person_key(email) in _cut_off


def judge_role(settings: Settings, inputs: Mapping[str, Any], name: str) -> list[str]:
    """Return why giving somebody a role would fail, and say what it changes."""
    found = seen(settings)
    if found is None:
        return []
    connection, snapshot = found
    if snapshot.refused:
        return [str(snapshot.failure)]
    email, role = inputs.get("email"), str(inputs["role"])
    if email is not None:
        user = snapshot.by_email.get(person_key(str(email)))
    else:
        ids = {one.user_id: one for one in snapshot.users}
        user = ids.get(str(inputs.get("userId")))
    if user is None:
        is_declared = email is not None and DECLARED_USERS.declares(
            str(email), connection.caller().account_id, settings
        )
        if not is_declared:
            who = printable(str(email or f"user {inputs.get('userId')}"))
            host.warning(
                f"{who} is not in the account now: the RoleAssignment fails unless "
                "something makes them before"
            )
        return []
    if DECLARED_USERS.is_going(user):
        text = (
            f"{printable(user.email)} is removed in this run by a Roster of this "
            "program, which declared them until now: a RoleAssignment keeps nobody in "
            "the account. Leave them in the roster, or declare them as a User"
        )
        return [text]
    record = STACK.role(user)
    if record is not None and record.kind != USER:
        to = f"{ROLE_ASSIGNMENT} {printable(name)!r}"
        host.info(record.says_where_the_role_goes(user, to))
    elif user.role != role:
        host.info(f"{printable(user.email)} is {user.role} now and becomes {role}")
    refusal = _guards_refusal(user, role)
    if user.role != role:
        refusal = refusal or _rights_refusal(connection, user.email, role)
    return [refusal] if refusal else []


def belongs_to_user(user: AccountUser, settings: Settings) -> bool:
    """Return whether a `User` of the stack or of the program declares somebody.

    For a roster beside it, such a person is never undeclared.
    """
    return DECLARED_USERS.declares_user(user, settings) or STACK.user(user) is not None


def taken(user: AccountUser) -> str:
    """Return the refusal for somebody who is in the account and not the stack's."""
    unread = (
        ""
        if STACK.is_known
        else ". Where the resource was renamed or moved in the program, say so with "
        'opts=ResourceOptions(aliases=[Alias(name="OLD NAME")])'
    )
    return (
        f"{printable(user.email)} is in account {user.account_id} already "
        f"({user.role}, id "
        f'{user.user_id}). Ways on: on_existing="adopt" takes them over and keeps '
        "their present role for the day they are let go; or leave them out of this "
        f"program; or remove them from the account first{unread}"
    )


def is_removed_by_a_roster(user: AccountUser) -> str:
    """Return the refusal for somebody whom a roster of the same run takes out."""
    return (
        f"{printable(user.email)} is removed in this run by a Roster of this program, "
        "which declared them until now and comes before. Apply this User first: "
        "pulumi up --target URN-OF-THE-USER. Run `pulumi up` again where they are gone "
        "already: it makes them anew"
    )


def is_like(user: AccountUser, inputs: Mapping[str, Any]) -> bool:
    """Return whether somebody in the account may be a create that was cut off.

    Such a one equals the declaration in every field and has never logged in
    (promise 7). Where no name is declared, our own create would have got the part
    before the @ (documented example, assumed value): somebody invited by hand under a
    real name is not taken.
    """
    default = {"name": inputs["email"].partition("@")[0], "role": Role.MEMBER}
    fields = default | {key: inputs[key] for key in managed(inputs)}
    is_new = never_logged_in(user.lastlogin) and not user.isbanned
    return is_new and all(getattr(user, key) == one for key, one in fields.items())


def _rights_refusal(connection: Connection, email: str, role: str | None) -> str | None:
    """Refuse what the API refuses to this key, or can't do (documented)."""
    caller = connection.caller()
    if caller.role != Role.ADMIN:
        return (
            f"could not write {printable(email)}: the API key belongs to "
            f"{printable(caller.email)}, a member, and only an admin may create and "
            "change users. Use an admin's key"
        )
    if role is not None and not connection.account.states_roles:
        return (
            f"could not give {printable(email)} the role {role}: this API (dialect "
            "sdk-0.2, probably) has no call that sets a role. Leave the role out, and "
            "give it by hand"
        )
    return None


def _guards_refusal(user: AccountUser, role: str | None) -> str | None:
    """Refuse a change of role that the guards of the person's roster do not allow.

    A roster that leaves the program in the same change has no say any more; its guards
    belong to the account all the same. All demotions of the run count together.
    """
    key = person_key(user.email)
    rosters = [one for one in STACK.rosters(user.account_id) if key in one.ids]
    old = {email: one for roster in rosters for email, one in roster.people.items()}
    if key not in old or role is None or role == old[key].role:
        return None
    changed = {key}
    if role != Role.ADMIN:
        with _lock:
            _demoted.add(key)
            changed = _demoted & set(old)
    new = old | {email: replace(old[email], role=role) for email in changed}
    guards = reduce(stricter, [one.guards for one in rosters])
    refusals = judge_change(guards, plan(old, new), old)
    if not refusals:
        return None
    names = ", ".join(one.label for one in rosters)
    return (
        f"{printable(user.email)} is in {names}, whose guards count in this run: "
        f"{refusal_text(refusals, digest=None)}"
    )


def _seat_refusal(
    connection: Connection, snapshot: AccountSnapshot, email: str
) -> str | None:
    """Refuse a create that has no free seat: creates come before deletes."""
    features = snapshot.info.features if snapshot.info else None
    with _lock:
        creating = _creating.setdefault(id(connection), set())
        creating.add(person_key(email))
        needed = len(creating)
    if features is None or features.seats is None:
        return None
    free = max(features.seats - len(snapshot.users), 0)
    if needed <= free:
        return None
    return (
        f"could not create {printable(email)}: the account has {free} free seats of "
        f"{features.seats}, and this is new user {needed} of this program. "
        "Creates come before deletes: remove somebody first, in a run of its own; or "
        "get more seats"
    )


def _say_who_moves(
    user: AccountUser, record: Record, to: str, changes: Mapping[str, Any]
) -> None:
    written = {key: one for key, one in changes.items() if one != getattr(user, key)}
    told = [f"the {key} becomes {printable(str(one))}" for key, one in written.items()]
    then = " and ".join(told) or "nothing is written"
    host.info(
        f"{printable(user.email)} moves from {record.label} to {to}: the same person "
        f"({user.role}, id {user.user_id}); {then}"
    )


def _say_who_is_adopted(user: AccountUser, inputs: Mapping[str, Any]) -> None:
    role = inputs.get("role")
    banned = ", banned" if user.isbanned else ""
    who = f"{printable(user.email)} ({user.role}{banned})"
    what = f"{who} is in the account and is adopted"
    if role is None or role == user.role:
        host.info(f"{what}: they keep their role")
    elif role == Role.MEMBER:
        host.warning(f"{what}: they lose the role admin")
    else:
        host.info(f"{what}: they become {role}")


def _say_once(say: Any, text: str) -> None:
    with _lock:
        if text in _said:
            return
        _said.add(text)
    say(text)
