"""Calls 1 to 14 of the contract: tokens, the account and its users.

A refused call gets the first of 401, 403, 404, 400, 409 and 402 that applies. This
order is assumed.
"""

from __future__ import annotations

import re
import secrets
from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar, get_args

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from pulumi_cerevox.emulator.calls import Call, CurrentCall
from pulumi_cerevox.emulator.dialects import (
    LIMITS,
    ApiError,
    Billing,
    Deleted,
    DialectName,
    DocumentedAccountAnswer,
    DocumentedCreateBody,
    DocumentedCreated,
    DocumentedDeleteBody,
    DocumentedLoginBody,
    DocumentedTokens,
    DocumentedUpdateBody,
    DocumentedUpdated,
    DocumentedUpdateMeBody,
    DocumentedUsageAnswer,
    DocumentedUser,
    Error,
    LoginBody,
    PlanAnswer,
    RefreshBody,
    Revoked,
    in_dialect,
    invalid,
    unauthenticated,
)
from pulumi_cerevox.emulator.emulator import to_rfc3339
from pulumi_cerevox.emulator.store import Account, Session, Usage, User

#: The routes of each dialect. `_route` fills them.
ROUTERS: dict[DialectName, APIRouter] = {
    dialect: APIRouter() for dialect in get_args(DialectName)
}
#: What a call can want in the header `Authorization`. `Call` reads it.
SECURITY_SCHEMES = {
    "ApiKey": {
        "type": "http",
        "description": "Base64 of the API key alone, without a colon; "
        "with a colon behind it; or of email:password",
        "scheme": "basic",
    },
    "AccessToken": {
        "type": "http",
        "description": "The access_token of a login",
        "scheme": "bearer",
    },
}
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
_DAY_IN_FRONT = re.compile(r"\d{4}-\d{2}-\d{2}(T.*)?", re.ASCII)
_Handler = TypeVar("_Handler", bound=Callable[..., Any])


def _route(
    call: str,
    answer: Any,
    *errors: int,
    body: type[BaseModel] | None = None,
    query: dict[str, str] | None = None,
    security: str = "AccessToken",
    only: DialectName | None = None,
) -> Callable[[_Handler], _Handler]:
    """Serve and describe a handler in both dialects, or in one.

    The models are the documented ones. The handler reads body and query itself, after
    it has checked who is calling.

    `errors` are the refusals that do not follow from what the call takes. Every call
    can be refused with 401 and 429, a body or query with 400, an id in the path with
    404.
    """
    method, path = call.split()
    statuses = {401, 429, *errors}
    if body is not None or query is not None:
        statuses.add(400)
    if "{" in path:
        statuses.add(404)

    def add(handler: _Handler) -> _Handler:
        for dialect in ROUTERS if only is None else (only,):
            taken = _describe_taken(in_dialect(body, dialect), query)
            ROUTERS[dialect].add_api_route(
                path,
                handler,
                methods=[method],
                tags=[path.split("/")[1].capitalize()],
                status_code=201 if call == "POST /users" else 200,
                response_model=in_dialect(answer, dialect),
                responses={
                    status: {"model": Error, "description": _ERRORS[status]}
                    for status in sorted(statuses)
                },
                openapi_extra={"security": [{security: []}]} | taken,
            )
        return handler

    return add


def _describe_taken(
    body: type[BaseModel] | None, query: dict[str, str] | None
) -> dict[str, Any]:
    """Describe what a handler reads itself, of which FastAPI knows nothing."""
    described: dict[str, Any] = {}
    if body is not None:
        schema = body.model_json_schema()
        described["requestBody"] = {
            "required": not issubclass(body, LoginBody),
            "content": {"application/json": {"schema": schema}},
        }
    if query is not None:
        optional = {"in": "query", "required": False, "schema": {"type": "string"}}
        described["parameters"] = [
            {"name": name, "description": text, **optional}
            for name, text in query.items()
        ]
    return described


# Below `/token`. All of these calls write: sessions, and the last login.


@_route(
    "POST /token/login", DocumentedTokens, body=DocumentedLoginBody, security="ApiKey"
)
async def login(call: CurrentCall) -> dict[str, Any]:
    """Log in with the API key, or with email and password."""
    named = call.basic()
    if named is None:
        if not call.emulator.documented:
            raise unauthenticated("an API key is required")
        body = call.tolerant_object()
        email, password = body.get("email"), body.get("password")
        if not isinstance(email, str) or not isinstance(password, str):
            raise unauthenticated("an API key, or email and password, are required")
        named = call.by_password(email, password)
    user, api_key = named
    call.note_unknown_fields(call.object(), DocumentedLoginBody)
    now = to_rfc3339(call.now)
    call.store.store_user(user.model_copy(update={"lastlogin": now}))
    return _open_session(call, user.user_id, api_key)


@_route("POST /token/refresh", DocumentedTokens, body=RefreshBody, security="ApiKey")
async def refresh(call: CurrentCall) -> dict[str, Any]:
    """Swap a refresh token for a new pair; it works once (assumed).

    The old access token stays valid to its own end (assumed).
    """
    named = call.basic()
    is_there = call.tolerant_object().get("refresh_token") is not None
    if named is None and not (is_there and call.emulator.documented):
        raise unauthenticated("an API key is required")
    token = call.read(RefreshBody).refresh_token
    session = call.store.session("refresh", token, call.now)
    if session is None or (named and named[0].user_id != session.user_id):
        raise unauthenticated("the refresh token is invalid or has expired")
    call.live_user(session.user_id)
    call.store.spend_refresh_token(session)
    return _open_session(call, session.user_id, session.api_key)


@_route("POST /token/revoke", Revoked)
async def revoke(call: CurrentCall) -> dict[str, Any]:
    """End the presented access token and its refresh token, no other (assumed)."""
    call.caller()
    call.store.end_session(call.session())
    call.committed = True
    return {"message": "Token revoked successfully", "status": "success"}


def _open_session(call: Call, user_id: str, api_key: str | None) -> dict[str, Any]:
    """Store a new pair of opaque tokens; return the answer that hands it out."""
    rules = call.emulator.rules
    session = Session(
        access_token=f"at_{secrets.token_urlsafe(32)}",
        refresh_token=f"rt_{secrets.token_urlsafe(32)}",
        user_id=user_id,
        api_key=api_key,
        access_ends=call.now + rules.access_token_seconds,
        refresh_ends=call.now + rules.refresh_token_seconds,
    )
    call.store.add(session)
    call.committed = True
    return {
        "access_token": session.access_token,
        "refresh_token": session.refresh_token,
        "expires_in": rules.access_token_seconds,
        "token_type": "Bearer",
        "expires_at": int(session.access_ends),
    }


# Below `/accounts`: open to any user of the account. These calls only read.


@_route("GET /accounts/my", DocumentedAccountAnswer)
async def info(call: CurrentCall) -> dict[str, Any]:
    """Return the account of the caller."""
    call.caller()
    account, owner = call.store.account(), call.store.owner()
    return account.model_dump() | {
        # The owner's (assumed).
        "email": owner.email if owner else "",
        "name": owner.name if owner else "",
        "features": {
            "hippo_enabled": True,
            "lexa_enabled": True,
            "max_users": account.max_users,
        },
    }


@_route("GET /accounts/{account_id}/plan", PlanAnswer)
async def plan(call: CurrentCall, account_id: str) -> dict[str, Any]:
    """Return the plan and its limits."""
    account = _require_own_account(call, account_id)
    limits = LIMITS[account.plan]
    stored = call.store.stored_bytes(call.emulator.clock.today())
    return {
        "plan": limits._asdict()
        | {
            "plan": account.plan,
            "message_interval": 60,
            "bytes_overage": max(0, stored - limits.bytes),
            "status": account.status,
        }
    }


_USAGE = "GET /accounts/{account_id}/usage"


@_route(_USAGE, DocumentedUsageAnswer, only="sdk-0.2")
@_route(_USAGE, DocumentedUsageAnswer, query=_DAYS, only="documented")
async def usage(call: CurrentCall, account_id: str) -> dict[str, Any]:
    """Return the usage now; in `documented` also that of a range of days."""
    account = _require_own_account(call, account_id)
    today = call.emulator.clock.today()
    period = _billing_period(today)
    days = _read_days(call, period) if call.emulator.documented else period
    asked, current = call.store.usage(*days, today), call.store.usage(*period, today)
    stored = call.store.stored_bytes(today)
    limits = LIMITS[account.plan]
    return {
        "files": {"processed": current.documents, "total": limits.base},
        "pages": {"processed": current.pages, "total": limits.base},
        "advanced_pages": {
            "processed": current.advanced_pages,
            "total": limits.base // 20,
        },
        "storage": {"used": stored, "total": limits.bytes},
        "total_requests": asked.requests,
        "documents_processed": asked.documents,
        "questions_asked": asked.questions,
        "storage_bytes": stored,
        "rate_limit": limits.rate_limit,
        "rate_limit_reset": f"{period.day_after}T00:00:00Z",
        "estimated_cost": _total_cost(asked),
    }


@_route("GET /accounts/{account_id}/billing", Billing, only="documented")
async def billing(call: CurrentCall, account_id: str) -> dict[str, Any]:
    """Return the bill of the current period (the path is assumed)."""
    _require_own_account(call, account_id)
    today = call.emulator.clock.today()
    period = _billing_period(today)
    used = call.store.usage(*period, today)
    return {
        "period_start": period.start.isoformat(),
        "period_end": period.end.isoformat(),
        "total_cost": _total_cost(used),
        "currency": "USD",
        "breakdown": {
            "hippo_cost": used.hippo_cents / 100,
            "lexa_cost": used.lexa_cents / 100,
            "storage_cost": used.storage_cents / 100,
        },
        "next_invoice_date": period.day_after.isoformat(),
    }


def _require_own_account(call: Call, account_id: str) -> Account:
    call.caller()
    account = call.store.account()
    if account.account_id != account_id:
        raise ApiError(404, "Account not found")
    return account


class Range(NamedTuple):
    """Days from `start` to `end`, both included."""

    start: date
    end: date

    @property
    def day_after(self) -> date:
        """The first day after the range."""
        return self.end + timedelta(days=1)


def _billing_period(today: date) -> Range:
    """Return the calendar month around a day (a month: documentation's example)."""
    last = monthrange(today.year, today.month)[1]
    return Range(today.replace(day=1), today.replace(day=last))


def _read_days(call: Call, period: Range) -> Range:
    """Return the days a usage call asks for; an end it leaves out is the period's.

    An end is a day, or a date and time of which the day counts.
    """
    days = {"start_date": period.start, "end_date": period.end}
    asked = [name for name in days if name in call.query]
    for name in asked:
        text = call.query[name]
        try:
            days[name] = datetime.fromisoformat(text).date()
        except ValueError:
            text = ""
        # Python reads more forms than this one, `20260131` for example.
        if not _DAY_IN_FRONT.fullmatch(text):
            raise invalid({name: "Must be a date, YYYY-MM-DD"})
    if days["start_date"] > days["end_date"]:
        raise invalid({asked[0]: "The start is after the end"})
    return Range(days["start_date"], days["end_date"])


def _total_cost(used: Usage) -> float:
    """Return dollars as a JSON number with at most two decimals."""
    return (used.hippo_cents + used.lexa_cents + used.storage_cents) / 100


# At and below `/users`.


@_route("GET /users", list[DocumentedUser], 403)
async def list_users(call: CurrentCall) -> Any:
    """List the whole account, oldest first (order assumed).

    Admins only in `documented`; the SDK expects no 403 here.
    """
    if call.emulator.documented:
        call.admin()
    else:
        call.caller()
    account_id = call.store.account().account_id
    users = [_show(user, account_id) for user in call.store.users()]
    if not call.emulator.rules.list_wrapped:
        return users
    model = in_dialect(DocumentedUser, call.emulator.dialect)
    shown = [model.model_validate(user).model_dump() for user in users]
    return JSONResponse({"users": shown})


@_route("POST /users", DocumentedCreated, 402, 403, 409, body=DocumentedCreateBody)
async def create(call: CurrentCall) -> dict[str, Any]:
    """Create a user, a member unless the role says otherwise."""
    call.admin()
    call.require_active_account()
    wanted = call.read(DocumentedCreateBody)
    if call.store.user_by_email(wanted.email) is not None:
        raise ApiError(409, "A user with this email already exists")
    account = call.store.account()
    if call.store.count_users() >= account.max_users:
        text = f"The plan has {account.max_users} users and all of them are taken"
        raise ApiError(402, text, quota_type="users")
    user = User(
        user_id=call.emulator.new_user_id(),
        email=wanted.email,
        name=wanted.name or wanted.email.partition("@")[0],
        role=getattr(wanted, "role", "member"),
    )
    call.store.add(user)
    call.committed = True
    return _show(user, account.account_id) | {"created": True, "status": "success"}


@_route("GET /users/me", DocumentedUser)
async def get_me(call: CurrentCall) -> dict[str, Any]:
    """Return the caller."""
    return _show(call.caller(), call.store.account().account_id)


@_route("PUT /users/me", DocumentedUpdated, 403, body=DocumentedUpdateMeBody)
async def update_me(call: CurrentCall) -> dict[str, Any]:
    """Change the caller's name; the own role cannot be changed here."""
    user = call.caller()
    call.require_active_account()
    if call.emulator.documented and "role" in call.object():
        raise ApiError(403, "The own role cannot be changed here")
    return _change(call, user, call.read(DocumentedUpdateMeBody))


@_route("GET /users/{user_id}", DocumentedUser, 403)
async def get(call: CurrentCall, user_id: str) -> dict[str, Any]:
    """Return a user."""
    call.admin()
    return _show(_find_user(call, user_id), call.store.account().account_id)


@_route("PUT /users/{user_id}", DocumentedUpdated, 403, 409, body=DocumentedUpdateBody)
async def update(call: CurrentCall, user_id: str) -> dict[str, Any]:
    """Change a user's name or role; what the body leaves out stays as it is."""
    call.admin()
    call.require_active_account()
    user = _find_user(call, user_id)
    wanted = call.read(DocumentedUpdateBody)
    if not wanted.model_fields_set:
        raise invalid({"name": "A name or a role is required"})
    is_demoted = user.isadmin and getattr(wanted, "role", "admin") != "admin"
    is_protected = call.emulator.rules.last_admin_protected
    if is_demoted and is_protected and call.store.count_admins() == 1:
        raise ApiError(409, "The last admin cannot be demoted", "last_admin")
    return _change(call, user, wanted)


@_route("DELETE /users/{user_id}", Deleted, 403, body=DocumentedDeleteBody)
async def delete(call: CurrentCall, user_id: str) -> dict[str, Any]:
    """Delete a user; the body has to confirm the email."""
    caller = call.admin()
    call.require_active_account()
    if user_id == caller.user_id and call.emulator.rules.self_delete_protected:
        text = "Users cannot delete themselves"
        raise ApiError(403, text, "self_delete_forbidden")
    user = _find_user(call, user_id)
    confirmed = call.read(DocumentedDeleteBody)
    if confirmed.email.casefold() != user.email.casefold():
        raise invalid({"email": "Must be the email of the user to delete"})
    call.store.remove_user(user_id)
    call.committed = True
    return {"deleted": True, "status": "success"}


def _find_user(call: Call, user_id: str) -> User:
    user = call.store.user(user_id)
    if user is None:
        raise ApiError(404, "User not found")
    return user


def _change(call: Call, user: User, wanted: BaseModel) -> dict[str, Any]:
    changed = user.model_copy(update=wanted.model_dump(exclude_unset=True))
    call.store.store_user(changed)
    call.committed = True
    account_id = call.store.account().account_id
    return _show(changed, account_id) | {"updated": True, "status": "success"}


def _show(user: User, account_id: str) -> dict[str, Any]:
    """Return every field of a user's answer; the dialect's model leaves some out."""
    return user.model_dump(exclude={"password"}) | {
        "isadmin": user.isadmin,
        "account_id": account_id,
        "firstname": None,
        "lastname": None,
    }
