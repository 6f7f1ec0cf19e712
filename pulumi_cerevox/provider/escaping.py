"""Text from the API made harmless for the engine.

Anyone in the account may choose their own name (`PUT /users/me`). A property value
that equals one of the engine's own markers, or holds a lone surrogate, breaks every
later refresh of the stack (run on the engine).
"""

from __future__ import annotations

import re

from pulumi.runtime import rpc

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
    """Give the text as it is, or a visible form of it that the engine can hold.

    The form differs from the text, so such a name shows as drift from a declared one.
    """
    if text in _MARKERS:
        return f"(engine marker) {text}"
    return text.encode("utf-8", "backslashreplace").decode()
