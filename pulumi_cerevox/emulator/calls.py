"""A call of the Account API: its request, its caller, its line in the journal."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.types import Scope

from pulumi_cerevox.emulator.dialects import (
    ApiError,
    complaint,
    in_dialect,
    invalid,
    unauthenticated,
)
from pulumi_cerevox.emulator.emulator import Emulator, to_rfc3339_milliseconds
from pulumi_cerevox.emulator.store import JournalEntry, Session, User

#: Where the middleware puts the call for the handlers.
SCOPE_KEY = "pulumi_cerevox.call"
_SECRETS = frozenset(
    {"access_token", "api_key", "authorization", "password", "refresh_token", "token"}
)
#: The user who logs in, and the API key; None for a login by password.
Login = tuple[User, str | None]


class Call:
    """One API call: what came in, who is calling, what the journal will say about it.

    Basic with the key alone is what the SDK sends; the key with a colon behind it is
    what `curl -u KEY:` sends (assumed); email and password are documented without a
    wire form, which is assumed.
    """

    def __init__(
        self, emulator: Emulator, scope: Scope, raw: bytes, route: str | None
    ) -> None:
        """Read a request: its ASGI scope, its body, the template of its route."""
        self.emulator = emulator
        self.store = emulator.store
        self.now = emulator.clock.now()
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.route = route
        query = scope["query_string"].decode("latin-1")
        self.query = dict(parse_qsl(query, keep_blank_values=True))
        header: bytes | None = dict(scope["headers"]).get(b"authorization")
        self._authorization = None if header is None else header.decode("latin-1")
        self.raw = raw
        # For the journal. The handlers say whether anything was committed.
        self.user_id: str | None = None
        self.committed = False
        self.unexpected: list[str] = []

    def object(self) -> dict[str, Any]:
        """Return the JSON object of the body, {} for none; anything else is a 400."""
        if not self.raw.strip():
            return {}
        try:
            value = json.loads(self.raw.decode("utf-8"))
            # Half a surrogate pair, which JSON can carry and UTF-8 cannot, ends here.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except (ValueError, RecursionError) as error:
            raise invalid({"body": "Must be JSON in UTF-8"}) from error
        if not isinstance(value, dict):
            raise invalid({"body": "Must be a JSON object"})
        return value

    def tolerant_object(self) -> dict[str, Any]:
        """Return the JSON object of the body; an empty one where it cannot be read."""
        try:
            return self.object()
        except ApiError:
            return {}

    def read(self, documented: type[BaseModel]) -> Any:
        """Return the body as the dialect's form of a documented model.

        A 400 names every bad field. The journal gets the unknown ones.
        """
        model = in_dialect(documented, self.emulator.dialect)
        body = self.object()
        self.note_unknown_fields(body, model)
        try:
            return model.model_validate(body)
        except ValidationError as error:
            items = error.errors(include_url=False)
            fields = {str(item["loc"][0]): complaint(item) for item in items}
            raise invalid(fields) from error

    def note_unknown_fields(self, body: dict[str, Any], model: type[BaseModel]) -> None:
        """Note for the journal what a body has and a model has not."""
        self.unexpected.extend(
            f"unknown field: {name}" for name in body if name not in model.model_fields
        )

    def journal_entry(
        self, status: int | None, fault: str | None, request_id: str
    ) -> JournalEntry:
        """Return what the journal is to say about the call, secrets left out."""
        body: Any = None
        if self.raw.strip():
            try:
                body = json.loads(self.raw.decode("utf-8"))
            except (ValueError, RecursionError):
                # Not the bytes: nothing would redact a secret among them.
                body = f"(not JSON, {len(self.raw)} bytes)"
        return JournalEntry(
            time=to_rfc3339_milliseconds(self.now),
            method=self.method,
            path=self.path,
            route=self.route,
            query=_redact(self.query),
            status=status,
            body=_redact(body),
            user_id=self.user_id,
            committed=self.committed,
            fault=fault,
            unexpected="; ".join(self.unexpected) or None,
            request_id=request_id,
        )

    def session(self) -> Session:
        """Return the session of the access token; 401 without a live one."""
        token = self._credentials("bearer")
        if not token:
            raise unauthenticated("an access token is required")
        session = self.store.session("access", token, self.now)
        if session is None:
            raise unauthenticated("the access token is invalid or has expired")
        return session

    def caller(self) -> User:
        """Return the caller; 401 without a live token, or where the user is banned."""
        return self.live_user(self.session().user_id)

    def admin(self) -> User:
        """Return the caller, who has to be an admin; 401 as above, or 403."""
        user = self.caller()
        if not user.isadmin:
            raise ApiError(403, "Admin permissions required")
        return user

    def require_active_account(self) -> None:
        """Refuse a write with 403 where the account is not active (assumed)."""
        status = self.store.account().status
        if status != "active":
            raise ApiError(403, f"The account is {status}", "account_suspended")

    def basic(self) -> Login | None:
        """Return who is named by an `Authorization: Basic`, None without the header.

        It is 401 where the header names nobody, or somebody banned.
        """
        if self._authorization is None:
            return None
        try:
            encoded = self._credentials("basic")
            text = base64.b64decode(encoded, validate=True).decode("utf-8")
        except ValueError:
            text = ""
        if not text:
            raise unauthenticated("the Authorization header is not valid Basic")
        for api_key in (text, text.removesuffix(":")):
            key = self.store.key(api_key)
            if key is not None:
                return self.live_user(key.user_id), api_key
        email, colon, password = text.partition(":")
        if not colon or not password:
            raise unauthenticated("invalid API key")
        return self.by_password(email, password)

    def by_password(self, email: str, password: str) -> Login:
        """Return the user with an email and password; 401 for none, or banned."""
        user = self.store.user_by_email(email)
        if user is None or user.password is None:
            raise unauthenticated("invalid credentials")
        if not hmac.compare_digest(password.encode(), user.password.encode()):
            raise unauthenticated("invalid credentials")
        return self.live_user(user.user_id), None

    def live_user(self, user_id: str) -> User:
        """Return the user of a token or key, noted for the journal; 401 if gone."""
        user = self.store.user(user_id)
        if user is None:
            raise unauthenticated("the user is gone")
        self.user_id = user.user_id
        if user.isbanned:
            raise unauthenticated("the user is banned")
        return user

    def _credentials(self, scheme: str) -> str:
        """Return what follows the scheme in the header, nothing for another scheme."""
        given, _, rest = (self._authorization or "").partition(" ")
        return rest.strip() if given.lower() == scheme else ""


def _redact(value: Any) -> Any:
    """Return JSON with the value of every secret field replaced, at any depth.

    Half a surrogate pair, which JSON can carry and UTF-8 cannot, becomes a `?`.
    """
    if isinstance(value, dict):
        return {
            _redact(key): _redact("[redacted]" if key.lower() in _SECRETS else item)
            for key, item in value.items()
        }
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_redact(item) for item in value]
    return value


async def _current_call(request: Request) -> Call:
    call: Call = request.scope[SCOPE_KEY]
    return call


CurrentCall = Annotated[Call, Depends(_current_call)]
