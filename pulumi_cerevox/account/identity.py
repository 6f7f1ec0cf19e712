"""Who is who: the one folding of emails, and what counts as an email and a name.

One person is one person: whatever compares emails (directory, diff, guards,
duplicates, audit) folds them here.
"""

MAX_EMAIL = 254
"""Longest email in characters (assumed; RFC 5321's limit)."""

MAX_NAME = 100
"""Longest name in characters (assumed)."""


def fold_email(email: str) -> str:
    """Give the form of *email* in which two emails of one person are equal.

    White space around it goes, case is folded, an international domain takes its
    ASCII form (UTS 46). Plus-tags stay: `a+b@…` is another mailbox than `a@…` for
    the API. Anything may be folded, also what is no email; folding twice changes
    nothing more.
    """
    local, at, domain = email.strip().rpartition("@")
    # Not casefold: it makes "straße" and "strasse" one, which are two mailboxes.
    return f"{local.lower()}{at}{_fold_domain(domain)}"


def _fold_domain(domain: str) -> str:
    folded = domain.casefold()
    if domain.isascii() or len(domain) > MAX_EMAIL:
        return folded
    # The domain as it stands goes first: folding makes "ß" an "ss", which is
    # another domain. The second try keeps the whole idempotent.
    return _ascii_domain(domain) or _ascii_domain(folded) or folded


def _ascii_domain(domain: str) -> str | None:
    import idna  # noqa: PLC0415 - slow to import, and hardly ever needed

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None


def email_fault(email: str) -> str | None:
    """Say what is wrong with *email* as an email, without repeating it; None if fine.

    The rule (assumed): one `@`, something before it, a domain with a dot after it,
    no white space, at most 254 characters.
    """
    local, _, domain = email.partition("@")
    checks = (
        (not email, "is empty"),
        (len(email) > MAX_EMAIL, f"is longer than {MAX_EMAIL} characters"),
        (any(char.isspace() for char in email), "contains white space"),
        (email.count("@") == 0, 'has no "@"'),
        (email.count("@") > 1, 'has more than one "@"'),
        (not local, 'has nothing before the "@"'),
        ("." not in domain.strip("."), 'has no domain with a dot after the "@"'),
    )
    return next((fault for is_so, fault in checks if is_so), None)


def name_fault(name: str) -> str | None:
    """Say what is wrong with *name* as a name; None if it is fine.

    The rule (assumed): 1 to 100 characters, not only white space.
    """
    if not name.strip():
        return "is empty or only white space"
    if len(name) > MAX_NAME:
        return f"is longer than {MAX_NAME} characters"
    return None
