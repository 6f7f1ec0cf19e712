"""The command with everything made to talk, at a server that repeats what it gets."""

from __future__ import annotations

import base64
import http.client
import io
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keyring
import pytest
from click.testing import CliRunner
from keyring.core import load_keyring

from pulumi_cerevox.account import Pace, retry
from pulumi_cerevox.cli import main
from tests.scripted_server import LOGIN, Script
from tests.security import canary

INFO = {"account_id": "acc_1", "account_name": "Example Inc", "plan": "pro"}
OWNER = {
    "user_id": "u1",
    "email": "owner@example.com",
    "name": "Owner",
    "account_id": "acc_1",
    "isadmin": True,
    "isbanned": False,
    "lastlogin": None,
    "role": "admin",
}
PLAN = {"plan": {"plan": "pro", "base": 1, "bytes": 1, "status": "active"}}
USAGE: dict[str, Any] = {
    name: {} for name in ("files", "pages", "advanced_pages", "storage")
}
BILL = {"period_start": "2026-01-01", "total_cost": 1.5, "currency": "USD"}
GOOD: dict[tuple[str, str], Any] = {
    ("GET", "/accounts/my"): INFO,
    ("GET", "/accounts/acc_1/plan"): PLAN,
    ("GET", "/accounts/acc_1/usage"): USAGE,
    ("GET", "/accounts/acc_1/billing"): BILL,
    ("GET", "/users"): [OWNER],
    ("GET", "/users/me"): OWNER,
    ("POST", "/token/revoke"): {"message": "m", "status": "success"},
}
TOKENS = LOGIN | {"access_token": canary.ACCESS, "refresh_token": canary.REFRESH}


def answer_well(script: Script) -> None:
    """Answer every call as an account of one person."""
    for login in ("/token/login", "/token/refresh"):
        script.on("POST", login, (200, TOKENS))
    for (method, path), body in GOOD.items():
        script.on(method, path, (200, body))


def answer_with(script: Script, reply: Any) -> None:
    """Answer every call but the login with one reply."""
    answer_well(script)
    for method, path in GOOD:
        script.on(method, path, reply)


@dataclass
class Said:
    """All that came of one run of the command."""

    code: int
    texts: dict[str, bytes]


@dataclass
class _Clock:
    """A clock that only sleeping moves, so that no retry is waited for."""

    now: float = 1000.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def pace(self) -> Pace:
        return Pace(lambda: self.now, self.sleep, lambda: 0.5)


@dataclass
class LoudCommand:
    """Runs the command in a home of its own, with every kind of log switched on."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, stdin: str = "") -> Said:
        log, out, err = io.StringIO(), io.StringIO(), io.StringIO()
        handler = logging.StreamHandler(log)
        root = logging.getLogger()
        before = root.level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                result = CliRunner().invoke(
                    main, words, input=stdin, env=self.environment
                )
        finally:
            root.removeHandler(handler)
            root.setLevel(before)
        texts = {
            "stdout": result.stdout_bytes,
            "stderr": result.stderr_bytes,
            "log": log.getvalue().encode(),
            "printed beside it": (out.getvalue() + err.getvalue()).encode(),
        }
        if not isinstance(result.exception, SystemExit | None):
            raise result.exception
        return Said(result.exit_code, texts)


def variables_of(error: BaseException | None) -> str:
    """Return a traceback with all variables of all frames but a test's own."""
    if error is None:
        return ""
    frames = error.__traceback__
    while frames and "pulumi_cerevox" not in frames.tb_frame.f_code.co_filename:
        frames = frames.tb_next
    assert frames
    bare = error.with_traceback(frames)
    shown = traceback.TracebackException.from_exception(bare, capture_locals=True)
    return "".join(shown.format())


@pytest.fixture
def loud(
    tmp_path: Path, script: Script, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LoudCommand]:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setattr(retry, "Pace", _Clock().pace)
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(home))
    before = keyring.get_keyring()
    keyring.set_keyring(load_keyring("keyrings.alt.file.PlaintextKeyring"))
    environment = {
        "CEREVOX_API_KEY": canary.KEY,
        "CEREVOX_BASE_URL": script.url,
        "PULUMI_DEBUG_COMMANDS": "true",
        "PULUMI_DEBUG_GRPC": str(home / "grpc.json"),
    }
    yield LoudCommand(home, environment)
    keyring.set_keyring(before)


def repeated(headers: Any) -> str:
    """Return what a server knows of a caller's secrets: the header and its content."""
    sent = str(headers.get("Authorization", ""))
    with suppress(ValueError):
        sent += f" ({base64.b64decode(sent.partition(' ')[2]).decode()})"
    return sent


@pytest.fixture
def echo() -> Callable[..., Any]:
    """Return replies that repeat the caller's secrets wherever an answer has words."""

    def of(status: int, **more: Any) -> Any:
        def reply(handler: Any) -> None:
            words = f"who is {repeated(handler.headers)}?"
            body = {
                "error": words,
                "error_type": words[:60],
                "message": words,
                "validation_errors": {words: words},
                **more,
            }
            raw = json.dumps(body).encode()
            handler.send_response(status)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("x-request-id", words)
            handler.send_header("Location", f"/{words}")
            handler.send_header("Content-Length", str(len(raw)))
            handler.end_headers()
            handler.wfile.write(raw)

        return reply

    return of
