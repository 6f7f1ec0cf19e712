"""The application: FastAPI with the routes, inside a middleware for every request.

For an API call the middleware reads the body, refuses unknown paths, applies faults
and the rate limit, and runs the handler in one transaction together with the journal's
entry. It sends the answer after the commit. Requests for the admin API and for the
pages in a browser go to FastAPI unchanged.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.routing import BaseRoute, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from swagger_ui_bundle import swagger_ui_path

from pulumi_cerevox.emulator.admin import admin_router
from pulumi_cerevox.emulator.dialects import ApiError, rate_limited
from pulumi_cerevox.emulator.emulator import Emulator, to_rfc3339_milliseconds
from pulumi_cerevox.emulator.faults import (
    FaultRule,
    deliver,
    error_answer,
    replacement,
)
from pulumi_cerevox.emulator.routes import SCOPE_KEY, Call, api_router, make_call
from pulumi_cerevox.emulator.store import API_PREFIX, JournalEntry

ADMIN_PREFIX = "/_emulator"
_BROWSER_PREFIXES = ("/docs", "/openapi.json")
_DESCRIPTION = """An emulator of the Cerevox Account API, dialect `{dialect}`.

The vendor has nothing to do with it. What it answers comes from the public
documentation and the official Python SDK 0.2.0, or is an assumption."""
#: Calls whose success has an id that other calls take in their paths.
_ANSWERS_WITH_ID = (
    ("get", "/v1/accounts/my", "200", "account_id"),
    ("post", "/v1/users", "201", "user_id"),
    ("get", "/v1/users/me", "200", "user_id"),
    ("get", "/v1/users/{user_id}", "200", "user_id"),
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Route:
    """One path template with its methods, as `/v1/users/{user_id}`."""

    template: str
    methods: frozenset[str]
    expression: re.Pattern[str]


class RouteTable:
    """Which route a path belongs to, in the order in which they were added.

    The middleware asks it before a handler runs: a path that exists without the method
    is a 405 even where a wider template has it (`DELETE /users/me` is not the user
    `me`), and the journal and the faults need the template.
    """

    def __init__(self, prefix: str, routes: Iterable[BaseRoute]) -> None:
        """Read the routes, whose paths lack the prefix they are served below."""
        methods: dict[str, set[str]] = {}
        for route in routes:
            if isinstance(route, APIRoute):
                template = prefix + route.path
                methods.setdefault(template, set()).update(route.methods or ())
        self._routes = [
            Route(template, frozenset(allowed), compile_path(template)[0])
            for template, allowed in methods.items()
        ]

    def find(self, path: str) -> Route | None:
        """Return the first route whose template fits a path, or None."""
        found = (route for route in self._routes if route.expression.match(path))
        return next(found, None)


class Middleware:
    """The ASGI application around FastAPI's."""

    def __init__(self, app: ASGIApp, emulator: Emulator, routes: RouteTable) -> None:
        self._app = app
        self._emulator = emulator
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or _is_below(scope["path"], *_BROWSER_PREFIXES):
            await self._app(scope, receive, send)
            return
        raw = await _read_body(receive)
        if raw is None:
            return
        if _is_below(scope["path"], ADMIN_PREFIX):
            async with self._emulator.lock:
                answer = await _run(self._app, scope, raw)
            await answer(scope, receive, send)
        else:
            await self._serve_api(raw, scope, receive, send)

    async def _serve_api(
        self, raw: bytes, scope: Scope, receive: Receive, send: Send
    ) -> None:
        emulator = self._emulator
        await asyncio.sleep(emulator.rules.latency_ms / 1000)
        route = self._routes.find(scope["path"])
        template = route.template if route else None
        fault = emulator.faults.pick(scope["method"], scope["path"], template)
        if fault is not None and fault.when == "before":
            await asyncio.sleep(fault.delay_seconds or 0)
        call = make_call(scope, raw, route=template, now=emulator.clock.now())
        async with emulator.lock:
            answer = await self._settle(call, route, fault, scope)
        if fault is not None:
            if fault.when == "after":
                await asyncio.sleep(fault.delay_seconds or 0)
            await deliver(fault, answer, scope, receive, send)
        elif answer is not None:
            await answer(scope, receive, send)

    async def _settle(
        self, call: Call, route: Route | None, fault: FaultRule | None, scope: Scope
    ) -> Response | None:
        """Carry the call out and write it down; return what is to be sent, if any."""
        emulator = self._emulator
        header = emulator.rules.retry_after_header
        is_lost = (
            fault is not None and fault.when == "before" and fault.action != "delay"
        )
        request_id = f"req_{secrets.token_hex(6)}"  # the form is assumed
        with emulator.store.transaction():
            answer = None if is_lost else await self._carry_out(call, route, scope)
            if not call.committed:
                # What a refused call had begun to write must not outlive it.
                emulator.store.discard()
            if fault is not None:
                answer = replacement(fault, answer, retry_after_header=header)
            self._write_down(call, answer, fault, request_id)
        if answer is None:
            return None
        answer.headers["x-request-id"] = request_id
        answer.headers["date"] = formatdate(call.now, usegmt=True)
        return answer

    def _write_down(
        self,
        call: Call,
        answer: Response | None,
        fault: FaultRule | None,
        request_id: str,
    ) -> None:
        status = None if answer is None else answer.status_code
        store = self._emulator.store
        store.count_request(self._emulator.clock.today())
        store.add_entry(
            JournalEntry(
                time=to_rfc3339_milliseconds(call.now),
                method=call.method,
                path=call.path,
                route=call.route,
                query=call.query,
                status=status,
                body=call.journal_body(),
                user_id=call.user_id,
                committed=call.committed,
                fault=None if fault is None else fault.label,
                unexpected="; ".join(call.unexpected) or None,
                request_id=request_id,
            )
        )
        # The template where there is one: a path can hold a line break.
        logger.info(
            "%s %s -> %s%s",
            call.method,
            call.route or ascii(call.path),
            "no answer" if status is None else status,
            "" if fault is None else f" (fault: {fault.label!a})",
        )

    async def _carry_out(
        self, call: Call, route: Route | None, scope: Scope
    ) -> Response:
        """Return the handler's answer, or the refusal of a call before the handler."""
        header = self._emulator.rules.retry_after_header
        try:
            self._admit(call, route)
            return await _run(self._app, {**scope, SCOPE_KEY: call}, call.raw)
        except ApiError as error:
            call.committed = False
            return error_answer(error, retry_after_header=header)
        except Exception:
            logger.exception("%s %s failed", call.method, call.route)
            call.committed = False
            failure = ApiError(500, "The emulator failed; see its log")
            return error_answer(failure, retry_after_header=header)

    def _admit(self, call: Call, route: Route | None) -> None:
        limit = self._emulator.rules.rate_limit
        if route is None:
            call.unexpected.append("unknown route")
            raise ApiError(404, "Path not found")
        if call.method not in route.methods:
            call.unexpected.append("unknown method")
            raise ApiError(405, "Method not allowed")
        if limit is not None:
            seconds = self._emulator.rate_window.retry_after(limit, call.now)
            if seconds is not None:
                raise rate_limited(seconds)


def _is_below(path: str, *prefixes: str) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)


async def _read_body(receive: Receive) -> bytes | None:
    """Return the whole body of a request, None where the client left before its end."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _run(app: ASGIApp, scope: Scope, raw: bytes) -> Response:
    """Run the framework on a request that was read already; return its answer."""
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start, *parts = messages
    body = b"".join(part.get("body", b"") for part in parts)
    answer = Response(body, start["status"])
    answer.raw_headers = list(start.get("headers", []))
    return answer


def create_app(emulator: Emulator) -> ASGIApp:
    """Return the ASGI application that serves an emulator."""
    app = _DescribedApp(
        title="Cerevox Account API (emulator)",
        version="1",
        description=_DESCRIPTION.format(dialect=emulator.dialect.name),
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    router = api_router(emulator)
    app.include_router(router, prefix=API_PREFIX)
    app.include_router(admin_router(emulator), prefix=ADMIN_PREFIX)
    app.add_exception_handler(ApiError, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_admin_field)
    app.add_api_route("/docs", _docs, include_in_schema=False)
    app.mount("/docs/assets", StaticFiles(directory=swagger_ui_path), name="assets")
    return Middleware(app, emulator, RouteTable(API_PREFIX, router.routes))


async def _refuse(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, ApiError):
        raise error
    return JSONResponse(error.body, status_code=error.status)


async def _refuse_admin_field(_: Request, error: Exception) -> Response:
    """Return the bad fields; not their values, which need not even be valid Unicode."""
    if not isinstance(error, RequestValidationError):
        raise error
    detail = [
        {"loc": item["loc"], "msg": item["msg"], "type": item["type"]}
        for item in error.errors()
    ]
    body = json.dumps({"detail": detail})
    return Response(body, status_code=422, media_type="application/json")


async def _docs() -> HTMLResponse:
    """Return the page that shows the APIs, from the installed package alone."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Cerevox Account API (emulator)",
        swagger_js_url="/docs/assets/swagger-ui-bundle.js",
        swagger_css_url="/docs/assets/swagger-ui.css",
        swagger_favicon_url="/docs/assets/favicon-32x32.png",
    )


class _DescribedApp(FastAPI):
    """FastAPI with its description in OpenAPI 3.0 and with links.

    FastAPI writes OpenAPI 3.1; the bundled Swagger UI reads 3.0. The difference that
    matters here is in the schemas: null, constants and exclusive limits.
    """

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            schema = _to_openapi_3_0(super().openapi())
            schema["openapi"] = "3.0.3"
            for path, operations in schema["paths"].items():
                for operation in operations.values():
                    if path.startswith(API_PREFIX):
                        # FastAPI adds it by itself, and the API never sends one.
                        operation["responses"].pop("422", None)
            _add_links(schema)
            self.openapi_schema = schema
        return self.openapi_schema


def _to_openapi_3_0(node: Any) -> Any:
    """Return a description, or a part of one, in the terms of OpenAPI 3.0."""
    if isinstance(node, list):
        return [_to_openapi_3_0(item) for item in node]
    if not isinstance(node, dict):
        return node
    converted = {key: _to_openapi_3_0(value) for key, value in node.items()}
    choices = converted.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        others = [choice for choice in choices if choice != {"type": "null"}]
        converted["nullable"] = True
        del converted["anyOf"]
        if len(others) > 1:
            converted["anyOf"] = others
        elif "$ref" in others[0]:
            # Beside a $ref nothing else counts, so it goes one level down.
            converted["allOf"] = others
        else:
            converted = others[0] | converted
    if isinstance(converted.get("const"), str | bool | int):
        converted["enum"] = [converted.pop("const")]
    for limit in ("Minimum", "Maximum"):
        value = converted.get(f"exclusive{limit}")
        if isinstance(value, int | float) and not isinstance(value, bool):
            converted[limit.lower()] = value
            converted[f"exclusive{limit}"] = True
    return converted


def _add_links(description: dict[str, Any]) -> None:
    """Add to each answer with an id the calls that take it.

    Whoever reads the description, a person or a program that tries the API out, finds
    the way by them.
    """
    paths = description["paths"]
    for method, path, status, name in _ANSWERS_WITH_ID:
        answer = paths[path][method]["responses"][status]
        reference: str = answer["content"]["application/json"]["schema"]["$ref"]
        model = description["components"]["schemas"][reference.rpartition("/")[2]]
        if name not in model["properties"]:
            continue  # in `sdk-0.2` the answer of a create has no id
        answer["links"] = {
            operation["operationId"]: {
                "operationId": operation["operationId"],
                "parameters": {name: f"$response.body#/{name}"},
                # The confirmation that a delete wants.
                **(
                    {"requestBody": {"email": "$response.body#/email"}}
                    if method == "delete"
                    else {}
                ),
            }
            for taker in paths
            if f"{{{name}}}" in taker
            for method, operation in paths[taker].items()
        }
