"""Measure an audit over the bare reading of its input, and a list of all over it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Container, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.figures import (
    Figure,
    Pair,
    Raw,
    compared,
    in_turns,
    median_ratio,
    spread,
)
from benchmarks.stacks import Setup, say
from scripts.engine.workspace import ROOT

_GROWTH_ALLOWED = 1.5
_LISTED = 10_000
_LIST_ALLOWED = 1.5


def measure(setup: Setup) -> list[Figure]:
    """Audit growing accounts, and see whether the time grows with them alone."""
    sizes = (1000, 10_000) if setup.quick else (1000, 10_000, 100_000)
    measured = {size: _pairs(setup, size, "audit", "bare") for size in sizes}
    lists = [
        compared(
            f"Audit of {_LISTED:,} people that lists all as {form.upper()}, over one "
            "that does not",
            _pairs(setup, _LISTED, form, "audit"),
            (f"audit --all, {form.upper()}", "audit"),
            most=_LIST_ALLOWED,
        )
        for form in ("csv", "json", "html")
    ]
    figures = [
        compared(
            f"Audit of {size:,} people over reading the same JSON and YAML",
            pairs,
            ("audit", "bare reading"),
            most=1.5 if size >= 10_000 else None,
        )
        for size, pairs in measured.items()
    ]
    # The cost of a person in the largest account, over that in the one before.
    *_, before, last = sizes
    pairs = [
        Pair(one.ours / last, other.ours / before)
        for one, other in zip(measured[last], measured[before], strict=False)
    ]
    growth = Figure(
        f"Audit: cost of a person at {last:,} over at {before:,} (1 is linear)",
        median_ratio(pairs),
        most=_GROWTH_ALLOWED,
        raw=(
            Raw(f"a person at {last:,}", pairs[0].ours * 1e6, "µs"),
            Raw(f"a person at {before:,}", pairs[0].theirs * 1e6, "µs"),
        ),
        note=spread(pairs),
    )
    return [*figures, growth, *lists]


def _pairs(setup: Setup, size: int, ours: str, theirs: str) -> list[Pair]:
    """Audit an account and a roster that differ in three people, in two ways."""
    say(f"audit of {size:,}: {ours} and {theirs}")
    users = [user(number) for number in range(size)]
    # Person 1 has another role, person 2 another name, and the last one is missing.
    roster = write_roster(
        setup.folder / f"roster-{size}.yaml", size + 1, admins={0, 1}, renamed={2}
    )
    with serving_account(users) as url:

        def timed(work: str) -> float:
            command = [sys.executable, "-m", "benchmarks.audit_timed"]
            run = subprocess.run(
                [*command, work, url, str(roster)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            return float(run.stdout)

        rounds = setup.rounds(3, 7 if size <= 10_000 else 3)
        return in_turns(rounds, lambda: timed(ours), lambda: timed(theirs))


def _email(number: int) -> str:
    return f"person-{number}@example.com"


def write_roster(
    file: Path,
    size: int,
    *,
    admins: Container[int] = (0,),
    renamed: Container[int] = (),
) -> Path:
    """Write a roster file that declares so many people."""
    lines = ["members:"]
    for number in range(size):
        name = "Somebody Else" if number in renamed else f"Person {number}"
        role = "admin" if number in admins else "member"
        lines.append(f"  - {{email: {_email(number)}, name: {name}, role: {role}}}")
    file.write_text("\n".join([*lines, ""]))
    return file


def user(number: int) -> dict[str, object]:
    """Return a person as the API lists them; the first one is the admin."""
    return {
        "user_id": f"user_{number:012d}",
        "email": _email(number),
        "name": f"Person {number}",
        "role": "member" if number else "admin",
        "account_id": "acc_123",
        "isadmin": number == 0,
        "isbanned": False,
        "lastlogin": "2026-11-01T09:30:00Z",
        "firstname": None,
        "lastname": None,
    }


@contextmanager
def serving_account(users: list[dict[str, object]]) -> Iterator[str]:
    """Serve prepared answers, as fast as sockets go; yield the base URL.

    The emulator would take longer to write 100,000 people down than an audit takes to
    read them.
    """
    token = {"access_token": "still", "refresh_token": "still", "expires_in": 3600}
    answers = {
        "/v1/users": json.dumps(users).encode(),
        "/v1/users/me": json.dumps(users[0]).encode(),
        "/v1/token/login": json.dumps(token | {"token_type": "Bearer"}).encode(),
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are two writes: the second would wait 40 ms for an answer.
        disable_nagle_algorithm = True

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            content = answers[self.path]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer  # noqa: N815 - the server's own names

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
