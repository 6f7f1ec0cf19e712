"""The API key as the environment has it: there, and of a form that a key can have.

Nothing here may repeat the key, or any part of it.
"""

from __future__ import annotations

import os

from pulumi_cerevox.account.credentials import KEY_VARIABLE
from pulumi_cerevox.doctor.check import Check, Fault, fail, ok, warning

NAME = "key"
AGAIN = f"Copy the key again and set {KEY_VARIABLE} to it alone, on one line."


def is_set() -> bool:
    """Tell whether the environment has a key, of whatever form."""
    return bool(_value().strip())


def check_form() -> Check:
    """Judge the form of the environment's key."""
    value = _value()
    fault = form_fault(value.strip())
    if fault:
        return fail(NAME, f"{KEY_VARIABLE} {fault}.", AGAIN, Fault.KEY)
    if value != value.strip():
        return warning(
            NAME,
            f"{KEY_VARIABLE} begins or ends with white space or a line break, which "
            "is left out here and which other programs send along.",
            AGAIN,
        )
    return ok(NAME, f"environment variable {KEY_VARIABLE}")


def form_fault(key: str) -> str:
    """Say what is wrong with a key's form, to follow its name; empty if nothing is.

    The real keys' form is not documented, so this refuses only what no header or no
    sane key can hold.
    """
    faults = (
        (any(char.isspace() for char in key), "has white space or a line break in it"),
        (key[:1] in "\"'" and key[-1:] in "\"'", "is in quotes"),
        (key.startswith(f"{KEY_VARIABLE}="), "holds its own name and a = too"),
        (
            not (key.isascii() and key.isprintable()),
            "holds characters that no key has, such as a word processor's dash",
        ),
    )
    return next((fault for is_so, fault in faults if is_so), "")


def _value() -> str:
    return os.environ.get(KEY_VARIABLE, "")
