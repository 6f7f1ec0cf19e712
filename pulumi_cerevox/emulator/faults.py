"""Faults: what goes wrong on purpose, for which call, and how often.

A rule names calls by method and path, skips some, and then fires a number of times or
for some seconds. Rules are checked in the order in which they were added, and the first
that is due fires. Rules are in memory: a restart forgets them. `WRONG_ANSWERS` has
answers that look right, but are not what was asked for, or confirm nothing.

`EmulatorProtocol` makes a connection's transport available to the application, which
ASGI does not, so a fault can close, reset or cut a connection.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import re
import socket
import struct
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field, field_validator, model_validator
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from pulumi_cerevox.emulator.dialects import ApiError
from pulumi_cerevox.emulator.store import API_PREFIX, Strict

_TRANSPORT = "pulumi_cerevox.transport"
_HTML = b"<!doctype html>\n<html><body><h1>502 Bad Gateway</h1></body></html>\n"
_ELSEWHERE = "http://elsewhere.example/v1/users?page=2"


class Genuine:
    """The answer of a call that was carried out, which a wrong answer changes."""

    def __init__(self, answer: Response, request: Request) -> None:
        self.body: Any = json.loads(bytes(answer.body))
        self.status = answer.status_code
        self._request = request

    def json(
        self, body: Any, status: int = 0, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Return an answer; its status is the genuine one unless another is given."""
        return JSONResponse(body, status or self.status, headers)

    def half(self, **more: Any) -> dict[str, Any]:
        """Return the asked half of a list of users, in an object with more fields."""
        return {"users": self.users, **more}

    @property
    def everybody(self) -> list[dict[str, Any]]:
        """The genuine list of users."""
        body = self.body
        return body if isinstance(body, list) else list(body.get("users", []))

    @property
    def users(self) -> list[dict[str, Any]]:
        """The half that is asked for: the second by `page=2` or `cursor=2`."""
        middle = (len(self.everybody) + 1) // 2
        first, second = self.everybody[:middle], self.everybody[middle:]
        return first if self.is_first else second

    @property
    def is_first(self) -> bool:
        """Whether the first half of a list is asked for."""
        return "2" not in self._request.query_params.values()

    @property
    def next(self) -> str | None:
        """The address of the second half; None behind it."""
        url = self._request.url.replace_query_params(page=2)
        return str(url) if self.is_first else None

    def with_fields(self, **fields: str | bool) -> Any:
        """Return the body; each user in it has other values in these fields."""
        if isinstance(self.body, dict) and "users" not in self.body:
            return {**self.body, **fields}
        return [{**user, **fields} for user in self.everybody]


class _Wrong(NamedTuple):
    """A wrong answer: which calls get it by default, what it is, and its making."""

    call: str
    text: str
    make: Callable[[Genuine], Response]


_LIST, _DELETE = "GET /users", "DELETE /users/{user_id}"
#: The API pages nothing (contract): these are the usual forms of APIs that do. The
#: ways to the second half are `page=2` and `cursor=2`.
WRONG_ANSWERS: dict[str, _Wrong] = {
    "list_cut": _Wrong(
        _LIST,
        "the first half of the list, and nothing says so",
        lambda one: one.json(one.users),
    ),
    "list_next": _Wrong(
        _LIST,
        "a half, with the address of the other in `next`",
        lambda one: one.json(one.half(next=one.next)),
    ),
    "list_next_elsewhere": _Wrong(
        _LIST,
        "the first half, with an address on another host in `next`",
        lambda one: one.json(one.half(next=_ELSEWHERE)),
    ),
    "list_cursor": _Wrong(
        _LIST,
        "a half, with a `next_cursor` to send as `cursor`",
        lambda one: one.json(one.half(next_cursor="2" if one.is_first else None)),
    ),
    "list_has_more": _Wrong(
        _LIST,
        "the first half, with `has_more` and no way to the other",
        lambda one: one.json(one.half(has_more=True)),
    ),
    "list_link": _Wrong(
        _LIST,
        'a half, with the address of the other in the header `Link`, `rel="next"`',
        lambda one: one.json(
            one.users,
            headers={"link": f'<{one.next}>; rel="next"'} if one.next else None,
        ),
    ),
    "list_206": _Wrong(
        _LIST, "the first half, as 206", lambda one: one.json(one.users, 206)
    ),
    "list_total": _Wrong(
        _LIST,
        "the first half, with the number of all in `total`",
        lambda one: one.json(one.half(total=len(one.everybody))),
    ),
    "list_total_count": _Wrong(
        _LIST,
        "the first half, with the number of all in the header `X-Total-Count`",
        lambda one: one.json(
            one.users, headers={"x-total-count": str(len(one.everybody))}
        ),
    ),
    "delete_false": _Wrong(
        _DELETE,
        "`deleted` is false",
        lambda one: one.json(one.with_fields(deleted=False)),
    ),
    "delete_202": _Wrong(
        _DELETE,
        "202: it will be done at some time",
        lambda one: one.json({"status": "accepted"}, 202),
    ),
    "delete_error": _Wrong(
        _DELETE,
        "200 with the body of an error",
        lambda one: one.json(ApiError(500, "Internal error").body),
    ),
    "delete_empty_list": _Wrong(
        _DELETE, "200 with an empty list", lambda one: one.json([])
    ),
    "delete_html_404": _Wrong(
        _DELETE, "404 with a gateway's page", lambda _: HTMLResponse(_HTML, 404)
    ),
    "delete_json_404": _Wrong(
        _DELETE, "404 as for nobody", lambda _: ApiError(404, "User not found").answer()
    ),
    "update_false": _Wrong(
        "PUT /users*",
        "`updated` is false",
        lambda one: one.json(one.with_fields(updated=False)),
    ),
    "other_person": _Wrong(
        "* /users/{user_id}",
        "the id and email of somebody who is not in the account",
        lambda one: one.json(
            one.with_fields(user_id="usr_other", email="other@example.com")
        ),
    ),
    "other_account": _Wrong(
        "* /users*",
        "everybody is in another account",
        lambda one: one.json(one.with_fields(account_id="acc_other")),
    ),
}

_OF_ANY_CALL = (
    *("status", "delay", "close", "reset", "truncate"),
    *("malformed_json", "html", "hang"),
)


class FaultRule(Strict, use_attribute_docstrings=True):
    """One rule, as the admin API takes it."""

    name: str | None = None
    """Shown in the journal; by default the action"""
    method: str | None = None
    """By default every method, or that of the wrong answer"""
    path: str | None = None
    """A path or route template, `*` for any characters; by default every path, or that
    of the wrong answer"""
    nth: int = Field(default=1, ge=1)
    """The first match that fires, counted from 1"""
    times: int | None = Field(default=1, ge=1)
    """How often it fires; null for ever, as is the default of a wrong answer and with
    seconds"""
    seconds: float | None = Field(default=None, gt=0)
    """How long it is in force, in real seconds"""
    action: str | None = Field(
        default=None,
        pattern=f"^({'|'.join((*_OF_ANY_CALL, *WRONG_ANSWERS))})$",
        description="By default `status` where a status is given, "
        "`delay` where only delay_seconds is. Wrong answers of calls that succeed are "
        + "; ".join(f"`{name}`: {one.text}" for name, one in WRONG_ANSWERS.items()),
    )
    status: int | None = Field(default=None, ge=200, le=599)
    """Of `status`, required there; also of html and malformed_json"""
    retry_after: int | None = Field(default=None, ge=0)
    """Seconds, of the status 429"""
    delay_seconds: float | None = Field(default=None, ge=0)
    """Real seconds to wait before the action"""
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
        if self.action is None and self.status is not None:
            self.action = "status"
        elif self.action is None and self.delay_seconds is not None:
            self.action = "delay"
        if self.action is None:
            raise ValueError("action: give an action, a status or delay_seconds")
        if self.action == "status" and (self.status or 0) < 400:
            raise ValueError("status: the action `status` needs one of 400 to 599")
        if self.action == "delay" and self.delay_seconds is None:
            raise ValueError("delay_seconds: the action `delay` needs it")
        wrong = WRONG_ANSWERS.get(self.action)
        if wrong is not None:
            method, path = wrong.call.split()
            self.method = self.method or (None if method == "*" else method)
            self.path = self.path or path
        is_lasting = self.seconds is not None or wrong is not None
        if is_lasting and "times" not in self.model_fields_set:
            self.times = None
        return self

    @property
    def label(self) -> str:
        """What the journal calls the fault."""
        if self.name is not None:
            return self.name
        return f"status {self.status}" if self.action == "status" else str(self.action)

    @property
    def loses_call(self) -> bool:
        """Whether the call is not carried out."""
        is_in_place = self.action != "delay" and self.action not in WRONG_ANSWERS
        return self.when == "before" and is_in_place

    @property
    def undoes_call(self) -> bool:
        """Whether the call is carried out for its answer alone."""
        return self.when == "before" and self.action in WRONG_ANSWERS

    def matches(self, method: str, path: str, route: str | None) -> bool:
        """Return whether a call is one of those the rule names."""
        if self.method is not None and self.method != method:
            return False
        return self.path is None or matches_path(self.path, path, route)


class FaultState(FaultRule):
    """A rule in the list of rules."""

    id: int = Field(description="Counted from 1 since the emulator started")
    seen: int = Field(description="How many calls it matched")
    fired: int = Field(description="How often it fired")
    active: bool = Field(description="Whether it can still fire")


class Faults:
    """The rules in force."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._ids = itertools.count(1)
        #: Each rule with the real time at which its seconds end.
        self._rules: list[tuple[FaultState, float]] = []

    def add(self, rule: FaultRule) -> FaultState:
        """Add a rule after the others; its seconds begin now."""
        state = FaultState.model_construct(
            **dict(rule), id=next(self._ids), seen=0, fired=0, active=True
        )
        seconds = math.inf if rule.seconds is None else rule.seconds
        self._rules.append((state, self._monotonic() + seconds))
        return state

    def pick(self, method: str, path: str, route: str | None) -> FaultRule | None:
        """Count a call for every rule that matches it; return the one that fires."""
        chosen: FaultState | None = None
        for rule in self.states():
            if not rule.active or not rule.matches(method, path, route):
                continue
            rule.seen += 1
            if chosen is None and rule.seen >= rule.nth:
                chosen = rule
        if chosen is not None:
            chosen.fired += 1
        return chosen

    def states(self) -> list[FaultState]:
        """Return every rule with its counts, the spent ones included."""
        now = self._monotonic()
        for rule, ends in self._rules:
            is_spent = rule.times is not None and rule.fired >= rule.times
            rule.active = not is_spent and now < ends
        return [rule for rule, _ in self._rules]

    def clear(self) -> int:
        """Remove every rule; return how many there were."""
        removed = len(self._rules)
        self._rules.clear()
        return removed


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
        answer = ApiError(400, msg).answer()
        self.transport.write(_head(answer) + bytes(answer.body))
        self.transport.close()


def replacement(
    rule: FaultRule, answer: Response | None, scope: Scope
) -> Response | None:
    """Return what a fault makes of an answer; None where nothing is to be sent.

    There is no answer yet where the fault is in place of the call. A call that was
    refused stays refused whatever wrong answer its success would get.
    """
    genuine = answer or JSONResponse({"status": "success", "message": "m"})
    match rule.action:
        case name if name in WRONG_ANSWERS:
            is_refused = genuine.status_code >= 400
            made = WRONG_ANSWERS[name].make
            return genuine if is_refused else made(Genuine(genuine, Request(scope)))
        case "status":
            return _injected(rule.status or 500, rule.retry_after).answer()
        case "html":
            return HTMLResponse(_HTML, rule.status or 502)
        case "malformed_json":
            status = rule.status or genuine.status_code
            return Response(_half(genuine), status, media_type="application/json")
        case "truncate" | "delay":
            return genuine
        case _:
            return None


def _injected(status: int, retry_after: int | None) -> ApiError:
    """Return the error a fault rule asks for by its status alone."""
    more: dict[str, Any] = {} if retry_after is None else {"retry_after": retry_after}
    if status == 400:
        more["validation_errors"] = {"fault": "Injected"}
    if status == 402:
        more["quota_type"] = "users"
    if status == 429:
        more.setdefault("retry_after", 1)
    texts = {401: "Authentication failed: injected", 429: "Rate limit exceeded"}
    return ApiError(status, texts.get(status, "Injected fault"), **more)


async def deliver(
    rule: FaultRule, answer: Response | None, scope: Scope, receive: Receive, send: Send
) -> None:
    """Send what `replacement` returned, when and how the fault asks for it."""
    if rule.when == "after":
        await asyncio.sleep(rule.delay_seconds or 0)
    if answer is not None and rule.action != "truncate":
        await answer(scope, receive, send)
        return
    transport: asyncio.Transport = scope["state"][_TRANSPORT]
    if answer is not None:
        transport.write(_head(answer) + _half(answer))
        transport.close()
    elif rule.action == "reset":
        # Lingering for no time at all makes the kernel send RST instead of FIN.
        linger = struct.pack("ii", 1, 0)
        raw: socket.socket = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    elif rule.action == "close":
        transport.close()
    # Wait until the connection is gone; uvicorn would answer 500 before that.
    while (await receive())["type"] != "http.disconnect":
        pass


def _half(answer: Response) -> bytes:
    return bytes(answer.body[: len(answer.body) // 2])


def _head(answer: Response) -> bytes:
    lines = [f"HTTP/1.1 {answer.status_code} -".encode("ascii")]
    lines += [name + b": " + value for name, value in answer.raw_headers]
    return b"\r\n".join([*lines, b"connection: close", b"", b""])


def matches_path(pattern: str, path: str, route: str | None) -> bool:
    """Return whether a pattern of a journal filter or a fault rule matches a call.

    A pattern is a path with or without the `/v1` in front. Without a `*` it must be
    equal to the path or the template: `/users/{user_id}` means every call to that
    route, and not `/users/me`, which is a route of its own. A `*` stands for any
    characters, slashes too: `/users/*` means `/users/me` as well.
    """
    parts = _without_prefix(pattern).split("*")
    expression = ".*".join(re.escape(part) for part in parts)
    return any(
        re.fullmatch(expression, _without_prefix(name), re.DOTALL)
        for name in (path, route)
        if name is not None
    )


def _without_prefix(path: str) -> str:
    return re.sub(rf"^{API_PREFIX}(?=/|\Z)", "", path)
