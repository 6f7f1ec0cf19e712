"""The provider host's side of Pulumi: errors, and the engine that started the host.

Errors of ours reach the user as plain text instead of a traceback. The engine gets log
lines, and is asked whether it still lives before a write.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from pulumi_cerevox.account import AccountError
from pulumi_cerevox.text import visible


class ProviderError(Exception):
    """A refusal or failure with a complete message of ours.

    The dynamic provider host would print a traceback around it; `plain_errors`
    makes it print the text alone.
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


_HOST_FILE = ("pulumi", "dynamic", "__main__.py")


class PlainTraceback:
    """Stands in the host for the module `traceback`."""

    @staticmethod
    def format_exc() -> str:
        """Return the text of an error of ours alone, any other with its traceback."""
        error = sys.exc_info()[1]
        if isinstance(error, ProviderError | AccountError):
            return str(error)
        return traceback.format_exc()


def is_provider_host() -> bool:
    """Return whether this process is the SDK's dynamic provider host."""
    file = getattr(sys.modules.get("__main__"), "__file__", None) or ""
    return tuple(file.replace("\\", "/").split("/")[-3:]) == _HOST_FILE


def install() -> None:
    """Make the host print our errors plainly; elsewhere do nothing."""
    if is_provider_host():
        vars(sys.modules["__main__"])["traceback"] = PlainTraceback


_ANSWER_SECONDS = 5.0
_SECONDS_BETWEEN_PINGS = 3.0
_PINGS_WITHOUT_ANSWER = 2
# Any other refusal is an answer: somebody is there.
_NO_ANSWER = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}


class Engine:
    """The engine behind one address, `127.0.0.1:PORT`.

    Messages show under the stack, as no resource's name reaches a provider method
    (run on the engine: CLI 3.259).
    """

    def __init__(self, address: str) -> None:
        """Open a channel; nothing is sent yet."""
        self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def info(self, message: str) -> None:
        """Say something that is worth reading once."""
        self._log(engine_pb2.INFO, message)

    def warning(self, message: str) -> None:
        """Say something that somebody should look at."""
        self._log(engine_pb2.WARNING, message)

    def progress(self, message: str) -> None:
        """Show a line of progress that is not repeated at the end."""
        self._log(engine_pb2.INFO, message, ephemeral=True)

    def is_gone(self) -> bool:
        """Return whether the engine no longer answers."""
        return self._ping() in _NO_ANSWER

    def has_ended(self) -> bool:
        """Return whether nobody listens there any more; a stopped one still does."""
        return self._ping() is grpc.StatusCode.UNAVAILABLE

    def _ping(self) -> grpc.StatusCode:
        request = engine_pb2.GetRootResourceRequest()
        return self._asked(self._stub.GetRootResource, request)

    def _log(
        self,
        severity: engine_pb2.LogSeverity.ValueType,
        message: str,
        *,
        ephemeral: bool = False,
    ) -> None:
        request = engine_pb2.LogRequest(
            severity=severity, message=visible(message), ephemeral=ephemeral
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


@cache
def of_this_host() -> Engine | None:
    """Return the engine that started this process; None outside a provider host."""
    return Engine(address()) if address() else None


def address() -> str:
    """Return the engine's address: the same in every host of a phase, and in no other.

    Empty outside a provider host.
    """
    # With --logflow the engine's own flags stand before its address.
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    return words[-1] if words and is_provider_host() else ""


def info(message: str) -> None:
    """Say something in the engine's log, where there is an engine."""
    engine = of_this_host()
    if engine is not None:
        engine.info(message)


def progress(message: str) -> None:
    """Show a line of progress, where there is an engine."""
    engine = of_this_host()
    if engine is not None:
        engine.progress(message)


def warning(message: str) -> None:
    """Warn in the engine's log, where there is an engine."""
    engine = of_this_host()
    if engine is not None:
        engine.warning(message)


def require_alive() -> None:
    """Refuse to write on behalf of an engine that is gone.

    A killed engine leaves its provider host running; without this it would go on
    changing the account with nobody to record what it did (promise 4).

    Raises:
        ProviderError: the engine that started this host does not answer.
    """
    engine = of_this_host()
    if engine is not None and engine.is_gone():
        raise ProviderError(
            "the Pulumi engine that started this run no longer answers: nothing "
            "more is written to the account. Run `pulumi cancel --yes`, then "
            "`pulumi up` again, then `pulumi refresh --clear-pending-creates`"
        )


@cache
def end_with_engine() -> None:
    """End this host when its engine has ended: nobody else would end it.

    The engine does not take its provider hosts along when it is killed; each would
    stay for ever, with the key in its environment.
    """
    engine = of_this_host()
    if engine is not None:
        watch = threading.Thread(
            target=_end_after, args=(engine,), name="watch-engine", daemon=True
        )
        watch.start()


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
