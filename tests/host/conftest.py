"""Provider hosts for an emulated account, each with an engine of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from pulumi_cerevox.provider import RosterProvider
from pulumi_cerevox.testing import EmulatorProcess
from scripts.engine.provider_host import CallError, Engine, Host


@pytest.fixture
def call_error() -> type[Exception]:
    """Return the error that a failed call ends in."""
    return CallError


@pytest.fixture
def account(start_emulator: Callable[..., EmulatorProcess]) -> EmulatorProcess:
    """Start an account with its owner alone."""
    return start_emulator(seed="empty")


@pytest.fixture
def start_host() -> Iterator[Callable[..., Host]]:
    """Start hosts for an emulated account: with an engine each, or with a given one."""
    with ExitStack() as stack:

        def start(
            emulator: EmulatorProcess,
            config: dict[str, str] | None = None,
            engine: Engine | None = None,
            **env: str,
        ) -> Host:
            if engine is None:
                engine = Engine()
                stack.callback(engine.close)
            environment = {
                "CEREVOX_API_KEY": emulator.api_key,
                "CEREVOX_BASE_URL": emulator.url,
                **env,
            }
            host = stack.enter_context(Host(engine, environment))
            return host.configure(**(config or {}))

        yield start


@pytest.fixture
def host(account: EmulatorProcess, start_host: Callable[..., Host]) -> Host:
    """Start one host for the account."""
    return start_host(account)


@pytest.fixture
def roster_host(
    account: EmulatorProcess, start_host: Callable[..., Host]
) -> Callable[..., Host]:
    """Start hosts that serve rosters of the account."""

    def start(**env: str) -> Host:
        host = start_host(account, **env)
        host.provider = RosterProvider
        return host

    return start
