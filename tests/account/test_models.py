from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_cerevox.account import (
    AccountInfo,
    AccountUser,
    AuthTokens,
    BillingInfo,
    Exchange,
    Plan,
    UnexpectedAnswerError,
    UsageStats,
    login_time,
    never_logged_in,
)

CALL = Exchange("GET", "/users/u1", 200, "req_1")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)

TOKENS = {"access_token": "at_canary", "refresh_token": "rt_canary", "expires_in": 3600}


def test_a_user_of_the_documented_dialect(person: Callable[..., Any]) -> None:
    user = AccountUser.parse(person("u1", "Ada@example.com", "admin", x=1), CALL)
    assert (user.user_id, user.email, user.name) == ("u1", "Ada@example.com", "Ada")
    assert (user.role, user.isadmin, user.isbanned) == ("admin", True, False)
    assert (user.account_id, user.lastlogin) == ("acc_123", None)


@pytest.mark.parametrize(("isadmin", "role"), [(True, "admin"), (False, "member")])
def test_without_a_role_isadmin_tells_it(
    person: Callable[..., Any], isadmin: object, role: str
) -> None:
    data = person("u1", "ada@example.com", isadmin=isadmin)
    del data["role"]
    assert AccountUser.parse(data, CALL).role == role


def test_without_isadmin_the_role_tells_it(person: Callable[..., Any]) -> None:
    data = person("u1", "ada@example.com", "admin")
    del data["isadmin"]
    assert AccountUser.parse(data, CALL).isadmin


def test_a_role_that_contradicts_isadmin_is_refused(
    person: Callable[..., Any],
) -> None:
    with pytest.raises(UnexpectedAnswerError, match="disagree"):
        AccountUser.parse(person("u1", "a@b.c", "admin", isadmin=False), CALL)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"email": None}, 'no field "users[2].email"'),
        ({"user_id": 7}, '"users[2].user_id" should be a string and is a number'),
        ({"user_id": "../me"}, '"users[2].user_id" should be an id'),
        ({"user_id": "me"}, '"users[2].user_id" should be an id'),
        ({"isbanned": "no"}, '"users[2].isbanned" should be a boolean'),
        ({"isadmin": None, "role": None}, 'no field "users[2].isadmin"'),
        ({"lastlogin": 17}, '"users[2].lastlogin" should be a string'),
        ({"role": "owner", "isadmin": None}, "neither admin nor member"),
    ],
)
def test_an_unusable_field_is_named_with_its_call(
    person: Callable[..., Any], change: dict[str, Any], told: str
) -> None:
    with pytest.raises(UnexpectedAnswerError) as caught:
        AccountUser.parse(person("u1", "ada@example.com") | change, CALL, "users[2]")
    assert told in str(caught.value)
    assert "GET /users/u1 answered 200 [request req_1]" in str(caught.value)


def test_tokens_hide_in_their_repr() -> None:
    tokens = AuthTokens.parse(TOKENS | {"expires_at": 1767229200}, CALL)
    assert tokens.expires_at == 1767229200
    assert tokens.token_type == "Bearer"
    assert "canary" not in repr(tokens)


def test_the_end_of_tokens_is_reckoned_where_it_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.time", lambda: 500.0)
    assert AuthTokens.parse(TOKENS, CALL).expires_at == 4100.0


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX: y", "é"])
def test_a_token_that_no_header_carries_is_refused(token: str) -> None:
    with pytest.raises(UnexpectedAnswerError, match="access_token"):
        AuthTokens.parse(TOKENS | {"access_token": token}, CALL)


def test_account_info_of_both_dialects() -> None:
    short = AccountInfo.parse({"account_id": "acc_1", "account_name": "n"}, CALL)
    assert (short.account_name, short.plan, short.features) == ("n", None, None)
    features = {"hippo_enabled": True, "lexa_enabled": False, "max_users": 10}
    full = AccountInfo.parse({"account_id": "acc_1", "features": features}, CALL)
    assert full.features
    assert asdict(full.features) == features


@pytest.mark.parametrize(
    ("told", "seats"), [(None, None), (0, None), (-1, None), (1, 1)]
)
def test_a_number_of_seats_that_cannot_be_says_nothing(
    told: int | None, seats: int | None
) -> None:
    answer = {"account_id": "acc_1", "features": {"max_users": told}}
    features = AccountInfo.parse(answer, CALL).features
    assert features is not None
    assert (features.max_users, features.seats) == (told, seats)


def test_a_plan_is_wrapped() -> None:
    plan = Plan.parse({"plan": {"plan": "pro", "base": 1, "bytes": 2}}, CALL)
    assert (plan.plan, plan.base, plan.bytes, plan.messages) == ("pro", 1, 2, None)
    with pytest.raises(UnexpectedAnswerError, match="plan should be an object"):
        Plan.parse({"plan": "pro"}, CALL)


def test_usage_of_both_dialects() -> None:
    four: dict[str, Any] = {
        "files": {"processed": 1},
        "pages": {},
        "advanced_pages": {},
        "storage": {},
    }
    assert UsageStats.parse(four, CALL).total_requests is None
    flat = UsageStats.parse({"total_requests": 5, "estimated_cost": 1.5}, CALL)
    assert asdict(flat)["total_requests"] == 5
    assert flat.files == {}
    with pytest.raises(UnexpectedAnswerError, match='"pages" should be an object'):
        UsageStats.parse(four | {"pages": 5}, CALL)
    with pytest.raises(UnexpectedAnswerError, match="neither"):
        UsageStats.parse({}, CALL)


@pytest.mark.parametrize("value", [True, "5", 5.5, float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(UnexpectedAnswerError, match='"total_requests"'):
        UsageStats.parse({"files": {}, "total_requests": value}, CALL)


def test_a_whole_number_may_be_written_with_a_point_or_be_huge() -> None:
    data = {"files": {}, "total_requests": 5.0, "rate_limit": 2**64 - 1}
    usage = UsageStats.parse(data, CALL)
    assert (usage.total_requests, usage.rate_limit) == (5, 2**64 - 1)


@pytest.mark.parametrize("value", [10**301, -(10**301)])
def test_a_number_that_no_float_holds_is_refused(value: int) -> None:
    with pytest.raises(UnexpectedAnswerError, match='"rate_limit" should be a smaller'):
        UsageStats.parse({"files": {}, "rate_limit": value}, CALL)


def test_billing_with_and_without_its_parts() -> None:
    bill = BillingInfo.parse(
        {"total_cost": 2, "currency": "USD", "breakdown": {"hippo_cost": 2.0}}, CALL
    )
    assert bill.breakdown
    assert (bill.total_cost, bill.breakdown.hippo_cost) == (2, 2.0)
    with pytest.raises(UnexpectedAnswerError, match='no field "currency"'):
        BillingInfo.parse({"total_cost": 2}, CALL)


@given(JSON)
@pytest.mark.parametrize(
    "model", [AccountInfo, AccountUser, AuthTokens, BillingInfo, Plan, UsageStats]
)
def test_any_json_is_read_or_refused(model: Any, data: object) -> None:
    with suppress(UnexpectedAnswerError):
        model.parse(data, CALL)


@pytest.mark.parametrize(
    ("lastlogin", "is_login", "is_never"),
    [
        (None, False, True),
        ("", False, True),
        (" ", False, True),
        ("0001-01-01T00:00:00Z", False, True),
        ("1970-01-01T00:00:00Z", False, True),
        ("2026-01-05T08:00:00Z", True, False),
        ("2026-01-05 08:00:00.123+02:00", True, False),
        ("2026-01-05T08:00:00", True, False),
        ("2999-01-01T00:00:00Z", False, False),
        ("9999-12-31T23:59:59-12:00", False, False),
        ("2026-01-05", False, False),
        ("2026-13-05T08:00:00Z", False, False),
        ("yesterday", False, False),
    ],
)
def test_only_a_real_time_in_the_past_is_a_login(
    lastlogin: str | None,
    is_login: bool,  # noqa: FBT001
    is_never: bool,  # noqa: FBT001
) -> None:
    assert (login_time(lastlogin) is not None) is is_login
    assert never_logged_in(lastlogin) is is_never
