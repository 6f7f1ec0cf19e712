"""The vendor's own SDK, version 0.2.0, against the emulator in both dialects."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from typing import Any, Literal, cast

import pytest

from pulumi_cerevox.testing import EmulatorProcess

with warnings.catch_warnings():
    # The SDK's document side warns that pandas, which only it needs, is not there.
    warnings.simplefilter("ignore", ImportWarning)
    from cerevox import Account, AsyncAccount

DialectName = Literal["documented", "sdk-0.2"]


@pytest.fixture(scope="session")
def emulators() -> Iterator[dict[str, EmulatorProcess]]:
    with ExitStack() as stack:
        yield {
            dialect: stack.enter_context(EmulatorProcess(seed="team", dialect=dialect))
            for dialect in ("documented", "sdk-0.2")
        }


@pytest.fixture(params=["documented", "sdk-0.2"])
def dialect(request: pytest.FixtureRequest) -> DialectName:
    return cast("DialectName", request.param)


@pytest.fixture(autouse=True)
def no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CEREVOX_API_KEY", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def emulator(
    emulators: dict[str, EmulatorProcess], dialect: DialectName
) -> EmulatorProcess:
    emulators[dialect].reset()
    return emulators[dialect]


@pytest.fixture
def connect(emulator: EmulatorProcess) -> Iterator[Callable[..., Any]]:
    """Return what logs a synchronous client in, by default as the owner."""
    with ExitStack() as stack:

        def run(api_key: str | None = None, **more: Any) -> Any:
            key = api_key or emulator.api_key
            client = Account(api_key=key, data_url=emulator.url, **more)
            stack.callback(client.close)
            return client

        yield run


@pytest.fixture
async def connect_async(emulator: EmulatorProcess) -> AsyncIterator[Callable[..., Any]]:
    """Return what logs an asynchronous client in, by default as the owner."""
    async with AsyncExitStack() as stack:

        async def run(api_key: str | None = None, **more: Any) -> Any:
            key = api_key or emulator.api_key
            client = AsyncAccount(api_key=key, data_url=emulator.url, **more)
            # Also where the login fails, which leaves the SDK's session open.
            stack.push_async_callback(client.close_session)
            await client.start_session()
            return client

        yield run
