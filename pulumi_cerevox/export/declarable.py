"""Who of an account can't be declared: people whose email no reader could trust."""

from __future__ import annotations

from collections.abc import Iterable

from pulumi_cerevox.account import AccountUser
from pulumi_cerevox.roster.addresses import email_rule, tag_fault


def undeclarable(users: Iterable[AccountUser], form: str) -> dict[str, str]:
    """Give the emails that the form's declaration refuses, each with the reason."""
    rule = email_rule if form == "roster" else tag_fault
    faults = {user.email: rule(user.email) for user in users}
    return {email: fault for email, fault in faults.items() if fault is not None}
