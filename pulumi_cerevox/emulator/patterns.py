"""Which calls a journal filter or a fault rule means.

A pattern is a path with or without the `/v1` in front, and is compared with both the
call's own path and its route's template. Without a `*` it must be equal to one of the
two: `/users/{user_id}` means every call to that route, and not `/users/me`, which is a
route of its own. A `*` stands for any characters, slashes too: `/users/*` means
`/users/me` as well as `/users/{user_id}`.
"""

from __future__ import annotations

import re
from functools import lru_cache

API_PREFIX = "/v1"


def matches_path(pattern: str, path: str, route: str | None) -> bool:
    """Tell whether a pattern means a call.

    Args:
        pattern: As above.
        path: The call's path, as `/v1/users/me`.
        route: The template of its route, as `/v1/users/{user_id}`; None where the
            emulator has no such route.
    """
    names = {path} if route is None else {path, route}
    expression = _expression(pattern)
    return any(expression.fullmatch(_without_prefix(name)) for name in names)


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    parts = _without_prefix(pattern).split("*")
    return re.compile(".*".join(re.escape(part) for part in parts), re.DOTALL)


def _without_prefix(path: str) -> str:
    if path == API_PREFIX or path.startswith(f"{API_PREFIX}/"):
        return path[len(API_PREFIX) :]
    return path
