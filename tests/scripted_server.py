"""A server that answers by script: what no emulator would send."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LOGIN = {
    "access_token": "at_canary_1",
    "refresh_token": "rt_canary_1",
    "expires_in": 3600,
    "token_type": "Bearer",
}


@dataclass
class Seen:
    """A request that the scripted server got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Reply = Any  # (status, body[, headers]) | bytes on the wire | Callable[[handler], None]


class Script:
    """Answers by script: replies in turn, the last one for ever."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.url = ""
        self._replies: dict[tuple[str, str], list[Reply]] = defaultdict(list)
        self._lock = threading.Lock()
        self.on("POST", "/token/login", (200, LOGIN))

    def on(self, method: str, path: str, *replies: Reply) -> None:
        self._replies[method, path] = list(replies)

    def count(self, method: str, path: str) -> int:
        return len(self.seen(method, path))

    def seen(self, method: str, path: str) -> list[Seen]:
        with self._lock:
            return [r for r in self.requests if (r.method, r.path) == (method, path)]

    def next(self, request: Seen) -> Reply:
        with self._lock:
            self.requests.append(request)
            replies = self._replies[request.method, request.path.partition("?")[0]]
            if not replies:
                return (404, {"error": "Resource not found", "error_type": "not_found"})
            return replies.pop(0) if len(replies) > 1 else replies[0]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Any

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.removeprefix("/v1")
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, path, headers, body)
        self.give(self.server.script.next(seen))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def give(self, reply: Reply) -> None:
        if callable(reply):
            reply(self)
            return
        if isinstance(reply, bytes):
            self.wfile.write(reply)
            self.close_connection = True
            return
        status, content, *more = reply
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"Content-Type": "application/json", "x-request-id": "req_0a1b2c"}
        headers.update(more[0] if more else {})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    script: Script

    def handle_error(self, *_args: object) -> None:
        pass  # a client that went away is what some tests are about


@contextmanager
def scripted() -> Iterator[Script]:
    """Run a server on this machine, and give what it answers by."""
    server = Server(("127.0.0.1", 0), Handler)
    server.script = Script()
    server.script.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
