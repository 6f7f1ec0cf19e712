"""`AsyncAccount`: the same calls as `Account`, awaited, cancelled and closed."""

from __future__ import annotations

import asyncio
import inspect
import pickle
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from pulumi_cerevox import Account, AsyncAccount
from pulumi_cerevox.account import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    NotFoundError,
    SelfDeleteForbiddenError,
    ValidationError,
)

KEY = "sk_canary_8f3a91c7"
ADA = "ada@example.com"
NEW = "new@example.com"
INFO = {"account_id": "acc_123", "account_name": "Example Inc"}


@pytest.fixture
async def account(documented: Any) -> AsyncIterator[AsyncAccount]:
    async with AsyncAccount(documented.api_key, base_url=documented.url) as made:
        yield made


def _methods(kind: type) -> dict[str, Callable[..., Any]]:
    return {
        name: method
        for name, method in vars(kind).items()
        if inspect.isfunction(method) and not name.startswith("_")
    }


def test_it_has_the_methods_and_signatures_of_account() -> None:
    ours, theirs = _methods(AsyncAccount), _methods(Account)
    assert list(ours) == list(theirs)
    for name, method in theirs.items():
        assert inspect.signature(ours[name]) == inspect.signature(method), name
        assert inspect.iscoroutinefunction(ours[name])


def test_it_has_the_properties_of_account_but_the_directory_which_would_block() -> None:
    ours, theirs = (
        [name for name, value in vars(kind).items() if isinstance(value, property)]
        for kind in (AsyncAccount, Account)
    )
    assert ours == [name for name in theirs if name != "directory"]
    account = AsyncAccount(KEY, base_url="https://cerevox.invalid/v1/")
    assert account.base_url == "https://cerevox.invalid/v1"
    assert account.source == "the API key from argument api_key"


def test_it_is_made_like_account() -> None:
    assert inspect.signature(AsyncAccount) == inspect.signature(Account)


async def test_every_call_gives_what_account_gives(
    documented: Any, account: AsyncAccount
) -> None:
    documented.patch_user(ADA, password="secret")
    ada = documented.user(ADA)["user_id"]
    with Account(documented.api_key, base_url=documented.url) as blocking:
        assert await account.get_account_info() == blocking.get_account_info()
        assert await account.get_plan() == blocking.get_plan()
        days = ("2025-03-01", "2025-03-31")
        assert await account.get_usage(*days) == blocking.get_usage(*days)
        assert await account.get_billing_info() == blocking.get_billing_info()
        assert await account.list_users() == blocking.list_users()
        assert await account.get_user(ada) == blocking.get_user(ada)
        assert await account.get_current_user() == blocking.get_current_user()
    made = await account.create_user(NEW, role="admin", name="New")
    assert (made.email, made.role, made.name) == (NEW, "admin", "New")
    changed = await account.update_user(made.user_id, role="member")
    assert changed.role == "member"
    await account.delete_user(made.user_id)
    assert NEW not in [user["email"] for user in documented.users()]
    assert (await account.update_current_user("Owner")).name == "Owner"
    tokens = await account.login(ADA, "secret")
    assert await account.get_tokens() == tokens
    assert (await account.get_current_user(cached=True)).email == ADA
    fresh = await account.refresh_token(tokens.refresh_token)
    assert fresh.access_token != tokens.access_token
    await account.revoke_token()
    assert documented.count("POST", "/token/revoke") == 1


async def test_many_reads_at_once_share_one_login(
    documented: Any, account: AsyncAccount
) -> None:
    users = documented.users()
    ids = [users[index % len(users)]["user_id"] for index in range(20)]
    found = await asyncio.gather(*(account.get_user(one) for one in ids))
    assert [user.user_id for user in found] == ids
    assert documented.count("GET", "/users/{user_id}") == 20
    assert documented.count("POST", "/token/login") == 1


async def test_as_many_calls_run_at_a_time_as_asked_for(script: Any) -> None:
    lock, pair = threading.Lock(), threading.Barrier(2)
    running, most = 0, 0

    def answered(handler: Any) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        pair.wait(60)
        with lock:
            running -= 1
        handler.give((200, INFO))

    script.on("GET", "/accounts/my", answered)
    async with AsyncAccount(KEY, base_url=script.url, parallelism=2) as account:
        await asyncio.gather(*(account.get_account_info() for _ in range(20)))
    assert script.count("GET", "/accounts/my") == 20
    assert most == 2


async def test_errors_are_those_of_account(
    documented: Any, account: AsyncAccount
) -> None:
    with pytest.raises(ConflictError, match=r"ada@example\.com"):
        await account.create_user(ADA, name="Other")
    with pytest.raises(NotFoundError):
        await account.get_user("gone")
    with pytest.raises(ValidationError):
        await account.get_usage("2025-02-01", "2025-01-01")
    me = await account.get_current_user()
    with pytest.raises(SelfDeleteForbiddenError):
        await account.delete_user(me.user_id)
    with pytest.raises(ConfigurationError, match="not both"):
        AsyncAccount("key", email=ADA, password="secret")
    async with AsyncAccount(base_url=documented.url) as keyless:
        with pytest.raises(ConfigurationError, match="No Cerevox API key"):
            await keyless.list_users()
    async with AsyncAccount("sk_wrong", base_url=documented.url) as stranger:
        with pytest.raises(AuthenticationError):
            await stranger.list_users()


async def test_before_write_is_asked(documented: Any) -> None:
    def refuse() -> None:
        raise PermissionError("not now")

    async with AsyncAccount(
        documented.api_key, base_url=documented.url, before_write=refuse
    ) as account:
        assert await account.list_users()
        with pytest.raises(PermissionError, match="not now"):
            await account.create_user(NEW)
    assert documented.count("POST", "/users") == 0


def test_it_keeps_its_secrets() -> None:
    account = AsyncAccount(KEY, base_url="https://cerevox.invalid/v1")
    assert repr(account) == "AsyncAccount(base_url='https://cerevox.invalid/v1')"
    with pytest.raises(TypeError, match="can't be pickled"):
        pickle.dumps(account)


class Held:
    """An answer that is held back until the test lets it go."""

    def __init__(self, *reply: Any) -> None:
        self.asked = threading.Event()
        self.let_go = threading.Event()
        self._reply = reply

    def __call__(self, handler: Any) -> None:
        self.asked.set()
        assert self.let_go.wait(60)
        handler.give(self._reply)

    async def until_asked(self) -> None:
        assert await asyncio.to_thread(self.asked.wait, 60)


async def test_a_cancelled_read_is_not_waited_for(script: Any) -> None:
    held = Held(200, INFO)
    script.on("GET", "/accounts/my", held, (200, INFO))
    async with AsyncAccount(KEY, base_url=script.url) as account:
        reading = asyncio.create_task(account.get_account_info())
        await held.until_asked()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert not held.let_go.is_set()
        assert (await account.get_account_info()).account_id == "acc_123"
    held.let_go.set()


async def test_a_timeout_ends_a_call(script: Any) -> None:
    held = Held(200, INFO)
    script.on("GET", "/accounts/my", held)
    async with AsyncAccount(KEY, base_url=script.url) as account:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(account.get_account_info(), 0.01)
    held.let_go.set()


async def test_a_call_that_had_not_begun_is_not_sent(script: Any) -> None:
    held = Held(200, INFO)
    script.on("GET", "/accounts/my", held)
    async with AsyncAccount(KEY, base_url=script.url, parallelism=1) as account:
        reading = asyncio.create_task(account.get_account_info())
        await held.until_asked()
        deleting = asyncio.create_task(account.delete_user("u1", ADA))
        await asyncio.sleep(0)  # it now waits for the one thread
        deleting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await deleting
        held.let_go.set()
        await reading
    assert script.count("DELETE", "/users/u1") == 0


async def test_a_cancelled_write_is_not_repeated(script: Any, person: Any) -> None:
    held = Held(503, {"error": "later", "error_type": "server_error"})
    script.on("PUT", "/users/u1", held, (200, person("u1", ADA)))
    script.on("GET", "/accounts/my", (200, INFO))
    async with AsyncAccount(KEY, base_url=script.url, parallelism=1) as account:
        writing = asyncio.create_task(account.update_user("u1", name="Ada"))
        await held.until_asked()
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        held.let_go.set()
        # There is one thread: it is free when the cancelled call has ended.
        await account.get_account_info()
    assert script.count("PUT", "/users/u1") == 1


async def test_closing_waits_for_calls_that_are_awaited(script: Any) -> None:
    held = Held(200, INFO)
    script.on("GET", "/accounts/my", held)
    account = AsyncAccount(KEY, base_url=script.url)
    reading = asyncio.create_task(account.get_account_info())
    await held.until_asked()
    closing = asyncio.create_task(account.close())
    await asyncio.sleep(0)
    assert not closing.done()
    held.let_go.set()
    await closing
    assert (await reading).account_id == "acc_123"


async def test_closing_ends_what_waits_to_repeat_a_cancelled_call(script: Any) -> None:
    slow_down = {"error": "slow down", "error_type": "rate_limit_exceeded"}
    held = Held(429, slow_down, {"Retry-After": "3600"})
    script.on("GET", "/accounts/my", held)
    account = AsyncAccount(KEY, base_url=script.url, max_wait_seconds=86400)
    before = set(threading.enumerate())
    reading = asyncio.create_task(account.get_account_info())
    await held.until_asked()
    begun = set(threading.enumerate()) - before
    workers = [one for one in begun if one.name.startswith("cerevox")]
    assert len(workers) == 1
    held.let_go.set()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await account.close()
    for worker in workers:
        await asyncio.to_thread(worker.join, 60)
        assert not worker.is_alive()


async def test_a_closed_account_opens_again(script: Any) -> None:
    busy = (503, {"error": "later", "error_type": "server_error"})
    script.on("GET", "/accounts/my", (200, INFO), busy, (200, INFO))
    account = AsyncAccount(KEY, base_url=script.url)
    await account.close()
    assert await account.get_account_info() == await account.get_account_info()
    await account.close()
    await account.close()
    assert (await account.get_account_info()).account_name == "Example Inc"
    await account.close()
    assert script.count("POST", "/token/login") == 1
