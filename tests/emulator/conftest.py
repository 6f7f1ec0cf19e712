"""Emulators in both dialects, started once; every test begins with the seed `team`."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Literal, cast

import pytest
import requests

from pulumi_cerevox.testing import EmulatorProcess

DialectName = Literal["documented", "sdk-0.2"]


class Caller:
    """Calls the API as the account's owner, unless told otherwise."""

    def __init__(self, emulator: EmulatorProcess) -> None:
        self._emulator = emulator
        self._tokens: dict[str, str] = {}
        self._session = requests.Session()
        self._session.trust_env = False

    def __call__(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        anonymous: bool = False,
        **more: Any,
    ) -> requests.Response:
        sent = dict(headers or {})
        if not anonymous:
            bearer = token or self._token(key or self._emulator.api_key)
            sent.setdefault("Authorization", f"Bearer {bearer}")
        more.setdefault("timeout", 20)
        return self._session.request(
            method,
            self._emulator.url + path,
            headers=sent,
            allow_redirects=False,
            **more,
        )

    def _token(self, key: str) -> str:
        if key not in self._tokens:
            encoded = base64.b64encode(key.encode()).decode()
            answer = self._session.post(
                f"{self._emulator.url}/token/login",
                headers={"Authorization": f"Basic {encoded}"},
                timeout=20,
            )
            self._tokens[key] = answer.json()["access_token"]
        return self._tokens[key]

    def close(self) -> None:
        self._session.close()


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


@pytest.fixture
def emulator(
    emulators: dict[str, EmulatorProcess], dialect: DialectName
) -> EmulatorProcess:
    emulators[dialect].reset()
    return emulators[dialect]


@pytest.fixture
def call(emulator: EmulatorProcess) -> Iterator[Callable[..., requests.Response]]:
    caller = Caller(emulator)
    yield caller
    caller.close()


@pytest.fixture
def caller_of() -> Iterator[Callable[[EmulatorProcess], Caller]]:
    """Return what makes callers for emulators that a test starts by itself."""
    with ExitStack() as stack:

        def make(emulator: EmulatorProcess) -> Caller:
            caller = Caller(emulator)
            stack.callback(caller.close)
            return caller

        yield make


@pytest.fixture
def basic() -> Callable[[str], dict[str, str]]:
    """Return what makes an Authorization header of a text."""

    def header(text: str) -> dict[str, str]:
        encoded = base64.b64encode(text.encode()).decode()
        return {"Authorization": f"Basic {encoded}"}

    return header
