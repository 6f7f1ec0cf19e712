"""Who is calling: API keys, passwords, access tokens, rights.

Basic with the key alone is what the SDK sends; the key with a colon behind it is what
`curl -u KEY:` sends (assumed); email and password are documented without a wire form,
which is assumed.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass

from pulumi_cerevox.emulator.call import Call
from pulumi_cerevox.emulator.credentials import Session
from pulumi_cerevox.emulator.emulator import Emulator
from pulumi_cerevox.emulator.errors import (
    account_suspended,
    admin_required,
    unauthenticated,
)
from pulumi_cerevox.emulator.records import User


@dataclass(frozen=True, slots=True)
class Login:
    """Who proved to be whom; `api_key` is None for a login by password."""

    user: User
    api_key: str | None


@dataclass(frozen=True, slots=True)
class Caller:
    """The user behind an access token."""

    user: User
    session: Session


class Access:
    """The checks every call begins with."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def any_user(self, call: Call) -> Caller:
        """Return the caller.

        Raises:
            ApiError: 401, there is no live access token, or its user is banned.
        """
        token = _credentials(call, "bearer")
        if not token:
            raise unauthenticated("an access token is required")
        session = self._emulator.credentials.by_access_token(token, call.now)
        if session is None:
            raise unauthenticated("the access token is invalid or has expired")
        return Caller(self._live(call, session.user_id), session)

    def admin(self, call: Call) -> Caller:
        """Return the caller, who has to be an admin.

        Raises:
            ApiError: 401 as above; 403, the caller is no admin.
        """
        caller = self.any_user(call)
        if not caller.user.is_admin:
            raise admin_required()
        return caller

    def require_active_account(self) -> None:
        """Let a write pass only where the account is active (assumed).

        Raises:
            ApiError: 403, the account is suspended or cancelled.
        """
        status = self._emulator.people.account().status
        if status != "active":
            raise account_suspended(status)

    def basic(self, call: Call) -> Login | None:
        """Return who is named by an `Authorization: Basic`, None where there is none.

        Raises:
            ApiError: 401, the header names nobody, or somebody banned.
        """
        if "authorization" not in call.headers:
            return None
        encoded = _credentials(call, "basic")
        text = _decode(encoded) if encoded else None
        if text is None:
            raise unauthenticated("the Authorization header is not valid Basic")
        return self._by_key(call, text) or self._by_pair(call, text)

    def by_password(self, call: Call, email: str, password: str) -> Login:
        """Return the user with an email and password.

        Raises:
            ApiError: 401, there is none, or the user is banned.
        """
        user = self._emulator.people.by_email(email)
        if user is None or user.password is None:
            raise unauthenticated("invalid credentials")
        if not hmac.compare_digest(password.encode(), user.password.encode()):
            raise unauthenticated("invalid credentials")
        return Login(self._live(call, user.user_id), None)

    def require_live_user(self, call: Call, user_id: str) -> None:
        """Let a call pass whose refresh token belongs to a user who may still call.

        Raises:
            ApiError: 401, the user is gone or banned.
        """
        self._live(call, user_id)

    def _by_key(self, call: Call, text: str) -> Login | None:
        for key in (text, text.removesuffix(":")):
            user_id = self._emulator.credentials.user_of_key(key)
            if user_id is not None:
                return Login(self._live(call, user_id), key)
        return None

    def _by_pair(self, call: Call, text: str) -> Login:
        email, colon, password = text.partition(":")
        if not colon or not password:
            raise unauthenticated("invalid API key")
        return self.by_password(call, email, password)

    def _live(self, call: Call, user_id: str) -> User:
        user = self._emulator.people.by_id(user_id)
        if user is None:
            raise unauthenticated("the user is gone")
        call.user_id = user.user_id
        if user.is_banned:
            raise unauthenticated("the user is banned")
        return user


def _credentials(call: Call, scheme: str) -> str | None:
    """Return what follows the scheme in the Authorization header, if it is this one."""
    given, _, rest = call.headers.get("authorization", "").partition(" ")
    return rest.strip() if given.lower() == scheme else None


def _decode(encoded: str) -> str | None:
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
