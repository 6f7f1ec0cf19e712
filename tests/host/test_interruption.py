"""One ^C while the host writes: the write goes on to its end."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

ADA = {"email": "ada@example.com", "role": "admin"}


def wait_for_a_create(account: Any) -> None:
    """Wait until the API has made somebody, whose answer is held back."""
    while not account.count("POST", "/users"):
        time.sleep(0.01)


def test_a_create_goes_on_to_its_end(account: Any, host: Any) -> None:
    account.add_fault(method="POST", path="/users", delay_seconds=2, when="after")
    with ThreadPoolExecutor(1) as thread:
        created = thread.submit(host.create, ADA)
        wait_for_a_create(account)
        host.interrupt()
        _, outs = created.result()
    assert outs["role"] == "admin"
