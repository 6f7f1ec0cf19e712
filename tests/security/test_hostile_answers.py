"""Answers that are meant to harm: bounded in memory, and told in one clear message.

Each runs in a process whose memory is limited by the system, so that what is not
bounded ends in a crash and not in a slow test.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.scripted_server import LOGIN, Script
from tests.security.conftest import OWNER, answer_well

MEGABYTE = 1024 * 1024
#: Address space, not memory in use: some 300 MB are taken before the first request.
MOST_MEMORY = 1024 * MEGABYTE
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ROSTER = "members: [{email: owner@example.com, role: admin}]\n"
MARKERS = (
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "4dabf18193072939515e22adb298388d",
)

Command = Callable[..., subprocess.CompletedProcess[str]]


def send(piece: bytes, times: int, head: bytes, handler: Any) -> None:
    """Send a piece again and again; whoever has read enough goes away."""
    handler.wfile.write(head)
    for _ in range(times):
        handler.wfile.write(piece)
    handler.close_connection = True


def sized(begin: bytes, piece: bytes, times: int) -> Any:
    """Return a reply of a told length: a beginning, and a piece many times."""
    length = len(begin) + len(piece) * times
    head = HEAD + b"Content-Length: %d\r\n\r\n" % length + begin
    return partial(send, piece, times, head)


def chunk(piece: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece)


def users(count: int) -> list[dict[str, Any]]:
    member = OWNER | {"role": "member", "isadmin": False}
    made = [
        member | {"user_id": f"u{i}", "email": f"user-{i}@example.com"}
        for i in range(2, count + 2)
    ]
    return [OWNER, *made]


SPACES = b" " * MEGABYTE
ONE_USER = json.dumps(users(1)[1]).encode() + b","
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
ZIPPED = HEAD + b"Content-Encoding: gzip\r\n"
#: What `GET /users` answers, and what is said of it.
TOO_MUCH = {
    "100 MB": (sized(b"[", SPACES, 100), "longer than"),
    "endless chunks": (partial(send, chunk(SPACES), 10_000, CHUNKED), "longer than"),
    "a zip bomb": (
        partial(send, gzip.compress(SPACES * 200), 1, ZIPPED + b"\r\n"),
        "longer than",
    ),
    "10^6 users": (sized(b"[", ONE_USER * 1000, 1000), "longer than"),
    "60 MB of nothing": (sized(b"[", b"{}," * 10_000, 2000), "more than 4000000 val"),
    "60 MB of lists": (sized(b"[", b"[]," * 10_000, 2000), "more than 4000000 val"),
    "one wide text": (
        sized('["\U0001f600'.encode(), b"x" * MEGABYTE, 60),
        "no valid JSON",
    ),
    "deep JSON": (sized(b"", b"[" * MEGABYTE, 3), "no valid JSON"),
    "deep objects": (sized(b"", b'{"a":' * 1000, 200), "no valid JSON"),
    "digits without end": (sized(b"[", b"9" * MEGABYTE, 30), "no valid JSON"),
    "NaN": ((200, b"[NaN]"), "no valid JSON"),
    "too large a number": ((200, b"[1e999]"), "no valid JSON"),
    "half of UTF-8": ((200, b'["\xc3"]'), "no valid JSON"),
    "a page": ((200, b"<html>", {"Content-Type": "text/html"}), "is HTML"),
    "nothing": ((200, b""), "is empty"),
    "null": ((200, b"null"), "should be"),
    "a list cut short": ((200, users(3)[1:]), "list of users was cut"),
    "one person twice": ((200, [*users(2), users(2)[1]]), "one person twice"),
    "a number for an id": ((200, [OWNER | {"user_id": 7}]), "should be a string"),
    "a path for an id": ((200, [OWNER | {"user_id": "../me"}]), "an id of letters"),
}
#: In a process of its own: what is lowered is not raised again. No try is waited for.
LIMITED = """
import sys
from pulumi_cerevox.account import retry
from pulumi_cerevox.cli import main

class Time:
    now = 0.0

    def sleep(self, seconds):
        self.now += seconds

time, Pace = Time(), retry.Pace
retry.Pace = lambda: Pace(lambda: time.now, time.sleep, lambda: 0.5)
main(sys.argv[1:])
"""


def lower_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


@pytest.fixture
def command(script: Script, tmp_path: Path) -> Command:
    """Run the command with little memory; it must end by itself, with one message."""
    answer_well(script)
    (tmp_path / "team.yaml").write_text(ROSTER)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        known = {"CEREVOX_API_KEY": "sk_canary", "CEREVOX_BASE_URL": script.url}
        done = subprocess.run(
            [sys.executable, "-c", LIMITED, *words],
            cwd=tmp_path,
            # Not measured: coverage takes memory too.
            env={k: v for k, v in os.environ.items() if k[:3] != "COV"} | known,
            preexec_fn=lower_memory,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.mark.parametrize("words", [("export",), ("audit", "team.yaml")], ids=" ".join)
@pytest.mark.parametrize("answer", TOO_MUCH)
def test_it_is_bounded_and_told(
    command: Command, script: Script, words: tuple[str, ...], answer: str
) -> None:
    reply, told = TOO_MUCH[answer]
    script.on("GET", "/users", reply)
    done = command(*words)
    assert done.returncode == 4, done.stderr
    said = done.stdout + done.stderr
    assert " ".join(said.split()).count(told) == 1
    assert len(said) < 1000
    assert all(line.isprintable() for line in said.splitlines())


@pytest.mark.parametrize("status", [400, 401, 403, 500])
@pytest.mark.parametrize("answer", ["100 MB", "deep JSON", "60 MB of lists"])
def test_an_error_is_bounded_too(
    command: Command, script: Script, answer: str, status: int
) -> None:
    good, _ = TOO_MUCH[answer]
    piece, times, head = good.args
    bad = head.replace(b"200 OK", b"%d No" % status)
    script.on("GET", "/users", partial(send, piece, times, bad))
    done = command("export")
    assert done.returncode in {3, 4}
    assert done.stdout == ""
    assert len(done.stderr) < 1000


@pytest.mark.parametrize("field", ["expires_in", "expires_at"])
@pytest.mark.parametrize("value", [10**400, -(10**400), 1e308, -1, 0, "soon", [1]])
def test_a_token_may_end_whenever_it_likes(
    command: Command, script: Script, field: str, value: object
) -> None:
    script.on("POST", "/token/login", (200, LOGIN | {field: value}))
    script.on("POST", "/token/refresh", (200, LOGIN | {field: value}))
    done = command("export")
    assert done.returncode in {0, 4}
    if done.returncode == 4:
        assert f'"{field}" should be' in done.stderr


@pytest.mark.parametrize(
    "name",
    [
        *MARKERS,
        "\ud800 alone",
        "<{%reset%}>{%fg 1%}",
        "\x1b]0;owned\x07\x1b[2J",
        "\u202egnp.exe",
        "a\nmembers: []\n- b",
        "!!python/object/apply:os.system [id]",
        "=cmd|' /C calc'!A0",
        "::error::x\r\n::set-env name=A::b",
        *("n" * 100_000, "", " "),
        "\x00",
        "{{ 7*7 }} ${7*7} $(id) `id`",
    ],
    ids=lambda name: ascii(name)[:30],
)
def test_a_name_does_nothing(
    command: Command, script: Script, name: str, tmp_path: Path
) -> None:
    """Exported and read again it is the same name; a terminal obeys none of it."""
    named = OWNER | {"name": name}
    script.on("GET", "/users", (200, [named]))
    script.on("GET", "/users/me", (200, named))
    exported = command("export", "-o", "team.yaml")
    assert exported.returncode == 0, exported.stderr
    (member,) = yaml.safe_load((tmp_path / "team.yaml").read_text("utf-8"))["members"]
    assert member["email"] == OWNER["email"]
    audited = command("audit", "team.yaml")
    assert audited.returncode in {0, 7}
    asked = command("whoami")
    assert asked.returncode == 0
    for done in (exported, audited, asked):
        for line in (done.stdout + done.stderr).splitlines():
            assert line.isprintable()
