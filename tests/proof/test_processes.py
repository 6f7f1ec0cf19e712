"""What becomes known of provider hosts whose engine has gone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from scripts.engine.provider_host import Engine, Host
from scripts.proof.processes import hosts_left

SECONDS = 20.0
"""A host of ours looks for its engine every three, and twice."""


@pytest.fixture
def host() -> Iterator[Host]:
    engine = Engine()
    with Host(engine, {"CEREVOX_API_KEY": "k"}) as one:
        yield one


def test_one_that_was_asked_something_ends_by_itself(host: Host) -> None:
    host.configure().check({"email": "a@example.com", "role": "member"})
    host.engine.close()
    left = hosts_left([psutil.Process(host.process.pid)], SECONDS)
    assert (left.unasked, left.stuck) == (0, [])


def test_one_that_was_not_ends_when_it_is(host: Host) -> None:
    host.engine.close()
    left = hosts_left([psutil.Process(host.process.pid)], SECONDS)
    assert (left.unasked, left.stuck) == (1, [])


@pytest.mark.parametrize("sign", ["pulumi.dynamic", "/v/bin/pulumi-resource-cerevox"])
def test_one_that_never_ends_is_named(sign: str) -> None:
    words = [sys.executable, "-c", "import time; time.sleep(600)", sign]
    with subprocess.Popen(words) as process:
        one = psutil.Process(process.pid)
        left = hosts_left([one], seconds=0.1)
        process.kill()
    assert (left.unasked, left.stuck) == (0, [one])
