"""Emails, names and domains in a declaration: what may be, and what is the same."""

from __future__ import annotations

from pulumi_cerevox.account.escaping import printable, tags_escaped
from pulumi_cerevox.account.identity import (
    MAX_EMAIL,
    email_fault,
    fold_email,
    name_fault,
)
from pulumi_cerevox.roster.kinds import Text


def fold_domain(domain: str) -> str:
    """Give a domain in the form of a folded email's."""
    return fold_email(f"@{domain.strip()}")[1:]


def email_rule(email: str) -> str | None:
    """Say what is wrong with an email as somebody declared it; None if fine.

    Beside the API's own rule: no character that can't be seen, for the people who
    review the declaration would take one person for another.
    """
    stripped = email.strip()
    unseen = next((char for char in stripped if not char.isprintable()), None)
    if unseen is not None and not unseen.isspace():
        return f"contains a character that can't be seen ({printable(unseen)})"
    return tag_fault(stripped) or email_fault(stripped)


def name_rule(name: str) -> str | None:
    """Say what is wrong with a name as somebody declared it; None if fine."""
    return tag_fault(name) or name_fault(name)


def tag_fault(text: str) -> str | None:
    """Refuse a text that the engine would not print as it is."""
    if tags_escaped(text) == text:
        return None
    # Written apart: the engine prints this as well.
    return 'contains "<" before "{%" (or that escaped), a colour tag of Pulumi\'s'


def domain_rule(domain: str) -> str | None:
    """Say what is wrong with a domain; None if it is fine."""
    if "@" in domain:
        return 'must be a domain alone, without "@"'
    fault = email_rule(f"x@{domain.strip()}")
    return None if fault is None else "is no domain, such as example.com"


EMAIL = Text(
    email_rule,
    {
        # A dot with something on both sides of it, somewhere behind the "@".
        "pattern": r"^\s*[^\s@]+@[^\s@]*[^\s@.]\.+[^\s@.][^\s@]*\s*$",
        "maxLength": MAX_EMAIL,
    },
)
"""Any email that somebody may declare."""

DOMAIN = Text(domain_rule, {"pattern": r"^[^@]+$"})
"""The part of an email behind the "@"."""
