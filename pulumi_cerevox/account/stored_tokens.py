"""Tokens that outlive a process: read, renewed and kept one process at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pulumi_cerevox.account.errors import AuthenticationError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from pulumi_cerevox.account.models import AuthTokens

SOURCE = "the stored login"
"""What is said of tokens that no credential of this process fetched."""


class TokenStore(Protocol):
    """Holds the tokens of one login for all processes of a person."""

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep every other process out until the end of the block."""

    def read(self) -> AuthTokens | None:
        """Give the tokens, `expires_in` counted from now; None when there are none."""

    def write(self, tokens: AuthTokens) -> None:
        """Put *tokens* in place of those that were there."""


def current(
    store: TokenStore,
    held: AuthTokens | None,
    refresh: Callable[[str], AuthTokens],
    enough: float,
) -> AuthTokens:
    """Give the stored tokens, renewed unless another process has done so.

    A refresh token is good once (assumed): whoever renews holds all others back, and
    the new pair is stored before anybody uses it.

    Args:
        store: Where they are.
        held: The pair that ends or was refused; None at the first request.
        refresh: Exchanges a refresh token for a new pair.
        enough: Seconds that a pair must last to be used as it is.

    Raises:
        ConfigurationError: Nothing is stored any more.
        AuthenticationError: The stored login can't be renewed.
    """
    with store.exclusive():
        stored = store.read()
        if stored is None:
            raise ConfigurationError(
                "The stored login is gone.", hint="Run `pulumi-cerevox login` again."
            )
        is_other = held is None or held.access_token != stored.access_token
        if is_other and stored.expires_in > enough:
            return stored
        try:
            renewed = refresh(stored.refresh_token)
        except AuthenticationError as error:
            error.summary = (
                "Authentication failed: the stored login ended and could not be "
                "renewed."
            )
            error.hint = (
                "Run `pulumi-cerevox login` again; the user may also have been "
                "removed or banned, and the API of dialect sdk-0.2 renews none."
            )
            raise
        store.write(renewed)
        return renewed
