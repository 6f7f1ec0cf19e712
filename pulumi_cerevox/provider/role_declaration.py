"""What a `RoleAssignment`'s inputs may be, and what they mean; no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_cerevox.account import AccountUser, Role, email_fault, fold_email
from pulumi_cerevox.provider.escaping import engine_safe, person_key
from pulumi_cerevox.provider.user_declaration import is_known, same_person
from pulumi_cerevox.roster.addresses import tag_fault

INPUTS = ("email", "userId", "role", "onDestroy")
BY = "__by"
"""The output that says by which input the program names the person.

Both are outputs as well, and `read` has no other way to know. Like all keys with two
underscores, the engine keeps it and leaves it out of every diff.
"""
GIVEN_ROLE = "__givenRole"
"""The role that this resource gave last; only that one is taken back."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "role": tuple(Role),
    "onDestroy": ("restore", "keep"),
}
_SPELLING = {"userId": "user_id", "onDestroy": "on_destroy"}


def declared(props: Mapping[str, Any]) -> dict[str, Any]:
    """Give the inputs that the program set, and nothing else of the properties."""
    return {key: props[key] for key in INPUTS if props.get(key) is not None}


def inputs_in(outs: Mapping[str, Any]) -> dict[str, Any]:
    """Give the inputs that the program set, out of the outputs."""
    other = "userId" if outs.get(BY) == "email" else "email"
    return {key: value for key, value in declared(outs).items() if key != other}


def faults(inputs: Mapping[str, Any]) -> list[str]:
    """Give everything that is wrong with the inputs, one sentence each.

    No sentence repeats a value: it may be a secret of the program's.
    """
    found = [_person_fault(inputs), _email_fault(inputs.get("email"))]
    if "role" not in inputs:
        found.append("role is missing")
    found += [_choice_fault(key, inputs[key]) for key in _CHOICES if key in inputs]
    return [fault for fault in found if fault is not None]


def _person_fault(inputs: Mapping[str, Any]) -> str | None:
    if ("email" in inputs) == ("userId" in inputs):
        return "give an email or a user_id, exactly one of them"
    user_id = inputs.get("userId", "-")
    if is_known(user_id) and not (isinstance(user_id, str) and user_id.strip()):
        return "user_id must be a string that is not empty"
    return None


def _email_fault(email: object) -> str | None:
    if email is None or not is_known(email):
        return None
    if not isinstance(email, str):
        return "email must be a string"
    fault = email_fault(email.strip()) or tag_fault(email)
    return f"email: {fault}" if fault else None


def _choice_fault(key: str, value: object) -> str | None:
    if not is_known(value) or value in _CHOICES[key]:
        return None
    choices = " or ".join(f'"{choice}"' for choice in _CHOICES[key])
    return f"{_SPELLING.get(key, key)} must be {choices}"


def canonical(
    inputs: Mapping[str, Any], old_inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the inputs as the state keeps them.

    An email that differs from the old one only in case keeps the old spelling, so
    that nothing differs at all (promise 7).
    """
    result = declared(inputs)
    for key in ("email", "userId"):
        if isinstance(result.get(key), str):
            result[key] = result[key].strip()
    if same_person(result.get("email"), old_inputs.get("email")):
        result["email"] = old_inputs["email"]
    return result


def other_person(olds: Mapping[str, Any], news: Mapping[str, Any]) -> str | None:
    """Give the input that names somebody else than the state's outputs; None if none.

    An unknown one may be anybody.
    """
    if "email" in news:
        return None if same_person(olds.get("email"), news["email"]) else "email"
    return None if olds.get("userId") == news.get("userId") else "userId"


def differs(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Tell whether the state's outputs are not what the inputs declare."""
    if named_by(news) != olds.get(BY):
        return True
    return any(
        not is_known(news.get(key)) or news.get(key) != olds.get(key)
        for key in ("role", "onDestroy")
    )


def named_by(inputs: Mapping[str, Any]) -> str:
    """Give the input that names the person."""
    return "email" if "email" in inputs else "userId"


def state_of(
    user: AccountUser, inputs: Mapping[str, Any], prior_role: str, given_role: str
) -> dict[str, Any]:
    """Give the outputs for a person as the account has them."""
    return {
        "email": engine_safe(user.email),
        "userId": user.user_id,
        **inputs,
        "role": str(user.role),
        "accountId": user.account_id,
        "priorRole": prior_role,
        BY: named_by(inputs),
        GIVEN_ROLE: given_role,
    }


def is_theirs(user: AccountUser, outs: Mapping[str, Any]) -> bool:
    """Tell whether a user still has the email that the program names them by."""
    if outs.get(BY) != "email":
        return True
    return person_key(user.email) == fold_email(str(outs.get("email")))
