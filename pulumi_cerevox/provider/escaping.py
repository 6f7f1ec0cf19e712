"""Text from the API made harmless for the engine.

Anyone in the account may choose their own name (`PUT /users/me`). A property value
that equals one of the engine's own markers, or holds a lone surrogate, breaks every
later refresh of the stack (run on the engine).
"""

from __future__ import annotations

from pulumi.runtime import rpc

_MARKERS = frozenset(
    value
    for name, value in vars(rpc).items()
    if isinstance(value, str)
    and len(value) >= 32
    and name.isupper()
    and all(part.isalnum() for part in value.split("-"))
) | {
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "4dabf18193072939515e22adb298388d",
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
}


def engine_safe(text: str) -> str:
    """Give the text as it is, or a visible form of it that the engine can hold.

    The form differs from the text, so such a name shows as drift from a declared one.
    """
    if text in _MARKERS:
        return f"(engine marker) {text}"
    return text.encode("utf-8", "backslashreplace").decode()
