"""The gate: everything that happens to an API call outside its handler.

It reads the call, keeps unknown paths out, makes faults and the rate limit felt, runs
the handler inside one transaction together with the journal's entry, and sends the
answer only after the commit. The admin API and the pages for a browser pass untouched.
"""

from __future__ import annotations

import asyncio
import logging
from email.utils import formatdate

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pulumi_cerevox.emulator.call import (
    SCOPE_KEY,
    Answer,
    Call,
    error_answer,
    make_call,
    read_body,
)
from pulumi_cerevox.emulator.clock import to_rfc3339_milliseconds
from pulumi_cerevox.emulator.emulator import Emulator
from pulumi_cerevox.emulator.errors import (
    ApiError,
    method_not_allowed,
    not_found,
    rate_limited,
)
from pulumi_cerevox.emulator.faults import FaultRule, fault_name
from pulumi_cerevox.emulator.identities import new_request_id
from pulumi_cerevox.emulator.journal import JournalEntry
from pulumi_cerevox.emulator.routing import Route, RouteTable
from pulumi_cerevox.emulator.wire import deliver, replacement

ADMIN_PREFIX = "/_emulator"
_BROWSER_PREFIXES = ("/docs", "/openapi.json")

logger = logging.getLogger(__name__)


class Gate:
    """The ASGI application that stands before the framework's."""

    def __init__(self, app: ASGIApp, emulator: Emulator, routes: RouteTable) -> None:
        self._app = app
        self._emulator = emulator
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        if scope["type"] != "http" or _is_below(scope["path"], _BROWSER_PREFIXES):
            await self._app(scope, receive, send)
        elif _is_below(scope["path"], (ADMIN_PREFIX,)):
            await self._serve_admin(scope, receive, send)
        else:
            await self._serve_api(scope, receive, send)

    async def _serve_admin(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = await read_body(receive)
        if raw is None:
            return
        async with self._emulator.lock:
            answer = await _run(self._app, scope, raw)
        await answer.send(send)

    async def _serve_api(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = await read_body(receive)
        if raw is None:
            return
        emulator = self._emulator
        await asyncio.sleep(emulator.rules.latency_ms / 1000)
        route = self._routes.find(scope["path"])
        template = route.template if route else None
        fault = emulator.faults.pick(scope["method"], scope["path"], template)
        if fault is not None and fault.when == "before":
            await asyncio.sleep(fault.delay_seconds or 0)
        call = make_call(
            scope,
            raw,
            request_id=new_request_id(),
            route=template,
            now=emulator.clock.now(),
        )
        async with emulator.lock:
            answer = await self._settle(call, route, fault, scope)
        if fault is None and answer is not None:
            await answer.send(send)
        elif fault is not None:
            if fault.when == "after":
                await asyncio.sleep(fault.delay_seconds or 0)
            await deliver(fault, answer, scope, receive, send)

    async def _settle(
        self, call: Call, route: Route | None, fault: FaultRule | None, scope: Scope
    ) -> Answer | None:
        """Carry the call out and write it down; return what is to be sent, if any."""
        emulator = self._emulator
        lost = fault is not None and fault.when == "before" and fault.action != "delay"
        emulator.database.begin()
        try:
            answer = None if lost else await self._carry_out(call, route, scope)
            if not call.committed:
                # What a refused call had begun to write must not outlive it.
                emulator.database.rollback()
                emulator.database.begin()
            if fault is not None:
                header = emulator.rules.retry_after_header
                answer = replacement(fault, answer, retry_after_header=header)
            self._write_down(call, answer, fault)
            emulator.database.commit()
        except BaseException:
            emulator.database.rollback()
            raise
        if answer is None:
            return None
        date = formatdate(call.now, usegmt=True)
        return answer.with_header("x-request-id", call.request_id).with_header(
            "date", date
        )

    async def _carry_out(self, call: Call, route: Route | None, scope: Scope) -> Answer:
        """Return the handler's answer, or the refusal that kept the call from it."""
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
            failure = ApiError(500, "server_error", "The emulator failed; see its log")
            return error_answer(failure, retry_after_header=header)

    def _admit(self, call: Call, route: Route | None) -> None:
        limit = self._emulator.rules.rate_limit
        if route is None:
            call.unexpected.append("unknown route")
            raise not_found("Path")
        if call.method not in route.methods:
            call.unexpected.append("unknown method")
            raise method_not_allowed()
        if limit is not None:
            seconds = self._emulator.rate_window.retry_after(limit, call.now)
            if seconds is not None:
                raise rate_limited(seconds)

    def _write_down(
        self, call: Call, answer: Answer | None, fault: FaultRule | None
    ) -> None:
        emulator = self._emulator
        status = None if answer is None else answer.status
        emulator.usage.count_request(emulator.clock.today())
        emulator.journal.add(
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
                fault=None if fault is None else fault_name(fault),
                unexpected="; ".join(call.unexpected) or None,
                request_id=call.request_id,
            )
        )
        # The template where there is one: a path can hold a line break.
        logger.info(
            "%s %s -> %s%s",
            call.method,
            call.route or ascii(call.path),
            "no answer" if status is None else status,
            "" if fault is None else f" (fault: {fault_name(fault)!a})",
        )


def _is_below(path: str, prefixes: tuple[str, ...]) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)


async def _run(app: ASGIApp, scope: Scope, raw: bytes) -> Answer:
    """Run the framework on a request that was read already; return its answer."""
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start, *parts = messages
    return Answer(
        start["status"],
        tuple(start.get("headers", [])),
        b"".join(part.get("body", b"") for part in parts),
    )
