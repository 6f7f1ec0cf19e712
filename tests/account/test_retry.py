import threading
from typing import Any

import pytest

from pulumi_cerevox.account import (
    AccountError,
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    Exchange,
    NotFoundError,
    RateLimitedError,
    ServerError,
    TimedOutError,
    UnexpectedAnswerError,
    ValidationError,
    calls,
)
from pulumi_cerevox.account.retry import Retrier, delay, may_repeat

GET = calls.list_users()
PUT = calls.update_user("u1", "Ada", None)
DELETE = calls.delete_user("u1", "ada@example.com")
POST = calls.create_user("ada@example.com", "member", None)
LOGIN = calls.login()


def failure(
    kind: type[AccountError], status: int | None = None, **attributes: Any
) -> AccountError:
    waits = attributes.pop("retry_after", None)
    error = kind("It failed.", Exchange("GET", "/x", status, retry_after=waits))
    for name, value in attributes.items():
        setattr(error, name, value)
    return error


LOST = failure(ConnectionFailedError)
REFUSED = failure(ConnectionFailedError, sent=False)
UNRESOLVED = failure(ConnectionFailedError, sent=False, unresolved=True)
UNTRUSTED = failure(ConnectionFailedError, sent=False, lasting=True)
SLOW = failure(TimedOutError)
UNCONNECTED = failure(TimedOutError, sent=False)
LIMITED = failure(RateLimitedError, 429)
MALFORMED = failure(UnexpectedAnswerError, 200, malformed=True)
SHAPELESS = failure(UnexpectedAnswerError, 200)


@pytest.mark.parametrize(
    ("error", "repeated"),
    [
        pytest.param(LOST, "read write login", id="connection lost"),
        pytest.param(REFUSED, "read write create login", id="connection refused"),
        pytest.param(UNTRUSTED, "", id="certificate"),
        pytest.param(SLOW, "read write login", id="read timeout"),
        pytest.param(UNCONNECTED, "read write create login", id="connect timeout"),
        pytest.param(LIMITED, "read write create login", id="429"),
        pytest.param(failure(ServerError, 500), "read login", id="500"),
        pytest.param(failure(ServerError, 501), "", id="501"),
        pytest.param(failure(ServerError, 502), "read write login", id="502"),
        pytest.param(failure(ServerError, 503), "read write login", id="503"),
        pytest.param(failure(ServerError, 504), "read write login", id="504"),
        pytest.param(MALFORMED, "read write login", id="not JSON"),
        pytest.param(SHAPELESS, "", id="wrong shape"),
        pytest.param(failure(AuthenticationError, 401), "", id="401"),
        pytest.param(failure(NotFoundError, 404), "", id="404"),
        pytest.param(failure(ConflictError, 409), "", id="409"),
        pytest.param(failure(ValidationError, 400), "", id="400"),
        pytest.param(
            failure(RateLimitedError, 429, effort="Gave up."),
            "",
            id="given up",
        ),
    ],
)
def test_what_is_repeated(error: AccountError, repeated: str) -> None:
    sent = {"read": GET, "write": PUT, "create": POST, "login": LOGIN}
    again = [name for name, call in sent.items() if may_repeat(error, call, 1)]
    assert again == repeated.split()
    assert may_repeat(error, DELETE, 1) is ("write" in again)


@pytest.mark.parametrize("error", [UNRESOLVED, MALFORMED, failure(ServerError, 500)])
def test_what_waiting_rarely_helps_with_is_tried_four_times(
    error: AccountError,
) -> None:
    assert [may_repeat(error, GET, tries) for tries in (3, 4)] == [True, False]


def test_delays_double_up_to_a_limit_with_full_jitter() -> None:
    assert [delay(n, None, 1.0) for n in range(1, 9)] == [
        *(0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0)
    ]
    assert delay(10**6, None, 1.0) == 30.0
    assert delay(5, None, 0.0) == 0.0


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_what_the_api_asks_for_is_waited_in_full(chance: float) -> None:
    assert 7.0 <= delay(1, 7.0, chance) <= 7.5


@pytest.mark.parametrize("asked", [0.0, 0.001])
def test_a_pause_that_is_none_is_one_all_the_same(fake_time: Any, asked: float) -> None:
    tries = 0

    def refuse() -> None:
        nonlocal tries
        tries += 1
        raise failure(RateLimitedError, 429, retry_after=asked)

    with pytest.raises(RateLimitedError, match="Gave up"):
        Retrier(5, fake_time.pace()).begin().run(GET, refuse)
    assert tries < 6
    assert all(delay(1, asked, chance) >= 0.5 for chance in (0.0, 0.5, 1.0))


def test_a_call_is_repeated_until_it_works(fake_time: Any) -> None:
    outcomes = [LOST, failure(ServerError, 503), "done"]
    attempts = Retrier(120, fake_time.pace()).begin()
    assert attempts.run(GET, lambda: raise_or_give(outcomes)) == "done"
    assert fake_time.slept == [0.25, 0.5]
    assert attempts.unclear


def test_a_call_that_was_surely_not_done_leaves_nothing_unclear(
    fake_time: Any,
) -> None:
    outcomes = [REFUSED, LIMITED, "done"]
    attempts = Retrier(120, fake_time.pace()).begin()
    attempts.run(GET, lambda: raise_or_give(outcomes))
    assert not attempts.unclear


def test_a_wait_beyond_the_budget_is_not_begun(fake_time: Any) -> None:
    error = failure(RateLimitedError, 429, retry_after=3600.0)
    with pytest.raises(RateLimitedError) as caught:
        Retrier(120, fake_time.pace()).begin().run(GET, lambda: raise_or_give([error]))
    assert fake_time.slept == []
    assert caught.value.retry_after == 3600.0
    assert "Gave up after 1 try in 0 s" in str(caught.value)
    assert "max_wait_seconds" in str(caught.value)


def test_the_budget_is_one_for_all_tries(fake_time: Any) -> None:
    with pytest.raises(TimedOutError, match=r"Gave up after \d+ tries in \d+ s"):
        Retrier(20, fake_time.pace()).begin().run(
            GET, lambda: raise_or_give([failure(TimedOutError)] * 99)
        )
    assert sum(fake_time.slept) <= 20
    assert len(fake_time.slept) > 3


def test_without_a_budget_nothing_is_repeated(fake_time: Any) -> None:
    with pytest.raises(ConnectionFailedError):
        Retrier(0, fake_time.pace()).begin().run(GET, lambda: raise_or_give([LOST]))
    assert fake_time.slept == []


def test_a_429_of_one_thread_holds_the_others_back(fake_time: Any) -> None:
    retrier = Retrier(120, fake_time.pace())
    limited = failure(RateLimitedError, 429, retry_after=10.0)
    retrier.gate.close(10.0)
    assert retrier.begin().once(lambda: fake_time.now) >= 1010.0
    first = [limited, "done"]
    assert retrier.begin().run(GET, lambda: raise_or_give(first)) == "done"


def test_a_gate_closed_beyond_the_budget_refuses(fake_time: Any) -> None:
    retrier = Retrier(5, fake_time.pace())
    retrier.gate.close(60.0)
    ran: list[int] = []
    with pytest.raises(RateLimitedError, match="Gave up"):
        retrier.begin().once(lambda: ran.append(1))
    assert ran == []


def test_a_gate_opens_once_for_many_threads(fake_time: Any) -> None:
    retrier = Retrier(120, fake_time.pace())
    retrier.gate.close(30.0)
    moments: list[float] = []
    threads = [
        threading.Thread(
            target=lambda: retrier.begin().once(lambda: moments.append(fake_time.now))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(moments) == 8
    assert min(moments) >= 1030.0


def raise_or_give(results: list[Any]) -> Any:
    result = results.pop(0)
    if isinstance(result, AccountError):
        raise result
    return result
