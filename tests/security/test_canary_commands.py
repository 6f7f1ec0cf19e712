"""One key and its tokens through every command and every failure, as loud as can be.

They are found in the one header where they belong, and after a login in the keyring.
"""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import pytest

from pulumi_cerevox.cli import main
from tests.scripted_server import Script
from tests.security import canary
from tests.security.conftest import (
    TOKENS,
    LoudCommand,
    Said,
    answer_well,
    answer_with,
)

ROSTER = "members: [{email: owner@example.com, role: admin}]\n"
#: How each command is run; `{…}` are files. A new command has to be written down here.
RUNS: dict[str, list[str]] = {
    "audit": ["{roster}", "--format", "json"],
    "billing": [],
    "completion": ["bash"],
    "diff": ["{roster}", "{roster}"],
    "doctor": [],
    "emulator": ["--seed", "{missing}"],
    "export": [],
    "guard": ["--base", "{roster}", "--roster", "{roster}"],
    "login": ["--api-key-stdin"],
    "logout": [],
    "remove": ["gone@example.com", "--yes", "--roster", "{old}"],
    "report": ["{report}"],
    "schema": ["roster"],
    "usage": [],
    "validate": ["{roster}"],
    "whoami": [],
}
ASKS_THE_API = {
    *("audit", "billing", "doctor", "export", "login", "remove", "usage", "whoami"),
}
FAILURES = (
    *("none", "bad key", "bad token", "forbidden", "rate limited", "failing"),
    *("garbage", "half a login", "odd login", "redirect", "down", "no TLS"),
)

Echo = Callable[..., Any]


def commands(group: click.Group, begin: str = "") -> Iterator[str]:
    """Walk through all commands, whoever adds them."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{begin}{name} ")
        else:
            yield f"{begin}{name}"


def set_up(failure: str, script: Script, loud: LoudCommand, echo: Echo) -> None:
    """Have the server fail in one way; each way repeats the secrets where it can."""
    answer_well(script)
    half = f'{{"access_token": "{canary.ACCESS}", "refr'.encode()
    everywhere = {
        "bad token": echo(401),
        "forbidden": echo(403),
        "rate limited": echo(429, retry_after=3600),
        "failing": echo(500),
        "garbage": (200, f"<html>{canary.EVERY}".encode()),
        "redirect": echo(307),
    }
    logins = {
        "bad key": echo(401),
        "half a login": (200, half),
        "odd login": (200, TOKENS | {"expires_in": "soon"}),
    }
    urls = {"down": nobody(), "no TLS": script.url.replace("http:", "https:")}
    if failure in everywhere:
        answer_with(script, everywhere[failure])
    elif failure in logins:
        script.on("POST", "/token/login", logins[failure])
    elif failure in urls:
        loud.environment["CEREVOX_BASE_URL"] = urls[failure]


def nobody() -> str:
    """Return a base URL where nothing answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    roster, report = tmp_path / "team.yaml", tmp_path / "report.md"
    roster.write_text(ROSTER)
    report.write_text("# In sync\n")
    missing = tmp_path / "missing.yaml"
    old = tmp_path / "old.yaml"
    old.write_text(ROSTER.replace("}]", "}, {email: gone@example.com}]"))
    paths = {"roster": roster, "report": report, "missing": missing, "old": old}
    return {name: str(path) for name, path in paths.items()}


def run(loud: LoudCommand, name: str, files: dict[str, str]) -> Said:
    words = [word.format_map(files) for word in RUNS[name]]
    return loud.run(*name.split(), *words, stdin=canary.KEY)


def test_every_command_is_written_down() -> None:
    assert set(RUNS) == set(commands(main))


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("name", RUNS)
def test_no_secret_is_said(
    name: str,
    failure: str,
    loud: LoudCommand,
    script: Script,
    echo: Echo,
    files: dict[str, str],
) -> None:
    set_up(failure, script, loud, echo)
    said = run(loud, name, files)
    assert canary.places(canary.EVERY, said.texts) == []
    if name in ASKS_THE_API and failure not in {"down", "no TLS"}:
        assert script.requests
        # What doctor says depends on the machine too.
        assert said.code == 0 or failure != "none" or name == "doctor"
    elsewhere = set(sent_at_the_wrong_place(script))
    assert not elsewhere
    stored = canary.places(canary.EVERY, canary.files_below(loud.home))
    assert set(stored) <= {"python_keyring/keyring_pass.cfg"}
    assert not canary.places([canary.KEY], canary.files_below(loud.home))


def sent_at_the_wrong_place(script: Script) -> Iterator[str]:
    """Look through all requests for a secret outside the header it belongs to."""
    basic = base64.b64encode(canary.KEY.encode()).decode()
    for one in script.requests:
        headers = dict(one.headers)
        authorization = headers.pop("authorization", "")
        if one.path in {"/token/login", "/token/refresh"}:
            allowed = {f"Basic {basic}", ""}
        else:
            allowed = {f"Bearer {canary.ACCESS}", ""}
        if authorization not in allowed:
            yield f"{one.method} {one.path}: Authorization"
        body = b"" if one.path == "/token/refresh" else one.body
        rest = {"path": one.path.encode(), "headers": repr(headers).encode()}
        for place in canary.places(canary.EVERY, rest | {"body": body}):
            yield f"{one.method} {one.path}: {place}"


def test_the_stored_login_is_in_the_keyring_alone(
    loud: LoudCommand, script: Script, files: dict[str, str]
) -> None:
    """The tokens are there after a login, the key never, and nothing after a logout."""
    answer_well(script)
    del loud.environment["CEREVOX_API_KEY"]
    assert run(loud, "login", files).code == 0
    (place,) = loud.home.rglob("keyring_pass.cfg")
    assert canary.ACCESS in base64.b64decode(secret_of(place)).decode()
    for name in ("whoami", "export", "doctor"):
        said = run(loud, name, files)
        assert canary.places(canary.EVERY, said.texts) == []
    others = canary.files_below(loud.home)
    others.pop(str(place.relative_to(loud.home)))
    assert others
    assert canary.places(canary.EVERY, others) == []
    for path in loud.home.rglob("pulumi-cerevox/*"):
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0
    assert run(loud, "logout", files).code == 0
    assert canary.places([canary.ACCESS], canary.files_below(loud.home)) == []


def secret_of(place: Path) -> str:
    """Read the one entry of a plain keyring file, whatever its name."""
    _, _, value = place.read_text().partition("=")
    return "".join(value.split())


def test_the_search_finds_what_is_there() -> None:
    """No check that can't fail: each form is found, wherever it stands."""
    key = canary.KEY.encode()
    for text in (key, key.hex().encode(), b"a" + key + b"b"):
        assert canary.places([canary.KEY], {"here": text}) == ["here"]
    for around in (b"", b"x", b"xy", b"email:"):
        text = base64.b64encode(around + key + b":")
        assert canary.places([canary.KEY], {"here": text}) == ["here"]
    assert canary.places([canary.KEY], {"here": b"sk_other"}) == []
