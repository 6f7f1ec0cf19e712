"""Every public method and every error of the SDK's asynchronous account client."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from cerevox import LexaAuthError, LexaError, LexaRateLimitError, LexaTimeoutError
from cerevox.core.exceptions import (
    InsufficientPermissionsError,
    LexaQuotaExceededError,
    LexaServerError,
    LexaValidationError,
)

from pulumi_cerevox.testing import EmulatorProcess

Connect = Callable[..., Awaitable[Any]]


@pytest.fixture
async def client(connect_async: Connect) -> Any:
    return await connect_async()


async def test_the_session_logs_in(emulator: EmulatorProcess, client: Any) -> None:
    assert client.access_token
    assert emulator.count("POST", "/token/login") == 1


async def test_a_wrong_key_is_an_auth_error(connect_async: Connect) -> None:
    with pytest.raises(LexaAuthError) as caught:
        await connect_async("cvx_emulator_wrong")

    assert caught.value.status_code == 401


async def test_account_plan_and_usage(client: Any) -> None:
    info = await client.get_account_info()
    plan = await client.get_account_plan(info.account_id)
    usage = await client.get_account_usage(info.account_id)

    assert (info.account_id, info.account_name) == ("acc_team", "Example Inc")
    assert (plan.plan, plan.status) == ("pro", "active")
    assert usage.storage["used"] > 0


async def test_the_life_of_a_user(client: Any) -> None:
    created = await client.create_user("new@example.com", "New")
    listed = {user.email: user for user in await client.get_users()}
    user_id = listed["new@example.com"].user_id
    updated = await client.update_user_by_id(user_id, "Newer")
    shown = await client.get_user_by_id(user_id)
    deleted = await client.delete_user_by_id(user_id, "new@example.com")

    assert (created.created, created.status) == (True, "success")
    assert (updated.updated, updated.status) == (True, "success")
    assert (shown.name, shown.isadmin) == ("Newer", False)
    assert (deleted.deleted, deleted.status) == (True, "success")
    with pytest.raises(LexaError) as caught:
        await client.get_user_by_id(user_id)
    assert caught.value.status_code == 404


async def test_me(client: Any) -> None:
    updated = await client.update_user_me("Somebody")

    assert (updated.updated, updated.status) == (True, "success")
    assert (await client.get_user_me()).name == "Somebody"


async def test_a_wrapped_list_is_read(emulator: EmulatorProcess, client: Any) -> None:
    emulator.patch_rules(list_wrapped=True)

    assert len(await client.get_users()) == 12


async def test_revoke_ends_the_session(emulator: EmulatorProcess, client: Any) -> None:
    answer = await client._revoke_token()

    assert answer.status == "success"
    assert emulator.count("POST", "/token/revoke") == 1
    assert emulator.snapshot()["sessions"] == []
    with pytest.raises(LexaError, match="No access token"):
        await client.get_user_me()


async def test_a_token_close_to_its_end_is_refreshed(
    emulator: EmulatorProcess, client: Any
) -> None:
    before = client.access_token
    client.token_expires_at = time.time() + 59

    await client.get_user_me()
    await client.get_user_me()

    assert emulator.count("POST", "/token/refresh") == 1
    assert client.access_token != before


async def test_401(emulator: EmulatorProcess, client: Any) -> None:
    emulator.patch_user("owner@example.com", isbanned=True)

    with pytest.raises(LexaAuthError) as caught:
        await client.get_user_me()

    assert caught.value.status_code == 401
    assert caught.value.response_data["error_type"] == "authentication_error"
    assert caught.value.request_id.startswith("req_")


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("create_user", ("new@example.com", "New")),
        ("get_user_by_id", ("nobody",)),
        ("update_user_by_id", ("nobody", "N")),
        ("delete_user_by_id", ("nobody", "nobody@example.com")),
    ],
)
async def test_403_for_a_member(
    emulator: EmulatorProcess,
    connect_async: Connect,
    method: str,
    arguments: tuple[str, ...],
) -> None:
    member = await connect_async(emulator.key_for("alan@example.com"))

    with pytest.raises(InsufficientPermissionsError):
        await getattr(member, method)(*arguments)


async def test_404_for_another_account(client: Any) -> None:
    with pytest.raises(LexaError, match="Resource not found") as caught:
        await client.get_account_plan("acc_other")

    assert caught.value.status_code == 404


async def test_400_names_the_fields(client: Any) -> None:
    with pytest.raises(LexaValidationError) as caught:
        await client.create_user("nobody", "")

    assert set(caught.value.validation_errors) == {"email", "name"}


async def test_409(client: Any) -> None:
    with pytest.raises(LexaError) as caught:
        await client.create_user("ADA@example.com", "Ada")

    assert caught.value.status_code == 409


async def test_402(emulator: EmulatorProcess, client: Any) -> None:
    emulator.patch_account(max_users=12)

    with pytest.raises(LexaQuotaExceededError) as caught:
        await client.create_user("new@example.com", "New")

    assert caught.value.quota_type == "users"


async def test_429_is_an_error_at_once(emulator: EmulatorProcess, client: Any) -> None:
    emulator.add_fault(path="/users", status=429, retry_after=17)

    with pytest.raises(LexaRateLimitError) as caught:
        await client.get_users()

    assert caught.value.retry_after == 17
    assert emulator.count("GET", "/users") == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_server_errors_are_told_at_once(
    emulator: EmulatorProcess, client: Any, status: int
) -> None:
    emulator.add_fault(path="/users/me", status=status)

    with pytest.raises(LexaServerError) as caught:
        await client.get_user_me()

    assert caught.value.status_code == status
    assert emulator.count("GET", "/users/me") == 1


async def test_a_hanging_answer_is_a_timeout(
    emulator: EmulatorProcess, connect_async: Connect
) -> None:
    client = await connect_async(timeout=0.5)
    emulator.add_fault(path="/users/me", action="hang")

    with pytest.raises(LexaTimeoutError):
        await client.get_user_me()


async def test_a_create_whose_answer_is_lost_is_not_repeated(
    emulator: EmulatorProcess, client: Any
) -> None:
    emulator.add_fault(method="POST", path="/users", action="close", when="after")

    with pytest.raises(LexaError):
        await client.create_user("new@example.com", "New")

    assert emulator.user("new@example.com")["name"] == "New"
    assert emulator.count("POST", "/users") == 1
