"""The tokens of one client: fetched when first needed, renewed before they end."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from pulumi_cerevox.account import calls, credentials, stored_tokens
from pulumi_cerevox.account.errors import (
    AccountError,
    AuthenticationError,
    UnexpectedAnswerError,
)
from pulumi_cerevox.account.models import AuthTokens
from pulumi_cerevox.account.shared_call import SharedCall

if TYPE_CHECKING:
    from requests.auth import AuthBase

    from pulumi_cerevox.account.answers import Answer
    from pulumi_cerevox.account.calls import Call
    from pulumi_cerevox.account.credentials import Credential
    from pulumi_cerevox.account.escaping import Redactor
    from pulumi_cerevox.account.retry import Attempts, Retrier
    from pulumi_cerevox.account.stored_tokens import TokenStore
    from pulumi_cerevox.account.transport import Transport

RENEWED_BEFORE = 60.0
"""Seconds before its end at which an access token is renewed (SDK 0.2)."""


class TokenKeeper:
    """Holds the tokens; N threads that need some cause one login. Thread-safe.

    Args:
        transport: Sends.
        retrier: Has the clock.
        redact: Learns each secret.
        credential: Proves who we are; None is an error at the first request.
        store: Has the tokens of a login made by another process. The command alone
            brings one; the provider never does.
    """

    def __init__(
        self,
        transport: Transport,
        retrier: Retrier,
        redact: Redactor,
        credential: Credential | None,
        store: TokenStore | None = None,
    ) -> None:
        self._transport = transport
        self._retrier = retrier
        self._redact = redact
        self._store = store
        self._lock = threading.Lock()
        self._obtaining: SharedCall[AuthTokens] = SharedCall()
        self._tokens: AuthTokens | None = None
        self._good_until = 0.0
        self._credential: Credential | None = None
        if credential:
            self._use(credential)

    @property
    def source(self) -> str | None:
        """What proves who we are, in words; None when nothing does."""
        if self._store is not None:
            return stored_tokens.SOURCE
        return self._credential.source if self._credential else None

    def tokens(self, attempts: Attempts) -> AuthTokens:
        """Give tokens that are good for a while, fetching them if need be.

        Raises:
            ConfigurationError: There are no credentials.
            AccountError: The login failed.
        """
        tokens = self._fresh()
        if tokens is None:
            tokens = self._obtaining.run(
                lambda: self._fresh() or self._obtained(attempts)
            )
        return tokens

    def renewed(self, stale: AuthTokens, attempts: Attempts) -> AuthTokens:
        """Give others than *stale*, whose access token the API refused.

        Raises:
            AccountError: Neither a refresh nor a login gave one.
        """
        return self._obtaining.run(
            lambda: self._other_than(stale) or self._obtained(attempts)
        )

    def login(self, email: str, password: str) -> AuthTokens:
        """Log in as somebody, and keep their tokens and credentials from now on."""
        credential = credentials.by_password(email, password)
        self._learn(credential)
        tokens = self._login(credential, self._retrier.begin())
        self._use(credential)
        return self._keep(tokens)

    def refresh(self, refresh_token: str) -> AuthTokens:
        """Exchange *refresh_token*; the new pair is kept if the old one was ours."""
        self._redact.learn_tokens(refresh_token)
        tokens = self._refresh(refresh_token, self._retrier.begin())
        held = self._held()
        if held is None or held.refresh_token == refresh_token:
            self._keep(tokens)
        return tokens

    def revoke(self) -> None:
        """End the tokens held, if any; the next call logs in again.

        Those of a store are renewed first where they must be: an access token that
        has ended revokes nothing, and its refresh token would live on.
        """
        attempts = self._retrier.begin()
        with contextlib.suppress(AuthenticationError):
            held = self.tokens(attempts) if self._store else self._held()
            if held is not None:
                self._end(held, attempts)

    def _end(self, held: AuthTokens, attempts: Attempts) -> None:
        auth = credentials.bearer(held.access_token)
        # A 401: it was dead already, perhaps by an earlier try of this call.
        with contextlib.suppress(AuthenticationError):
            self._answered(calls.revoke(), auth, attempts)
        self._forget(held)

    def _obtained(self, attempts: Attempts) -> AuthTokens:
        """Take what is stored; or refresh, or else log in."""
        held = self._held()
        if self._store is not None:
            return self._keep(self._stored(self._store, held, attempts))
        if held is not None:
            try:
                return self._keep(self._refresh(held.refresh_token, attempts))
            except AccountError as error:
                if error.gave_up:
                    raise
        return self._keep(self._login(self._known_credential(), attempts))

    def _stored(
        self, store: TokenStore, held: AuthTokens | None, attempts: Attempts
    ) -> AuthTokens:
        def refresh(refresh_token: str) -> AuthTokens:
            self._redact.learn_tokens(refresh_token)
            return self._refresh(refresh_token, attempts)

        tokens = stored_tokens.current(store, held, refresh, RENEWED_BEFORE)
        self._redact.learn_tokens(tokens.access_token, tokens.refresh_token)
        return tokens

    def _login(self, credential: Credential, attempts: Attempts) -> AuthTokens:
        try:
            return self._fetched(calls.login(), credential.auth(), attempts)
        except AuthenticationError as error:
            error.summary = (
                f"Authentication failed: the API refused {credential.source}."
            )
            raise

    def _refresh(self, refresh_token: str, attempts: Attempts) -> AuthTokens:
        # With Basic, which sdk-0.2 needs and the documented dialect accepts.
        credential = self._credential
        auth = credential.auth() if credential else credentials.NoAuth()
        return self._fetched(calls.refresh(refresh_token), auth, attempts)

    def _fetched(self, call: Call, auth: AuthBase, attempts: Attempts) -> AuthTokens:
        answer = self._answered(call, auth, attempts)
        try:
            tokens = AuthTokens.parse(answer.data, answer.exchange)
        except UnexpectedAnswerError as error:
            # The variables of these frames are tokens, as far as they were read.
            failure = error.with_traceback(None)
        else:
            self._redact.learn_tokens(tokens.access_token, tokens.refresh_token)
            return tokens
        raise failure

    def _answered(self, call: Call, auth: AuthBase, attempts: Attempts) -> Answer:
        return attempts.run(call, lambda: self._transport.send(call, auth))

    def _known_credential(self) -> Credential:
        if self._credential is None:
            raise credentials.missing()
        return self._credential

    def _use(self, credential: Credential) -> None:
        self._learn(credential)
        self._credential = credential

    def _learn(self, credential: Credential) -> None:
        for secret in credential.parts:
            self._redact.learn(secret)

    def _keep(self, tokens: AuthTokens) -> AuthTokens:
        # By our own clock from now on: the server's may be set otherwise.
        with self._lock:
            self._tokens = tokens
            self._good_until = self._now() + tokens.expires_in - RENEWED_BEFORE
        return tokens

    def _forget(self, tokens: AuthTokens) -> None:
        with self._lock:
            if self._tokens is tokens:
                self._tokens = None

    def _held(self) -> AuthTokens | None:
        with self._lock:
            return self._tokens

    def _fresh(self) -> AuthTokens | None:
        with self._lock:
            return self._tokens if self._now() < self._good_until else None

    def _other_than(self, stale: AuthTokens) -> AuthTokens | None:
        held = self._held()
        is_other = held is not None and held.access_token != stale.access_token
        return held if is_other else None

    def _now(self) -> float:
        return self._retrier.pace.clock()
