"""Answers that are lost, cut or wrong: faults below and in HTTP.

`EmulatorProtocol` makes a connection's transport reachable for the application, which
ASGI by itself does not; so a fault can close, reset or cut a connection.
"""

from __future__ import annotations

import asyncio
import socket
import struct

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from pulumi_cerevox.emulator.call import Answer, error_answer, make_answer
from pulumi_cerevox.emulator.errors import ApiError, injected
from pulumi_cerevox.emulator.faults import FaultRule

_TRANSPORT = "pulumi_cerevox.transport"
_HTML = b"<!doctype html>\n<html><body><h1>502 Bad Gateway</h1></body></html>\n"


class EmulatorProtocol(H11Protocol):
    """Uvicorn's HTTP/1.1 protocol, whose requests know their transport."""

    def connection_made(  # type: ignore[override]  # as uvicorn itself narrows it
        self, transport: asyncio.Transport
    ) -> None:
        """Take a connection; uvicorn copies `app_state` into each request's scope."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, _TRANSPORT: transport}

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP in JSON too, as every answer of the API is."""
        error = ApiError(400, "validation_error", msg)
        answer = error_answer(error, retry_after_header=False)
        self.transport.write(_head(answer) + answer.body)
        self.transport.close()


def replacement(
    rule: FaultRule, answer: Answer | None, *, retry_after_header: bool
) -> Answer | None:
    """Return what a fault makes of an answer; None where nothing is to be sent.

    Args:
        rule: The fault, its action settled.
        answer: The answer of the call that was carried out; None for a fault before.
        retry_after_header: Whether an injected 429 has the header `Retry-After`.
    """
    match rule.action:
        case "status":
            error = injected(rule.status or 500, rule.retry_after)
            return error_answer(error, retry_after_header=retry_after_header)
        case "html":
            return make_answer(rule.status or 502, "text/html; charset=utf-8", _HTML)
        case "malformed_json":
            genuine = answer or _invented()
            body = genuine.body[: len(genuine.body) // 2]
            status = rule.status or genuine.status
            return make_answer(status, "application/json", body)
        case "truncate":
            return answer or _invented()
        case "delay":
            return answer
        case _:
            return None


async def deliver(
    rule: FaultRule, answer: Answer | None, scope: Scope, receive: Receive, send: Send
) -> None:
    """Send what `replacement` gave, in the way the fault asks for."""
    if rule.action == "truncate" and answer is not None:
        _transport(scope).write(_head(answer) + answer.body[: len(answer.body) // 2])
        _transport(scope).close()
    elif answer is not None:
        await answer.send(send)
        return
    elif rule.action == "reset":
        _reset(_transport(scope))
    elif rule.action == "close":
        _transport(scope).close()
    await _disconnected(receive)


def _reset(transport: asyncio.Transport) -> None:
    # Lingering for no time at all makes the kernel send RST instead of FIN.
    linger = struct.pack("ii", 1, 0)
    raw: socket.socket = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


async def _disconnected(receive: Receive) -> None:
    """Wait until the connection is gone; uvicorn would answer 500 before that."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport = scope["state"][_TRANSPORT]
    return transport


def _head(answer: Answer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} -".encode("ascii")]
    lines += [name + b": " + value for name, value in answer.headers]
    return b"\r\n".join([*lines, b"connection: close", b"", b""])


def _invented() -> Answer:
    return make_answer(200, "application/json", b'{"status":"success","message":"m"}')
