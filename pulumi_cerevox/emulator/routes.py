"""Calls 1 to 14 of the contract: tokens, the account and its users.

A call is refused with the first that applies of 401, 403, 404, 400, 409 and 402; that
order is assumed.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Security
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBasic, HTTPBearer
from pydantic import BaseModel, ValidationError
from starlette.types import Scope

from pulumi_cerevox.emulator import dialects
from pulumi_cerevox.emulator.dialects import (
    ApiError,
    invalid,
    refusal,
    show_account,
    show_billing,
    show_plan,
    show_usage,
    show_user,
    unauthenticated,
)
from pulumi_cerevox.emulator.emulator import Emulator, to_rfc3339
from pulumi_cerevox.emulator.store import Account, Range, Session, User

#: Where the middleware puts the call for the handlers.
SCOPE_KEY = "pulumi_cerevox.call"
_DAY_IN_FRONT = re.compile(r"\d{4}-\d{2}-\d{2}(T.*)?", re.ASCII)
_ERRORS = {
    400: "A bad or missing field, or no JSON",
    401: "No, wrong, expired or revoked credentials",
    402: "No seat left",
    403: "Not allowed",
    404: "Not found",
    409: "In conflict with the account as it is",
    429: "Too many requests",
}
_DAYS = {
    "start_date": "The first day, YYYY-MM-DD; by default the period's",
    "end_date": "The last day, YYYY-MM-DD; by default the period's",
}
_Body = TypeVar("_Body", bound=BaseModel)


@dataclass(slots=True)
class Call:
    """What came in, and what the journal will say about it.

    `route` is the template of the route, None for an unknown path. `headers` have
    lower-case names. `now` is Unix seconds of the emulator's clock at the arrival.
    Handlers fill in `user_id`, `committed` and `unexpected`.
    """

    method: str
    path: str
    route: str | None
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes
    now: float
    user_id: str | None = None
    committed: bool = False
    unexpected: list[str] = field(default_factory=list)

    def object(self) -> dict[str, Any]:
        """Return the JSON object of the body; an empty body is an empty object.

        Raises:
            ApiError: 400, it is not JSON or not an object.
        """
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

    def read(self, model: type[_Body]) -> _Body:
        """Return the body; fields the model does not have are noted as unexpected.

        Raises:
            ApiError: 400, naming every bad field.
        """
        body = self.object()
        self.unexpected.extend(
            f"unknown field: {name}" for name in body if name not in model.model_fields
        )
        try:
            return model.model_validate(body)
        except ValidationError as error:
            raise refusal(error) from error

    def journal_body(self) -> Any:
        """Return the body for the journal: its JSON, or a text on what it was."""
        if not self.raw.strip():
            return None
        try:
            return json.loads(self.raw.decode("utf-8"))
        except (ValueError, RecursionError):
            # Not the bytes: nothing would redact a secret among them.
            return f"(not JSON, {len(self.raw)} bytes)"


def make_call(scope: Scope, raw: bytes, *, route: str | None, now: float) -> Call:
    """Return the call that an ASGI scope describes."""
    query = scope["query_string"].decode("latin-1")
    return Call(
        method=scope["method"],
        path=scope["path"],
        route=route,
        query=dict(parse_qsl(query, keep_blank_values=True)),
        headers={
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
        },
        raw=raw,
        now=now,
    )


async def _current_call(request: Request) -> Call:
    call: Call = request.scope[SCOPE_KEY]
    return call


CurrentCall = Annotated[Call, Depends(_current_call)]


#: The user who logged in, and the API key; None for a login by password.
Login = tuple[User, str | None]


class Access:
    """Who is calling: API keys, passwords, access tokens, rights.

    Basic with the key alone is what the SDK sends; the key with a colon behind it is
    what `curl -u KEY:` sends (assumed); email and password are documented without a
    wire form, which is assumed.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._store = emulator.store
        self._dialect = emulator.dialect

    def session(self, call: Call) -> Session:
        """Return the session of the access token; 401 without a live one."""
        token = _credentials(call, "bearer")
        if not token:
            raise unauthenticated("an access token is required")
        session = self._store.session_of_access(token, call.now)
        if session is None:
            raise unauthenticated("the access token is invalid or has expired")
        return session

    def any_user(self, call: Call) -> User:
        """Return the caller; 401 without a live token, or where the user is banned."""
        return self.live_user(call, self.session(call).user_id)

    def admin(self, call: Call) -> User:
        """Return the caller, who has to be an admin; 401 as above, or 403."""
        user = self.any_user(call)
        if not user.isadmin:
            raise ApiError(403, "Admin permissions required")
        return user

    def require_active_account(self) -> None:
        """Refuse a write with 403 where the account is not active (assumed)."""
        status = self._store.account().status
        if status != "active":
            raise ApiError(403, f"The account is {status}", "account_suspended")

    def basic(self, call: Call) -> Login | None:
        """Return who is named by an `Authorization: Basic`, None where there is none.

        It is 401 where the header names nobody, or somebody banned.
        """
        if "authorization" not in call.headers:
            return None
        encoded = _credentials(call, "basic")
        try:
            text = base64.b64decode(encoded or "", validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            text = ""
        if not text:
            raise unauthenticated("the Authorization header is not valid Basic")
        for api_key in (text, text.removesuffix(":")):
            key = self._store.key(api_key)
            if key is not None:
                return self.live_user(call, key.user_id), api_key
        email, colon, password = text.partition(":")
        if not colon or not password:
            raise unauthenticated("invalid API key")
        return self.by_password(call, email, password)

    def by_password(self, call: Call, email: str, password: str) -> Login:
        """Return the user with an email and password; 401 for none, or banned."""
        user = self._store.user_by_email(email)
        if user is None or user.password is None:
            raise unauthenticated("invalid credentials")
        if not hmac.compare_digest(password.encode(), user.password.encode()):
            raise unauthenticated("invalid credentials")
        return self.live_user(call, user.user_id), None

    def live_user(self, call: Call, user_id: str) -> User:
        """Return the user of a token or key, noted for the journal; 401 if gone."""
        user = self._store.user(user_id)
        if user is None:
            raise unauthenticated("the user is gone")
        call.user_id = user.user_id
        if user.isbanned:
            raise unauthenticated("the user is banned")
        return user


def _credentials(call: Call, scheme: str) -> str | None:
    """Return what follows the scheme in the Authorization header, if it is this one."""
    given, _, rest = call.headers.get("authorization", "").partition(" ")
    return rest.strip() if given.lower() == scheme else None


class TokenCalls(Access):
    """The calls below `/token`. All of them write: sessions, and the last login."""

    async def login(self, call: CurrentCall) -> dict[str, Any]:
        """Log in with the API key, or with email and password."""
        user, api_key = self.basic(call) or self._login_by_body(call)
        call.read(dialects.DocumentedLoginBody)
        now = to_rfc3339(call.now)
        self._store.store_user(user.model_copy(update={"lastlogin": now}))
        return self._open(call, user.user_id, api_key)

    async def refresh(self, call: CurrentCall) -> dict[str, Any]:
        """Swap a refresh token for a new pair; it works once (assumed).

        The old access token stays valid to its own end (assumed).
        """
        login = self.basic(call)
        is_there = call.tolerant_object().get("refresh_token") is not None
        if login is None and not (is_there and self._dialect.documented):
            raise unauthenticated("an API key is required")
        token = call.read(dialects.RefreshBody).refresh_token
        session = self._store.session_of_refresh(token, call.now)
        if session is None or (login and login[0].user_id != session.user_id):
            raise unauthenticated("the refresh token is invalid or has expired")
        self.live_user(call, session.user_id)
        self._store.spend_refresh_token(session)
        return self._open(call, session.user_id, session.api_key)

    async def revoke(self, call: CurrentCall) -> dict[str, Any]:
        """End the presented access token and its refresh token, no other (assumed)."""
        self.any_user(call)
        self._store.end_session(self.session(call))
        call.committed = True
        return {"message": "Token revoked successfully", "status": "success"}

    def _login_by_body(self, call: Call) -> Login:
        if not self._dialect.documented:
            raise unauthenticated("an API key is required")
        body = call.tolerant_object()
        email, password = body.get("email"), body.get("password")
        if not isinstance(email, str) or not isinstance(password, str):
            raise unauthenticated("an API key, or email and password, are required")
        return self.by_password(call, email, password)

    def _open(self, call: Call, user_id: str, api_key: str | None) -> dict[str, Any]:
        session = self._emulator.open_session(user_id, api_key, call.now)
        call.committed = True
        return {
            "access_token": session.access_token,
            "refresh_token": session.refresh_token,
            "expires_in": self._emulator.rules.access_token_seconds,
            "token_type": "Bearer",
            "expires_at": int(session.access_ends),
        }


class AccountCalls(Access):
    """The calls below `/accounts`: open to any user of the account, they only read."""

    async def info(self, call: CurrentCall) -> dict[str, Any]:
        """Return the account of the caller."""
        self.any_user(call)
        return show_account(self._store.account(), self._store.owner())

    async def plan(self, call: CurrentCall, account_id: str) -> dict[str, Any]:
        """Return the plan and its limits."""
        account = self._own_account(call, account_id)
        stored = self._store.stored_bytes(self._emulator.clock.today())
        return show_plan(account, stored)

    async def usage(self, call: CurrentCall, account_id: str) -> dict[str, Any]:
        """Return the usage now; in `documented` also that of a range of days."""
        account = self._own_account(call, account_id)
        today = self._emulator.clock.today()
        period = billing_period(today)
        asked = period
        if self._dialect.documented:
            asked = read_range(call, period)
        return show_usage(
            account.plan,
            self._store.usage(asked, today),
            self._store.usage(period, today),
            self._store.stored_bytes(today),
            period,
        )

    async def billing(self, call: CurrentCall, account_id: str) -> dict[str, Any]:
        """Return the bill of the current period (the path is assumed)."""
        self._own_account(call, account_id)
        today = self._emulator.clock.today()
        period = billing_period(today)
        return show_billing(period, self._store.usage(period, today))

    def _own_account(self, call: Call, account_id: str) -> Account:
        self.any_user(call)
        account = self._store.account()
        if account.account_id != account_id:
            raise ApiError(404, "Account not found")
        return account


def billing_period(today: date) -> Range:
    """Return the calendar month around a day (a month: documentation's example)."""
    last = monthrange(today.year, today.month)[1]
    return Range(start=today.replace(day=1), end=today.replace(day=last))


def read_range(call: Call, period: Range) -> Range:
    """Return the range of days a usage call asks for.

    Args:
        call: Its query has `start_date` and `end_date`, both optional: a day, or a date
            and time of which the day counts.
        period: What a missing end is taken from.

    Raises:
        ApiError: 400, not a date, or the start is after the end.
    """
    start = _read_day(call, "start_date") or period.start
    end = _read_day(call, "end_date") or period.end
    if start > end:
        named = "start_date" if "start_date" in call.query else "end_date"
        raise invalid({named: "The start is after the end"})
    return Range(start=start, end=end)


def _read_day(call: Call, name: str) -> date | None:
    text = call.query.get(name)
    if text is None:
        return None
    refused = invalid({name: "Must be a date, YYYY-MM-DD"})
    if not _DAY_IN_FRONT.fullmatch(text):
        raise refused
    try:
        return datetime.fromisoformat(text).date()
    except ValueError as error:
        raise refused from error


class UserCalls(Access):
    """The calls at and below `/users`."""

    async def list_users(self, call: CurrentCall) -> Any:
        """List the whole account, oldest first (order assumed).

        Admins only in `documented`; the SDK expects no 403 here.
        """
        if self._dialect.documented:
            self.admin(call)
        else:
            self.any_user(call)
        account_id = self._store.account().account_id
        users = [show_user(user, account_id) for user in self._store.users()]
        if not self._emulator.rules.list_wrapped:
            return users
        model = self._dialect.user
        shown = [model.model_validate(user).model_dump() for user in users]
        return JSONResponse({"users": shown})

    async def create(self, call: CurrentCall) -> dict[str, Any]:
        """Create a user, a member unless the role says otherwise."""
        self.admin(call)
        self.require_active_account()
        wanted: Any = call.read(self._dialect.create_body)
        if self._store.user_by_email(wanted.email) is not None:
            raise ApiError(409, "A user with this email already exists")
        seats = self._store.account().max_users
        if self._store.count_users() >= seats:
            text = f"The plan has {seats} users and all of them are taken"
            raise ApiError(402, text, quota_type="users")
        user = User(
            user_id=self._emulator.new_user_id(),
            email=wanted.email,
            name=wanted.name or wanted.email.partition("@")[0],
            role=getattr(wanted, "role", "member"),
        )
        self._store.add_user(user)
        call.committed = True
        return self._show(user) | {"created": True, "status": "success"}

    async def get_me(self, call: CurrentCall) -> dict[str, Any]:
        """Return the caller."""
        return self._show(self.any_user(call))

    async def update_me(self, call: CurrentCall) -> dict[str, Any]:
        """Change the caller's name; the own role cannot be changed here."""
        user = self.any_user(call)
        self.require_active_account()
        if self._dialect.documented and "role" in call.object():
            raise ApiError(403, "The own role cannot be changed here")
        return self._change(call, user, call.read(self._dialect.update_me_body))

    async def get(self, call: CurrentCall, user_id: str) -> dict[str, Any]:
        """Return a user."""
        self.admin(call)
        return self._show(self._found(user_id))

    async def update(self, call: CurrentCall, user_id: str) -> dict[str, Any]:
        """Change a user's name or role; what the body leaves out stays as it is."""
        self.admin(call)
        self.require_active_account()
        user = self._found(user_id)
        wanted = call.read(self._dialect.update_body)
        if not wanted.model_fields_set:
            raise invalid({"name": "A name or a role is required"})
        role = wanted.model_dump(exclude_unset=True).get("role", user.role)
        is_protected = self._emulator.rules.last_admin_protected
        is_demoted = user.isadmin and role != "admin"
        if is_demoted and is_protected and self._store.count_admins() == 1:
            raise ApiError(409, "The last admin cannot be demoted", "last_admin")
        return self._change(call, user, wanted)

    async def delete(self, call: CurrentCall, user_id: str) -> dict[str, Any]:
        """Delete a user; the body has to confirm the email."""
        caller = self.admin(call)
        self.require_active_account()
        if user_id == caller.user_id and self._emulator.rules.self_delete_protected:
            text = "Users cannot delete themselves"
            raise ApiError(403, text, "self_delete_forbidden")
        user = self._found(user_id)
        confirmed: Any = call.read(self._dialect.delete_body)
        if confirmed.email.casefold() != user.email.casefold():
            raise invalid({"email": "Must be the email of the user to delete"})
        self._store.remove_user(user_id)
        call.committed = True
        return {"deleted": True, "status": "success"}

    def _found(self, user_id: str) -> User:
        user = self._store.user(user_id)
        if user is None:
            raise ApiError(404, "User not found")
        return user

    def _change(self, call: Call, user: User, wanted: BaseModel) -> dict[str, Any]:
        changed = user.model_copy(update=wanted.model_dump(exclude_unset=True))
        self._store.store_user(changed)
        call.committed = True
        return self._show(changed) | {"updated": True, "status": "success"}

    def _show(self, user: User) -> dict[str, Any]:
        return show_user(user, self._store.account().account_id)


class _DescribedBasic(HTTPBasic):
    """Basic for the description alone: `Access` reads the header.

    FastAPI's own would refuse a key without a colon, which is what the SDK sends.
    """

    async def __call__(self) -> None:  # type: ignore[override]
        """Read nothing."""


_BASIC = Security(
    _DescribedBasic(
        scheme_name="ApiKey",
        description="Base64 of the API key alone, without a colon; "
        "with a colon behind it; or of email:password",
        auto_error=False,
    )
)
_BEARER = Security(
    HTTPBearer(
        scheme_name="AccessToken",
        description="The access_token of a login",
        auto_error=False,
    )
)


def _add(
    router: APIRouter,
    call: str,
    handler: Callable[..., Any],
    answer: Any,
    *errors: int,
    body: type[BaseModel] | None = None,
    body_required: bool = True,
    query: dict[str, str] | None = None,
    security: Any = _BEARER,
) -> None:
    """Add a route. The handler reads body and query itself; they are described here."""
    method, path = call.split()
    described: dict[str, Any] = {}
    if body is not None:
        content = {"application/json": {"schema": body.model_json_schema()}}
        described["requestBody"] = {"required": body_required, "content": content}
    if query is not None:
        optional = {"in": "query", "required": False, "schema": {"type": "string"}}
        described["parameters"] = [
            {"name": name, "description": text, **optional}
            for name, text in query.items()
        ]
    router.add_api_route(
        path,
        handler,
        methods=[method],
        tags=[path.split("/")[1].capitalize()],
        status_code=201 if call == "POST /users" else 200,
        response_model=answer,
        responses={
            status: {"model": dialects.Error, "description": _ERRORS[status]}
            for status in (*errors, 429)
        },
        openapi_extra=described or None,
        dependencies=[security],
    )


def api_router(emulator: Emulator) -> APIRouter:
    """Return the routes of the Account API in the emulator's dialect."""
    router = APIRouter()
    dialect = emulator.dialect
    add = partial(_add, router)

    tokens = TokenCalls(emulator)
    login = partial(add, body=dialect.login_body, body_required=False, security=_BASIC)
    login("POST /token/login", tokens.login, dialect.tokens, 400, 401)
    refresh = partial(add, body=dialects.RefreshBody, security=_BASIC)
    refresh("POST /token/refresh", tokens.refresh, dialect.tokens, 400, 401)
    add("POST /token/revoke", tokens.revoke, dialects.Revoked, 401)

    account = AccountCalls(emulator)
    path = "/accounts/{account_id}"
    add("GET /accounts/my", account.info, dialect.account, 401)
    add(f"GET {path}/plan", account.plan, dialects.PlanAnswer, 401, 404)
    if dialect.documented:
        usage = partial(add, query=_DAYS)
        usage(f"GET {path}/usage", account.usage, dialect.usage, 400, 401, 404)
        add(f"GET {path}/billing", account.billing, dialects.Billing, 401, 404)
    else:
        add(f"GET {path}/usage", account.usage, dialect.usage, 401, 404)

    users = UserCalls(emulator)
    path = "/users/{user_id}"
    add("GET /users", users.list_users, list[dialect.user], 401, 403)  # type: ignore[name-defined]
    create = partial(add, body=dialect.create_body)
    create("POST /users", users.create, dialect.created, 400, 401, 402, 403, 409)
    add("GET /users/me", users.get_me, dialect.user, 401)
    update_me = partial(add, body=dialect.update_me_body)
    update_me("PUT /users/me", users.update_me, dialect.updated, 400, 401, 403)
    add(f"GET {path}", users.get, dialect.user, 401, 403, 404)
    update = partial(add, body=dialect.update_body)
    update(f"PUT {path}", users.update, dialect.updated, 400, 401, 403, 404, 409)
    delete = partial(add, body=dialect.delete_body)
    delete(f"DELETE {path}", users.delete, dialects.Deleted, 400, 401, 403, 404)
    return router
