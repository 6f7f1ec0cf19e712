"""The provider classes as the SDK's dynamic provider host runs them.

The state keeps a dynamic provider as a pickle that holds a module's path and a class's
name. These never change once released, so each class here says that it lives in
`pulumi_cerevox.provider`.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from typing import Any

from pulumi import dynamic

from pulumi_cerevox.account import AccountError
from pulumi_cerevox.provider import host
from pulumi_cerevox.provider.connection import AccountCalls
from pulumi_cerevox.provider.role_assignment import RoleCalls
from pulumi_cerevox.provider.roster import RosterCalls
from pulumi_cerevox.provider.user import UserCalls

_HOST_FILE = ("pulumi", "dynamic", "__main__.py")


class PlainTraceback:
    """Stands in the host for the module `traceback`."""

    @staticmethod
    def format_exc() -> str:
        """Return the text of an error of ours alone, any other with its traceback."""
        _, error, trace = sys.exc_info()
        if isinstance(error, host.StaleStateError) and trace is not None:
            # The call that failed is known to the function of the host that caught it.
            call = trace.tb_frame.f_locals
            if "context" in call and "request" in call:
                call["context"].set_trailing_metadata(error.metadata(call["request"]))
        if isinstance(error, host.ProviderError | AccountError):
            return str(error)
        return traceback.format_exc()


class DynamicProvider(AccountCalls, dynamic.ResourceProvider):
    """The common part of the three provider classes.

    The SDK's host takes results by their attributes, and ours have the same; its types
    ask for its own classes.
    """

    # There is no secret in the pickle: it is a module's path and a class's name.
    serialize_as_secret_always = False

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Find the engine, print errors of ours plainly, and read the settings."""
        main = sys.modules.get("__main__")
        file = getattr(main, "__file__", None) or ""
        if tuple(file.replace("\\", "/").split("/")[-3:]) == _HOST_FILE:
            vars(main)["traceback"] = PlainTraceback
            # With --logflow the engine's own flags stand before its address.
            words = [word for word in sys.argv[1:] if not word.startswith("-")]
            host.attach(words[-1] if words else "")
        # `Config.get` puts the project's name before a name without a colon, and the
        # inputs of an explicit instance have none (SDK 3.272, run on the engine).
        bag: Mapping[str, Any] = req.config._props  # noqa: SLF001
        self.configure_with(bag)


class UserProvider(UserCalls, DynamicProvider):  # type: ignore[misc]
    """The provider class of `User`."""

    __module__ = "pulumi_cerevox.provider"


class RoleProvider(RoleCalls, DynamicProvider):  # type: ignore[misc]
    """The provider class of `RoleAssignment`."""

    __module__ = "pulumi_cerevox.provider"


class RosterProvider(RosterCalls, DynamicProvider):  # type: ignore[misc]
    """The provider class of `Roster`."""

    __module__ = "pulumi_cerevox.provider"
