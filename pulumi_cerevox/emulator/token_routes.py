"""Calls 1 to 3 of the contract: login, refresh, revoke."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from pulumi_cerevox.emulator import schemas
from pulumi_cerevox.emulator.access import Access, Login
from pulumi_cerevox.emulator.bodies import REQUIRED, read_object, text_rule
from pulumi_cerevox.emulator.call import Call
from pulumi_cerevox.emulator.clock import to_rfc3339
from pulumi_cerevox.emulator.describing import answers, json_body
from pulumi_cerevox.emulator.emulator import Emulator
from pulumi_cerevox.emulator.errors import ApiError, invalid, unauthenticated
from pulumi_cerevox.emulator.injection import CurrentCall
from pulumi_cerevox.emulator.security import BASIC, BEARER

_LOGIN_FIELDS = ("login", "email", "password")


class TokenCalls:
    """The handlers. All of them write: sessions, and the time of the last login."""

    def __init__(self, emulator: Emulator, access: Access) -> None:
        self._emulator = emulator
        self._access = access

    async def login(self, call: CurrentCall) -> JSONResponse:
        """Log in with the API key, or with email and password."""
        body = _tolerant_body(call)
        login = self._access.basic(call) or self._login_by_body(call, body)
        _refuse_bad_json(body)
        call.note_unknown_fields(sorted(set(body) - set(_LOGIN_FIELDS)))
        now = to_rfc3339(call.now)
        self._emulator.people.store(replace(login.user, last_login=now))
        return self._hand_out(call, login.user.user_id, login.api_key)

    async def refresh(self, call: CurrentCall) -> JSONResponse:
        """Swap a refresh token for a new pair; it works once (assumed)."""
        body = _tolerant_body(call)
        login = self._access.basic(call)
        token = body.get("refresh_token")
        if login is None and (token is None or not self._emulator.dialect.documented):
            raise unauthenticated("an API key is required")
        _refuse_bad_json(body)
        call.note_unknown_fields(sorted(set(body) - {"refresh_token"}))
        complaint = REQUIRED if token is None else text_rule(token)
        if complaint is not None:
            raise invalid({"refresh_token": complaint})
        session = self._emulator.credentials.by_refresh_token(str(token), call.now)
        if session is None or (login and login.user.user_id != session.user_id):
            raise unauthenticated("the refresh token is invalid or has expired")
        self._access.require_live_user(call, session.user_id)
        self._emulator.credentials.spend_refresh_token(session)
        return self._hand_out(call, session.user_id, session.api_key)

    async def revoke(self, call: CurrentCall) -> JSONResponse:
        """End the presented access token and its refresh token, no other (assumed)."""
        caller = self._access.any_user(call)
        self._emulator.credentials.end_session(caller.session)
        call.committed = True
        return JSONResponse(
            {"message": "Token revoked successfully", "status": "success"}
        )

    def _login_by_body(self, call: Call, body: dict[str, Any]) -> Login:
        email, password = body.get("email"), body.get("password")
        if not self._emulator.dialect.documented:
            raise unauthenticated("an API key is required")
        if not isinstance(email, str) or not isinstance(password, str):
            raise unauthenticated("an API key, or email and password, are required")
        return self._access.by_password(call, email, password)

    def _hand_out(self, call: Call, user_id: str, api_key: str | None) -> JSONResponse:
        seconds = self._emulator.rules.access_token_seconds
        session = self._emulator.credentials.open_session(
            user_id,
            api_key,
            now=call.now,
            access_seconds=seconds,
            refresh_seconds=self._emulator.rules.refresh_token_seconds,
        )
        call.committed = True
        return JSONResponse(
            self._emulator.dialect.tokens(
                session.access_token,
                session.refresh_token,
                seconds,
                session.access_ends,
            )
        )


class _BadJson(dict[str, Any]):
    """An empty body standing for one that could not be read; 401 goes before 400."""

    def __init__(self, error: ApiError) -> None:
        super().__init__()
        self.error = error


def _tolerant_body(call: Call) -> dict[str, Any]:
    try:
        return read_object(call.raw)
    except ApiError as error:
        return _BadJson(error)


def _refuse_bad_json(body: dict[str, Any]) -> None:
    if isinstance(body, _BadJson):
        raise body.error


def token_router(emulator: Emulator, access: Access) -> APIRouter:
    """Return the routes below `/token`."""
    calls = TokenCalls(emulator, access)
    documented = emulator.dialect.documented
    tokens = schemas.DocumentedTokens if documented else schemas.Tokens
    login_body = schemas.DocumentedLoginBody if documented else schemas.LoginBody
    router = APIRouter(prefix="/token", tags=["Tokens"])
    router.add_api_route(
        "/login",
        calls.login,
        methods=["POST"],
        responses=answers(200, tokens, 400, 401),
        openapi_extra=json_body(login_body, required=False),
        dependencies=[BASIC],
    )
    router.add_api_route(
        "/refresh",
        calls.refresh,
        methods=["POST"],
        responses=answers(200, tokens, 400, 401),
        openapi_extra=json_body(schemas.RefreshBody),
        dependencies=[BASIC],
    )
    router.add_api_route(
        "/revoke",
        calls.revoke,
        methods=["POST"],
        responses=answers(200, schemas.Revoked, 401),
        dependencies=[BEARER],
    )
    return router
