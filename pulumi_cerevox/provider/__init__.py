"""What the resources do to the account, in the provider's process.

The engine's calls arrive in `user.py`, `role_assignment.py` and `roster.py`. They come
through one of two hosts: the SDK's dynamic one, or the plugin. The names here are those
that users' state holds for the dynamic host (`dynamic_host.py`); a short path keeps
`__provider` at 80 characters. They are loaded when used: the plugin needs none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_cerevox.provider.dynamic_host import (
        RoleProvider,
        RosterProvider,
        UserProvider,
    )

__all__ = ["RoleProvider", "RosterProvider", "UserProvider"]


def __getattr__(name: str) -> object:
    """Load a provider class from its module."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pulumi_cerevox.provider import dynamic_host  # noqa: PLC0415  when used

    found: object = getattr(dynamic_host, name)
    globals()[name] = found
    return found
