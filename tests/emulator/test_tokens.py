"""Contract, 2.1: login, refresh, revoke, and the lives of tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pulumi_cerevox.testing import EmulatorProcess

Call = Callable[..., requests.Response]
Basic = Callable[[str], dict[str, str]]

OWNER = "owner@example.com"
PASSWORD = "correct-horse-battery"
documented = pytest.mark.parametrize("dialect", ["documented"], indirect=True)
sdk = pytest.mark.parametrize("dialect", ["sdk-0.2"], indirect=True)


@pytest.fixture
def login(
    emulator: EmulatorProcess, call: Call, basic: Basic
) -> Callable[..., requests.Response]:
    def run(text: str | None = None, **more: Any) -> requests.Response:
        header = basic(emulator.api_key if text is None else text)
        return call("POST", "/token/login", anonymous=True, headers=header, **more)

    return run


def me(call: Call, token: str) -> int:
    return call("GET", "/users/me", token=token).status_code


def test_login_by_key_gives_two_opaque_tokens(login: Call) -> None:
    answer = login(json={"login": True})

    body = answer.json()
    assert answer.status_code == 200
    assert body["expires_in"] == 3600
    assert body["token_type"] == "Bearer"
    assert len({body["access_token"], body["refresh_token"]}) == 2


@documented
def test_documented_tokens_have_a_point_in_time(
    emulator: EmulatorProcess, login: Call
) -> None:
    emulator.set_clock(set="2026-03-01T00:00:00Z", frozen=True)

    assert login().json()["expires_at"] == 1772323200 + 3600


@sdk
def test_sdk_tokens_have_the_four_fields(login: Call) -> None:
    assert set(login().json()) == {
        "access_token",
        "refresh_token",
        "expires_in",
        "token_type",
    }


@pytest.mark.parametrize("body", [None, {}, {"login": True}, {"more": 1}])
def test_login_tolerates_any_object(login: Call, body: Any) -> None:
    assert login(json=body).status_code == 200


def test_login_refuses_what_is_no_json(login: Call) -> None:
    assert login(data=b"{").status_code == 400


def test_wrong_credentials_go_before_a_bad_body(login: Call) -> None:
    assert login("wrong", data=b"{").status_code == 401


def test_a_colon_behind_the_key_is_fine(emulator: EmulatorProcess, login: Call) -> None:
    assert login(f"{emulator.api_key}:").status_code == 200


def test_login_by_email_and_password(login: Call) -> None:
    assert login(f"OWNER@example.com:{PASSWORD}").status_code == 200


def test_a_password_may_hold_a_colon(emulator: EmulatorProcess, login: Call) -> None:
    emulator.patch_user(OWNER, password="a:b:c")

    assert login(f"{OWNER}:a:b:c").status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "cvx_emulator_wrong",
        "cvx_emulator_wrong:",
        f"{OWNER}:wrong",
        f"{OWNER}:",
        "nobody@example.com:x",
        "alan@example.com:x",
        "",
        ":",
    ],
)
def test_wrong_credentials_are_401(login: Call, text: str) -> None:
    answer = login(text)

    assert answer.status_code == 401
    assert answer.json()["error_type"] == "authentication_error"
    assert answer.json()["error"].startswith("Authentication failed: ")


@pytest.mark.parametrize(
    "header",
    [None, "Basic", "Basic ", "Basic !!!", "Basic /w==", "Bearer x", "Digest x"],
)
def test_bad_authorization_headers_are_401(call: Call, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}

    answer = call("POST", "/token/login", anonymous=True, headers=headers)

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "header", [None, "Bearer", "Bearer ", "Bearer nothing", "Basic abc", "at_x"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/token/revoke"),
        ("GET", "/accounts/my"),
        ("GET", "/accounts/acc_team/plan"),
        ("GET", "/accounts/acc_team/usage"),
        ("GET", "/users"),
        ("POST", "/users"),
        ("GET", "/users/me"),
        ("PUT", "/users/me"),
        ("GET", "/users/x"),
        ("PUT", "/users/x"),
        ("DELETE", "/users/x"),
    ],
)
def test_every_call_needs_an_access_token(
    call: Call, method: str, path: str, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}

    answer = call(method, path, anonymous=True, headers=headers)

    assert answer.status_code == 401
    assert answer.json()["error_type"] == "authentication_error"


@documented
def test_documented_login_by_body(call: Call) -> None:
    body = {"email": OWNER, "password": PASSWORD}

    answer = call("POST", "/token/login", anonymous=True, json=body)

    assert me(call, answer.json()["access_token"]) == 200


@documented
@pytest.mark.parametrize(
    "body",
    [
        {"email": OWNER, "password": "wrong"},
        {"email": OWNER},
        {"password": PASSWORD},
        {"email": 1, "password": 2},
        {"email": OWNER, "password": "\ud800"},
    ],
)
def test_documented_login_by_a_wrong_body_is_401(
    call: Call, body: dict[str, Any]
) -> None:
    assert call("POST", "/token/login", anonymous=True, json=body).status_code == 401


@sdk
def test_sdk_login_by_body_is_401(call: Call) -> None:
    body = {"email": OWNER, "password": PASSWORD}

    assert call("POST", "/token/login", anonymous=True, json=body).status_code == 401


def test_login_is_kept_as_the_last_one(emulator: EmulatorProcess, login: Call) -> None:
    emulator.set_clock(set="2026-03-01T12:30:00Z", frozen=True)

    login()

    assert emulator.user(OWNER)["lastlogin"] == "2026-03-01T12:30:00Z"


@pytest.fixture
def refresh(
    emulator: EmulatorProcess, call: Call, basic: Basic
) -> Callable[..., requests.Response]:
    def run(token: Any, key: str | None = None) -> requests.Response:
        header = basic(key or emulator.api_key)
        body = {"refresh_token": token}
        path = "/token/refresh"
        return call("POST", path, anonymous=True, headers=header, json=body)

    return run


def test_refresh_rotates_the_refresh_token(
    call: Call, login: Call, refresh: Call
) -> None:
    first = login().json()

    second = refresh(first["refresh_token"])
    again = refresh(first["refresh_token"])

    assert second.status_code == 200
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert again.status_code == 401
    assert me(call, second.json()["access_token"]) == 200
    # The old access token lives to its own end.
    assert me(call, first["access_token"]) == 200


def test_a_refresh_token_needs_the_key_of_its_user(
    emulator: EmulatorProcess, login: Call, refresh: Call
) -> None:
    token = login().json()["refresh_token"]

    stolen = refresh(token, emulator.key_for("ada@example.com"))

    assert stolen.status_code == 401
    assert refresh(token).status_code == 200


def test_an_access_token_is_no_refresh_token(login: Call, refresh: Call) -> None:
    assert refresh(login().json()["access_token"]).status_code == 401


@pytest.mark.parametrize("token", [None, 5, ["x"]])
def test_a_refresh_token_is_a_required_text(refresh: Call, token: Any) -> None:
    answer = refresh(token)

    assert answer.status_code == 400
    assert set(answer.json()["validation_errors"]) == {"refresh_token"}


@documented
def test_documented_refresh_without_a_key(call: Call, login: Call) -> None:
    body = {"refresh_token": login().json()["refresh_token"]}

    answer = call("POST", "/token/refresh", anonymous=True, json=body)

    assert answer.status_code == 200


@sdk
def test_sdk_refresh_without_a_key_is_401(call: Call, login: Call) -> None:
    body = {"refresh_token": login().json()["refresh_token"]}

    answer = call("POST", "/token/refresh", anonymous=True, json=body)

    assert answer.status_code == 401


def test_refresh_without_anything_is_401(call: Call) -> None:
    assert call("POST", "/token/refresh", anonymous=True).status_code == 401


def test_revoke_ends_one_session(call: Call, login: Call, refresh: Call) -> None:
    first, second = login().json(), login().json()

    answer = call("POST", "/token/revoke", token=first["access_token"])

    assert answer.json() == {
        "message": "Token revoked successfully",
        "status": "success",
    }
    assert me(call, first["access_token"]) == 401
    assert refresh(first["refresh_token"]).status_code == 401
    assert me(call, second["access_token"]) == 200


def test_an_access_token_lives_for_an_hour_of_the_clock(
    emulator: EmulatorProcess, call: Call, login: Call, refresh: Call
) -> None:
    emulator.set_clock(frozen=True)
    tokens = login().json()

    emulator.advance_clock(3599)
    assert me(call, tokens["access_token"]) == 200
    emulator.advance_clock(1)
    assert me(call, tokens["access_token"]) == 401
    assert refresh(tokens["refresh_token"]).status_code == 200


def test_a_refresh_token_lives_for_thirty_days(
    emulator: EmulatorProcess, login: Call, refresh: Call
) -> None:
    emulator.set_clock(frozen=True)
    token = login().json()["refresh_token"]

    emulator.advance_clock(30 * 24 * 3600)

    assert refresh(token).status_code == 401


def test_a_banned_user_is_kept_out_everywhere(
    emulator: EmulatorProcess, call: Call, login: Call, refresh: Call
) -> None:
    tokens = login().json()

    emulator.patch_user(OWNER, isbanned=True)

    assert me(call, tokens["access_token"]) == 401
    assert login().status_code == 401
    assert login(f"{OWNER}:{PASSWORD}").status_code == 401
    assert refresh(tokens["refresh_token"]).status_code == 401


def test_a_deleted_users_tokens_and_keys_are_dead(
    emulator: EmulatorProcess, call: Call, login: Call
) -> None:
    key = emulator.key_for("ada@example.com")
    token = login(key).json()["access_token"]
    user_id = emulator.user("ada@example.com")["user_id"]

    body = {"email": "ada@example.com"}
    assert call("DELETE", f"/users/{user_id}", json=body).status_code == 200

    assert me(call, token) == 401
    assert login(key).status_code == 401


def test_a_revoked_key_takes_its_sessions_with_it(
    emulator: EmulatorProcess, call: Call, login: Call
) -> None:
    key = emulator.key_for("ada@example.com")
    token = login(key).json()["access_token"]

    emulator.revoke_keys(api_key=key)

    assert login(key).status_code == 401
    assert me(call, token) == 401


def test_keys_and_tokens_are_opaque(emulator: EmulatorProcess, login: Call) -> None:
    key = emulator.key_for("ada@example.com")
    tokens = login(key).json()

    assert key.startswith("cvx_emulator_")
    for secret in (key, tokens["access_token"], tokens["refresh_token"]):
        assert ":" not in secret
        assert len(secret) > 40
