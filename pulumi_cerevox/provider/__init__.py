"""What the resources do to the account, in the provider's process.

The classes `…Calls` receive the engine's calls from one of two hosts: the SDK's dynamic
one, or the plugin. The classes `…Provider` are for the dynamic host. Users' states hold
their names, and a short path keeps `__provider` at 80 characters. All are loaded on
use, because the plugin needs nothing of the dynamic host.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_cerevox.provider.dynamic_host import (
        RoleProvider,
        RosterProvider,
        UserProvider,
    )
    from pulumi_cerevox.provider.host import GuardError, ProviderError
    from pulumi_cerevox.provider.role_assignment import RoleCalls
    from pulumi_cerevox.provider.roster import RosterCalls
    from pulumi_cerevox.provider.user import UserCalls

__all__ = [
    "GuardError",
    "ProviderError",
    "RoleCalls",
    "RoleProvider",
    "RosterCalls",
    "RosterProvider",
    "UserCalls",
    "UserProvider",
]

_LATER = {
    "GuardError": "host",
    "ProviderError": "host",
    "RoleCalls": "role_assignment",
    "RoleProvider": "dynamic_host",
    "RosterCalls": "roster",
    "RosterProvider": "dynamic_host",
    "UserCalls": "user",
    "UserProvider": "dynamic_host",
}


def __getattr__(name: str) -> object:
    """Load a class from its module."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    globals()[name] = value
    return value
