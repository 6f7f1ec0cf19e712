"""Names of resources for people: readable, unique, and the same in every export."""

from __future__ import annotations

import hashlib
import re

from pulumi_cerevox.account import fold_email

_SAFE = re.compile(r"[a-z0-9][a-z0-9._+@-]*")
_LONGEST = 80


def resource_name(email: str) -> str:
    """Give the name for a person.

    It is the folded email where that is harmless everywhere (URNs, shells, Python);
    otherwise what is harmless of it, and a digest of the whole. It depends on nobody
    else in the account, so it stays when others come and go.
    """
    folded = fold_email(email)
    if len(folded) <= _LONGEST and _SAFE.fullmatch(folded):
        return folded
    readable = re.sub(r"[^a-z0-9._@-]+", "-", folded).strip("-.@_")[:_LONGEST]
    digest = hashlib.sha256(folded.encode("utf-8", "backslashreplace")).hexdigest()
    return f"{readable or 'user'}-{digest[:8]}"
