"""The day of a run: the command's first one, and no write while another one is set."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pulumi_cerevox.account import Settings as ClientSettings
from pulumi_cerevox.provider import ProviderError, RosterProvider
from pulumi_cerevox.provider.configuration import Settings
from pulumi_cerevox.provider.connection import Connection
from pulumi_cerevox.provider.run_day import command_began

LATE_CLOCK = Path(__file__).parents[1] / "late_clock"
LISTEN = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    input()
"""


def test_the_system_tells_when_the_command_began() -> None:
    before = datetime.now(UTC)
    command = [sys.executable, "-c", LISTEN]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        began = command_began(f"127.0.0.1:{port}")
        process.communicate("\n")
    assert began is not None
    # The system counts in hundredths of a second.
    assert before - timedelta(seconds=0.1) <= began <= datetime.now(UTC)


def test_of_an_address_where_nobody_listens_nothing_is_known() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert command_began(f"127.0.0.1:{port}") is None
    assert command_began("") is None


def test_a_host_that_starts_after_midnight_counts_by_the_commands_day(
    account: Any, start_host: Callable[..., Any], tmp_path: Path
) -> None:
    ahead = tmp_path / "ahead"
    today = datetime.now(UTC).date().isoformat()
    ahead.write_text("86400")
    env = {"PYTHONPATH": str(LATE_CLOCK), "CLOCK_AHEAD": str(ahead)}
    host = start_host(account, **env)
    host.provider = RosterProvider
    members = {
        "owner@example.com": {"role": "admin"},
        "bob@example.com": {"role": "member", "until": today},
    }
    checked = host.check({"members": members, "expired": "remove"})
    assert (tmp_path / "late").exists()
    assert "bob@example.com" in checked["members"]


@pytest.mark.parametrize("day", ["2027-04-01", "2020-01-01"])
def test_no_real_account_is_written_to_while_a_day_is_set(
    account: Any,
    start_host: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    day: str,
) -> None:
    env = {"CEREVOX_TODAY": day, "CEREVOX_BASE_URL": "https://cerevox.invalid/v1"}
    host = start_host(account, **env)
    host.provider = RosterProvider
    inputs = {"members": {"owner@example.com": {"role": "admin"}}}
    state = {"accountId": "acc_empty", "onDestroy": "remove_created", "__known": {}}
    told = f"CEREVOX_TODAY={day} is set, and the account is a real one"
    calls: list[Callable[[], Any]] = [
        lambda: host.create_checked(inputs),
        lambda: host.update("acc_empty", inputs | state, inputs),
        lambda: host.delete("acc_empty", inputs | state),
    ]
    for call in calls:
        with pytest.raises(Exception, match=told):
            call()
    # A request that may write asks as well, whichever resource sends it.
    settings = Settings(
        api_key=account.api_key,
        client={"base_url": account.url},
        today=datetime.fromisoformat(day).date(),
    )
    client = Connection(settings).account
    monkeypatch.setattr(ClientSettings, "is_loopback", property(lambda _: False))
    with pytest.raises(ProviderError, match=told):
        client.create_user("bob@example.com")
    assert [one["email"] for one in account.users()] == ["owner@example.com"]


def test_a_day_that_is_none_is_refused(
    account: Any, start_host: Callable[..., Any], call_error: type[Exception]
) -> None:
    host = start_host(account, CEREVOX_TODAY="2027-02-30")
    with pytest.raises(call_error, match="CEREVOX_TODAY must be a date, YYYY-MM-DD"):
        host.check({"email": "bob@example.com"})
