"""Writes whose answers do not say that they were carried out, and about whom."""

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_cerevox.account import (
    Account,
    AccountError,
    NotFoundError,
    UnexpectedAnswerError,
)

BOB = "bob@example.com"
NEW = "new@example.com"
GONE = (404, {"error": "Resource not found", "error_type": "not_found"})
PAGE = (404, b"<html>404</html>", {"Content-Type": "text/html"})


@pytest.fixture
def people(script: Any, person: Callable[..., Any]) -> list[dict[str, Any]]:
    """Two people in the account: the owner and Bob."""
    there = [person("u1", "owner@example.com", "admin"), person("u2", BOB)]
    script.on("GET", "/users/me", (200, there[0]))
    script.on("GET", "/users", (200, there))
    script.on("GET", "/users/u2", (200, there[1]))
    return there


@pytest.fixture
def account(make_account: Any, script: Any, people: Any) -> Account:
    del people
    made: Account = make_account(script.url, max_wait_seconds=5)
    made.get_current_user()
    return made


UNCONFIRMED = {
    "says that it did not": (200, {"deleted": False, "status": "success"}),
    "accepted": (202, {"deleted": True, "status": "success"}),
    "an error with 200": (200, {"error": "Busy", "error_type": "server_error"}),
    "an error that says it did": (200, {"deleted": True, "error": "Busy"}),
    "a list": (200, []),
    "null": (200, None),
    "nothing": (200, b""),
    "an object without the word": (200, {}),
    "another status": (200, {"deleted": True, "status": "pending"}),
    "another type": (200, {"deleted": "yes"}),
    "a number": (200, {"deleted": 1}),
    "a gateway's 404": PAGE,
    "a gateway's 404 in JSON": (404, {"message": "no route"}),
    "the API's own 404": GONE,
}


@pytest.mark.parametrize("reply", UNCONFIRMED.values(), ids=UNCONFIRMED.keys())
def test_nobody_is_deleted_without_evidence(
    account: Account, script: Any, reply: Any
) -> None:
    script.on("DELETE", "/users/u2", reply)
    with pytest.raises(UnexpectedAnswerError) as caught:
        account.delete_user("u2", BOB)
    assert "still" in str(caught.value)
    assert account.directory.by_email(BOB)
    assert script.count("DELETE", "/users/u2") == 1


CONFIRMED = {
    "says so": (200, {"deleted": True, "status": "success"}),
    "success": (200, {"status": "success"}),
    "the word alone": (200, {"deleted": True}),
    "no content, assumed": (204, b""),
}


@pytest.mark.parametrize("reply", CONFIRMED.values(), ids=CONFIRMED.keys())
def test_an_answer_that_says_so_is_evidence(
    account: Account, script: Any, reply: Any
) -> None:
    script.on("DELETE", "/users/u2", reply)
    account.delete_user("u2", BOB)
    assert script.count("GET", "/users") == 0


@pytest.mark.parametrize("reply", [(202, {}), (200, []), (200, b"")], ids=repr)
def test_who_is_gone_after_an_unclear_answer_is_deleted(
    account: Account, script: Any, people: Any, reply: Any
) -> None:
    script.on("DELETE", "/users/u2", reply)
    script.on("GET", "/users", (200, people[:1]))
    script.on("GET", "/users/u2", GONE)
    account.delete_user("u2", BOB)


def test_who_is_not_listed_and_not_known_by_id_is_not_found(
    account: Account, script: Any, people: Any
) -> None:
    script.on("DELETE", "/users/u2", GONE)
    script.on("GET", "/users", (200, people[:1]))
    script.on("GET", "/users/u2", GONE)
    with pytest.raises(NotFoundError):
        account.delete_user("u2", BOB)


@pytest.mark.parametrize("reply", [(500, {"error": "no"}), b""], ids=repr)
def test_a_delete_that_broke_off_may_have_left_somebody(
    account: Account, script: Any, reply: Any
) -> None:
    script.on("DELETE", "/users/u2", reply)
    with pytest.raises(AccountError, match="may still be in the account"):
        account.delete_user("u2", BOB)


@pytest.mark.parametrize("reply", [PAGE, (500, {"error": "no"}), (202, {})], ids=repr)
def test_a_look_that_fails_proves_nothing(
    account: Account, script: Any, people: Any, reply: Any
) -> None:
    script.on("DELETE", "/users/u2", GONE)
    script.on("GET", "/users", (200, people[:1]))
    script.on("GET", "/users/u2", reply)
    with pytest.raises(UnexpectedAnswerError, match="Looking failed as well"):
        account.delete_user("u2", BOB)


@pytest.mark.parametrize(
    "reply",
    [
        (200, {"updated": False, "status": "success"}),
        (200, {"updated": False, "user_id": "u2", "role": "member", "name": "Robert"}),
        (202, {"updated": True}),
        (200, []),
        (200, {"error": "Busy"}),
        (204, b""),
    ],
    ids=repr,
)
def test_a_name_that_was_not_applied_does_not_pass(
    account: Account, script: Any, reply: Any
) -> None:
    script.on("PUT", "/users/u2", reply)
    with pytest.raises(UnexpectedAnswerError, match="name was not applied"):
        account.update_user("u2", name="Robert")


def test_an_unclear_update_that_was_made_is_one(
    account: Account, script: Any, people: Any
) -> None:
    script.on("PUT", "/users/u2", (202, {}))
    script.on("GET", "/users/u2", (200, people[1] | {"name": "Robert  B\u00e9"}))
    updated = account.update_user("u2", name="Robert Be\u0301")
    assert updated.name == "Robert  B\u00e9"


def test_ones_own_name_that_was_not_applied_does_not_pass(
    account: Account, script: Any
) -> None:
    script.on("PUT", "/users/me", (200, {"updated": False, "status": "success"}))
    with pytest.raises(UnexpectedAnswerError, match="name was not applied"):
        account.update_current_user("Somebody")


OTHERS = [
    {"user_id": "u9"},
    {"email": "other@example.com"},
    {"account_id": "acc_999"},
]


@pytest.mark.parametrize("other", OTHERS, ids=repr)
def test_an_update_answered_about_somebody_else_is_refused(
    account: Account, script: Any, people: Any, other: dict[str, Any]
) -> None:
    account.list_users()
    answer = people[1] | {"name": "Robert", "updated": True} | other
    script.on("PUT", "/users/u2", (200, answer))
    with pytest.raises(UnexpectedAnswerError, match="for whom nobody asked"):
        account.update_user("u2", name="Robert")


@pytest.mark.parametrize("other", [OTHERS[0], OTHERS[2]], ids=repr)
def test_a_read_answered_about_somebody_else_is_refused(
    account: Account, script: Any, people: Any, other: dict[str, Any]
) -> None:
    script.on("GET", "/users/u2", (200, people[1] | other))
    with pytest.raises(UnexpectedAnswerError, match="for whom nobody asked"):
        account.get_user("u2")
    script.on("GET", "/users/me", (200, people[0] | other))
    with pytest.raises(UnexpectedAnswerError, match="for whom nobody asked"):
        account.get_current_user()


@pytest.mark.parametrize(
    "other", [{"user_id": "u2"}, *OTHERS[1:], {"user_id": 7}], ids=repr
)
def test_a_create_answered_about_somebody_else_is_refused(
    account: Account, script: Any, person: Any, other: dict[str, Any]
) -> None:
    account.list_users()
    answer = person("u3", NEW) | {"created": True} | other
    script.on("POST", "/users", (201, answer))
    with pytest.raises(UnexpectedAnswerError):
        account.create_user(NEW)
    assert account.directory.by_email(NEW, relist_on_miss=False) is None


@pytest.mark.parametrize(
    "reply", [(202, {}), (201, []), (200, b""), (201, {"created": 1})], ids=repr
)
def test_an_unclear_create_is_looked_up(
    account: Account, script: Any, people: Any, person: Any, reply: Any
) -> None:
    script.on("POST", "/users", reply)
    with pytest.raises(AccountError, match="is not known"):
        account.create_user(NEW)
    script.on("GET", "/users", (200, [*people, person("u3", NEW)]))
    assert account.create_user(NEW).user_id == "u3"
    assert script.count("POST", "/users") == 2


def test_a_create_that_was_refused_with_200_made_nobody(
    account: Account, script: Any
) -> None:
    script.on("POST", "/users", (200, {"error": "No seat", "error_type": "quota"}))
    with pytest.raises(UnexpectedAnswerError, match=r"not created.*No seat"):
        account.create_user(NEW)


def test_a_second_try_that_made_nobody_finds_the_first(
    account: Account, script: Any, people: Any, person: Any
) -> None:
    script.on("POST", "/users", b"", (200, {"created": False, "status": "success"}))
    listed = [*people, person("u3", NEW)]
    script.on("GET", "/users", (200, people), (200, people), (200, listed))
    assert account.create_user(NEW, name="new").user_id == "u3"


def test_a_list_with_somebody_of_another_account_is_refused(
    account: Account, script: Any, people: Any, person: Any
) -> None:
    foreign = person("u9", "eve@example.com", account_id="acc_999")
    script.on("GET", "/users", (200, [*people, foreign]))
    with pytest.raises(UnexpectedAnswerError, match="1 of another account than acc_12"):
        account.list_users()


@pytest.mark.parametrize("status", [202, 203, 204, 206])
def test_a_read_with_another_status_is_none(
    account: Account, script: Any, people: Any, status: int
) -> None:
    body = b"" if status == 204 else people
    script.on("GET", "/users", (status, body))
    with pytest.raises(UnexpectedAnswerError, match=f"{status}.*in full"):
        account.list_users()
    script.on("GET", "/users/u2", (200, people[1] | {"error": "Busy"}))
    with pytest.raises(UnexpectedAnswerError, match="is an error"):
        account.get_user("u2")


def test_the_account_is_the_callers(account: Account, script: Any) -> None:
    script.on("GET", "/accounts/my", (200, {"account_id": "acc_999"}))
    with pytest.raises(UnexpectedAnswerError, match="answered about account acc_999"):
        account.get_account_info()
