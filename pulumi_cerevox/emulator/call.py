"""One API call on its way through the emulator, and the answer to it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from pulumi_cerevox.emulator.errors import ApiError

#: Where the gate leaves the call for the handlers.
SCOPE_KEY = "pulumi_cerevox.call"


@dataclass(slots=True)
class Call:
    """What came in, and what the journal will say about it.

    `route` is the template of the route, None for an unknown path. `headers` have
    lower-case names. `now` is Unix seconds of the emulator's clock at the arrival.
    Handlers fill in `user_id`, `committed` and `unexpected`.
    """

    request_id: str
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

    def note_unknown_fields(self, names: Iterable[str]) -> None:
        """Mark fields the call does not have as unexpected."""
        self.unexpected.extend(f"unknown field: {name}" for name in names)

    def journal_body(self) -> Any:
        """Return the body for the journal: its JSON, or a word on what it was."""
        if not self.raw.strip():
            return None
        try:
            return json.loads(self.raw.decode("utf-8"))
        except (ValueError, RecursionError):
            # Not the bytes: nothing would redact a secret among them.
            return f"(not JSON, {len(self.raw)} bytes)"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, complete."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    async def send(self, send: Send) -> None:
        """Send it."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": list(self.headers),
            }
        )
        await send({"type": "http.response.body", "body": self.body})

    def with_header(self, name: str, value: str) -> Answer:
        """Return the same answer with one more header."""
        header = (name.encode("ascii"), value.encode("ascii"))
        return Answer(self.status, (*self.headers, header), self.body)


def make_answer(status: int, content_type: str, body: bytes) -> Answer:
    """Return an answer with the two headers every answer has."""
    return Answer(
        status,
        (
            (b"content-type", content_type.encode("ascii")),
            (b"content-length", str(len(body)).encode("ascii")),
        ),
        body,
    )


def error_answer(error: ApiError, *, retry_after_header: bool) -> Answer:
    """Return the answer of a refusal.

    Args:
        error: The refusal.
        retry_after_header: Whether a 429 tells its seconds in `Retry-After` too.
    """
    body = bytes(JSONResponse(error.body).body)
    answer = make_answer(error.status, "application/json", body)
    seconds = error.body.get("retry_after")
    if retry_after_header and seconds is not None:
        return answer.with_header("retry-after", str(seconds))
    return answer


def make_call(
    scope: Scope, raw: bytes, *, request_id: str, route: str | None, now: float
) -> Call:
    """Return the call that an ASGI scope describes."""
    query = scope["query_string"].decode("latin-1")
    return Call(
        request_id=request_id,
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


async def read_body(receive: Receive) -> bytes | None:
    """Return the whole body of a request, None where the client left before its end."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)
