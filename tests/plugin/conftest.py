"""The plugin as a process of its own, driven over gRPC the way the engine drives it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Self

import grpc
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from pulumi_cerevox.testing import EmulatorProcess
from scripts.engine.provider_host import CallError, Engine


def urn_of(kind: str, name: str) -> str:
    """Name a resource of the stack `test`."""
    return f"urn:pulumi:test::people::cerevox:index:{kind}::{name}"


class Plugin:
    """One plugin process with the engine that it works for."""

    def __init__(self, engine: Engine, environment: dict[str, str]) -> None:
        """Start it, and shake hands."""
        self.engine = engine
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pulumi_cerevox.plugin", engine.address],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline() if self.process.stdout else ""
        self._channel = grpc.insecure_channel(f"127.0.0.1:{int(line)}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self.call("Handshake", engine_address=engine.address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()
        self.process.terminate()
        self.process.wait(timeout=30)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def call(self, method: str, **fields: Any) -> Any:
        """Make a call; dictionaries are properties."""
        names = {
            "CheckConfig": "Check",
            "DiffConfig": "Diff",
            "Handshake": "ProviderHandshake",
        }
        request = getattr(provider_pb2, f"{names.get(method, method)}Request")
        values = {
            key: struct(value) if isinstance(value, dict) else value
            for key, value in fields.items()
        }
        try:
            return getattr(self.stub, method)(request(**values), timeout=60)
        except grpc.RpcError as error:
            raise CallError.of(error) from None

    def cancel(self) -> None:
        """Say what the engine says after one ^C."""
        self.stub.Cancel(empty_pb2.Empty(), timeout=60)

    def configure(self, name: str = "default", **settings: Any) -> Self:
        """Configure it as the stack's own instance, or as one with a name."""
        urn = f"urn:pulumi:test::people::pulumi:providers:cerevox::{name}"
        self.call("Configure", args=settings, name=name, urn=urn)
        return self

    def check(
        self,
        kind: str,
        name: str,
        news: dict[str, Any],
        olds: dict[str, Any] | None = None,
    ) -> dict[str, Any] | list[str]:
        """Return the checked inputs, or why they are refused."""
        answer = self.call(
            "Check",
            urn=urn_of(kind, name),
            news=news,
            olds=olds or {},
        )
        if answer.failures:
            return [one.reason for one in answer.failures]
        return plain(answer.inputs)

    def create(
        self, kind: str, name: str, news: dict[str, Any], *, preview: bool = False
    ) -> tuple[str, dict[str, Any]]:
        """Check and create; return id and outputs."""
        inputs = self.check(kind, name, news)
        assert isinstance(inputs, dict), inputs
        answer = self.call(
            "Create", urn=urn_of(kind, name), properties=inputs, preview=preview
        )
        return answer.id, plain(answer.properties)

    def read(
        self, kind: str, id_: str, outs: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Return id, outputs and inputs; without outputs it is an import."""
        answer = self.call(
            "Read", urn=urn_of(kind, "one"), id=id_, properties=outs or {}
        )
        return answer.id, plain(answer.properties), plain(answer.inputs)

    def invoke(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Return the answer of a function."""
        answer = self.call("Invoke", tok=f"cerevox:index:{name}", args=arguments)
        return plain(getattr(answer, "return"))


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    """Write properties as the engine does."""
    made = struct_pb2.Struct()
    made.update(values)
    return made


def plain(properties: struct_pb2.Struct) -> dict[str, Any]:
    """Read properties."""
    found: dict[str, Any] = json_format.MessageToDict(properties)
    return found


@pytest.fixture
def account(start_emulator: Callable[..., EmulatorProcess]) -> EmulatorProcess:
    """Start an account with its owner alone."""
    return start_emulator(seed="empty")


@pytest.fixture
def call_error() -> type[Exception]:
    """Return the error that a failed call ends in."""
    return CallError


@pytest.fixture
def start_plugin(account: EmulatorProcess) -> Iterator[Callable[..., Plugin]]:
    """Start plugins for the account, each with an engine of its own."""
    with ExitStack() as stack:

        def start(**environment: str) -> Plugin:
            engine = Engine()
            stack.callback(engine.close)
            credentials = {
                "CEREVOX_API_KEY": account.api_key,
                "CEREVOX_BASE_URL": account.url,
            }
            return stack.enter_context(Plugin(engine, credentials | environment))

        yield start


@pytest.fixture
def plugin(start_plugin: Callable[..., Plugin]) -> Plugin:
    """Start one, configured as the stack's own."""
    return start_plugin().configure()
