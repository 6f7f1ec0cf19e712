"""The emulator over HTTP: middleware, FastAPI application, socket and signals.

For an API call the middleware reads the body, refuses unknown paths, applies faults and
the rate limit, and runs the handler. The handler and the journal's entry are one
transaction. The answer is sent after the commit. A call of the admin API is one
transaction too. The pages in a browser go to FastAPI unchanged.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import signal
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, Response
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from swagger_ui_bundle import swagger_ui_path

from pulumi_cerevox.emulator import admin
from pulumi_cerevox.emulator.calls import SCOPE_KEY, Call
from pulumi_cerevox.emulator.dialects import ApiError, DialectName
from pulumi_cerevox.emulator.emulator import Emulator, Rules
from pulumi_cerevox.emulator.faults import (
    EmulatorProtocol,
    FaultRule,
    deliver,
    replacement,
)
from pulumi_cerevox.emulator.routes import ROUTERS, SECURITY_SCHEMES
from pulumi_cerevox.emulator.seeds import Seed, plant
from pulumi_cerevox.emulator.store import API_PREFIX, DatabaseUnusableError

ADMIN_PREFIX = "/_emulator"
_BROWSER_PREFIXES = ("/docs", "/openapi.json")
_TITLE = "Cerevox Account API (emulator)"
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

# Longer than any test: a pooled connection is not closed while its client uses it.
_KEEP_ALIVE_SECONDS = 24 * 3600

logger = logging.getLogger(__name__)


class Middleware:
    """The ASGI application around FastAPI's; it knows the routes of the API."""

    def __init__(
        self, app: ASGIApp, emulator: Emulator, routes: Iterable[BaseRoute]
    ) -> None:
        self._app = app
        self._emulator = emulator
        self._routes = [route for route in routes if isinstance(route, APIRoute)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or _is_below(scope["path"], *_BROWSER_PREFIXES):
            await self._app(scope, receive, send)
            return
        try:
            raw = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        if not _is_below(scope["path"], ADMIN_PREFIX):
            await self._serve_api(raw, scope, receive, send)
            return
        async with self._emulator.lock:
            with self._emulator.store.transaction():
                answer = await _run(self._app, scope, raw)
                if answer.status_code >= 400:
                    self._emulator.store.discard()
        await answer(scope, receive, send)

    async def _serve_api(
        self, raw: bytes, scope: Scope, receive: Receive, send: Send
    ) -> None:
        emulator, store = self._emulator, self._emulator.store
        await asyncio.sleep(emulator.rules.latency_ms / 1000)
        # A path that exists without the method is a 405 even where a wider template
        # has it: `DELETE /users/me` is not the user `me`.
        path = scope["path"]
        inside = path[len(API_PREFIX) :] if _is_below(path, API_PREFIX) else ""
        fitting = [one for one in self._routes if one.path_regex.match(inside)]
        template = API_PREFIX + fitting[0].path if fitting else None
        methods = {
            name
            for one in fitting
            if one.path == fitting[0].path
            for name in one.methods or ()
        }
        fault = emulator.faults.pick(scope["method"], scope["path"], template)
        if fault is not None and fault.when == "before":
            await asyncio.sleep(fault.delay_seconds or 0)
        call = Call(emulator, scope, raw, template)
        request_id = f"req_{secrets.token_hex(6)}"  # the form is assumed
        answer: Response | None = None
        async with emulator.lock:
            with store.transaction():
                if fault is None or not fault.loses_call:
                    answer = await self._carry_out(call, methods, scope)
                if fault is not None and fault.undoes_call:
                    call.committed = False
                if not call.committed:
                    # What a refused call had begun to write must not outlive it.
                    store.discard()
                if fault is not None:
                    answer = replacement(fault, answer, scope)
                status = None if answer is None else answer.status_code
                label = None if fault is None else fault.label
                store.count_request(emulator.clock.today())
                store.add_entry(call.journal_entry(status, label, request_id))
        # The template where there is one: a path can hold a line break.
        logger.info(
            "%s %s -> %s%s",
            call.method,
            call.route or ascii(call.path),
            status or "no answer",
            "" if label is None else f" (fault: {label!a})",
        )
        if answer is not None:
            if not emulator.rules.retry_after_header:
                del answer.headers["retry-after"]
            answer.headers["x-request-id"] = request_id
            answer.headers["date"] = formatdate(call.now, usegmt=True)
        if fault is not None:
            await deliver(fault, answer, scope, receive, send)
        elif answer is not None:
            await answer(scope, receive, send)

    async def _carry_out(self, call: Call, methods: set[str], scope: Scope) -> Response:
        """Return the handler's answer, or the refusal of a call before the handler."""
        try:
            self._admit(call, methods)
            return await _run(self._app, {**scope, SCOPE_KEY: call}, call.raw)
        except ApiError as error:
            refusal = error
        except Exception:
            logger.exception("%s %s failed", call.method, call.route)
            refusal = ApiError(500, "The emulator failed; see its log")
        call.committed = False
        return refusal.answer()

    def _admit(self, call: Call, methods: set[str]) -> None:
        if call.route is None:
            call.unexpected.append("unknown route")
            raise ApiError(404, "Path not found")
        if call.method not in methods:
            call.unexpected.append("unknown method")
            raise ApiError(405, "Method not allowed")
        limit = self._emulator.rules.rate_limit
        if limit is not None:
            seconds = self._emulator.rate_window.retry_after(limit, call.now)
            if seconds is not None:
                raise ApiError(429, "Rate limit exceeded", retry_after=seconds)


def _is_below(path: str, *prefixes: str) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)


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
        title=_TITLE,
        version="1",
        description=_DESCRIPTION.format(dialect=emulator.dialect),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.emulator = emulator
    router = ROUTERS[emulator.dialect]
    app.include_router(router, prefix=API_PREFIX)
    app.include_router(admin.router, prefix=ADMIN_PREFIX)
    app.add_exception_handler(RequestValidationError, _refuse_admin_field)
    app.add_api_route("/docs", _docs, include_in_schema=False)
    app.mount("/docs/assets", StaticFiles(directory=swagger_ui_path), name="assets")
    return Middleware(app, emulator, router.routes)


async def _refuse_admin_field(_: Request, error: Any) -> Response:
    """Return the bad fields; not their values, which need not even be valid Unicode."""
    detail = [
        {key: item[key] for key in ("loc", "msg", "type")} for item in error.errors()
    ]
    body = json.dumps({"detail": detail})
    return Response(body, status_code=422, media_type="application/json")


async def _docs() -> HTMLResponse:
    """Return the page that shows the APIs, from the installed package alone."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=_TITLE,
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
            for path, operations in schema["paths"].items():
                for operation in operations.values():
                    if path.startswith(API_PREFIX):
                        # FastAPI adds it by itself, and the API never sends one.
                        operation["responses"].pop("422", None)
            schema["components"]["securitySchemes"] = SECURITY_SCHEMES
            _add_links(schema)
            self.openapi_schema = schema | {"openapi": "3.0.3"}
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
        links = answer["links"] = {}
        for taker in (one for one in paths if f"{{{name}}}" in one):
            for verb, operation in paths[taker].items():
                link = {
                    "operationId": operation["operationId"],
                    "parameters": {name: f"$response.body#/{name}"},
                }
                if verb == "delete":
                    # The confirmation that a delete wants.
                    link["requestBody"] = {"email": "$response.body#/email"}
                links[operation["operationId"]] = link


class CannotStartError(Exception):
    """The emulator cannot start; the text says why and holds no traceback."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for. Port 0 means any that is free."""

    seed: Seed
    host: str = "127.0.0.1"
    port: int = 0
    database: Path | None = None
    dialect: DialectName = "documented"
    latency_ms: int = 0
    faults: tuple[str, ...] = ()


def run(options: Options) -> None:
    """Serve until SIGINT or SIGTERM.

    Prints one line on stdout when ready: `url`, `api_key` and `admin_url` as JSON.

    Raises:
        CannotStartError: The database or the address cannot be used.
    """
    with _listen(options.host, options.port) as listener:
        rules = Rules(latency_ms=options.latency_ms)
        try:
            emulator = Emulator(options.database, options.dialect, rules)
        except DatabaseUnusableError as error:
            raise CannotStartError(str(error)) from error
        try:
            if emulator.store.has_account():
                logger.warning(
                    "%s holds the account %s, which is used as it is: "
                    "no seed is planted",
                    options.database,
                    emulator.store.account().account_id,
                )
            else:
                plant(emulator, options.seed)
            for name in options.faults:
                emulator.faults.add(FaultRule(action=name))
            host, port = listener.getsockname()[:2]
            base = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
            ready = {
                "url": base + API_PREFIX,
                "api_key": _key_to_print(emulator),
                "admin_url": base + ADMIN_PREFIX,
            }
            server = _Server(create_app(emulator), json.dumps(ready))
            asyncio.run(server.serve(sockets=[listener]))
        finally:
            emulator.store.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotStartError(f"{host}:{port}: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise CannotStartError(f"{host}:{port}: {error.strerror}") from error
    return listener


def _key_to_print(emulator: Emulator) -> str:
    """Return the owner's key; a database may have lost it, or every user."""
    key = emulator.owner_key()
    owner = emulator.store.owner()
    if key is None and owner is not None:
        with emulator.store.transaction():
            key = emulator.new_key(owner.user_id, owner.email)
    return key or ""


class _Server(uvicorn.Server):
    """Uvicorn's server with a ready line, and an end that does not wait."""

    def __init__(self, app: object, ready: str) -> None:
        super().__init__(
            uvicorn.Config(
                app,  # type: ignore[arg-type]  # an ASGI application
                http=EmulatorProtocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,  # the middleware's, by the emulator's own clock
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and print the ready line."""
        await super().startup(sockets)
        sys.stdout.write(self._ready + "\n")
        sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn's signature
        """End at once: no waiting for open connections, slow or hung answers."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.close()
        # The tasks that still wait are cancelled with the event loop; uvicorn would
        # write a traceback for each.
        logging.getLogger("uvicorn.error").disabled = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal, without uvicorn's raising it once more at the end."""
        handled = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in handled}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
