"""Names of properties: snake_case in Python, camelCase in the state."""

from __future__ import annotations

import re
from functools import cache


@cache
def camel(name: str) -> str:
    """Name a property as the state does: `user_id` is `userId` there."""
    if name.startswith("__"):
        return name
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


@cache
def snake(name: str) -> str:
    """Name a property as Python does: `userId` is `user_id` here."""
    if name.startswith("__"):
        return name
    return re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), name)
