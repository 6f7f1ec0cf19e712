"""The middleware in one process, with handlers that fail and clients that leave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.types import Message, Receive, Scope, Send

from pulumi_cerevox.emulator import BUILT_IN, Emulator, Middleware, plant


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    opened = Emulator(None, "documented")
    plant(opened, BUILT_IN["team"])
    yield opened
    opened.store.close()


async def nothing() -> None:
    """Stand for a handler; the applications below never call it."""


ROUTES = [APIRoute("/users", nothing, methods=["POST"])]


def post(path: str) -> Scope:
    return {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [],
        "state": {},
    }


async def answer_of(
    middleware: Middleware, path: str, *received: Message
) -> list[Message]:
    sent: list[Message] = []
    messages = iter(received)

    async def receive() -> Message:
        return next(messages)

    async def send(message: Message) -> None:
        sent.append(message)

    await middleware(post(path), receive, send)
    return sent


async def test_a_handler_that_fails_is_a_500_without_its_writes(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_: Scope, __: Receive, ___: Send) -> None:
        for user in emulator.store.users():
            emulator.store.remove_user(user.user_id)
        raise RuntimeError("a bug")

    middleware = Middleware(broken, emulator, ROUTES)
    whole: Message = {"type": "http.request", "body": b"{}"}
    start, body = await answer_of(middleware, "/v1/users", whole)

    error: dict[str, Any] = json.loads(body["body"])
    assert start["status"] == 500
    assert error["error_type"] == "server_error"
    assert "a bug" not in error["error"]
    assert "a bug" in caplog.text
    assert emulator.store.count_users() == 12
    (entry,) = emulator.store.entries()
    assert (entry.status, entry.committed) == (500, False)


async def test_an_end_by_force_leaves_no_transaction_open(emulator: Emulator) -> None:
    async def ended(_: Scope, __: Receive, ___: Send) -> None:
        raise KeyboardInterrupt

    middleware = Middleware(ended, emulator, ROUTES)
    whole: Message = {"type": "http.request", "body": b""}
    with pytest.raises(KeyboardInterrupt):
        await answer_of(middleware, "/v1/users", whole)

    assert not emulator.store.connection.in_transaction
    assert emulator.store.entries() == []


@pytest.mark.parametrize("path", ["/v1/users", "/_emulator/users"])
async def test_a_client_that_leaves_before_the_end_of_its_body_changes_nothing(
    emulator: Emulator, path: str
) -> None:
    async def unreachable(_: Scope, __: Receive, ___: Send) -> None:
        raise AssertionError("The application must not be called")

    middleware = Middleware(unreachable, emulator, ROUTES)
    half: Message = {"type": "http.request", "body": b'{"em', "more_body": True}
    sent = await answer_of(middleware, path, half, {"type": "http.disconnect"})

    assert sent == []
    assert emulator.store.entries() == []
