"""`login` and `logout`: what is kept, what never is, and what is said."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_cerevox.account import ConfigurationError
from pulumi_cerevox.cli.session import one_process_at_a_time

PASSWORD = "pw canary: 7"
COMMAND = [sys.executable, "-m", "pulumi_cerevox.cli"]


def at_a_terminal(person: Any, arguments: list[str], answer: str) -> tuple[int, str]:
    """Answer the command's prompt at a real terminal; give all that was shown."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments],
        env=person.variables(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = b""
        while piece := _read(ours):
            shown += piece
            if shown.endswith(b": "):
                os.write(ours, answer.encode() + b"\n")
    os.close(ours)
    return process.returncode, shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # EIO: everybody at the other end is gone
        return b""


def test_a_login_by_key_keeps_tokens_and_no_key(person: Any) -> None:
    run = person.run("login", "--api-key-stdin", stdin=f" {person.emulator.api_key}\n")
    assert (run.returncode, run.stderr) == (0, "")
    account = person.emulator.snapshot()["account"]["account_id"]
    assert run.stdout == (
        f"logged in to {person.emulator.url} as owner@example.com (admin) of account "
        f"{account}\n"
    )
    entry = person.entry()
    assert set(entry) == {"base_url", "access_token", "refresh_token", "ends_at"}
    assert entry["base_url"] == person.emulator.url
    for file in person.home.rglob("*"):
        assert not file.is_file() or person.emulator.api_key not in file.read_text()


def test_a_key_is_asked_for_and_not_shown(person: Any) -> None:
    key = person.emulator.api_key
    code, shown = at_a_terminal(person, ["login"], key)
    assert code == 0
    assert "API key: " in shown
    assert key not in shown
    assert "as owner@example.com" in shown


def test_email_and_password(person: Any) -> None:
    person.emulator.patch_user("ada@example.com", password=PASSWORD)
    arguments = ["login", "--email", "ada@example.com"]
    code, shown = at_a_terminal(person, arguments, PASSWORD)
    assert code == 0
    assert PASSWORD not in shown
    assert "as ada@example.com" in shown
    assert PASSWORD not in str(person.entry())
    assert "ada@example.com" in person.run("whoami").stdout


def test_a_refused_key_or_password_is_3_and_keeps_nothing(person: Any) -> None:
    run = person.run("login", "--api-key-stdin", stdin="sk_wrong_1234")
    assert run.returncode == 3
    assert "the API refused the API key from standard input" in run.stderr
    assert "sk_wrong" not in run.stderr
    code, shown = at_a_terminal(person, ["login", "--email", "a@b.org"], "wrong one")
    assert code == 3
    assert "the API refused the email and password given" in shown
    assert person.entry() is None


@pytest.mark.parametrize("stdin", ["", " \n"])
def test_no_key_is_bad_input(person: Any, stdin: str) -> None:
    run = person.run("login", "--api-key-stdin", stdin=stdin)
    assert (run.returncode, run.stderr) == (2, "pulumi-cerevox: no key was given\n")


@pytest.mark.parametrize("more", [[], ["--email", "ada@example.com"]])
def test_without_a_terminal_nothing_is_asked(person: Any, more: list[str]) -> None:
    run = person.run("login", *more)
    assert run.returncode == 2
    assert "there is no terminal to ask" in run.stderr
    assert "--api-key-stdin" in run.stderr


def test_two_ways_at_once_are_bad_flags(person: Any) -> None:
    run = person.run("login", "--email", "a@b.org", "--api-key-stdin")
    assert run.returncode == 2
    assert "not both" in run.stderr


def test_a_bad_base_url_is_told(person: Any) -> None:
    run = person.run("login", "--base-url", "http://example.com/v1")
    assert run.returncode == 3
    assert "plain http" in run.stderr


def test_each_base_url_has_a_login_of_its_own(
    person: Any,
    start_emulator: Callable[..., Any],
    person_at: Callable[[Any], Any],
) -> None:
    other = person_at(start_emulator(seed="empty", account_id="acc_other"))
    person.log_in()
    run = person.run(
        "login",
        "--api-key-stdin",
        "--base-url",
        other.emulator.url + "/",
        stdin=other.emulator.api_key,
        CEREVOX_API_KEY="something",
    )
    assert run.stderr == (
        "CEREVOX_API_KEY is set and comes first\n"
        f"for the other commands: export CEREVOX_BASE_URL={other.emulator.url}\n"
    )
    assert "acc_other" in other.run("whoami").stdout
    assert "acc_other" not in person.run("whoami").stdout
    assert other.run("logout").returncode == 0
    assert other.entry() is None
    assert person.entry() is not None


def test_logout_ends_the_tokens_and_deletes_them(person: Any) -> None:
    person.log_in()
    kept = person.entry()
    run = person.run("logout")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == f"logged out of {person.emulator.url}\n"
    assert person.entry() is None
    assert person.emulator.count("POST", "/token/revoke") == 1
    person.keyring(f"keyring.set_password(*place, json.dumps({kept!r}))")
    assert person.run("whoami").returncode == 3


def test_logout_of_ended_tokens_ends_the_refresh_token_too(person: Any) -> None:
    person.log_in()
    kept = person.entry()
    person.keyring(
        f"keyring.set_password(*place, json.dumps({kept | {'ends_at': 1}!r}))"
    )
    assert person.run("logout").returncode == 0
    sessions = person.emulator.snapshot()["sessions"]
    assert [one for one in sessions if one["refresh_token"]] == []


def test_logging_out_when_nothing_is_stored_is_fine(person: Any) -> None:
    run = person.run("logout")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == f"no login was stored for {person.emulator.url}\n"
    assert person.emulator.count() == 0


def test_logout_of_a_dead_login_is_fine(person: Any) -> None:
    person.log_in()
    person.emulator.revoke_keys()
    assert person.run("logout").returncode == 0
    assert person.entry() is None


def test_logout_deletes_what_it_could_not_end_and_says_so(person: Any) -> None:
    person.log_in()
    person.emulator.stop()
    run = person.run("logout", "--base-url", person.emulator.url)
    assert run.returncode == 4
    assert "is deleted here, but could not be ended at the API" in run.stderr
    assert "nothing answers" in run.stderr
    assert person.entry() is None


@pytest.mark.parametrize("entry", ["[]", "{}", "x", '{"ends_at": 1e999}'])
def test_an_unreadable_entry_can_be_got_rid_of(person: Any, entry: str) -> None:
    person.keyring(f"keyring.set_password(*place, {entry!r})")
    run = person.run("whoami")
    assert run.returncode == 3
    assert "can't be read" in run.stderr
    assert "Run `pulumi-cerevox login` again." in run.stderr
    person.log_in()
    person.keyring(f"keyring.set_password(*place, {entry!r})")
    assert person.run("logout").returncode == 4
    assert person.entry() is None


def test_headless_machines_get_a_clear_message(person: Any) -> None:
    person.environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    for arguments in (["login"], ["logout"], ["whoami"], ["export"]):
        run = person.run(*arguments)
        assert run.returncode == 3
        assert "This machine has no keyring to keep a login in." in run.stderr
        assert "Set the environment variable CEREVOX_API_KEY instead." in run.stderr
    assert person.emulator.count() == 0
    assert person.run("whoami", CEREVOX_API_KEY="wrong").returncode == 3


def test_a_keyring_that_keeps_nothing_is_told_and_the_tokens_ended(person: Any) -> None:
    person.environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    run = person.run("login", "--api-key-stdin", stdin=person.emulator.api_key)
    assert run.returncode == 3
    assert "The keyring did not keep the login." in run.stderr
    assert person.emulator.count("POST", "/token/revoke") == 1


def test_a_broken_keyring_is_told(person: Any) -> None:
    person.environment["PYTHON_KEYRING_BACKEND"] = "no.such.Backend"
    run = person.run("whoami")
    assert run.returncode == 3
    assert "The keyring refused (ModuleNotFoundError)." in run.stderr


def test_without_the_extra_the_command_says_how_to_get_it(person: Any) -> None:
    program = (
        "import sys; sys.modules['keyring'] = None\n"
        "from pulumi_cerevox.cli import main\n"
        "main(prog_name='pulumi-cerevox')\n"
    )
    for arguments in (["login"], ["whoami"]):
        run = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            env=person.variables(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 3
        assert "pip install 'pulumi-cerevox[keyring]'" in run.stderr


def test_a_state_folder_that_cannot_be_written_is_told(
    person: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    run = person.run("whoami", XDG_STATE_HOME=str(tmp_path / "file"))
    assert run.returncode == 3
    assert "Set XDG_STATE_HOME to a folder that can be written" in run.stderr
    run = person.run("whoami", XDG_STATE_HOME=None)
    assert run.returncode == 3
    assert "no login is stored" in run.stderr
    assert (tmp_path / ".local/state/pulumi-cerevox/login.lock").is_file()


def test_deleting_what_another_terminal_deleted_is_fine(person: Any) -> None:
    program = (
        "from pulumi_cerevox.cli.session import KeyringStore\n"
        f"store = KeyringStore({person.emulator.url!r})\n"
        "store.delete(); store.delete(); print(store.holds(), store.read())"
    )
    person.log_in()
    assert person.keyring(program) == "False None"


def test_a_person_without_a_home_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container whose user id is in no list of users."""

    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with (
        pytest.raises(ConfigurationError, match="there is no home directory"),
        one_process_at_a_time(),
    ):
        pass
