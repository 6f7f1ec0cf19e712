"""Provider hosts forked off a warm process: as real as any, and quick to start.

A host that is started anew imports for half a second; a model starts thousands.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any, Self

from scripts.engine.provider_host import Engine, HostCalls

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "dill",
        "grpc",
        "requests",
        "pulumi_cerevox.account.client",
        "grpc._server",
        "pulumi.dynamic",
        "pulumi.runtime.proto",
        "pulumi_cerevox.provider",
        "pulumi_cerevox.provider.roster",
        "pulumi_cerevox.provider.user",
        "scripts.proof.model.forked_hosts",
    ]
)
_START_SECONDS = 60
_SECONDS_TO_END = 10


class ForkedHost(HostCalls):
    """One provider host process.

    Attributes:
        engine: The one that it believes to serve.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Start it, with the environment on top of this process's own."""
        self.engine = Engine()
        ours, theirs = _CONTEXT.Pipe(duplex=False)
        self._process = _CONTEXT.Process(
            target=_serve,
            args=(self.engine.address, dict(environment), theirs),
            daemon=True,
        )
        self._process.start()
        theirs.close()
        if not ours.poll(_START_SECONDS):
            raise RuntimeError("a provider host did not start")
        super().__init__(ours.recv())
        ours.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        while self._process.exitcode is None:  # A host can lose a SIGTERM: see `Host`.
            self._process.terminate()
            self._process.join(_SECONDS_TO_END)
        self._process.close()
        self.engine.close()

    def said(self) -> str:
        """Return everything that it logged."""
        return "\n".join(line for _, line in self.engine.lines)


class _PortSink:
    """A stdout for the host, which prints its port alone."""

    def __init__(self, connection: Connection[Any, Any]) -> None:
        self.buffer = self
        self._connection = connection

    def write(self, line: bytes) -> None:
        self._connection.send(int(line))

    def flush(self) -> None:
        """Nothing is kept back."""


def _serve(
    address: str, environment: dict[str, str], connection: Connection[Any, Any]
) -> None:
    os.environ.update(environment)
    sys.argv = ["pulumi.dynamic", address]
    vars(sys)["stdout"] = _PortSink(connection)
    runpy.run_module("pulumi.dynamic.__main__", run_name="__main__", alter_sys=True)
