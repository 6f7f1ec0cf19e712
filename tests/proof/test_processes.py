"""What becomes known of provider hosts whose engine has gone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psutil
import pytest

from scripts.engine.provider_host import Engine, Host
from scripts.proof.processes import hosts_left

SECONDS = 20.0
"""A host of ours looks for its engine every three, and twice."""


@pytest.fixture
def start_host() -> Iterator[Callable[[], Host]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(Host(Engine(), {"CEREVOX_API_KEY": "k"}))


def test_one_that_was_asked_ends_by_itself_and_one_that_was_not_when_it_is(
    start_host: Callable[[], Host],
) -> None:
    asked, unasked = hosts = [start_host(), start_host()]
    asked.configure().check({"email": "a@example.com", "role": "member"})
    for host in hosts:
        host.engine.close()
    left = hosts_left([psutil.Process(asked.process.pid)], SECONDS)
    assert (left.unasked, left.stuck) == (0, [])
    # The other one had as long as this one took, and is still there.
    left = hosts_left([psutil.Process(unasked.process.pid)], SECONDS, had_time=True)
    assert (left.unasked, left.stuck) == (1, [])


@pytest.mark.parametrize("sign", ["pulumi.dynamic", "/v/bin/pulumi-resource-cerevox"])
def test_one_that_never_ends_is_named(sign: str) -> None:
    words = [sys.executable, "-c", "import time; time.sleep(600)", sign]
    with subprocess.Popen(words) as process:
        one = psutil.Process(process.pid)
        left = hosts_left([one], seconds=0.1)
        process.kill()
    assert (left.unasked, left.stuck) == (0, [one])
