"""Emails and domains in a declaration: what they may be, and which are the same."""

from __future__ import annotations

from pulumi_cerevox.account.escaping import printable
from pulumi_cerevox.account.identity import MAX_EMAIL, email_fault, fold_email
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
    return email_fault(stripped)


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
