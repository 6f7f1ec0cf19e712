"""Creates whose outcome has to be found out, on a server that answers by script."""

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_cerevox.account import (
    Account,
    ConflictError,
    RoleNotAppliedError,
    ServerError,
    UnexpectedAnswerError,
    ValidationError,
)

NEW = "new@example.com"
LOST = b""
CONFLICT = (409, {"error": "Email already exists", "error_type": "conflict"})
CREATED = (201, {"created": True, "status": "success"})


@pytest.fixture
def lists(script: Any, person: Callable[..., Any]) -> Callable[..., None]:
    """Say which lists come one after the other; the owner is in each."""
    owner = person("u1", "owner@example.com", "admin")
    script.on("GET", "/users/me", (200, owner))

    def answers(*added: list[Any]) -> None:
        script.on("GET", "/users", *[(200, [owner, *more]) for more in added])

    answers([])
    return answers


@pytest.fixture
def account(make_account: Any, script: Any) -> Account:
    made: Account = make_account(script.url)
    return made


def test_a_conflict_with_ones_own_try_is_success(
    account: Account, script: Any, person: Any, lists: Any
) -> None:
    new = person("u2", NEW)
    lists([], [], [new])  # the list lags behind, twice
    script.on("POST", "/users", LOST, CONFLICT)
    assert account.create_user(NEW, name="new").user_id == "u2"
    assert script.count("POST", "/users") == 2


def test_a_conflict_at_first_is_one(account: Account, script: Any, lists: Any) -> None:
    lists([])
    script.on("POST", "/users", CONFLICT)
    with pytest.raises(ConflictError, match=r"could not create user new@example\.com"):
        account.create_user(NEW)
    assert script.count("GET", "/users") == 0


def test_a_conflict_that_stays_unexplained_is_one(
    account: Account, script: Any, lists: Any
) -> None:
    lists([])
    script.on("POST", "/users", LOST, CONFLICT)
    with pytest.raises(ConflictError, match="Gave up"):
        account.create_user(NEW)


def test_a_conflict_with_somebody_else_after_a_lost_try(
    account: Account, script: Any, person: Any, lists: Any
) -> None:
    lists([], [person("u2", NEW, name="Other")])
    script.on("POST", "/users", LOST, CONFLICT)
    with pytest.raises(ConflictError, match="another name"):
        account.create_user(NEW, name="new")


def test_without_roles_a_lost_admin_is_found_and_told(
    account: Account, script: Any, person: Any
) -> None:
    new = person("u2", NEW)
    owner = person("u1", "owner@example.com", "admin")
    for one in (new, owner):
        del one["role"]
    script.on("GET", "/users/me", (200, owner))
    script.on("GET", "/users", (200, [owner, new]))
    script.on("POST", "/users", LOST)
    with pytest.raises(RoleNotAppliedError) as caught:
        account.create_user(NEW, role="admin", name="new")
    assert caught.value.user.user_id == "u2"


def test_a_created_user_may_appear_late(
    account: Account, script: Any, person: Any, lists: Any
) -> None:
    lists([], [], [person("u2", NEW)])
    script.on("POST", "/users", CREATED)
    assert account.create_user(NEW).user_id == "u2"
    assert script.count("POST", "/users") == 1


def test_a_created_user_who_never_appears_is_told(
    account: Account, script: Any, lists: Any
) -> None:
    lists([])
    script.on("POST", "/users", CREATED)
    with pytest.raises(UnexpectedAnswerError, match="is not in its list") as caught:
        account.create_user(NEW)
    assert "Gave up" in str(caught.value)
    assert script.count("POST", "/users") == 1


def test_an_answer_with_an_id_alone_is_completed(
    account: Account, script: Any, person: Any, lists: Any
) -> None:
    lists([])
    script.on("POST", "/users", (201, {"user_id": "u2"}))
    script.on("GET", "/users/u2", (200, person("u2", NEW)))
    assert account.create_user(NEW).email == NEW
    assert script.count("GET", "/users") == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"null"])
def test_an_answer_that_says_nothing_is_looked_up(
    account: Account, script: Any, person: Any, lists: Any, body: bytes
) -> None:
    lists([person("u2", NEW)])
    script.on("POST", "/users", (201, body))
    assert account.create_user(NEW).user_id == "u2"


def test_an_answer_that_denies_is_believed(
    account: Account, script: Any, lists: Any
) -> None:
    lists([])
    script.on("POST", "/users", (201, {"created": False, "status": "failed"}))
    with pytest.raises(UnexpectedAnswerError, match="was not created"):
        account.create_user(NEW)


def test_a_lasting_500_is_not_sent_for_ever(
    account: Account, script: Any, lists: Any
) -> None:
    lists([])
    script.on("POST", "/users", (500, {"error": "Internal"}))
    with pytest.raises(ServerError):
        account.create_user(NEW)
    assert script.count("POST", "/users") == 4
    assert script.count("GET", "/users") == 4


def test_a_refused_argument_is_told(account: Account, script: Any) -> None:
    faults = {"email": "Not deliverable"}
    script.on("POST", "/users", (400, {"error": "Bad", "validation_errors": faults}))
    with pytest.raises(ValidationError, match="email: Not deliverable"):
        account.create_user(NEW)
    script.on("PUT", "/users/u2", (400, {"error": "Bad", "validation_errors": faults}))
    with pytest.raises(ValidationError, match="email: Not deliverable"):
        account.update_user("u2", role="admin")


def test_a_login_that_fails_sends_no_create(account: Account, script: Any) -> None:
    script.on("POST", "/token/login", (503, {}))
    with pytest.raises(ServerError, match="could not log in"):
        account.create_user(NEW)
    assert script.count("POST", "/users") == 0


def test_a_deleted_user_whose_answer_was_lost_is_deleted(
    account: Account, script: Any, lists: Any
) -> None:
    lists([])
    script.on("DELETE", "/users/u2", LOST, (404, {"error": "no"}))
    account.delete_user("u2", NEW)
    assert script.count("DELETE", "/users/u2") == 2


@pytest.mark.parametrize("body", [{"a": 1}, {"users": {}}, "text", None])
def test_a_list_that_is_none_is_refused(
    account: Account, script: Any, body: object
) -> None:
    script.on("GET", "/users", (200, body))
    with pytest.raises(UnexpectedAnswerError, match="list of users"):
        account.list_users()


def test_hostile_names_stay_out_of_errors(
    account: Account, person: Any, lists: Any
) -> None:
    evil = "a\x1b[2J\n@b.c"
    lists([person("u2", evil), person("u3", evil)])
    with pytest.raises(UnexpectedAnswerError, match="twice") as caught:
        account.list_users()
    assert str(caught.value).isprintable()
