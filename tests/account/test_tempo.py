"""The tempo that a client keeps once the API has refused a request."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_cerevox.account import Exchange, RateLimitedError, calls
from pulumi_cerevox.account.retry import KEPT_SECONDS, Retrier, Tempo

GET = calls.list_users()


class Api:
    """Takes a number of requests in each window of a second, as the emulator does."""

    def __init__(self, time: Any, limit: int) -> None:
        self._time, self._limit = time, limit
        self._window, self._count = -1.0, 0
        self.refused = self.taken = 0

    def take(self) -> None:
        if self._time.now >= self._window + 1:
            self._window, self._count = self._time.now, 0
        if self._count == self._limit:
            self.refused += 1
            exchange = Exchange("GET", "/users", 429, retry_after=1.0)
            raise RateLimitedError("Slower.", exchange)
        self._count += 1
        self.taken += 1


def test_after_one_refusal_requests_go_as_fast_as_the_api_takes_them(
    fake_time: Any,
) -> None:
    api = Api(fake_time, 20)
    retrier = Retrier(120, fake_time.pace())
    began = fake_time.now
    for _ in range(1000):
        retrier.begin().run(GET, api.take)
    assert api.taken == 1000
    assert api.refused == 1
    assert fake_time.now - began <= 1.05 * 50


def test_no_refusal_no_waiting(fake_time: Any) -> None:
    retrier = Retrier(120, fake_time.pace())
    for _ in range(100):
        retrier.begin().run(GET, lambda: None)
    assert fake_time.slept == []


def test_a_tempo_is_forgotten_after_a_minute(fake_time: Any) -> None:
    tempo = learnt(fake_time)
    assert tempo.claim() == 0
    assert tempo.claim() > 0
    fake_time.now += KEPT_SECONDS + 1
    assert [tempo.claim(), tempo.claim()] == [0, 0]


@pytest.mark.parametrize(
    ("accepted", "seconds"),
    [
        pytest.param(9, 1.0, id="too few to tell"),
        pytest.param(20, None, id="no pause was asked for"),
    ],
)
def test_what_tells_nothing_slows_nobody(
    fake_time: Any, accepted: int, seconds: float | None
) -> None:
    tempo = learnt(fake_time, accepted, seconds)
    assert [tempo.claim(), tempo.claim()] == [0, 0]


def test_a_place_that_comes_after_the_budget_is_refused(fake_time: Any) -> None:
    retrier = Retrier(0.01, fake_time.pace())
    for _ in range(20):
        retrier.tempo.accepted()
    retrier.tempo.refused(1.0)
    ran: list[int] = []
    retrier.begin().once(lambda: ran.append(1))
    with pytest.raises(RateLimitedError, match="Gave up"):
        retrier.begin().once(lambda: ran.append(2))
    assert ran == [1]


def test_who_waits_for_a_place_while_the_gate_closes_waits_for_both(
    fake_time: Any,
) -> None:
    pace = fake_time.pace()
    retrier = Retrier(120, pace)
    for _ in range(20):
        retrier.tempo.accepted()
    retrier.tempo.refused(1.0)
    retrier.tempo.claim()
    sleep = fake_time.sleep
    closed: list[float] = []

    def closing_sleep(seconds: float) -> None:
        if not closed:
            closed.append(fake_time.now + 5.0)
            retrier.gate.close(5.0)
        sleep(seconds)

    object.__setattr__(retrier.pace, "sleep", closing_sleep)
    assert retrier.begin().once(lambda: fake_time.now) >= closed[0]


def learnt(fake_time: Any, accepted: int = 20, seconds: float | None = 1.0) -> Tempo:
    tempo = Tempo(lambda: float(fake_time.now))
    for _ in range(accepted):
        tempo.accepted()
    tempo.refused(seconds)
    return tempo
