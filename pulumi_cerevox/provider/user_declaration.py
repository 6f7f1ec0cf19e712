"""What a `User`'s inputs may be, and what they mean: checks and comparisons, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.output import Unknown

from pulumi_cerevox.account import (
    AccountUser,
    Role,
    email_fault,
    fold_email,
    name_fault,
)
from pulumi_cerevox.provider.escaping import engine_safe
from pulumi_cerevox.roster.addresses import tag_fault

INPUTS = ("email", "name", "role", "onExisting", "onDestroy")
MANAGEABLE = ("name", "role")
MANAGED = "__managed"
"""The output that says which of these the program sets.

The engine keeps it and leaves it out of every diff, as it does all keys that begin
with two underscores. A plain key under `hide_diffs` would show as `managed (hidden)`
at every resource of every refresh (run on the engine, CLI 3.259).
"""
_CHOICES: dict[str, tuple[str, ...]] = {
    "role": tuple(Role),
    "onExisting": ("fail", "adopt"),
    "onDestroy": ("delete", "keep"),
}
_SPELLING = {"onExisting": "on_existing", "onDestroy": "on_destroy"}

GIVEN_ROLE = "__givenRole"
"""The output that says which role this resource gave last; a refresh leaves it."""


def is_known(value: object) -> bool:
    """Tell whether a preview knows the value already."""
    return not isinstance(value, Unknown)


def declared(props: Mapping[str, Any]) -> dict[str, Any]:
    """Give the inputs that the program set, and nothing else of the properties."""
    return {key: props[key] for key in INPUTS if props.get(key) is not None}


def faults(inputs: Mapping[str, Any]) -> list[str]:
    """Give everything that is wrong with the inputs, one sentence each.

    No sentence repeats a value: it may be a secret of the program's.
    """
    found = [_text_fault(key, inputs.get(key)) for key in ("email", "name")]
    found += [_choice_fault(key, inputs.get(key)) for key in _CHOICES]
    return [fault for fault in found if fault is not None]


def _text_fault(key: str, value: object) -> str | None:
    if not is_known(value) or (value is None and key == "name"):
        return None
    if not isinstance(value, str):
        return f"{key} must be a string" if value is not None else f"{key} is missing"
    fault = email_fault(value.strip()) if key == "email" else name_fault(value)
    fault = fault or tag_fault(value)
    return f"{key}: {fault}" if fault else None


def _choice_fault(key: str, value: object) -> str | None:
    allowed = _CHOICES[key]
    if value is None or not is_known(value) or value in allowed:
        return None
    choices = " or ".join(f'"{choice}"' for choice in allowed)
    return f"{_SPELLING.get(key, key)} must be {choices}"


def canonical(
    inputs: Mapping[str, Any], old_inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the inputs as the state keeps them.

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
    """Tell whether two emails are one person's; an unknown one never is."""
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    return fold_email(one) == fold_email(other)


def managed(inputs: Mapping[str, Any]) -> list[str]:
    """Give which of name and role the program manages."""
    return [key for key in MANAGEABLE if inputs.get(key) is not None]


def changed(olds: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Give the name and the role where the inputs declare another than the state."""
    old_managed = olds.get(MANAGED) or []
    return {
        key: inputs[key]
        for key in managed(inputs)
        if key not in old_managed or inputs[key] != olds.get(key)
    }


def differs(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Tell whether the state's outputs are not what the inputs declare."""
    old_managed = olds.get(MANAGED)
    changed = any(
        not is_known(news.get(key)) or news.get(key) != olds.get(key)
        for key in (*managed(news), "onExisting", "onDestroy")
    )
    return changed or sorted(old_managed or []) != managed(news)


def is_earlier_try(user: AccountUser, inputs: Mapping[str, Any]) -> bool:
    """Tell whether a person found in the account is this resource's own cut-off create.

    Such a one equals the declaration in every field and has never logged in
    (promise 5). Where no name is declared, our own create would have got the part
    before the @ (documented example, assumed value): somebody invited by hand under a
    real name is not taken.
    """
    name = inputs.get("name", inputs["email"].partition("@")[0])
    return (
        user.lastlogin is None
        and not user.isbanned
        and user.role == inputs.get("role", Role.MEMBER)
        and user.name == name
    )


def state_of(
    user: AccountUser, inputs: Mapping[str, Any], kept: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the outputs for a user as the account has them.

    Args:
        user: The person as the API reports them.
        inputs: What is declared; names and roles that are not managed stay out.
        kept: `adopted`, `priorRole` and the role last given, of older outputs.
    """
    live = {"name": engine_safe(user.name), "role": str(user.role)}
    return {
        **declared(inputs),
        "email": _email_of(user, inputs),
        **{key: live[key] for key in managed(inputs)},
        "role": live["role"],
        "userId": user.user_id,
        "accountId": user.account_id,
        "adopted": bool(kept.get("adopted")),
        "priorRole": kept.get("priorRole"),
        "lastLogin": engine_safe(user.lastlogin) if user.lastlogin else None,
        MANAGED: managed(inputs),
        GIVEN_ROLE: inputs.get("role") or kept.get(GIVEN_ROLE),
    }


def _email_of(user: AccountUser, inputs: Mapping[str, Any]) -> str:
    """Give the declared spelling, unless the account has another person's email.

    The API can't change an email (contract); where it changed all the same, that is
    drift, and writes for the declared person must not reach the other address.
    """
    if same_person(user.email, inputs["email"]):
        return str(inputs["email"])
    return engine_safe(user.email)
