"""A stored login at work: whom it serves, and how it is renewed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest


def refreshes(person: Any) -> list[int]:
    return [one["status"] for one in person.emulator.journal("POST", "/token/refresh")]


def make_stale(person: Any) -> None:
    """Let the stored access token end, as an hour would."""
    stale = person.entry() | {"ends_at": 1}
    person.keyring(f"keyring.set_password(*place, json.dumps({stale!r}))")


def test_whoami_says_who_and_how_to_bind_a_stack(person: Any) -> None:
    run = person.run("whoami", CEREVOX_API_KEY=person.emulator.api_key)
    account = person.emulator.snapshot()["account"]
    owner = person.emulator.user("owner@example.com")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines() == [
        f"account  {account['account_id']} ({account['account_name']})",
        f"user     owner@example.com ({owner['name']})",
        "role     admin",
        "key      the API key from environment variable CEREVOX_API_KEY",
        f"url      {person.emulator.url}",
        f"bind     pulumi config set cerevox:accountId {account['account_id']}",
    ]


def test_whoami_as_json(person: Any) -> None:
    person.log_in()
    run = person.run("whoami", "--format", "json")
    account = person.emulator.snapshot()["account"]
    owner = person.emulator.user("owner@example.com")
    assert json.loads(run.stdout) == {
        "account_id": account["account_id"],
        "account_name": account["account_name"],
        "user_id": owner["user_id"],
        "email": "owner@example.com",
        "name": owner["name"],
        "role": "admin",
        "key_from": "the stored login",
        "base_url": person.emulator.url,
        "bind": f"pulumi config set cerevox:accountId {account['account_id']}",
    }


def test_hostile_names_are_escaped(person: Any) -> None:
    person.emulator.patch_user("owner@example.com", name="Ada\x1b[2J\nbind evil")
    person.emulator.patch_account(account_name="Inc\x1b[2J\nbind evil")
    run = person.run("whoami", CEREVOX_API_KEY=person.emulator.api_key)
    assert "\x1b" not in run.stdout
    assert len(run.stdout.splitlines()) == 6


def test_neither_key_nor_login_names_both_ways(person: Any) -> None:
    for arguments in (["whoami"], ["export"]):
        run = person.run(*arguments)
        assert run.returncode == 3
        assert run.stderr == (
            "pulumi-cerevox: No Cerevox API key was given, and no login is stored for "
            f"{person.emulator.url}. Set the environment variable CEREVOX_API_KEY, or "
            "run `pulumi-cerevox login`.\n"
        )
    assert person.emulator.count() == 0


def test_commands_use_the_stored_login_and_the_key_comes_first(person: Any) -> None:
    person.log_in()
    person.emulator.clear_journal()
    exported = person.run("export").stdout
    assert "ada@example.com" in exported
    (person.home / "team.yaml").write_text(exported)
    audit = person.run("audit", str(person.home / "team.yaml"), "--format", "json")
    assert (audit.returncode, "in sync" in audit.stderr) == (0, True)
    assert person.emulator.count("POST", "/token/login") == 0
    ada = person.emulator.key_for("ada@example.com")
    assert (
        "user     ada@example.com" in person.run("whoami", CEREVOX_API_KEY=ada).stdout
    )


def test_it_is_renewed_before_it_ends_and_the_new_pair_is_kept_first(
    person: Any,
) -> None:
    person.log_in()
    make_stale(person)
    # The command fails after the renewal; what it got must not be lost with it.
    person.emulator.add_fault(method="GET", path="/accounts/my", status=403)
    assert person.run("whoami").returncode == 4
    assert refreshes(person) == [200]
    run = person.run("whoami")
    assert (run.returncode, run.stderr) == (0, "")
    assert refreshes(person) == [200]


def test_a_token_that_the_api_refuses_is_renewed(person: Any) -> None:
    person.log_in()
    person.emulator.advance_clock(3700)
    assert person.run("whoami").returncode == 0
    assert refreshes(person) == [200]


def test_processes_at_once_burn_nobodys_refresh_token(person: Any) -> None:
    person.log_in()
    # Shorter than the minute before which a token is renewed: each process must.
    person.emulator.patch_rules(access_token_seconds=30)
    make_stale(person)
    processes = [person.start("whoami") for _ in range(6)]
    ends = [(process.communicate()[1], process.returncode) for process in processes]
    assert ends == [("", 0)] * 6
    found = refreshes(person)
    assert len(found) >= 6
    assert set(found) == {200}
    assert person.run("whoami").returncode == 0


def test_processes_at_once_share_one_renewal(person: Any) -> None:
    person.log_in()
    make_stale(person)
    processes = [person.start("whoami") for _ in range(4)]
    ends = [(process.communicate()[1], process.returncode) for process in processes]
    assert ends == [("", 0)] * 4
    assert refreshes(person) == [200]


def test_an_ended_login_says_to_log_in_again(person: Any) -> None:
    person.log_in()
    person.emulator.advance_clock(40 * 24 * 3600)
    run = person.run("whoami")
    assert run.returncode == 3
    assert "the stored login ended and could not be renewed" in run.stderr
    assert "Run `pulumi-cerevox login` again" in run.stderr
    person.log_in()
    assert person.run("whoami").returncode == 0


def test_an_api_of_sdk_0_2_takes_the_tokens_and_renews_none(
    start_emulator: Callable[..., Any], person_at: Callable[[Any], Any]
) -> None:
    person = person_at(start_emulator(seed="team", dialect="sdk-0.2"))
    person.log_in()
    assert person.run("whoami").returncode == 0
    make_stale(person)
    run = person.run("whoami")
    assert run.returncode == 3
    assert "sdk-0.2 renews none" in run.stderr


def test_a_renewal_whose_answer_is_lost_costs_the_login_and_says_so(
    person: Any,
) -> None:
    """The API has taken the refresh token, and nobody has the pair it gave for it."""
    person.log_in()
    make_stale(person)
    person.emulator.add_fault(path="/token/refresh", action="close", when="after")
    run = person.run("whoami")
    assert run.returncode == 3
    assert "Run `pulumi-cerevox login` again" in run.stderr


def test_a_removed_users_login_is_refused(person: Any) -> None:
    person.log_in()
    person.emulator.patch_user("owner@example.com", isbanned=True)
    run = person.run("whoami")
    assert run.returncode == 3
    assert "removed or banned" in run.stderr


def test_a_login_that_goes_away_under_a_client(person: Any) -> None:
    """Another terminal logs out between two calls of this client."""
    program = (
        "from pulumi_cerevox.account import ConfigurationError\n"
        "from pulumi_cerevox.cli.session import open_account\n"
        "import keyring\n"
        "account = open_account()\n"
        "keyring.delete_password('pulumi-cerevox', account._base_url)\n"
        "try: account.get_current_user()\n"
        "except ConfigurationError as error: print(error)\n"
    )
    person.log_in()
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=person.variables(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.startswith("The stored login is gone. Run `pulumi-cerevox login`")


@pytest.mark.parametrize("module", ["pulumi_cerevox.provider", "pulumi_cerevox"])
def test_the_provider_loads_no_keyring(module: str) -> None:
    program = (
        f"import sys, {module} as m\n"
        "[getattr(m, name) for name in m.__all__]\n"
        "print([n for n in sys.modules if n.partition('.')[0] == 'keyring' "
        "or n.startswith('pulumi_cerevox.cli')])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
