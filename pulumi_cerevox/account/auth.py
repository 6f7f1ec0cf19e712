"""Authentication: credentials, tokens, stored tokens, and calls that carry a token.

Tokens are fetched when first needed, and renewed before they expire.
"""

from __future__ import annotations

import base64
import contextlib
import os
import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from requests import PreparedRequest
from requests.auth import AuthBase

from pulumi_cerevox.account import calls
from pulumi_cerevox.account.directory import SharedCall
from pulumi_cerevox.account.errors import (
    AccountError,
    AuthenticationError,
    ConfigurationError,
    UnexpectedAnswerError,
)
from pulumi_cerevox.account.models import AuthTokens
from pulumi_cerevox.account.retry import Attempts
from pulumi_cerevox.account.transport import NoAuth, Transport

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from pulumi_cerevox.account.answers import Answer
    from pulumi_cerevox.account.calls import Call
    from pulumi_cerevox.account.retry import Retrier
    from pulumi_cerevox.text import Redactor


KEY_VARIABLE = "CEREVOX_API_KEY"
"""Environment variable of the API key (SDK 0.2)."""


class HeaderAuth(AuthBase):
    """Sets the Authorization header; its `repr` does not show it."""

    def __init__(self, scheme: str, value: str) -> None:
        self._header = f"{scheme} {value}"

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Authorise *request*."""
        request.headers["Authorization"] = self._header
        return request

    def __repr__(self) -> str:
        return "HeaderAuth()"


@dataclass(frozen=True, slots=True)
class Credential:
    """A key, or an email and a password.

    Attributes:
        secret: What goes into Basic: the key alone, without a colon (SDK 0.2), or
            ``email:password`` (form: assumed).
        source: Where it came from, to follow "the API key from"; or who logs in.
        parts: What must never be shown.
    """

    secret: str = field(repr=False)
    source: str
    parts: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what can't be sent.

        Raises:
            ConfigurationError: A byte of it is no UTF-8: the environment gives that as
                half of a surrogate pair.
        """
        if any(0xD800 <= ord(char) < 0xE000 for char in self.secret):
            raise ConfigurationError(
                f"A byte of {self.source} is no UTF-8, so nothing was sent.",
                hint="Copy it again, without what stands around it.",
            )

    def auth(self) -> AuthBase:
        """Return what authorises a login or a refresh."""
        return HeaderAuth("Basic", base64.b64encode(self.secret.encode()).decode())


def by_key(api_key: str, source: str) -> Credential:
    """Log in by API key."""
    return Credential(api_key, f"the API key from {source}", (api_key,))


def by_password(email: str, password: str) -> Credential:
    """Log in by email and password (documented; wire form: assumed)."""
    secret = f"{email}:{password}"
    return Credential(secret, "the email and password given", (password, secret))


def find_credential(
    api_key: str | None,
    email: str | None,
    password: str | None,
    key_source: str | None,
) -> Credential | None:
    """Choose among the arguments and the environment; None when there is nothing.

    Raises:
        ConfigurationError: The arguments contradict each other, or can't be sent.
    """
    if email or password:
        if api_key:
            raise ConfigurationError("Give an API key or email and password, not both.")
        if not (email and password):
            raise ConfigurationError("Give both email and password, or an API key.")
        return by_password(email, password)
    given = (api_key or "").strip()
    if given:
        return by_key(given, key_source or "argument api_key")
    found = os.environ.get(KEY_VARIABLE, "").strip()
    return by_key(found, f"environment variable {KEY_VARIABLE}") if found else None


SOURCE = "the stored login"
"""The source of tokens that no credential of this process fetched."""


class TokenStore(Protocol):
    """Holds the tokens of one login for all processes of a person."""

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep every other process out until the end of the block."""

    def read(self) -> AuthTokens | None:
        """Return the tokens, `expires_in` counted from now, or None."""

    def write(self, tokens: AuthTokens) -> None:
        """Put *tokens* in place of those that were there."""


def current(
    store: TokenStore,
    held: AuthTokens | None,
    refresh: Callable[[str], AuthTokens],
    enough: float,
) -> AuthTokens:
    """Return the stored tokens, renewed unless another process has done so.

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
        """The credentials in words. None without any."""
        if self._store is not None:
            return SOURCE
        return self._credential.source if self._credential else None

    def tokens(self, attempts: Attempts) -> AuthTokens:
        """Return tokens that are good for a while, fetching them if need be.

        Raises:
            ConfigurationError: There are no credentials.
            AccountError: The login failed.
        """
        tokens = self._fresh()
        if tokens is None:
            tokens = self._obtaining.run(
                lambda: self._fresh() or self._obtain(attempts)
            )
        return tokens

    def renewed(self, stale: AuthTokens, attempts: Attempts) -> AuthTokens:
        """Return others than *stale*, whose access token the API refused.

        Raises:
            AccountError: Neither a refresh nor a login gave one.
        """
        return self._obtaining.run(
            lambda: self._other_than(stale) or self._obtain(attempts)
        )

    def login(self, email: str, password: str) -> AuthTokens:
        """Log in as somebody, and keep their tokens and credentials from now on."""
        credential = by_password(email, password)
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
        auth = HeaderAuth("Bearer", held.access_token)
        # A 401: it was dead already, perhaps by an earlier try of this call.
        with contextlib.suppress(AuthenticationError):
            self._send(calls.revoke(), auth, attempts)
        self._forget(held)

    def _obtain(self, attempts: Attempts) -> AuthTokens:
        """Use the stored tokens, or refresh them, or log in."""
        held = self._held()
        if self._store is not None:
            return self._keep(self._renew_stored(self._store, held, attempts))
        if held is not None:
            try:
                return self._keep(self._refresh(held.refresh_token, attempts))
            except AccountError as error:
                if error.gave_up:
                    raise
        if self._credential is None:
            raise ConfigurationError(
                "No Cerevox API key was given.",
                hint=f"Set the environment variable {KEY_VARIABLE}, or run "
                "`pulumi config set cerevox:apiKey --secret`.",
            )
        return self._keep(self._login(self._credential, attempts))

    def _renew_stored(
        self, store: TokenStore, held: AuthTokens | None, attempts: Attempts
    ) -> AuthTokens:
        def refresh(refresh_token: str) -> AuthTokens:
            self._redact.learn_tokens(refresh_token)
            return self._refresh(refresh_token, attempts)

        tokens = current(store, held, refresh, RENEWED_BEFORE)
        self._redact.learn_tokens(tokens.access_token, tokens.refresh_token)
        return tokens

    def _login(self, credential: Credential, attempts: Attempts) -> AuthTokens:
        try:
            return self._fetch(calls.login(), credential.auth(), attempts)
        except AuthenticationError as error:
            error.summary = (
                f"Authentication failed: the API refused {credential.source}."
            )
            raise

    def _refresh(self, refresh_token: str, attempts: Attempts) -> AuthTokens:
        # With Basic, which sdk-0.2 needs and the documented dialect accepts.
        credential = self._credential
        auth = credential.auth() if credential else NoAuth()
        return self._fetch(calls.refresh(refresh_token), auth, attempts)

    def _fetch(self, call: Call, auth: AuthBase, attempts: Attempts) -> AuthTokens:
        answer = self._send(call, auth, attempts)
        try:
            tokens = AuthTokens.parse(answer.data, answer.exchange)
        except UnexpectedAnswerError as error:
            # The variables of these frames are tokens, as far as they were read.
            failure = error.with_traceback(None)
        else:
            self._redact.learn_tokens(tokens.access_token, tokens.refresh_token)
            return tokens
        raise failure

    def _send(self, call: Call, auth: AuthBase, attempts: Attempts) -> Answer:
        return attempts.run(call, lambda: self._transport.send(call, auth))

    def _use(self, credential: Credential) -> None:
        self._learn(credential)
        self._credential = credential

    def _learn(self, credential: Credential) -> None:
        for secret in credential.parts:
            self._redact.learn(secret)

    def _keep(self, tokens: AuthTokens) -> AuthTokens:
        # By our own clock from now on: the server's may be set otherwise.
        clock = self._retrier.pace.clock
        with self._lock:
            self._tokens = tokens
            self._good_until = clock() + tokens.expires_in - RENEWED_BEFORE
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
            is_fresh = self._retrier.pace.clock() < self._good_until
            return self._tokens if is_fresh else None

    def _other_than(self, stale: AuthTokens) -> AuthTokens | None:
        held = self._held()
        is_other = held is not None and held.access_token != stale.access_token
        return held if is_other else None


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
        return Attempts(self._retrier)

    def call(self, call: Call, attempts: Attempts | None = None) -> Answer:
        """Send *call* until it works or may not be repeated.

        Raises:
            AccountError: The last failure.
        """
        tries = attempts or self.begin()
        return tries.run(call, partial(self._send_with_token, call, tries))

    def once(self, call: Call, attempts: Attempts) -> Answer:
        """Send *call* once; only its login is repeated."""
        return attempts.once(partial(self._send_with_token, call, attempts))

    def _send_with_token(self, call: Call, attempts: Attempts) -> Answer:
        """Send with a token, and once more with a new one after a 401.

        No token is a variable here: a traceback may be shown with its variables.
        """
        tokens = self._tokens.tokens(attempts)
        # Here and not around the call: a repetition may come minutes later.
        if self._before_write is not None and call.method != "GET":
            self._before_write()
        try:
            return self._transport.send(call, HeaderAuth("Bearer", tokens.access_token))
        except AuthenticationError:
            pass
        tokens = self._tokens.renewed(tokens, attempts)
        return self._transport.send(call, HeaderAuth("Bearer", tokens.access_token))
