"""`pulumi-cerevox doctor` against real faults: what it names, and its exit code."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest

EVERYTHING = [
    "key",
    "base URL",
    "connection",
    "TLS",
    "API",
    "clock",
    "login",
    "account",
    "rights",
    "dialect",
    "engine",
    "SDK",
    "Python",
]
NOT_TRIED = {"login": "note", "account": "note", "rights": "note", "dialect": "note"}


def only(states: dict[str, str], state: str) -> list[str]:
    return [name for name, found in states.items() if found == state]


def test_a_healthy_machine(machine: Any, engine_folder: Path) -> None:
    (machine.home / "bin" / "pulumi").unlink()
    machine.environment["PATH"] = f"{engine_folder}:{os.environ['PATH']}"
    run = machine.run("doctor")
    assert (run.returncode, run.stderr) == (0, "")
    lines = run.stdout.splitlines()
    assert [line[9:21].strip() for line in lines[:-1]] == EVERYTHING
    assert "ok       key         environment variable CEREVOX_API_KEY" in lines
    assert "ok       rights      owner@example.com is an admin" in lines
    assert "ok       dialect     documented" in lines
    assert lines[-1] == "13 checks: 12 ok, 1 note"


def test_what_the_account_s_people_are_called_is_shown_escaped(machine: Any) -> None:
    machine.emulator.patch_account(account_name="A\x1b[2J")
    owner = machine.emulator.users()[0]["email"]
    machine.emulator.patch_user(owner, email="o\x1b[2J\u202e@example.com")
    said = machine.run("doctor").stdout
    assert r"o\x1b[2J\u202e@example.com is an admin" in said
    assert r"A\x1b[2J" in said
    assert all(char.isprintable() or char == "\n" for char in said)


def test_a_failure_says_how_to_mend_it_on_the_next_line(machine: Any) -> None:
    run = machine.run("doctor", CEREVOX_API_KEY="")
    assert run.returncode == 3
    first, second, *_, last = run.stdout.splitlines()
    assert first.startswith("fail     key         No Cerevox API key was given")
    assert second.startswith(" " * 21 + "Set the environment variable CEREVOX_API_KEY")
    assert "pulumi-cerevox login" in second
    assert last == "13 checks: 7 ok, 5 note, 1 fail"


def test_on_a_terminal_texts_are_coloured_and_wrapped_below_themselves(
    machine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("CEREVOX_API_KEY", "")
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    plain = shown_on_a_terminal(machine, NO_COLOR="1").splitlines()
    assert plain[0].startswith("fail     key         No Cerevox API key")
    assert max(map(len, plain)) <= 60
    assert plain[1].startswith(" " * 21)
    colored = shown_on_a_terminal(machine)
    assert "\x1b[1;31mfail" in colored
    assert "\x1b[32mok" in colored
    assert click.unstyle(colored).splitlines() == plain


def shown_on_a_terminal(machine: Any, **more: str) -> str:
    ours, theirs = pty.openpty()
    environment = os.environ | {
        "TERM": "xterm",
        "CEREVOX_BASE_URL": machine.emulator.url,
        "XDG_DATA_HOME": str(machine.home),
        "PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "pulumi_cerevox.cli", "doctor"],
        env=environment | more,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
    ):
        os.close(theirs)
        said = b""
        # A terminal whose last program has ended can't be read: EIO.
        with suppress(OSError), open(ours, "rb", buffering=0) as terminal:  # noqa: PTH123
            while piece := terminal.read(4096):
                said += piece
    return said.decode().replace("\r\n", "\n")


def test_a_stored_login_is_taken_and_told(machine: Any) -> None:
    key = machine.emulator.api_key
    machine.environment["CEREVOX_API_KEY"] = ""
    assert machine.run("login", "--api-key-stdin", stdin=key).returncode == 0
    found = machine.examined()
    assert found.code == 0
    assert only(found.states(), "warning") == ["key"]
    assert "serves this command alone" in found.checks["key"]["found"]
    assert found.checks["login"]["found"] == "the API takes the stored login"


def test_a_wrong_key(machine: Any) -> None:
    found = machine.examined(CEREVOX_API_KEY="sk_wrong_8f3a")
    assert found.code == 3
    assert only(found.states(), "fail") == ["login"]
    told = found.checks["login"]["found"]
    assert "refused the API key from environment variable CEREVOX_API_KEY" in told


def test_a_banned_users_key(machine: Any) -> None:
    machine.emulator.patch_user("owner@example.com", isbanned=True)
    found = machine.examined()
    assert found.code == 3
    assert "removed or banned" in found.checks["login"]["mend"]


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ("{0}\n{1}", "has white space or a line break in it"),
        ("{0} {1}", "has white space or a line break in it"),
        ('"{0}{1}"', "is in quotes"),
        ("CEREVOX_API_KEY={0}{1}", "holds its own name"),
        ("{0}\u2013{1}", "holds characters that no key has"),
        ("{0}\x1b{1}", "holds characters that no key has"),
    ],
)
def test_a_key_that_was_pasted_badly(machine: Any, form: str, fault: str) -> None:
    key = machine.emulator.api_key
    found = machine.examined(CEREVOX_API_KEY=form.format(key[:20], key[20:]))
    assert found.code == 3
    assert fault in found.checks["key"]["found"]
    assert found.states() | NOT_TRIED == found.states()
    assert machine.emulator.count("POST", "/token/login") == 0


@pytest.mark.parametrize("form", [" {}", "{}\n", "\t{}  "])
def test_white_space_around_a_key_is_named(machine: Any, form: str) -> None:
    found = machine.examined(CEREVOX_API_KEY=form.format(machine.emulator.api_key))
    assert found.code == 0
    assert only(found.states(), "warning") == ["key"]
    assert "begins or ends with white space" in found.checks["key"]["found"]


def test_a_members_key(machine: Any) -> None:
    key = machine.emulator.key_for("alan@example.com")
    found = machine.examined(CEREVOX_API_KEY=key)
    assert found.code == 3
    assert only(found.states(), "fail") == ["rights"]
    assert "alan@example.com is a member" in found.checks["rights"]["found"]


def test_an_account_that_the_environment_is_not_bound_to(machine: Any) -> None:
    found = machine.examined(CEREVOX_ACCOUNT_ID="acc_other")
    assert found.code == 3
    assert "binds to account acc_other" in found.checks["account"]["found"]
    live = machine.emulator.snapshot()["account"]["account_id"]
    assert machine.examined(CEREVOX_ACCOUNT_ID=live).code == 0


def test_a_suspended_account(machine: Any) -> None:
    machine.emulator.patch_account(status="suspended")
    found = machine.examined()
    assert found.code == 1
    assert "is suspended: it can be read" in found.checks["account"]["found"]


def test_an_account_without_a_name_and_roles(
    start_emulator: Callable[..., Any], machine_of: Callable[[Any], Any]
) -> None:
    machine = machine_of(start_emulator(seed="team", dialect="sdk-0.2"))
    found = machine.examined()
    assert found.code == 0
    assert only(found.states(), "warning") == ["dialect"]
    assert "sdk-0.2" in found.checks["dialect"]["found"]


def test_a_server_that_is_down(machine: Any) -> None:
    machine.emulator.stop()
    found = machine.examined()
    assert found.code == 4
    assert only(found.states(), "fail") == ["connection"]
    assert "nothing answers" in found.checks["connection"]["found"]
    assert found.states() | NOT_TRIED == found.states()


def test_a_host_that_does_not_exist(machine: Any) -> None:
    found = machine.examined("--base-url", "https://nowhere.invalid/v1")
    assert found.code == 4
    assert "was not found" in found.checks["connection"]["found"]


def test_a_connection_that_breaks(machine: Any) -> None:
    machine.emulator.add_fault(action="close", times=None)
    found = machine.examined()
    assert found.code == 4
    assert only(found.states(), "fail") == ["connection"]
    assert "Check the network" in found.checks["connection"]["mend"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"status": 500}, "The API failed"),
        ({"status": 503}, "The API failed"),
        ({"status": 429, "retry_after": 1}, "Rate limited"),
        ({"action": "html"}, "The API failed"),
        ({"action": "html", "status": 200}, "the answer is HTML"),
    ],
    ids=repr,
)
def test_an_api_that_fails(machine: Any, fault: dict[str, Any], told: str) -> None:
    machine.emulator.add_fault(path="/users/me", times=None, **fault)
    found = machine.examined()
    assert found.code == 4
    assert only(found.states(), "fail") == ["API"]
    assert told in found.checks["API"]["found"]
    assert found.checks["clock"]["state"] == "ok"


def test_a_login_that_fails(machine: Any) -> None:
    machine.emulator.add_fault(path="/token/login", times=None, status=500)
    found = machine.examined()
    assert found.code == 4
    assert only(found.states(), "fail") == ["login"]
    assert "ask the vendor" in found.checks["login"]["mend"]
    assert "account" not in found.checks


def test_a_base_url_without_v1(machine: Any) -> None:
    found = machine.examined("--base-url", machine.emulator.url.removesuffix("/v1"))
    assert found.code == 4
    assert "should end in /v1" in found.checks["API"]["mend"]


def test_a_base_url_that_is_none(machine: Any) -> None:
    found = machine.examined(CEREVOX_BASE_URL="http://example.com/v1")
    assert found.code == 1
    assert only(found.states(), "fail") == ["base URL"]
    assert "plain http" in found.checks["base URL"]["found"]
    assert "connection" not in found.checks
    found = machine.examined(CEREVOX_BASE_URL="ftp://x", CEREVOX_API_KEY="")
    assert found.code == 1
    assert found.checks["key"]["state"] == "note"


@pytest.mark.parametrize(("seconds", "side"), [(7200, "behind"), (-7200, "ahead of")])
def test_a_clock_that_is_wrong(machine: Any, seconds: int, side: str) -> None:
    machine.emulator.advance_clock(seconds)
    found = machine.examined()
    assert found.code == 0
    assert only(found.states(), "warning") == ["clock"]
    assert f"s {side} the API's" in found.checks["clock"]["found"]


def test_a_certificate_that_verifies(machine: Any, serve_tls: Any) -> None:
    url, bundle = serve_tls(machine.emulator)
    found = machine.examined("--base-url", url, REQUESTS_CA_BUNDLE=bundle)
    assert found.code == 0
    assert found.checks["TLS"]["found"] == "the server's certificate verifies"


def test_a_self_signed_certificate(machine: Any, serve_tls: Any) -> None:
    url, _ = serve_tls(machine.emulator)
    found = machine.examined("--base-url", url)
    assert found.code == 4
    assert only(found.states(), "fail") == ["TLS"]
    assert "does not verify: it is self-signed" in found.checks["TLS"]["found"]
    assert "REQUESTS_CA_BUNDLE" in found.checks["TLS"]["mend"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"ends": timedelta(days=-1)}, "it has expired"),
        ({"host": "127.0.0.2"}, "it is another host's"),
    ],
    ids=repr,
)
def test_a_certificate_that_is_wrong(
    machine: Any, serve_tls: Any, wrong: dict[str, Any], told: str
) -> None:
    url, bundle = serve_tls(machine.emulator, **wrong)
    found = machine.examined("--base-url", url, REQUESTS_CA_BUNDLE=bundle)
    assert found.code == 4
    assert told in found.checks["TLS"]["found"]


def test_https_to_a_server_without_tls(machine: Any) -> None:
    url = machine.emulator.url.replace("http:", "https:")
    found = machine.examined("--base-url", url)
    assert found.code == 4
    assert only(found.states(), "fail") == ["TLS"]
    assert "port speaks TLS" in found.checks["TLS"]["mend"]


@pytest.mark.parametrize("script", ["exit 1", "echo what", "printf '\\377'"])
def test_an_engine_that_does_not_answer(machine: Any, script: str) -> None:
    machine.put_engine(script)
    found = machine.examined()
    assert found.code == 1
    assert "does not say its version" in found.checks["engine"]["found"]


def test_no_engine(machine: Any) -> None:
    found = machine.examined(PATH=str(machine.home))
    assert found.code == 1
    assert "no `pulumi` on PATH" in found.checks["engine"]["found"]


def test_an_old_engine(machine: Any) -> None:
    machine.put_engine("echo v3.226.0")
    found = machine.examined()
    assert found.code == 0
    assert only(found.states(), "warning") == ["engine"]
    assert "exit code 7 for drift (since 3.227.0)" in found.checks["engine"]["found"]


def test_the_key_is_at_fault_before_all_else(machine: Any) -> None:
    machine.emulator.stop()
    assert machine.examined(CEREVOX_API_KEY="sk_canary_1 sk_canary_2").code == 3
    assert machine.examined(PATH=str(machine.home)).code == 4
