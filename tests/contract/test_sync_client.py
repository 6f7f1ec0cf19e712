"""Every public method and every error of the SDK's synchronous account client."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from cerevox import LexaAuthError, LexaError, LexaRateLimitError, LexaTimeoutError
from cerevox.core.exceptions import (
    InsufficientPermissionsError,
    LexaQuotaExceededError,
    LexaValidationError,
)

from pulumi_cerevox.testing import EmulatorProcess

Connect = Callable[..., Any]


@pytest.fixture
def client(connect: Connect) -> Any:
    return connect()


def test_the_constructor_logs_in(emulator: EmulatorProcess, client: Any) -> None:
    assert client.access_token
    assert client.refresh_token
    (login,) = emulator.journal()
    assert (login["method"], login["path"]) == ("POST", "/v1/token/login")
    assert login["body"] == {"login": True}


def test_a_wrong_key_is_an_auth_error(connect: Connect) -> None:
    with pytest.raises(LexaAuthError) as caught:
        connect("cvx_emulator_wrong")

    assert caught.value.status_code == 401
    assert caught.value.request_id.startswith("req_")
    assert "authentication" in str(caught.value).lower()


def test_a_key_of_email_and_password_works(connect: Connect) -> None:
    client = connect("owner@example.com:correct-horse-battery")

    assert client.get_user_me().email == "owner@example.com"


def test_account_information(client: Any) -> None:
    info = client.get_account_info()

    assert (info.account_id, info.account_name) == ("acc_team", "Example Inc")


def test_account_plan(client: Any) -> None:
    plan = client.get_account_plan("acc_team")

    assert (plan.plan, plan.status, plan.base) == ("pro", "active", 1000)
    assert plan.message_rate == 100
    assert plan.bytes_overage == 0


def test_account_usage(client: Any) -> None:
    usage = client.get_account_usage("acc_team")

    for part in (usage.files, usage.pages, usage.advanced_pages, usage.storage):
        assert part


def test_the_life_of_a_user(client: Any) -> None:
    created = client.create_user("new@example.com", "New")
    assert (created.created, created.status) == (True, "success")

    listed = {user.email: user for user in client.get_users()}
    new = listed["new@example.com"]
    assert (new.name, new.isadmin, new.isbanned) == ("New", False, False)
    assert (new.lastlogin, new.account_id) == (None, "acc_team")

    updated = client.update_user_by_id(new.user_id, "Newer")
    assert (updated.updated, updated.status) == (True, "success")
    assert client.get_user_by_id(new.user_id).name == "Newer"

    deleted = client.delete_user_by_id(new.user_id, "new@example.com")
    assert (deleted.deleted, deleted.status) == (True, "success")
    with pytest.raises(LexaError) as caught:
        client.get_user_by_id(new.user_id)
    assert caught.value.status_code == 404


def test_an_update_demotes_nobody(emulator: EmulatorProcess, client: Any) -> None:
    ada = emulator.user("ada@example.com")

    client.update_user_by_id(ada["user_id"], "Countess")

    assert client.get_user_by_id(ada["user_id"]).isadmin is True


def test_me(client: Any) -> None:
    assert client.get_user_me().email == "owner@example.com"

    updated = client.update_user_me("Somebody")

    assert (updated.updated, updated.status) == (True, "success")
    assert client.get_user_me().name == "Somebody"


def test_a_wrapped_list_is_read(emulator: EmulatorProcess, client: Any) -> None:
    bare = client.get_users()

    emulator.patch_rules(list_wrapped=True)

    assert client.get_users() == bare


def test_revoke_ends_the_session(emulator: EmulatorProcess, client: Any) -> None:
    token = client.access_token

    answer = client._revoke_token()

    assert answer.status == "success"
    assert answer.message
    with pytest.raises(LexaError, match="No access token"):
        client.get_user_me()
    client.access_token, client.token_expires_at = token, time.time() + 3600
    client.session.headers["Authorization"] = f"Bearer {token}"
    with pytest.raises(LexaAuthError):
        client.get_user_me()
    assert emulator.count("POST", "/token/revoke") == 1


def test_a_token_close_to_its_end_is_refreshed(
    emulator: EmulatorProcess, client: Any
) -> None:
    before = client.access_token, client.refresh_token
    client.token_expires_at = time.time() + 59

    client.get_user_me()
    client.get_user_me()

    assert emulator.count("POST", "/token/refresh") == 1
    assert client.access_token != before[0]
    assert client.refresh_token != before[1]


def test_tokens_of_a_minute_are_refreshed_before_every_call(
    emulator: EmulatorProcess, connect: Connect
) -> None:
    emulator.patch_rules(access_token_seconds=60)
    client = connect()

    client.get_user_me()
    client.get_user_me()

    assert emulator.count("POST", "/token/refresh") == 2


def test_an_expired_refresh_token_is_an_auth_error(
    emulator: EmulatorProcess, client: Any
) -> None:
    emulator.advance_clock(31 * 24 * 3600)
    client.token_expires_at = time.time()

    with pytest.raises(LexaAuthError):
        client.get_user_me()


# Errors


def test_401(emulator: EmulatorProcess, client: Any) -> None:
    emulator.revoke_keys()

    with pytest.raises(LexaAuthError) as caught:
        client.get_account_info()

    assert caught.value.status_code == 401
    # The SDK neither logs in again nor repeats the call.
    assert emulator.count("POST", "/token/login") == 1
    assert emulator.count("GET", "/accounts/my") == 1


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("create_user", ("new@example.com", "New")),
        ("get_user_by_id", ("nobody",)),
        ("update_user_by_id", ("nobody", "N")),
        ("delete_user_by_id", ("nobody", "nobody@example.com")),
    ],
)
def test_403_for_a_member(
    emulator: EmulatorProcess,
    connect: Connect,
    method: str,
    arguments: tuple[str, ...],
) -> None:
    member = connect(emulator.key_for("alan@example.com"))

    with pytest.raises(InsufficientPermissionsError, match="Admin permissions"):
        getattr(member, method)(*arguments)


def test_403_for_a_members_list(
    emulator: EmulatorProcess, connect: Connect, dialect: str
) -> None:
    member = connect(emulator.key_for("alan@example.com"))

    if dialect == "sdk-0.2":
        assert len(member.get_users()) == 12
        return
    with pytest.raises(LexaAuthError, match="Access forbidden") as caught:
        member.get_users()
    assert caught.value.status_code == 403


def test_403_for_ones_own_deletion(client: Any) -> None:
    me = client.get_user_me()

    with pytest.raises(InsufficientPermissionsError):
        client.delete_user_by_id(me.user_id, me.email)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("get_user_by_id", ("nobody",)),
        ("update_user_by_id", ("nobody", "N")),
        ("delete_user_by_id", ("nobody", "nobody@example.com")),
        ("get_account_plan", ("acc_other",)),
        ("get_account_usage", ("acc_other",)),
    ],
)
def test_404(client: Any, method: str, arguments: tuple[str, ...]) -> None:
    with pytest.raises(LexaError, match="Resource not found") as caught:
        getattr(client, method)(*arguments)

    assert caught.value.status_code == 404


def test_400_names_the_fields(emulator: EmulatorProcess, client: Any) -> None:
    ada = emulator.user("ada@example.com")["user_id"]

    with pytest.raises(LexaValidationError) as caught:
        client.create_user("nobody", "")
    assert set(caught.value.validation_errors) == {"email", "name"}
    with pytest.raises(LexaValidationError) as caught:
        client.delete_user_by_id(ada, "alan@example.com")
    assert set(caught.value.validation_errors) == {"email"}


def test_409(client: Any) -> None:
    with pytest.raises(LexaError) as caught:
        client.create_user("ADA@example.com", "Ada")

    assert caught.value.status_code == 409
    assert caught.value.response_data["error_type"] == "conflict"


def test_402(emulator: EmulatorProcess, client: Any) -> None:
    emulator.patch_account(max_users=12)

    with pytest.raises(LexaQuotaExceededError) as caught:
        client.create_user("new@example.com", "New")

    assert caught.value.status_code == 402
    assert caught.value.quota_type == "users"


def test_429_without_the_header_is_an_error_at_once(
    emulator: EmulatorProcess, client: Any
) -> None:
    emulator.patch_rules(retry_after_header=False)
    emulator.add_fault(path="/users", status=429, retry_after=17)

    with pytest.raises(LexaRateLimitError) as caught:
        client.get_users()

    assert caught.value.retry_after == 17
    assert emulator.count("GET", "/users") == 1


def test_429_with_the_header_is_repeated(
    emulator: EmulatorProcess, client: Any
) -> None:
    emulator.add_fault(path="/users", status=429, retry_after=0)

    assert len(client.get_users()) == 12
    assert emulator.count("GET", "/users") == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_errors_are_repeated(
    emulator: EmulatorProcess, client: Any, status: int
) -> None:
    emulator.add_fault(path="/users/me", status=status)

    assert client.get_user_me()
    assert emulator.count("GET", "/users/me") == 2


def test_500_for_ever_is_an_error_without_a_status(
    emulator: EmulatorProcess, client: Any
) -> None:
    emulator.add_fault(path="/users/me", status=500, times=None)

    with pytest.raises(LexaError) as caught:
        client.get_user_me()

    assert caught.value.status_code is None
    assert emulator.count("GET", "/users/me") == 4


def test_a_hanging_answer_is_an_error(
    emulator: EmulatorProcess, connect: Connect
) -> None:
    client = connect(timeout=0.3, max_retries=0)
    emulator.add_fault(path="/users/me", action="hang")

    with pytest.raises((LexaTimeoutError, LexaError)):
        client.get_user_me()


@pytest.mark.parametrize("action", ["close", "reset"])
def test_a_create_whose_answer_is_lost_meets_its_own_user(
    emulator: EmulatorProcess, client: Any, action: str
) -> None:
    """The client repeats the create by itself, and takes the 409 for a refusal."""
    emulator.add_fault(method="POST", path="/users", action=action, when="after")

    with pytest.raises(LexaError) as caught:
        client.create_user("new@example.com", "New")

    assert caught.value.status_code == 409
    first, second = emulator.journal("POST", "/users")
    assert (first["committed"], first["status"]) == (True, None)
    assert (second["committed"], second["status"]) == (False, 409)
    assert [user["email"] for user in emulator.users()].count("new@example.com") == 1
