"""The SDK's real provider host, driven over gRPC the way the engine drives it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import ExitStack
from typing import Any, Self

import grpc
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    provider_pb2,
    provider_pb2_grpc,
)

from pulumi_cerevox.provider import UserProvider
from pulumi_cerevox.testing.emulator_process import EmulatorProcess

URN = "urn:pulumi:test::people::pulumi-python:dynamic/cerevox:User::somebody"
Properties = dict[str, Any]


class EngineLog(engine_pb2_grpc.EngineServicer):
    """The engine's own service: keeps what the host says."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def Log(self, request: Any, _context: object) -> object:  # noqa: N802
        severity = engine_pb2.LogSeverity.Name(request.severity)
        self.lines.append((severity, request.message))
        return empty_pb2.Empty()

    def GetRootResource(self, _request: object, _context: object) -> object:  # noqa: N802
        return engine_pb2.GetRootResourceResponse()


class Engine:
    """A gRPC server with that service, which can go away."""

    def __init__(self) -> None:
        self.log = EngineLog()
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        engine_pb2_grpc.add_EngineServicer_to_server(self.log, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def close(self) -> None:
        self._server.stop(0).wait()


class CallError(Exception):
    """What the engine would print for a failed call."""


class Host:
    """One provider host process, configured like a stack's default provider."""

    def __init__(self, engine: Engine, environment: dict[str, str]) -> None:
        self.engine = engine
        self.provider: type[ResourceProvider] = UserProvider
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.dynamic", engine.address],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        port = self.process.stdout.readline().strip()
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()
        self.process.terminate()
        self.process.wait(timeout=20)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def configure(self, **config: str) -> Host:
        args = _struct({f"cerevox:{key}": value for key, value in config.items()})
        self._call("Configure", provider_pb2.ConfigureRequest(args=args))
        return self

    def configure_instance(self, **inputs: str) -> Host:
        """Configure it anew like an explicit instance: its inputs, and no stack's."""
        args = _struct({"__instance": "prod", **inputs})
        self._call("Configure", provider_pb2.ConfigureRequest(args=args))
        return self

    def check(self, news: Properties, olds: Properties | None = None) -> Properties:
        request = provider_pb2.CheckRequest(
            urn=URN,
            olds=self._pack(olds or {}),
            news=self._pack(news),
        )
        answer = self._call("Check", request)
        if answer.failures:
            reasons = [(one.property, one.reason) for one in answer.failures]
            return {"failures": reasons}
        return _plain(answer.inputs)

    def diff(
        self, id_: str, olds: Properties, news: Properties
    ) -> tuple[str, list[str]]:
        request = provider_pb2.DiffRequest(
            id=id_,
            urn=URN,
            olds=self._pack(olds),
            news=self._pack(news),
        )
        answer = self._call("Diff", request)
        changes = provider_pb2.DiffResponse.DiffChanges.Name(answer.changes)
        return changes, list(answer.replaces)

    def create(self, props: Properties) -> tuple[str, Properties]:
        inputs = self.check(props)
        assert "failures" not in inputs, inputs
        request = provider_pb2.CreateRequest(urn=URN, properties=self._pack(inputs))
        answer = self._call("Create", request)
        return answer.id, _plain(answer.properties)

    def read(self, id_: str, props: Properties) -> tuple[str, Properties, Properties]:
        request = provider_pb2.ReadRequest(
            id=id_, urn=URN, properties=self._pack(props)
        )
        answer = self._call("Read", request)
        return answer.id, _plain(answer.properties), _plain(answer.inputs)

    def update(self, id_: str, olds: Properties, news: Properties) -> Properties:
        request = provider_pb2.UpdateRequest(
            id=id_,
            urn=URN,
            olds=self._pack(olds),
            news=self._pack(news),
        )
        return _plain(self._call("Update", request).properties)

    def delete(self, id_: str, props: Properties) -> None:
        request = provider_pb2.DeleteRequest(
            id=id_, urn=URN, properties=self._pack(props)
        )
        self._call("Delete", request)

    def _pack(self, values: Properties) -> struct_pb2.Struct:
        pickled: str = serialize_provider(self.provider())
        return _struct({**values, "__provider": pickled})

    def _call(self, method: str, request: object) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=120)
        except grpc.RpcError as error:
            raise CallError(error.details()) from None


def _struct(values: Properties) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def _plain(struct: struct_pb2.Struct) -> Properties:
    values: Properties = json_format.MessageToDict(struct)
    values.pop("__provider", None)
    return values


@pytest.fixture
def call_error() -> type[Exception]:
    """Give the error that a failed call ends in."""
    return CallError


@pytest.fixture
def account(start_emulator: Callable[..., EmulatorProcess]) -> EmulatorProcess:
    """Start an account with its owner alone."""
    return start_emulator(seed="empty")


@pytest.fixture
def start_host() -> Iterator[Callable[..., Host]]:
    """Start hosts for an emulated account, each with its own engine."""
    with ExitStack() as stack:

        def start(
            emulator: EmulatorProcess, config: dict[str, str] | None = None, **env: str
        ) -> Host:
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
