"""What proves who we are, and how it is put on a request.

All of it goes on as `requests` auth objects: a header that is set by hand would be
replaced by a matching entry of the user's ``.netrc``.
"""

import base64
import os
from dataclasses import dataclass, field

from requests import PreparedRequest
from requests.auth import AuthBase

from pulumi_cerevox.account.errors import ConfigurationError

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


class NoAuth(AuthBase):
    """Sets no header, and keeps ``.netrc`` from setting one."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Leave *request* as it is."""
        return request


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

    def auth(self) -> AuthBase:
        """Give what authorises a login or a refresh."""
        return HeaderAuth("Basic", base64.b64encode(self.secret.encode()).decode())


def bearer(access_token: str) -> AuthBase:
    """Give what authorises every other call."""
    return HeaderAuth("Bearer", access_token)


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
        ConfigurationError: The arguments contradict each other.
    """
    if email or password:
        return _password_credential(api_key, email, password)
    given = (api_key or "").strip()
    if given:
        return by_key(given, key_source or "argument api_key")
    found = os.environ.get(KEY_VARIABLE, "").strip()
    return by_key(found, f"environment variable {KEY_VARIABLE}") if found else None


def _password_credential(
    api_key: str | None, email: str | None, password: str | None
) -> Credential:
    if api_key:
        raise ConfigurationError("Give an API key or email and password, not both.")
    if not (email and password):
        raise ConfigurationError("Give both email and password, or an API key.")
    return by_password(email, password)


def missing() -> ConfigurationError:
    """Make the error for a first request without credentials."""
    return ConfigurationError(
        "No Cerevox API key was given.",
        hint=f"Set the environment variable {KEY_VARIABLE}, or run "
        "`pulumi config set cerevox:apiKey --secret`.",
    )
