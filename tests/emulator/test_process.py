"""The command: ready line, exit codes, signals, database, seeds."""

from __future__ import annotations

import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from pulumi_cerevox.emulator import WRONG_ANSWERS
from pulumi_cerevox.testing import EmulatorError, EmulatorProcess

Call = Callable[..., requests.Response]
CallerOf = Callable[[EmulatorProcess], Call]

COMMAND = [sys.executable, "-m", "pulumi_cerevox.cli"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def assert_refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_line_on_stdout_and_exit_0_at_a_signal(number: signal.Signals) -> None:
    with subprocess.Popen(
        [*COMMAND, "emulator"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        requests.get(f"{ready['url']}/users", timeout=20)
        process.send_signal(number)
        rest, log = process.communicate(timeout=30)

    assert process.returncode == 0
    assert rest == b""
    assert set(ready) == {"url", "api_key", "admin_url"}
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", ready["url"])
    assert ready["admin_url"] == ready["url"].replace("/v1", "/_emulator")
    assert ready["api_key"].startswith("cvx_emulator_")
    assert b"Traceback" not in log


def test_a_stop_waits_for_nobody(caller_of: CallerOf) -> None:
    with EmulatorProcess() as emulator:
        call = caller_of(emulator)
        call("GET", "/users/me")  # keeps a connection open
        emulator.add_fault(path="/users", action="hang")
        emulator.add_fault(path="/accounts/my", delay_seconds=600, when="after")
        failures: list[Exception] = []

        def wait_for(path: str) -> None:
            try:
                call("GET", path, timeout=60)
            except requests.RequestException as error:
                failures.append(error)

        waiting = [
            threading.Thread(target=wait_for, args=(path,))
            for path in ("/users", "/accounts/my")
        ]
        for thread in waiting:
            thread.start()
        while emulator.count("GET", "/users") + emulator.count(path="/accounts/*") < 2:
            pass
        log = emulator.log()
        code = emulator.stop()
        for thread in waiting:
            thread.join(timeout=30)

    assert code == 0
    assert len(failures) == 2
    assert "Traceback" not in log


def test_killed_and_started_again_it_knows_everything(
    tmp_path: Path, caller_of: CallerOf
) -> None:
    with EmulatorProcess(seed="team", db=tmp_path / "state.db") as emulator:
        call = caller_of(emulator)
        call("POST", "/users", json={"email": "new@example.com", "name": "New"})
        emulator.set_clock(advance_seconds=1000)
        url, key = emulator.url, emulator.api_key
        users, journal = emulator.users(), emulator.journal()

        emulator.kill()
        emulator.restart()

        assert (emulator.url, emulator.api_key) == (url, key)
        assert emulator.users() == users
        assert emulator.journal() == journal
        assert call("GET", "/users/me").status_code == 200  # with the same token
        assert emulator.set_clock()["offset_seconds"] > 900
        assert "no seed is planted" in emulator.log()
        assert emulator.stop() == 0


def test_no_answered_write_is_lost_by_a_kill(
    tmp_path: Path, caller_of: CallerOf
) -> None:
    with EmulatorProcess(db=tmp_path / "state.db") as emulator:
        call = caller_of(emulator)
        answered: list[str] = []

        def create_until_killed() -> None:
            try:
                while True:
                    email = f"dev-{len(answered)}@example.com"
                    call("POST", "/users", json={"email": email, "name": "Dev"})
                    answered.append(email)
            except requests.RequestException:
                pass

        writer = threading.Thread(target=create_until_killed)
        writer.start()
        while len(answered) < 50:
            pass
        emulator.kill()
        writer.join(timeout=30)
        emulator.restart()

        kept = {user["email"] for user in emulator.users()}
        assert set(answered) <= kept
        created = emulator.journal("POST", "/users")
        assert len(created) == len(kept) - 1
        assert {entry["status"] for entry in created} == {201}


def test_a_reset_after_a_restart_is_the_files_own_seed(tmp_path: Path) -> None:
    database = tmp_path / "state.db"
    with EmulatorProcess(seed="team", db=database) as emulator:
        seeded = emulator.users()
        emulator.remove_user("ada@example.com")
    with EmulatorProcess(seed="empty", db=database) as emulator:
        assert len(emulator.users()) == 11
        emulator.reset()
        assert emulator.users() == seeded


def test_a_file_without_any_key_gets_one_at_the_next_start(tmp_path: Path) -> None:
    with EmulatorProcess(db=tmp_path / "state.db") as emulator:
        key = emulator.api_key
        emulator.revoke_keys()
        emulator.restart()
        assert emulator.api_key.startswith("cvx_emulator_")
        assert emulator.api_key != key

        emulator.remove_user("owner@example.com")
        emulator.restart()
        assert emulator.api_key == ""


def test_in_memory_nothing_outlives_it() -> None:
    with EmulatorProcess() as emulator:
        emulator.add_user("new@example.com")
        key = emulator.api_key
        emulator.restart()

        assert len(emulator.users()) == 1
        assert emulator.api_key == key


# Refusals to start


def test_a_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        assert_refused(run("emulator", "--port", port), port, "in use")


@pytest.mark.parametrize("host", ["203.0.113.1", "no such host"])
def test_a_host_that_is_not_here(host: str) -> None:
    assert_refused(run("emulator", "--host", host), host)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text(
        "these are notes, and long enough to be looked at as a header\n" * 9
    )

    assert_refused(run("emulator", "--db", str(other)), "notes.txt", "not a SQLite")
    assert other.read_text().startswith("these are notes")


def test_somebody_elses_database(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE things (name TEXT)")
    connection.close()
    before = other.read_bytes()

    assert_refused(run("emulator", "--db", str(other)), "other.db", "not an emulator's")
    assert other.read_bytes() == before


def test_a_database_of_another_layout(tmp_path: Path) -> None:
    database = tmp_path / "state.db"
    with EmulatorProcess(db=database):
        pass
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    assert_refused(run("emulator", "--db", str(database)), "another version", "99")


def test_a_database_in_use(tmp_path: Path) -> None:
    with EmulatorProcess(db=tmp_path / "state.db"):
        again = run("emulator", "--db", str(tmp_path / "state.db"))

    assert_refused(again, "state.db", "in use")


def test_a_database_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert_refused(
        run("emulator", "--db", str(tmp_path / "no" / "state.db")), "state.db"
    )


def test_a_bad_seed_file(tmp_path: Path) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text("account: {plan: gold}\nusers:\n- {email: a, name: ''}\n")

    assert_refused(run("emulator", "--seed", str(path)), f"{path}:1:11: account.plan")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--seed", "nothing.yaml"], "nothing.yaml: no such file"),
        (["--seed", "nope"], "the built-in seeds are drifted, empty, team"),
        (["--dialect", "latin"], "latin"),
        (["--users", "-1"], "--users"),
        (["--port", "99999"], "--port"),
        (["--account-id", "my"], "--account-id"),
        (["--account-id", "a b"], "--account-id"),
    ],
)
def test_bad_options(arguments: list[str], word: str) -> None:
    assert_refused(run("emulator", *arguments), word)


def test_a_failed_start_is_told_by_the_process_helper() -> None:
    with pytest.raises(EmulatorError, match=r"exit code 2:\n.*nothing\.yaml"):
        EmulatorProcess(seed="nothing.yaml")


def test_without_the_extra_it_names_the_command_to_run() -> None:
    hidden = (
        "import sys; sys.modules['fastapi'] = None\n"
        "from pulumi_cerevox.cli import main; main(['emulator'])"
    )

    result = subprocess.run(
        [sys.executable, "-c", hidden],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert result.returncode == 1
    assert "pip install 'pulumi-cerevox[emulator]'" in result.stderr
    assert "Traceback" not in result.stderr


def test_neither_pulumi_nor_the_client_is_imported() -> None:
    loaded = (
        "import sys, pulumi_cerevox.cli, pulumi_cerevox.emulator, "
        "pulumi_cerevox.testing.emulator_process\n"
        "print([n for n in sys.modules if n == 'pulumi' or n.startswith('pulumi.')"
        " or n.startswith('pulumi_cerevox.account')])"
    )

    result = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )

    assert result.stdout == "[]\n"


def test_version_and_help() -> None:
    assert re.match(r"pulumi-cerevox, version \d", run("--version").stdout)
    assert "emulator" in run("--help").stdout
    assert "--dialect" in run("emulator", "--help").stdout


# Seeds and options


def test_the_empty_seed_is_the_owner_alone() -> None:
    with EmulatorProcess() as emulator:
        (owner,) = emulator.users()
        account = emulator.snapshot()["account"]

    assert (owner["role"], owner["lastlogin"]) == ("admin", None)
    assert (account["plan"], account["max_users"]) == ("enterprise", 100_000)


def test_the_team_has_all_kinds_of_people() -> None:
    with EmulatorProcess(seed="team") as emulator:
        users = emulator.users()
        account = emulator.snapshot()["account"]

    assert len(users) == 12
    assert {user["role"] for user in users} == {"admin", "member"}
    assert any(user["isbanned"] for user in users)
    assert any(user["lastlogin"] is None for user in users)
    assert (account["plan"], account["max_users"]) == ("pro", 20)


def test_drifted_is_the_team_with_differences() -> None:
    with EmulatorProcess(seed="team") as team:
        before = {user["email"]: user for user in team.users()}
    with EmulatorProcess(seed="drifted", account_id="acc_team") as drifted:
        after = {user["email"]: user for user in drifted.users()}
        assert drifted.snapshot()["account"]["account_id"] == "acc_team"

    assert set(before) - set(after) == {"katherine@example.com"}
    assert len(set(after) - set(before)) == 2
    both = set(before) & set(after)
    for field in ("name", "role", "isbanned"):
        assert any(before[email][field] != after[email][field] for email in both)


def test_generated_members_get_seats() -> None:
    with EmulatorProcess(seed="team", users=30) as emulator:
        users = emulator.users()
        assert emulator.snapshot()["account"]["max_users"] == 42

    assert users[12]["email"] == "dev-0001@example.com"
    assert users[-1]["email"] == "dev-0030@example.com"


def test_the_same_seed_gives_the_same_ids_and_key() -> None:
    with EmulatorProcess(seed="team") as one, EmulatorProcess(seed="team") as two:
        assert one.users() == two.users()
        assert one.api_key == two.api_key
    with EmulatorProcess(seed="team", account_id="acc_2") as other:
        assert other.users()[0]["user_id"] != one.api_key
        assert other.api_key != one.api_key


def test_a_seed_file(tmp_path: Path, caller_of: CallerOf) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(
        """
account: {id: acc_123, name: Exämple, plan: free, status: active, max_users: 5}
owner: Bob@example.com
users:
  - email: ada@example.com
    name: Ada
    role: admin
    last_login: 2026-01-05T08:00:00+01:00
    api_key: my-own-key
  - {email: bob@example.com, name: Bob, role: admin, password: "s3:cret"}
  - {email: eve@example.com, name: Eve, banned: true, last_login: 2026-01-05}
""",
        encoding="utf-8",
    )
    with EmulatorProcess(seed=path) as emulator:
        call = caller_of(emulator)
        first = emulator.user("ada@example.com")["lastlogin"]
        assert call("GET", "/users/me").json()["email"] == "bob@example.com"
        own = call("GET", "/users/me", key="my-own-key").json()
        info = call("GET", "/accounts/my").json()
        banned = emulator.user("eve@example.com")

    assert own["email"] == "ada@example.com"
    assert first == "2026-01-05T07:00:00Z"
    assert info["account_name"] == "Exämple"
    assert (info["account_id"], info["features"]["max_users"]) == ("acc_123", 5)
    assert banned["isbanned"] is True
    assert banned["lastlogin"] == "2026-01-05T00:00:00Z"


def test_latency_slows_every_answer_of_the_api(caller_of: CallerOf) -> None:
    with EmulatorProcess(latency_ms=60_000) as emulator:
        with pytest.raises(requests.ReadTimeout):
            caller_of(emulator)("GET", "/users", anonymous=True, timeout=0.3)

        assert emulator.users()
        emulator.patch_rules(latency_ms=0)
        call = caller_of(emulator)
        assert call("GET", "/users", anonymous=True).status_code == 401


def test_many_users_are_fine(caller_of: CallerOf) -> None:
    with EmulatorProcess(users=10_000) as emulator:
        call = caller_of(emulator)
        for number in range(1_000):
            body = {"email": f"more-{number}@example.com", "name": "More"}
            assert call("POST", "/users", json=body).status_code == 201

        assert len(call("GET", "/users").json()) == 11_001


def test_the_process_helper_tells_its_state() -> None:
    emulator = EmulatorProcess()
    assert emulator.running
    assert emulator.pid > 0
    assert emulator.api_key not in repr(emulator)

    assert emulator.stop() == 0

    assert not emulator.running
    assert emulator.stop() is None
    assert emulator.log() == ""
    with pytest.raises(EmulatorError):
        _ = emulator.pid


def test_wrong_answers_from_the_start() -> None:
    names = ("--faults", "list_cut", "--faults", "delete_false")
    with subprocess.Popen(
        [*COMMAND, "emulator", "--seed", "team", *names],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        rules = requests.get(f"{ready['admin_url']}/faults", timeout=20).json()
        process.terminate()

    assert [rule["action"] for rule in rules["faults"]] == ["list_cut", "delete_false"]


def test_a_wrong_answer_that_is_not_known() -> None:
    result = run("emulator", "--faults", "list_cu")

    assert_refused(result, "--faults list_cu: unknown. The names are list_cut, ")


def test_every_wrong_answer_is_documented() -> None:
    page = Path(__file__).parents[2] / "docs" / "emulator.md"
    rows = [line for line in page.read_text().splitlines() if "| `" in line]

    for name, wrong in WRONG_ANSWERS.items():
        assert f"| `{name}` | {wrong.text} |" in rows
