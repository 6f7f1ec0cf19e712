"""The exchange between a resource and the process that runs it.

A resource returns results and errors to its host. It sends messages to the engine, and
checks before a write that the engine is alive. The SDK's dynamic host
(`dynamic_host.py`) and the plugin (`plugin/`) each call `attach` once, with the address
of the engine. Without an engine, as in a unit test, messages go nowhere.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import grpc
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    provider_pb2,
    status_pb2,
)

from pulumi_cerevox.account import AccountError
from pulumi_cerevox.text import visible


class ProviderError(Exception):
    """A refusal or failure with a complete message of ours: no traceback belongs to it.

    Both hosts print the text alone.
    """

    def __str__(self) -> str:
        # Here the message leaves the program: whatever it quotes is escaped.
        return visible(super().__str__())


class ForeignAccountError(ProviderError):
    """The key belongs to another account than the resource (promise 6)."""


class UserExistsError(ProviderError):
    """A user that should be made is in the account already."""


class GuardError(ProviderError):
    """A guard or the removal limit refuses a change."""


class StaleStateError(ProviderError):
    """An update failed because the account is not what the state says.

    The engine keeps the old inputs and outputs, and reads the resource before its next
    preview and update, as with `--refresh` (run on the engine, CLI 3.259).
    """

    def metadata(
        self, request: provider_pb2.UpdateRequest
    ) -> tuple[tuple[str, bytes], ...]:
        """Return what tells the engine so, beside the error of a call.

        The state keeps the reason until then, so no person stands in it. The engine
        prints it in place of the text, which is therefore said here.
        """
        error(str(self))
        failed = provider_pb2.ErrorResourceInitFailed(
            id=request.id,
            properties=request.olds,
            reasons=["the account is not what the state says: the next run reads it"],
            refresh_before_update=True,
        )
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0])
        status.details.add().Pack(failed)
        return (("grpc-status-details-bin", status.SerializeToString()),)


@dataclass(frozen=True)
class CheckFailure:
    """Why inputs are refused; one that names a property has its value printed."""

    property: str
    reason: str


@dataclass(frozen=True)
class CheckResult:
    """The inputs as the state keeps them, and why they are refused, if they are."""

    inputs: dict[str, Any]
    failures: Sequence[CheckFailure] = ()


@dataclass(frozen=True)
class DiffResult:
    """Whether anything differs.

    Attributes:
        changes: False for nothing; None lets the engine work out the details.
        replaces: The properties that ask for a replacement.
    """

    changes: bool | None = None
    replaces: Sequence[str] = ()
    delete_before_replace: bool | None = None


@dataclass(frozen=True)
class CreateResult:
    """The id and the outputs of what was made."""

    id: str
    outs: dict[str, Any]


@dataclass(frozen=True)
class ReadResult:
    """The resource as it is now. The id is empty if it is gone."""

    id: str
    outs: dict[str, Any]
    inputs: dict[str, Any] | None = None


@dataclass(frozen=True)
class UpdateResult:
    """The outputs after an update."""

    outs: dict[str, Any]


_ANSWER_SECONDS = 5.0
_SECONDS_BETWEEN_PINGS = 3.0
_PINGS_WITHOUT_ANSWER = 2
# Any other refusal is an answer: somebody is there.
_NO_ANSWER = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}


class Engine:
    """The engine behind one address, `127.0.0.1:PORT`."""

    def __init__(self, address: str) -> None:
        """Open a channel; nothing is sent yet."""
        self.address = address
        self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def is_gone(self) -> bool:
        """Return whether the engine no longer answers."""
        return self._ping() in _NO_ANSWER

    def has_ended(self) -> bool:
        """Return whether nobody listens there any more; a stopped one still does."""
        return self._ping() is grpc.StatusCode.UNAVAILABLE

    def _ping(self) -> grpc.StatusCode:
        request = engine_pb2.GetRootResourceRequest()
        return self._asked(self._stub.GetRootResource, request)

    def report(
        self,
        urn: str,
        severity: engine_pb2.LogSeverity.ValueType,
        message: str,
        *,
        ephemeral: bool = False,
    ) -> None:
        """Show a message under a resource; under the stack where `urn` is empty."""
        request = engine_pb2.LogRequest(
            urn=urn, severity=severity, message=visible(message), ephemeral=ephemeral
        )
        self._asked(self._stub.Log, request)

    @staticmethod
    def _asked(method: Callable[..., Any], request: object) -> grpc.StatusCode:
        try:
            method(request, timeout=_ANSWER_SECONDS)
        except grpc.RpcError as error:
            code: grpc.StatusCode = error.code()
            return code
        return grpc.StatusCode.OK


_engine: Engine | None = None
_attaching = threading.Lock()
_urn: ContextVar[str] = ContextVar("urn", default="")


def attach(engine_address: str) -> None:
    """Work for the engine at this address, and end when it has ended.

    The engine does not take its provider hosts along when it is killed; each would
    stay for ever, with the key in its environment.
    """
    global _engine  # noqa: PLW0603  a process has one engine, and many readers of it
    with _attaching:
        if not engine_address or address() == engine_address:
            return
        _engine = Engine(engine_address)
        watch = threading.Thread(
            target=_end_after, args=(_engine,), name="watch-engine", daemon=True
        )
        watch.start()


def address() -> str:
    """Return the engine's address: the same in every host of a phase, and in no other.

    Empty where there is no engine.
    """
    return _engine.address if _engine else ""


@contextmanager
def about(urn: str) -> Iterator[None]:
    """Show the messages of this thread under a resource, where its host knows it.

    No resource's name reaches a dynamic provider (run on the engine: CLI 3.259).
    """
    before = _urn.set(urn)
    try:
        yield
    finally:
        _urn.reset(before)


def info(message: str) -> None:
    """Say something that is worth reading once."""
    if _engine:
        _engine.report(_urn.get(), engine_pb2.INFO, message)


def progress(message: str) -> None:
    """Show a line of progress that is not repeated at the end."""
    if _engine:
        _engine.report(_urn.get(), engine_pb2.INFO, message, ephemeral=True)


def warning(message: str) -> None:
    """Say something that somebody should look at."""
    if _engine:
        _engine.report(_urn.get(), engine_pb2.WARNING, message)


def error(message: str) -> None:
    """Say why the run fails, where the engine prints something else."""
    if _engine:
        _engine.report(_urn.get(), engine_pb2.ERROR, message)


def require_alive() -> None:
    """Refuse to write on behalf of an engine that is gone.

    A killed engine leaves its provider host running; without this it would go on
    changing the account with nobody to record what it did (promise 4).

    Raises:
        ProviderError: the engine that started this host does not answer.
    """
    if _engine is not None and _engine.is_gone():
        raise ProviderError(
            "the Pulumi engine that started this run no longer answers: nothing "
            "more is written to the account. Run `pulumi cancel --yes`, then "
            "`pulumi up` again, then `pulumi refresh --clear-pending-creates`"
        )


def _end_after(engine: Engine) -> None:
    missed = 0
    while missed < _PINGS_WITHOUT_ANSWER:
        time.sleep(_SECONDS_BETWEEN_PINGS)
        missed = missed + 1 if engine.has_ended() else 0
    os._exit(1)


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Put what was being done, and to whom, in front of the API's own error."""
    try:
        yield
    except AccountError as error:
        raise ProviderError(f"{what}: {error}") from None
