"""Tokens against the running emulator: one login, renewed in time, revoked."""

from typing import Any

import pytest

from pulumi_cerevox.account import (
    Account,
    AuthenticationError,
    ConfigurationError,
    ServerError,
)

DAY = 24 * 3600


@pytest.fixture
def account(emulator: Any, account_of: Any) -> Account:
    made: Account = account_of(emulator)
    return made


def token_calls(emulator: Any) -> tuple[int, int]:
    """Count logins and refreshes."""
    return emulator.count("POST", "/token/login"), emulator.count(
        "POST", "/token/refresh"
    )


def test_nothing_is_sent_before_the_first_call(emulator: Any, account: Account) -> None:
    assert emulator.count() == 0
    account.get_current_user()
    account.get_current_user()
    assert token_calls(emulator) == (1, 0)


def test_tokens_are_given_once_they_are_there(emulator: Any, account: Account) -> None:
    assert account.source == "the API key from argument api_key"
    assert account.get_tokens() is account.get_tokens()
    assert token_calls(emulator) == (1, 0)


def test_without_credentials_there_is_no_source(emulator: Any, account_of: Any) -> None:
    assert account_of(emulator, api_key=None).source is None


def test_a_token_is_refreshed_before_it_ends(
    emulator: Any, account: Account, fake_time: Any
) -> None:
    account.get_current_user()
    fake_time.now += 3539
    account.get_current_user()
    assert token_calls(emulator) == (1, 0)
    fake_time.now += 2
    account.get_current_user()
    assert token_calls(emulator) == (1, 1)


def test_a_token_that_the_api_refuses_is_refreshed_once(
    emulator: Any, account: Account
) -> None:
    account.get_current_user()
    emulator.advance_clock(3700)
    account.get_current_user()
    assert token_calls(emulator) == (1, 1)
    assert emulator.count("GET", "/users/me") == 3


def test_a_refresh_that_is_refused_becomes_a_login(
    emulator: Any, account: Account
) -> None:
    account.get_current_user()
    emulator.advance_clock(40 * DAY)
    account.get_current_user()
    assert token_calls(emulator) == (2, 1)


def test_a_revoked_key_fails_after_one_login(emulator: Any, account: Account) -> None:
    account.get_current_user()
    emulator.revoke_keys()
    emulator.advance_clock(40 * DAY)
    with pytest.raises(AuthenticationError, match="argument api_key"):
        account.get_current_user()
    assert token_calls(emulator) == (2, 1)


def test_eight_threads_share_one_login_and_one_list(
    emulator: Any, account: Account, in_threads: Any
) -> None:
    outcomes = in_threads(8, lambda _: account.directory.users())
    assert len(set(outcomes)) == 1
    assert len(outcomes[0]) == len(emulator.users())
    assert token_calls(emulator) == (1, 0)
    assert emulator.count("GET", "/users") == 1
    assert emulator.count("GET", "/users/me") == 1


def test_eight_threads_share_one_renewal(
    emulator: Any, account: Account, in_threads: Any
) -> None:
    account.get_current_user()
    emulator.advance_clock(3700)
    outcomes = in_threads(8, lambda _: account.get_current_user())
    assert [user.email for user in outcomes] == ["owner@example.com"] * 8
    assert token_calls(emulator) == (1, 1)


def test_a_refresh_that_fails_for_a_while_is_given_up(
    emulator: Any, account: Account, fake_time: Any
) -> None:
    account.get_current_user()
    fake_time.now += 3600
    emulator.add_fault(method="POST", path="/token/refresh", status=503, times=None)
    with pytest.raises(ServerError, match="could not refresh the access token"):
        account.get_current_user()
    assert emulator.count("POST", "/token/login") == 1


def test_a_revoked_session_logs_in_again(emulator: Any, account: Account) -> None:
    account.revoke_token()
    assert emulator.count() == 0
    account.get_current_user()
    account.revoke_token()
    assert emulator.count("POST", "/token/revoke") == 1
    account.get_current_user()
    assert token_calls(emulator) == (2, 0)


def test_a_revocation_whose_answer_is_lost_is_done(
    emulator: Any, account: Account
) -> None:
    account.get_current_user()
    emulator.add_fault(
        method="POST", path="/token/revoke", action="close", when="after"
    )
    account.revoke_token()
    assert emulator.count("POST", "/token/revoke") == 2


def test_ones_own_refresh_token_renews_the_session(
    emulator: Any, account: Account
) -> None:
    emulator.patch_user("ada@example.com", password="secret")
    first = account.login("ada@example.com", "secret")
    second = account.refresh_token(first.refresh_token)
    assert second.access_token != first.access_token
    assert account.get_current_user().email == "ada@example.com"
    seen = emulator.journal("GET", "/users/me")
    assert len(seen) == 1
    with pytest.raises(AuthenticationError):
        account.refresh_token(first.refresh_token)
    assert account.get_current_user().email == "ada@example.com"


def test_another_sessions_refresh_token_leaves_this_one_alone(
    emulator: Any, account: Account, account_of: Any
) -> None:
    emulator.patch_user("owner@example.com", password="secret")
    account.get_current_user()
    held = account._tokens._tokens
    other = account_of(emulator).login("owner@example.com", "secret")
    account.refresh_token(other.refresh_token)
    assert account._tokens._tokens is held


def test_a_refresh_without_credentials_is_documented(
    documented: Any, account_of: Any
) -> None:
    documented.patch_user("ada@example.com", password="secret")
    tokens = account_of(documented).login("ada@example.com", "secret")
    bare = account_of(documented, api_key=None)
    bare.refresh_token(tokens.refresh_token)
    assert bare.get_current_user().email == "ada@example.com"


def test_a_banned_user_is_refused(emulator: Any, account: Account) -> None:
    account.get_current_user()
    emulator.patch_user("owner@example.com", isbanned=True)
    with pytest.raises(AuthenticationError, match="removed or banned"):
        account.get_current_user()


def test_short_lived_tokens_work(emulator: Any, account: Account) -> None:
    emulator.patch_rules(access_token_seconds=30)
    account.get_current_user()
    account.get_current_user()
    assert token_calls(emulator) == (1, 1)


def test_the_environments_key_is_found(
    emulator: Any, account_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CEREVOX_API_KEY", f" {emulator.api_key}\n")
    account = account_of(emulator, api_key=None)
    assert account.get_current_user().email == "owner@example.com"
    monkeypatch.setenv("CEREVOX_API_KEY", "sk_wrong")
    wrong = account_of(emulator, api_key=None)
    with pytest.raises(AuthenticationError, match="variable CEREVOX_API_KEY"):
        wrong.get_current_user()


@pytest.mark.parametrize(
    "arguments",
    [
        {"api_key": "k", "email": "a@b.c", "password": "p"},
        {"email": "a@b.c"},
        {"password": "p"},
    ],
)
def test_contradicting_credentials_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="both"):
        Account(**arguments)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503},
        {"status": 429, "retry_after": 2},
        {"action": "close", "when": "after"},
        {"action": "malformed_json"},
        {"action": "html"},
    ],
    ids=repr,
)
def test_a_login_is_repeated(
    emulator: Any, account: Account, fault: dict[str, Any]
) -> None:
    emulator.add_fault(method="POST", path="/token/login", **fault)
    account.create_user("new@example.com", name="New")
    assert emulator.count("POST", "/token/login") == 2
    assert emulator.count("POST", "/users") == 1
