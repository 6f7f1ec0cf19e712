"""An account that stands still: prepared answers, sent as fast as sockets go.

The emulator would take longer to write 100,000 people down than an audit takes to read
them. Run as `python -m benchmarks.still_account FILE`; prints its port.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_TOKENS = {
    "access_token": "still",
    "refresh_token": "still",
    "expires_in": 3600,
    "token_type": "Bearer",
}


def serve(users: bytes) -> None:
    """Answer the calls of an audit until killed."""
    first = json.dumps(json.loads(users)[0]).encode()
    answers = {
        "/v1/users": users,
        "/v1/users/me": first,
        "/v1/token/login": json.dumps(_TOKENS).encode(),
    }
    handler = type("Handler", (_Handler,), {"answers": answers})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    print(server.server_port, flush=True)
    server.serve_forever()


class _Handler(BaseHTTPRequestHandler):
    """Sends what is prepared for the path."""

    protocol_version = "HTTP/1.1"
    # Head and body are two writes: the second would wait 40 ms for the client's word.
    disable_nagle_algorithm = True
    answers: dict[str, bytes]

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        content = self.answers[self.path]
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _answer  # noqa: N815 - the server's own names

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


if __name__ == "__main__":
    serve(Path(sys.argv[1]).read_bytes())
