"""The SDK's real provider host, driven over gRPC the way the engine drives it.

Tests of single calls and the model use it: no CLI, no state file, the same host.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent import futures
from contextlib import suppress
from typing import Any, Self

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    provider_pb2,
    provider_pb2_grpc,
    status_pb2,
)

from pulumi_cerevox.provider import UserProvider

_URN = "urn:pulumi:test::people::pulumi-python:dynamic/cerevox:User::somebody"
_ANSWER_SECONDS = 120
_SECONDS_TO_END = 10
_TIMES_TO_ASK = 12
Properties = dict[str, Any]


class CallError(Exception):
    """What the engine would print for a failed call.

    Attributes:
        kept: What the engine is told to keep of a resource that it is to read before
            the next update; None where it keeps the state as it was.
    """

    kept: provider_pb2.ErrorResourceInitFailed | None = None

    @classmethod
    def of(cls, error: Any) -> CallError:
        """Read it from a failed call over gRPC."""
        made = cls(error.details())
        packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
        if packed is not None:
            made.kept = provider_pb2.ErrorResourceInitFailed()
            status_pb2.Status.FromString(packed).details[0].Unpack(made.kept)
        return made


class HostStaysError(Exception):
    """A host process that does not end."""


class Engine(engine_pb2_grpc.EngineServicer):
    """The engine's own service on a port: keeps what the host says, and can go away.

    Attributes:
        lines: Severity and text of each message.
        urns: URN and text of each message.
    """

    def __init__(self) -> None:
        """Listen on a free port."""
        self.lines: list[tuple[str, str]] = []
        self.urns: list[tuple[str, str]] = []
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        engine_pb2_grpc.add_EngineServicer_to_server(self, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def Log(self, request: Any, _context: object) -> object:  # noqa: N802
        """Keep a message."""
        severity = engine_pb2.LogSeverity.Name(request.severity)
        self.lines.append((severity, request.message))
        self.urns.append((request.urn, request.message))
        return empty_pb2.Empty()

    def GetRootResource(self, _request: object, _context: object) -> object:  # noqa: N802
        """Answer, which is all that a host wants to know."""
        return engine_pb2.GetRootResourceResponse()

    def close(self) -> None:
        """Go away."""
        self._server.stop(0).wait()


class HostCalls:
    """The calls that an engine makes to a host which listens on a port.

    Attributes:
        provider: Whose resources the calls are about.
    """

    def __init__(self, port: int) -> None:
        """Open a channel."""
        self.provider: type[ResourceProvider] = UserProvider
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def close(self) -> None:
        """Close the channel; the host lives on."""
        self._channel.close()

    def configure(self, **config: str) -> Self:
        """Configure it like a stack's default provider."""
        args = _struct({f"cerevox:{key}": value for key, value in config.items()})
        self._call("Configure", provider_pb2.ConfigureRequest(args=args))
        return self

    def configure_instance(self, **inputs: str) -> Self:
        """Configure it anew like an explicit instance: its inputs, and no stack's."""
        args = _struct({"__instance": "prod", **inputs})
        self._call("Configure", provider_pb2.ConfigureRequest(args=args))
        return self

    def check(self, news: Properties, olds: Properties | None = None) -> Properties:
        """Return the checked inputs, or `failures`: pairs of property and reason."""
        answer = self._ask("Check", olds=olds or {}, news=news)
        if answer.failures:
            reasons = [(one.property, one.reason) for one in answer.failures]
            return {"failures": reasons}
        return _plain(answer.inputs)

    def diff(
        self, id_: str, olds: Properties, news: Properties
    ) -> tuple[str, list[str]]:
        """Return the kind of difference, and what asks for a replacement."""
        answer = self._ask("Diff", id_, olds=olds, news=news)
        changes = provider_pb2.DiffResponse.DiffChanges.Name(answer.changes)
        return changes, list(answer.replaces)

    def create(self, props: Properties) -> tuple[str, Properties]:
        """Check and create; return id and outputs."""
        inputs = self.check(props)
        if "failures" in inputs:
            raise CallError(str(inputs["failures"]))
        return self.create_checked(inputs)

    def create_checked(self, inputs: Properties) -> tuple[str, Properties]:
        """Create of inputs that were checked; return id and outputs."""
        answer = self._ask("Create", properties=inputs)
        return answer.id, _plain(answer.properties)

    def read(self, id_: str, props: Properties) -> tuple[str, Properties, Properties]:
        """Return id, outputs and inputs as they are now."""
        answer = self._ask("Read", id_, properties=props)
        return answer.id, _plain(answer.properties), _plain(answer.inputs)

    def update(self, id_: str, olds: Properties, news: Properties) -> Properties:
        """Return the outputs after an update."""
        return _plain(self._ask("Update", id_, olds=olds, news=news).properties)

    def delete(self, id_: str, props: Properties) -> None:
        """Delete."""
        self._ask("Delete", id_, properties=props)

    def interrupt(self) -> None:
        """Say what the engine says after one ^C."""
        self._call("Cancel", empty_pb2.Empty())

    def _ask(self, method: str, id_: str | None = None, **values: Properties) -> Any:
        """Make a call about a resource of the provider."""
        pickled: str = serialize_provider(self.provider())
        fields: dict[str, Any] = {} if id_ is None else {"id": id_}
        for name, properties in values.items():
            # A resource that is not in the state has no old inputs at all.
            is_new = name == "olds" and not properties
            own = {} if is_new else {"__provider": pickled}
            fields[name] = _struct({**properties, **own})
        request = getattr(provider_pb2, f"{method}Request")
        return self._call(method, request(urn=_URN, **fields))

    def _call(self, method: str, request: object) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=_ANSWER_SECONDS)
        except grpc.RpcError as error:
            raise CallError.of(error) from None


class Host(HostCalls):
    """One provider host process of its own."""

    def __init__(self, engine: Engine, environment: dict[str, str]) -> None:
        """Start it, with the environment on top of this process's own."""
        self.engine = engine
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.dynamic", engine.address],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline() if self.process.stdout else ""
        super().__init__(int(line))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        if self.process.stdout is not None:
            self.process.stdout.close()
        # A host whose coverage is taken handles SIGTERM in Python, in a main thread
        # that does nothing but wait. CPython can lose a signal that comes just as that
        # thread goes to sleep; the next one wakes it.
        for _try in range(_TIMES_TO_ASK):
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=_SECONDS_TO_END)
                return
        self.process.kill()
        self.process.wait()
        raise HostStaysError(f"host {self.process.pid} did not end when asked to")


def _struct(values: Properties) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def _plain(struct: struct_pb2.Struct) -> Properties:
    values: Properties = json_format.MessageToDict(struct)
    values.pop("__provider", None)
    return values
