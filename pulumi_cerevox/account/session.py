"""Calls with a token on them, repeated as far as that is safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_cerevox.account.credentials import bearer
from pulumi_cerevox.account.errors import AuthenticationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_cerevox.account.answers import Answer
    from pulumi_cerevox.account.calls import Call
    from pulumi_cerevox.account.retry import Attempts, Retrier
    from pulumi_cerevox.account.tokens import TokenKeeper
    from pulumi_cerevox.account.transport import Transport


class Session:
    """Transport, tokens and retries put together. Thread-safe."""

    def __init__(
        self,
        transport: Transport,
        tokens: TokenKeeper,
        retrier: Retrier,
        before_write: Callable[[], None] | None = None,
    ) -> None:
        self._transport = transport
        self._tokens = tokens
        self._retrier = retrier
        self._before_write = before_write

    def begin(self) -> Attempts:
        """Start the budget of a call that takes more than one request."""
        return self._retrier.begin()

    def call(self, call: Call, attempts: Attempts | None = None) -> Answer:
        """Send *call* until it works or may not be repeated.

        Raises:
            AccountError: The last failure.
        """
        tries = attempts or self.begin()
        return tries.run(call, lambda: self._authorised(call, tries))

    def once(self, call: Call, attempts: Attempts) -> Answer:
        """Send *call* once; only its login is repeated."""
        return attempts.once(lambda: self._authorised(call, attempts))

    def _authorised(self, call: Call, attempts: Attempts) -> Answer:
        """Send with a token, and once more with a new one after a 401.

        No token is a variable here: a traceback may be shown with its variables.
        """
        tokens = self._tokens.tokens(attempts)
        # Here and not around the call: a repetition may come minutes later.
        if self._before_write is not None and call.method != "GET":
            self._before_write()
        try:
            return self._transport.send(call, bearer(tokens.access_token))
        except AuthenticationError:
            pass
        tokens = self._tokens.renewed(tokens, attempts)
        return self._transport.send(call, bearer(tokens.access_token))
