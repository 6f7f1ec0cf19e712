"""The native provider: the resources and functions for every language of Pulumi.

The engine starts it twice in every `pulumi up`. To save time, it prints the port first,
and loads the provider while the engine connects.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

if TYPE_CHECKING:
    from pulumi_cerevox.plugin.server import CerevoxPlugin

_THREADS = 8
_NO_LIMIT = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
]


def main() -> None:
    """Serve until the engine ends this process; the port is the one line on stdout."""
    server = grpc.server(ThreadPoolExecutor(max_workers=_THREADS), options=_NO_LIMIT)
    plugin = _LatePlugin()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(
        cast("Any", plugin), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # With --logflow the engine's own flags stand before its address.
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    if words:
        plugin.load().attach(words[-1])
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.stop(0)


class _LatePlugin:
    """Every method of the provider; the first call loads it, and the others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plugin: CerevoxPlugin | None = None

    def load(self) -> CerevoxPlugin:
        """Return the provider of this process."""
        with self._lock:
            if self._plugin is None:
                from pulumi_cerevox.plugin.server import (  # noqa: PLC0415  slow
                    CerevoxPlugin,
                )

                self._plugin = CerevoxPlugin()
            return self._plugin

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(request: Any, context: grpc.ServicerContext) -> Any:
            return getattr(self.load(), method)(request, context)

        return call
