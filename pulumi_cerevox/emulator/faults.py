"""Faults: what goes wrong on purpose, for which call, and how often.

A rule names calls by method and path, skips some, and then fires some times or for
some seconds. Rules are asked in the order in which they were added; the first that is
due fires. Rules live in memory: a restart forgets them.

`EmulatorProtocol` makes a connection's transport reachable for the application, which
ASGI by itself does not; so a fault can close, reset or cut a connection.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from pulumi_cerevox.emulator.dialects import ApiError, injected
from pulumi_cerevox.emulator.store import Strict, matches_path

Action = Literal[
    "status", "delay", "close", "reset", "truncate", "malformed_json", "html", "hang"
]
_TRANSPORT = "pulumi_cerevox.transport"
_HTML = b"<!doctype html>\n<html><body><h1>502 Bad Gateway</h1></body></html>\n"


def error_answer(error: ApiError, *, retry_after_header: bool) -> Response:
    """Return the answer of a refusal.

    Args:
        error: The refusal.
        retry_after_header: Whether a 429 tells its seconds in `Retry-After` too.
    """
    answer = JSONResponse(error.body, error.status)
    seconds = error.body.get("retry_after")
    if retry_after_header and seconds is not None:
        answer.headers["retry-after"] = str(seconds)
    return answer


class FaultRule(Strict):
    """One rule, as the admin API takes it."""

    name: str | None = Field(
        default=None, description="Shown in the journal; by default the action"
    )
    method: str | None = Field(default=None, description="By default every method")
    path: str | None = Field(
        default=None,
        description="A path or route template, `*` for any characters; "
        "by default every path",
    )
    nth: int = Field(
        default=1, ge=1, description="The first match that fires, counted from 1"
    )
    times: int | None = Field(
        default=1,
        ge=1,
        description="How often it fires; null for ever, as is the default with seconds",
    )
    seconds: float | None = Field(
        default=None, gt=0, description="How long it is in force, in real seconds"
    )
    action: Action | None = Field(
        default=None,
        description="By default `status` where a status is given, "
        "`delay` where only delay_seconds is",
    )
    status: int | None = Field(
        default=None,
        ge=200,
        le=599,
        description="Of `status`, required there; also of html and malformed_json",
    )
    retry_after: int | None = Field(
        default=None, ge=0, description="Seconds, of the status 429"
    )
    delay_seconds: float | None = Field(
        default=None, ge=0, description="Real seconds to wait before the action"
    )
    when: Literal["before", "after"] = Field(
        default="before",
        description="before: nothing is applied; after: the call is carried out and "
        "its write committed, only its answer is lost or replaced",
    )

    @field_validator("method")
    @classmethod
    def _upper(cls, method: str | None) -> str | None:
        return None if method is None else method.upper()

    @model_validator(mode="after")
    def _settle(self) -> Self:
        if self.action is None:
            self.action = self._implied_action()
        if self.action == "status" and (self.status or 0) < 400:
            raise ValueError("status: the action `status` needs one of 400 to 599")
        if self.action == "delay" and self.delay_seconds is None:
            raise ValueError("delay_seconds: the action `delay` needs it")
        if self.seconds is not None and "times" not in self.model_fields_set:
            self.times = None
        return self

    @property
    def label(self) -> str:
        """What the journal calls the fault."""
        if self.name is not None:
            return self.name
        return f"status {self.status}" if self.action == "status" else str(self.action)

    def matches(self, method: str, path: str, route: str | None) -> bool:
        """Return whether a call is one of those the rule names."""
        if self.method is not None and self.method != method:
            return False
        return self.path is None or matches_path(self.path, path, route)

    def _implied_action(self) -> Action:
        if self.status is not None:
            return "status"
        if self.delay_seconds is not None:
            return "delay"
        raise ValueError("action: give an action, a status or delay_seconds")


class FaultState(FaultRule):
    """A rule in the list of rules."""

    id: int = Field(description="Counted from 1 since the emulator started")
    seen: int = Field(description="How many calls it matched")
    fired: int = Field(description="How often it fired")
    active: bool = Field(description="Whether it can still fire")


@dataclass(slots=True)
class _Entry:
    id: int
    rule: FaultRule
    ends: float
    seen: int = 0
    fired: int = 0

    def active(self, now: float) -> bool:
        spent = self.rule.times is not None and self.fired >= self.rule.times
        return not spent and now < self.ends


class Faults:
    """The rules in force."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._ids = itertools.count(1)
        self._entries: list[_Entry] = []

    def add(self, rule: FaultRule) -> FaultState:
        """Add a rule after the others; its seconds begin now."""
        seconds = float("inf") if rule.seconds is None else rule.seconds
        entry = _Entry(next(self._ids), rule, self._monotonic() + seconds)
        self._entries.append(entry)
        return self._state(entry)

    def pick(self, method: str, path: str, route: str | None) -> FaultRule | None:
        """Count a call for every rule that matches it; return the one that fires."""
        now = self._monotonic()
        chosen: _Entry | None = None
        for entry in self._entries:
            if not entry.active(now) or not entry.rule.matches(method, path, route):
                continue
            entry.seen += 1
            if chosen is None and entry.seen >= entry.rule.nth:
                chosen = entry
        if chosen is None:
            return None
        chosen.fired += 1
        return chosen.rule

    def states(self) -> list[FaultState]:
        """Return every rule with its counts, the spent ones included."""
        return [self._state(entry) for entry in self._entries]

    def clear(self) -> int:
        """Remove every rule; return how many there were."""
        removed = len(self._entries)
        self._entries.clear()
        return removed

    def _state(self, entry: _Entry) -> FaultState:
        return FaultState.model_construct(
            **dict(entry.rule),
            id=entry.id,
            seen=entry.seen,
            fired=entry.fired,
            active=entry.active(self._monotonic()),
        )


class EmulatorProtocol(H11Protocol):
    """Uvicorn's HTTP/1.1 protocol, whose requests know their transport."""

    def connection_made(  # type: ignore[override]  # as uvicorn itself narrows it
        self, transport: asyncio.Transport
    ) -> None:
        """Store the transport; uvicorn copies `app_state` into each request's scope."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, _TRANSPORT: transport}

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP in JSON too, as every answer of the API is."""
        error = ApiError(400, msg)
        answer = error_answer(error, retry_after_header=False)
        self.transport.write(_head(answer) + bytes(answer.body))
        self.transport.close()


def replacement(
    rule: FaultRule, answer: Response | None, *, retry_after_header: bool
) -> Response | None:
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
            return HTMLResponse(_HTML, rule.status or 502)
        case "malformed_json":
            genuine = answer or _invented()
            status = rule.status or genuine.status_code
            return Response(_half(genuine), status, media_type="application/json")
        case "truncate":
            return answer or _invented()
        case "delay":
            return answer
        case _:
            return None


async def deliver(
    rule: FaultRule, answer: Response | None, scope: Scope, receive: Receive, send: Send
) -> None:
    """Send what `replacement` returned, in the way the fault asks for."""
    if rule.action == "truncate" and answer is not None:
        _transport(scope).write(_head(answer) + _half(answer))
        _transport(scope).close()
    elif answer is not None:
        await answer(scope, receive, send)
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


def _half(answer: Response) -> bytes:
    return bytes(answer.body[: len(answer.body) // 2])


def _head(answer: Response) -> bytes:
    lines = [f"HTTP/1.1 {answer.status_code} -".encode("ascii")]
    lines += [name + b": " + value for name, value in answer.raw_headers]
    return b"\r\n".join([*lines, b"connection: close", b"", b""])


def _invented() -> Response:
    return JSONResponse({"status": "success", "message": "m"})
