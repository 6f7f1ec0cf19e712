"""Text from the API made harmless for the engine.

Anyone in the account may choose their own name (`PUT /users/me`). A property value
that equals one of the engine's own markers, or holds a lone surrogate, breaks every
later refresh of the stack; one that holds the engine's colour tags is printed without
them, as if it were another; one that holds a terminal's escapes erases lines of
`refresh --diff` (run on the engine).
"""

from __future__ import annotations

import re

from pulumi.runtime import rpc

from pulumi_cerevox.account import fold_email
from pulumi_cerevox.text import tags_escaped, unseen_escaped

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


def kept_name(live: str, declared: str | None) -> str:
    """Return a name of the account as the state keeps it.

    The declared name stays as it is where the account has it: no drift comes from the
    way in which a text is escaped.
    """
    return live if live == declared else engine_safe(live)


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
