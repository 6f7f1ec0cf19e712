"""The state of a `User`, and the form in which the engine holds text of the account.

These are conversions, no I/O. Anyone in the account may choose their own name
(`PUT /users/me`). A value that equals one of the engine's own markers, or holds a lone
surrogate, breaks every later refresh of the stack. The engine prints a value with its
colour tags without them, so it looks like another. A value with a terminal's escapes
erases lines of `refresh --diff` (run on the engine).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pulumi.output import Unknown
from pulumi.runtime import rpc

from pulumi_cerevox.account import AccountUser, Role, fold_email
from pulumi_cerevox.roster.kinds import choice_fault, email_rule, name_rule
from pulumi_cerevox.text import snake, tags_escaped, unseen_escaped

_IDENTIFIER = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")

_MARKERS = {
    value
    for value in vars(rpc).values()
    if isinstance(value, str) and _IDENTIFIER.fullmatch(value)
} | {
    # The engine's own, which the SDK does not name.
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
}


def engine_safe(text: str) -> str:
    """Return the text as it is, or a visible form of it that the engine can hold.

    The form differs from the text, so such a name shows as drift from a declared one.
    """
    return f"(engine marker) {text}" if text in _MARKERS else unseen_escaped(text)


def kept_text(live: str | None, declared: str | None) -> str | None:
    """Return a text of the account as the state keeps it; None where it has none.

    The declared text stays as it is where the account has it: no drift comes from the
    way in which a text is escaped.
    """
    return live if live is None or live == declared else engine_safe(live)


def is_holdable(text: str) -> bool:
    """Return whether the engine can hold a declared text, and prints it as it is."""
    plain = text.encode("utf-8", "backslashreplace").decode()
    return text not in _MARKERS and tags_escaped(plain) == text


def person_key(email: str) -> str:
    """Return the key under which a roster keeps a person of the account.

    It is the folded email wherever that can be declared at all; any other is made
    harmless first, as the engine prints the keys of its maps.
    """
    return fold_email(engine_safe(fold_email(email)))


FIELDS: Mapping[str, Callable[[str], str | None]] = {
    "name": lambda name: (fault := name_rule(name)) and f"name: {fault}",
    "role": lambda role: choice_fault("role", role, tuple(Role)),
}
"""The fields of a person that a `User` may manage, each with what judges its value.

The account's users, and the calls that create and update them, have the same names.
What is declared, compared, written, read and moved follows this table.
"""
MANAGEABLE = tuple(FIELDS)
INPUTS = ("email", *FIELDS, "onExisting", "onDestroy")
MANAGED = "__managed"
"""The output that says which of these the program sets.

The engine keeps it and leaves it out of every diff, as it does all keys that begin
with two underscores. A plain key under `hide_diffs` would show as `managed (hidden)`
at every resource of every refresh (run on the engine, CLI 3.259).
"""
_CHOICES: dict[str, tuple[str, ...]] = {
    "onExisting": ("fail", "adopt"),
    "onDestroy": ("delete", "keep"),
}

GIVEN_ROLE = "__givenRole"
"""The output that says which role this resource gave last; a refresh leaves it."""


OVERWRITTEN = "__overwritten"
"""The output that says that a refresh stored the account's name over the declared one.

It is there from that refresh to the next update alone. An audit of the stack does not
take such a name for a declared one.
"""


def is_known(value: object) -> bool:
    """Return whether a preview knows the value already."""
    return not isinstance(value, Unknown)


def declared(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that the program set, and nothing else of the properties."""
    return {key: props[key] for key in INPUTS if props.get(key) is not None}


def faults(inputs: Mapping[str, Any]) -> list[str]:
    """Return everything that is wrong with the inputs, one sentence each.

    No sentence repeats a value: it may be a secret of the program's.
    """
    found: list[str | None] = []
    for key in ("email", *FIELDS):
        value = inputs.get(key)
        if value is None:
            found += ["email is missing"] if key == "email" else []
        elif is_known(value) and not isinstance(value, str):
            found.append(f"{key} must be a string")
        elif is_known(value) and key == "email":
            fault = email_rule(value)
            found += [f"email: {fault}"] if fault else []
        elif is_known(value):
            found.append(FIELDS[key](value))
    found += [
        choice_fault(snake(key), inputs[key], allowed)
        for key, allowed in _CHOICES.items()
        if is_known(inputs.get(key)) and inputs.get(key) is not None
    ]
    return [fault for fault in found if fault is not None]


def canonical(
    inputs: Mapping[str, Any], old_inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the inputs as the state keeps them.

    An email that differs from the old one only in case keeps the old spelling, so
    that nothing differs at all (promise 7).
    """
    result = declared(inputs)
    email, old = result.get("email"), old_inputs.get("email")
    if isinstance(email, str):
        result["email"] = email.strip()
        if isinstance(old, str) and fold_email(old) == fold_email(email):
            result["email"] = old
    return result


def same_person(one: object, other: object) -> bool:
    """Return whether two emails are one person's; an unknown one never is."""
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    return fold_email(one) == fold_email(other)


def managed(inputs: Mapping[str, Any]) -> list[str]:
    """Return which fields the program manages."""
    return [key for key in MANAGEABLE if inputs.get(key) is not None]


def changed(olds: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of which the inputs declare another value than the state."""
    old_managed = olds.get(MANAGED) or []
    return {
        key: inputs[key]
        for key in managed(inputs)
        if key not in old_managed or inputs[key] != olds.get(key)
    }


def differs(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Return whether the state's outputs are not what the inputs declare."""
    old_managed = olds.get(MANAGED)
    changed = any(
        not is_known(news.get(key)) or news.get(key) != olds.get(key)
        for key in (*managed(news), "onExisting", "onDestroy")
    )
    return changed or set(old_managed or []) != set(managed(news))


def state_of(
    user: AccountUser, inputs: Mapping[str, Any], kept: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the outputs for a user as the account has them.

    Args:
        user: The person as the API reports them.
        inputs: What is declared; fields that are not managed stay out, but the role.
        kept: `adopted`, `priorRole` and the role last given, of older outputs.
    """
    # The API can't change an email (contract). Where it changed all the same, that is
    # drift, and writes for the declared person must not reach the other address.
    is_same = same_person(user.email, inputs["email"])
    live = {key: kept_text(getattr(user, key), inputs[key]) for key in managed(inputs)}
    return {
        **declared(inputs),
        "email": str(inputs["email"]) if is_same else engine_safe(user.email),
        "role": str(user.role),
        **live,
        "userId": user.user_id,
        "accountId": user.account_id,
        "adopted": bool(kept.get("adopted")),
        "priorRole": kept.get("priorRole"),
        "lastLogin": engine_safe(user.lastlogin) if user.lastlogin else None,
        MANAGED: managed(inputs),
        GIVEN_ROLE: inputs.get("role") or kept.get(GIVEN_ROLE),
    }


def inputs_in(outs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs that the program set, out of the outputs."""
    inputs = declared(outs)
    unmanaged = set(MANAGEABLE) - set(outs.get(MANAGED) or [])
    return {key: value for key, value in inputs.items() if key not in unmanaged}
