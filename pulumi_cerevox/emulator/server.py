"""Running the emulator: the socket, the ready line, the end by a signal."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from pulumi_cerevox.emulator.app import ADMIN_PREFIX, create_app
from pulumi_cerevox.emulator.dialects import DialectName
from pulumi_cerevox.emulator.emulator import Emulator, Rules
from pulumi_cerevox.emulator.faults import EmulatorProtocol
from pulumi_cerevox.emulator.seeds import Seed, plant
from pulumi_cerevox.emulator.store import API_PREFIX, DatabaseUnusableError

logger = logging.getLogger(__name__)

# Longer than any test: a pooled connection is not closed while its client uses it.
_KEEP_ALIVE_SECONDS = 24 * 3600


class CannotStartError(Exception):
    """The emulator cannot start; the text says why and holds no traceback."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for. Port 0 means any that is free."""

    seed: Seed
    host: str = "127.0.0.1"
    port: int = 0
    database: Path | None = None
    dialect: DialectName = "documented"
    latency_ms: int = 0


def run(options: Options) -> None:
    """Serve until SIGINT or SIGTERM.

    Prints one line on stdout when ready: `url`, `api_key` and `admin_url` as JSON.

    Raises:
        CannotStartError: The database or the address cannot be used.
    """
    listener = _listen(options.host, options.port)
    with listener:
        emulator = _open(options)
        try:
            ready = _ready_line(listener, emulator)
            server = _Server(create_app(emulator), ready)
            asyncio.run(server.serve(sockets=[listener]))
        finally:
            emulator.store.close()


def _open(options: Options) -> Emulator:
    rules = Rules(latency_ms=options.latency_ms)
    try:
        emulator = Emulator(options.database, options.dialect, rules)
        if emulator.store.has_account():
            account = emulator.store.account().account_id
            logger.warning(
                "%s holds the account %s, which is used as it is: no seed is planted",
                options.database,
                account,
            )
        else:
            plant(emulator, options.seed)
    except DatabaseUnusableError as error:
        raise CannotStartError(str(error)) from error
    return emulator


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotStartError(f"{host}:{port}: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise CannotStartError(f"{host}:{port}: {error.strerror}") from error
    return listener


def _ready_line(listener: socket.socket, emulator: Emulator) -> str:
    host, port = listener.getsockname()[:2]
    base = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    return json.dumps(
        {
            "url": base + API_PREFIX,
            "api_key": _key_to_print(emulator),
            "admin_url": base + ADMIN_PREFIX,
        }
    )


def _key_to_print(emulator: Emulator) -> str:
    """Return the owner's key; a database may have lost it, or every user."""
    key = emulator.owner_key()
    owner = emulator.store.owner()
    if key is None and owner is not None:
        with emulator.store.transaction():
            key = emulator.new_key(owner.user_id, owner.email)
    return key or ""


class _Server(uvicorn.Server):
    """Uvicorn's server with a ready line, and an end that does not wait."""

    def __init__(self, app: object, ready: str) -> None:
        super().__init__(
            uvicorn.Config(
                app,  # type: ignore[arg-type]  # an ASGI application
                http=EmulatorProtocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,  # the middleware's, by the emulator's own clock
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and print the ready line."""
        await super().startup(sockets)
        sys.stdout.write(self._ready + "\n")
        sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn's signature
        """End at once: no waiting for open connections, slow or hung answers."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.close()
        # The tasks that still wait are cancelled with the event loop; uvicorn would
        # write a traceback for each.
        logging.getLogger("uvicorn.error").disabled = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal, without uvicorn's raising it once more at the end."""
        handled = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in handled}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
