"""What can be wrong on the provider's side; each text is all that the user sees."""

from __future__ import annotations


class ProviderError(Exception):
    """A refusal or failure with a complete message of ours.

    The dynamic provider host would print a traceback around it; `plain_errors`
    makes it print the text alone.
    """


class ForeignAccountError(ProviderError):
    """The key belongs to another account than the resource (promise 6)."""


class UserExistsError(ProviderError):
    """A user that should be made is in the account already."""


class GuardError(ProviderError):
    """A guard or the removal fuse refuses a change."""
