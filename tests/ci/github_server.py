"""GitHub's API of comments on one pull request, as its documentation tells it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghs_made-up"
BOT = 41898282
SOMEBODY = 1001
PULL_REQUEST = 7
REPOSITORY = "acme/people"

_COMMENTS = re.compile(r"/repos/acme/people/issues/(\d+)/comments")
_COMMENT = re.compile(r"/repos/acme/people/issues/comments/(\d+)")


@dataclass
class Fault:
    """An answer in place of the right one; `applied` ones do the work all the same."""

    method: str
    status: int
    message: str | None = "made up"
    headers: dict[str, str] = field(default_factory=dict)
    applied: bool = False

    @property
    def answer(self) -> Any:
        """What is sent: as GitHub does, or as something on the way does."""
        return [] if self.message is None else {"message": self.message}


@dataclass
class GitHubServer:
    """What is there, what was asked, and what goes wrong next."""

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    viewer: Any = field(default_factory=lambda: {"databaseId": BOT})

    def add(self, body: str | None, author: int | None = SOMEBODY) -> dict[str, Any]:
        """Have somebody write a comment."""
        user = None if author is None else {"id": author, "login": f"user-{author}"}
        number = 100 + len(self.comments)
        self.comments.append({"id": number, "user": user, "body": body})
        return self.comments[-1]

    def written(self) -> list[str]:
        """Give what the token's owner has written."""
        return [
            one["body"]
            for one in self.comments
            if one["user"] and one["user"]["id"] == BOT
        ]

    def writes(self) -> list[str]:
        """Give the methods of the calls that write."""
        return [
            method
            for method, path in self.asked
            if method != "GET" and path != "/graphql"
        ]

    def environment(self) -> dict[str, str]:
        """Give what a runner tells of its GitHub."""
        return {
            "GITHUB_API_URL": self.url,
            "GITHUB_GRAPHQL_URL": f"{self.url}/graphql",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": "https://github.example",
        }


class _Handler(BaseHTTPRequestHandler):
    github: GitHubServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PATCH = do_GET  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
        """Keep the test's output clean."""

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = json.loads(self.rfile.read(length)) if length else None
        path = urlsplit(self.path).path
        self.github.asked.append((self.command, path))
        fault = self._fault(path)
        if fault is not None and not fault.applied:
            self._send(fault.status, fault.answer, fault.headers)
            return
        status, answer, headers = self._judged(path, sent)
        if fault is not None:
            status, answer = fault.status, fault.answer
        self._send(status, answer, headers)

    def _fault(self, path: str) -> Fault | None:
        method = "GRAPHQL" if path == "/graphql" else self.command
        for fault in self.github.faults:
            if fault.method == method:
                self.github.faults.remove(fault)
                return fault
        return None

    def _judged(self, path: str, sent: Any) -> tuple[int, Any, dict[str, str]]:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Bad credentials"}, {}
        if path == "/graphql":
            return 200, {"data": {"viewer": self.github.viewer}}, {}
        return self._of_comments(path, sent)

    def _of_comments(self, path: str, sent: Any) -> tuple[int, Any, dict[str, str]]:
        if (found := _COMMENT.fullmatch(path)) and self.command == "PATCH":
            return self._patched(int(found[1]), sent["body"])
        found = _COMMENTS.fullmatch(path)
        if not found or int(found[1]) != PULL_REQUEST:
            return 404, {"message": "Not Found"}, {}
        if self.command == "GET":
            return self._page()
        if len(sent["body"]) > 65_536:
            return 422, {"message": "Body is too long (maximum is 65536)"}, {}
        return 201, self.github.add(sent["body"], BOT), {}

    def _patched(self, number: int, body: str) -> tuple[int, Any, dict[str, str]]:
        for one in self.github.comments:
            if one["id"] == number:
                one["body"] = body
                return 200, one, {}
        return 404, {"message": "Not Found"}, {}

    def _page(self) -> tuple[int, Any, dict[str, str]]:
        query = parse_qs(urlsplit(self.path).query)
        size, page = (int(query[name][0]) for name in ("per_page", "page"))
        shown = self.github.comments[(page - 1) * size : page * size]
        if page * size >= len(self.github.comments):
            return 200, shown, {}
        # Elsewhere on purpose: nobody is to take the token there.
        link = f'<https://elsewhere.example/?page={page + 1}>; rel="next"'
        return 200, shown, {"Link": link}

    def _send(self, status: int, answer: Any, headers: dict[str, str]) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def running() -> Iterator[GitHubServer]:
    """Run one on a port of its own."""
    github = GitHubServer()
    handler = type("Handler", (_Handler,), {"github": github})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        github.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield github
        finally:
            server.shutdown()
            thread.join()
