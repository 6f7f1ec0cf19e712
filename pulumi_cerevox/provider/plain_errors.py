"""Our own errors without the dynamic provider host's traceback around them.

The host answers a failed call with `traceback.format_exc()`, looked up in its own
`__main__`. Replacing that one name there leaves every error that is not ours as it
was, with its traceback.
"""

from __future__ import annotations

import sys
import traceback

from pulumi_cerevox.account import AccountError
from pulumi_cerevox.account.escaping import tags_broken
from pulumi_cerevox.provider.errors import ProviderError

_HOST_FILE = ("pulumi", "dynamic", "__main__.py")


class PlainTraceback:
    """Stands in the host for the module `traceback`."""

    @staticmethod
    def format_exc() -> str:
        """Give the text of an error of ours alone, any other with its traceback."""
        error = sys.exc_info()[1]
        if isinstance(error, ProviderError | AccountError):
            return tags_broken(str(error))
        return traceback.format_exc()


def is_provider_host() -> bool:
    """Tell whether this process is the SDK's dynamic provider host."""
    file = getattr(sys.modules.get("__main__"), "__file__", None) or ""
    return tuple(file.replace("\\", "/").split("/")[-3:]) == _HOST_FILE


def install() -> None:
    """Make the host print our errors plainly; elsewhere do nothing."""
    if is_provider_host():
        vars(sys.modules["__main__"])["traceback"] = PlainTraceback
