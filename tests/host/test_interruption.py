"""One ^C while the host writes: it goes on to the end, and says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pulumi_cerevox.provider import RosterProvider
from pulumi_cerevox.provider.interruption import Interruption

ADA = {"email": "ada@example.com", "role": "admin"}
SAYS_SO = "what is being written is carried to its end"


def said(host: Any) -> list[str]:
    """Give what the host told the engine about an interruption."""
    return [line for _, line in host.engine.log.lines if SAYS_SO in line]


def wait_for_a_create(account: Any) -> None:
    """Wait until the API has made somebody, whose answer is held back."""
    while not account.count("POST", "/users"):
        time.sleep(0.01)


def hold_up(account: Any) -> None:
    """Let the first create's answer come late."""
    account.add_fault(method="POST", path="/users", delay_seconds=2, when="after")


def test_a_create_goes_on_and_says_so(account: Any, host: Any) -> None:
    hold_up(account)
    with ThreadPoolExecutor(1) as thread:
        created = thread.submit(host.create, ADA)
        wait_for_a_create(account)
        host.interrupt()
        _, outs = created.result()
    assert outs["role"] == "admin"
    assert len(said(host)) == 1


def test_the_progress_of_a_roster_says_so_too(
    account: Any, start_host: Callable[..., Any]
) -> None:
    host = start_host(account, {"parallelism": "1"})
    host.provider = RosterProvider
    hold_up(account)
    members: dict[str, Any] = {"owner@example.com": {"role": "admin"}}
    members |= {f"user-{n}@example.com": {"role": "member"} for n in range(25)}
    with ThreadPoolExecutor(1) as thread:
        created = thread.submit(host.create, {"members": members})
        wait_for_a_create(account)
        host.interrupt()
        created.result()
    assert len(account.users()) == 1 + 25
    told, progress = said(host)
    assert told.startswith("interrupted: ")
    assert progress.startswith("create: 20 of 25; interrupted: ")


def test_a_host_that_writes_nothing_says_nothing(host: Any) -> None:
    host.check(ADA)
    host.interrupt()
    assert said(host) == []


def test_the_end_of_a_run_is_no_interruption(host: Any) -> None:
    host.check(ADA)
    host.create(ADA)
    host.interrupt()  # the engine's word at the end of every run
    assert said(host) == []


def test_a_write_after_the_interruption_says_so_once(host: Any) -> None:
    host.check(ADA)
    host.interrupt()
    host.create(ADA)
    host.create({"email": "bob@example.com"})
    assert len(said(host)) == 1


def test_outside_a_host_there_is_nobody_to_tell() -> None:
    interruption = Interruption()
    interruption.before_write()
    assert not interruption.received
    interruption.receive()
    assert interruption.received
