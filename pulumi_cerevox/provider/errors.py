"""What can be wrong on the provider's side; each text is all that the user sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pulumi_cerevox.account import AccountError


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


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Put what was being done, and to whom, in front of the API's own error."""
    try:
        yield
    except AccountError as error:
        raise ProviderError(f"{what}: {error}") from None
