"""What the engine asked a host to do, while it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pulumi_cerevox.account import AccountError
from pulumi_cerevox.provider.errors import ProviderError


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Put what was being done, and to whom, in front of the API's own error."""
    try:
        yield
    except AccountError as error:
        raise ProviderError(f"{what}: {error}") from None
