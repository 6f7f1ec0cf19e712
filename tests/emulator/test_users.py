"""Contract, calls 8 to 14 and section 3: the users and the API's own rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pulumi_cerevox.testing import EmulatorProcess

Call = Callable[..., requests.Response]

documented = pytest.mark.parametrize("dialect", ["documented"], indirect=True)
sdk = pytest.mark.parametrize("dialect", ["sdk-0.2"], indirect=True)
NEW = {"email": "new@example.com", "name": "New User"}
FIELDS = {
    "user_id",
    "email",
    "name",
    "firstname",
    "lastname",
    "account_id",
    "isadmin",
    "isbanned",
    "lastlogin",
}


def id_of(emulator: EmulatorProcess, email: str) -> str:
    return str(emulator.user(email)["user_id"])


@pytest.fixture
def member(emulator: EmulatorProcess) -> str:
    """Return the key of a member."""
    return emulator.key_for("alan@example.com")


# List


def test_the_list_is_the_whole_account_oldest_first(
    emulator: EmulatorProcess, call: Call
) -> None:
    call("POST", "/users", json=NEW)

    users = call("GET", "/users").json()

    assert users[0]["email"] == "owner@example.com"
    assert users[-1]["email"] == "new@example.com"
    assert [user["user_id"] for user in users] == [
        user["user_id"] for user in emulator.users()
    ]


def test_users_have_the_contracts_fields(call: Call, dialect: str) -> None:
    fields = FIELDS | {"role"} if dialect == "documented" else FIELDS

    for user in call("GET", "/users").json():
        assert set(user) == fields
        assert isinstance(user["isadmin"], bool)
        assert isinstance(user["isbanned"], bool)
        assert user["firstname"] is None
        assert user["lastname"] is None
        assert user["account_id"] == "acc_team"
        assert user["lastlogin"] is None or user["lastlogin"].endswith("Z")


@documented
def test_the_role_agrees_with_isadmin(call: Call) -> None:
    roles = {(u["role"], u["isadmin"]) for u in call("GET", "/users").json()}

    assert roles == {("admin", True), ("member", False)}


def test_names_and_emails_come_back_as_sent(call: Call) -> None:
    body = {"email": "José+Tag@Example.COM", "name": " Zoë  Łukasz 🚀 "}

    call("POST", "/users", json=body)

    user = call("GET", "/users").json()[-1]
    assert {"email": user["email"], "name": user["name"]} == body


def test_the_list_can_be_wrapped(emulator: EmulatorProcess, call: Call) -> None:
    bare = call("GET", "/users").json()

    emulator.patch_rules(list_wrapped=True)

    assert call("GET", "/users").json() == {"users": bare}


def test_a_member_may_list_in_the_sdks_dialect_alone(
    call: Call, member: str, dialect: str
) -> None:
    answer = call("GET", "/users", key=member)

    assert answer.status_code == (403 if dialect == "documented" else 200)


# Create


@sdk
def test_sdk_create_gives_no_id(call: Call) -> None:
    answer = call("POST", "/users", json=NEW)

    assert answer.status_code == 201
    assert answer.json() == {"created": True, "status": "success"}


@documented
def test_documented_create_gives_the_user(call: Call) -> None:
    answer = call("POST", "/users", json={**NEW, "role": "admin"})

    assert answer.status_code == 201
    created = answer.json()
    assert created.pop("created") is True
    assert created.pop("status") == "success"
    assert created == call("GET", f"/users/{created['user_id']}").json()
    assert created["role"] == "admin"


@documented
def test_documented_create_needs_only_the_email(call: Call) -> None:
    created = call("POST", "/users", json={"email": "dev1@example.com"}).json()

    assert (created["name"], created["role"]) == ("dev1", "member")


@sdk
def test_sdk_create_ignores_a_role_and_what_it_does_not_know(
    emulator: EmulatorProcess, call: Call
) -> None:
    answer = call("POST", "/users", json={**NEW, "role": "admin", "more": 1})

    assert answer.status_code == 201
    assert emulator.user("new@example.com")["role"] == "member"
    noted = emulator.journal("POST", "/users")[0]["unexpected"]
    assert noted == "unknown field: role; unknown field: more"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"email"}),
        ({"email": None, "name": "N"}, {"email"}),
        ({"email": 5, "name": "N"}, {"email"}),
        ({"email": "", "name": "N"}, {"email"}),
        ({"email": "nobody", "name": "N"}, {"email"}),
        ({"email": "@example.com", "name": "N"}, {"email"}),
        ({"email": "a@b@example.com", "name": "N"}, {"email"}),
        ({"email": "a@localhost", "name": "N"}, {"email"}),
        ({"email": "a@.com", "name": "N"}, {"email"}),
        ({"email": "a b@example.com", "name": "N"}, {"email"}),
        ({"email": "a@example.com\n", "name": "N"}, {"email"}),
        ({"email": f"{'a' * 243}@example.com", "name": "N"}, {"email"}),
        ({"email": "\ud800@example.com", "name": "N"}, {"body"}),
        ({"email": "a@example.com", "name": ""}, {"name"}),
        ({"email": "a@example.com", "name": " \t"}, {"name"}),
        ({"email": "a@example.com", "name": None}, {"name"}),
        ({"email": "a@example.com", "name": 1}, {"name"}),
        ({"email": "a@example.com", "name": "n" * 101}, {"name"}),
        ({"email": "a@example.com", "name": "\udfff"}, {"body"}),
        ({"email": "a@example.com", "name": "N", "\ud800": 1}, {"body"}),
        ({"email": "a", "name": ""}, {"email", "name"}),
    ],
)
def test_bad_fields_are_400_and_create_nobody(
    emulator: EmulatorProcess, call: Call, body: dict[str, Any], named: set[str]
) -> None:
    before = emulator.users()
    call("GET", "/users/me")

    answer = call("POST", "/users", json=body)

    assert answer.status_code == 400
    assert answer.json()["error_type"] == "validation_error"
    assert named <= set(answer.json()["validation_errors"])
    assert emulator.users()[1:] == before[1:]
    assert emulator.journal("POST", "/users")[0]["committed"] is False


@pytest.mark.parametrize(
    "body",
    [
        {"email": f"{'a' * 242}@example.com", "name": "n" * 100},
        {"email": "a+b@sub.example.co.uk", "name": "N"},
    ],
)
def test_the_longest_fields_are_fine(call: Call, body: dict[str, Any]) -> None:
    assert call("POST", "/users", json=body).status_code == 201


@sdk
def test_sdk_create_needs_a_name(call: Call) -> None:
    answer = call("POST", "/users", json={"email": "a@example.com"})

    assert answer.status_code == 400
    assert set(answer.json()["validation_errors"]) == {"name"}


@documented
@pytest.mark.parametrize("role", ["Admin", "owner", "", None, True, 1])
def test_a_bad_role_is_400(call: Call, role: Any) -> None:
    answer = call("POST", "/users", json={**NEW, "role": role})

    assert answer.json()["validation_errors"] == {"role": "Must be admin or member"}
    assert answer.status_code == 400


def test_a_second_create_is_409_and_changes_nothing(
    emulator: EmulatorProcess, call: Call
) -> None:
    call("POST", "/users", json=NEW)
    before = emulator.user("new@example.com")

    again = call("POST", "/users", json={"email": "NEW@Example.com", "name": "Other"})

    assert again.status_code == 409
    assert again.json()["error_type"] == "conflict"
    assert emulator.user("new@example.com") == before


def test_a_deleted_email_can_come_back_with_a_new_id(
    emulator: EmulatorProcess, call: Call
) -> None:
    call("POST", "/users", json=NEW)
    first = id_of(emulator, "new@example.com")
    call("DELETE", f"/users/{first}", json={"email": "new@example.com"})

    call("POST", "/users", json=NEW)

    assert id_of(emulator, "new@example.com") != first


def test_no_seat_left_is_402(emulator: EmulatorProcess, call: Call) -> None:
    emulator.patch_account(max_users=13)
    assert call("POST", "/users", json=NEW).status_code == 201

    answer = call("POST", "/users", json={"email": "b@example.com", "name": "B"})

    assert answer.status_code == 402
    assert answer.json()["error_type"] == "quota_exceeded"
    assert answer.json()["quota_type"] == "users"


def test_ids_fit_into_a_path(emulator: EmulatorProcess) -> None:
    for user in emulator.users():
        assert user["user_id"].replace("-", "").replace("_", "").isalnum()
        assert user["user_id"] != "me"


# Me


def test_me_is_the_caller(call: Call, member: str) -> None:
    assert call("GET", "/users/me", key=member).json()["email"] == "alan@example.com"


def test_a_member_changes_the_own_name(
    emulator: EmulatorProcess, call: Call, member: str
) -> None:
    answer = call("PUT", "/users/me", key=member, json={"name": "A. M. Turing"})

    assert answer.status_code == 200
    assert answer.json()["updated"] is True
    assert answer.json()["status"] == "success"
    assert emulator.user("alan@example.com")["name"] == "A. M. Turing"


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "n" * 101}])
def test_a_bad_own_name_is_400(call: Call, body: dict[str, Any]) -> None:
    answer = call("PUT", "/users/me", json=body)

    assert answer.status_code == 400
    assert set(answer.json()["validation_errors"]) == {"name"}


@documented
def test_nobody_sets_the_own_role(
    emulator: EmulatorProcess, call: Call, member: str
) -> None:
    body = {"name": "A", "role": "admin"}

    answer = call("PUT", "/users/me", key=member, json=body)

    assert answer.status_code == 403
    assert answer.json()["error_type"] == "permission_error"
    assert emulator.user("alan@example.com")["name"] == "Alan Turing"


@sdk
def test_sdk_ignores_an_own_role(
    emulator: EmulatorProcess, call: Call, member: str
) -> None:
    body = {"name": "A", "role": "admin"}

    assert call("PUT", "/users/me", key=member, json=body).status_code == 200
    assert emulator.user("alan@example.com")["role"] == "member"


# Get and update


def test_get_by_id_is_the_listed_user(call: Call) -> None:
    for user in call("GET", "/users").json():
        assert call("GET", f"/users/{user['user_id']}").json() == user


def test_update_changes_the_name_and_leaves_the_role(
    emulator: EmulatorProcess, call: Call
) -> None:
    user_id = id_of(emulator, "ada@example.com")

    answer = call("PUT", f"/users/{user_id}", json={"name": "Countess"})

    assert answer.status_code == 200
    assert answer.json()["updated"] is True
    ada = emulator.user("ada@example.com")
    assert (ada["name"], ada["role"]) == ("Countess", "admin")


@sdk
def test_sdk_update_answers_two_fields(emulator: EmulatorProcess, call: Call) -> None:
    user_id = id_of(emulator, "ada@example.com")

    answer = call("PUT", f"/users/{user_id}", json={"name": "A", "role": "member"})

    assert answer.json() == {"updated": True, "status": "success"}
    assert emulator.user("ada@example.com")["role"] == "admin"


@documented
@pytest.mark.parametrize(
    ("email", "role"), [("ada@example.com", "member"), ("alan@example.com", "admin")]
)
def test_documented_update_of_the_role_alone(
    emulator: EmulatorProcess, call: Call, email: str, role: str
) -> None:
    before = emulator.user(email)

    answer = call("PUT", f"/users/{before['user_id']}", json={"role": role})

    assert answer.status_code == 200
    assert answer.json()["role"] == role
    assert answer.json()["isadmin"] is (role == "admin")
    assert emulator.user(email) == {**before, "role": role}


@sdk
def test_sdk_update_of_the_role_alone_is_400(
    emulator: EmulatorProcess, call: Call
) -> None:
    user_id = id_of(emulator, "ada@example.com")

    answer = call("PUT", f"/users/{user_id}", json={"role": "member"})

    assert answer.status_code == 400
    assert set(answer.json()["validation_errors"]) == {"name"}


@documented
def test_documented_update_of_nothing_is_400(
    emulator: EmulatorProcess, call: Call
) -> None:
    user_id = id_of(emulator, "ada@example.com")

    assert call("PUT", f"/users/{user_id}", json={}).status_code == 400


@documented
@pytest.mark.parametrize("field", ["email", "isadmin", "user_id"])
def test_documented_refuses_unknown_fields_in_an_update(
    emulator: EmulatorProcess, call: Call, field: str
) -> None:
    user_id = id_of(emulator, "ada@example.com")

    answer = call("PUT", f"/users/{user_id}", json={"name": "A", field: "x"})

    assert answer.status_code == 400
    assert set(answer.json()["validation_errors"]) == {field}
    journal = emulator.journal("PUT", "/users/{user_id}")
    assert journal[0]["unexpected"] == f"unknown field: {field}"


@documented
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/users"), ("PUT", "/users/me"), ("DELETE", "/users/{id}")],
)
def test_documented_refuses_unknown_fields_elsewhere(
    emulator: EmulatorProcess, call: Call, method: str, path: str
) -> None:
    user_id = id_of(emulator, "ada@example.com")
    body = {"email": "ada@example.com", "name": "N", "more": 1}

    answer = call(method, path.replace("{id}", user_id), json=body)

    assert answer.status_code == 400
    assert "more" in answer.json()["validation_errors"]


@documented
def test_the_last_admin_stays_admin(emulator: EmulatorProcess, call: Call) -> None:
    owner = id_of(emulator, "owner@example.com")
    for email in ("ada@example.com", "grace@example.com"):
        body = {"role": "member"}
        assert call("PUT", f"/users/{id_of(emulator, email)}", json=body).ok

    refused = call("PUT", f"/users/{owner}", json={"role": "member"})
    kept = call("PUT", f"/users/{owner}", json={"role": "admin", "name": "Same"})
    emulator.patch_rules(last_admin_protected=False)
    allowed = call("PUT", f"/users/{owner}", json={"role": "member"})

    assert refused.status_code == 409
    assert refused.json()["error_type"] == "last_admin"
    assert kept.status_code == 200
    assert allowed.status_code == 200
    assert call("GET", f"/users/{owner}").status_code == 403


# Delete


def test_delete_needs_the_email_as_a_confirmation(
    emulator: EmulatorProcess, call: Call
) -> None:
    path = f"/users/{id_of(emulator, 'alan@example.com')}"

    for body in (None, {}, {"email": "ada@example.com"}, {"email": 1}):
        answer = call("DELETE", path, json=body)
        assert answer.status_code == 400
        assert set(answer.json()["validation_errors"]) == {"email"}
    deleted = call("DELETE", path, json={"email": "ALAN@example.com"})

    assert deleted.status_code == 200
    assert deleted.json() == {"deleted": True, "status": "success"}
    assert call("GET", path).status_code == 404
    assert call("DELETE", path, json={"email": "alan@example.com"}).status_code == 404


def test_nobody_deletes_the_own_user(emulator: EmulatorProcess, call: Call) -> None:
    path = f"/users/{id_of(emulator, 'owner@example.com')}"

    for body in (None, {"email": "owner@example.com"}):
        refused = call("DELETE", path, json=body)
        assert refused.status_code == 403
        assert refused.json()["error_type"] == "self_delete_forbidden"
    emulator.patch_rules(self_delete_protected=False)

    allowed = call("DELETE", path, json={"email": "owner@example.com"})

    assert allowed.status_code == 200


# Rights, order, account status

WRITES = [
    ("POST", "/users"),
    ("PUT", "/users/{id}"),
    ("DELETE", "/users/{id}"),
]


@pytest.mark.parametrize("user_id", ["known", "unknown"])
@pytest.mark.parametrize(("method", "path"), [*WRITES, ("GET", "/users/{id}")])
def test_a_member_is_refused_even_for_an_unknown_id(
    emulator: EmulatorProcess,
    call: Call,
    member: str,
    method: str,
    path: str,
    user_id: str,
) -> None:
    known = id_of(emulator, "ada@example.com")
    path = path.replace("{id}", known if user_id == "known" else "nobody")

    answer = call(method, path, key=member, data=b"not JSON")

    assert answer.status_code == 403
    assert answer.json()["error_type"] == "permission_error"
    assert answer.json()["error"] == "Admin permissions required"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("user_id", ["nobody", "a%20b", "x" * 200, "%F0%9F%9A%80"])
def test_an_unknown_user_is_404_before_the_body_is_read(
    call: Call, method: str, user_id: str
) -> None:
    answer = call(method, f"/users/{user_id}", data=b"not JSON")

    assert answer.status_code == 404
    assert answer.json()["error_type"] == "not_found"


def test_a_bad_body_goes_before_a_conflict_and_that_before_a_seat(
    emulator: EmulatorProcess, call: Call
) -> None:
    emulator.patch_account(max_users=1)
    taken = {"email": "ada@example.com", "name": "Ada"}

    assert call("POST", "/users", json={**taken, "name": ""}).status_code == 400
    assert call("POST", "/users", json=taken).status_code == 409
    assert call("POST", "/users", json=NEW).status_code == 402


@pytest.mark.parametrize("status", ["suspended", "cancelled"])
@pytest.mark.parametrize(("method", "path"), [*WRITES, ("PUT", "/users/me")])
def test_an_inactive_account_can_only_be_read(
    emulator: EmulatorProcess, call: Call, status: str, method: str, path: str
) -> None:
    emulator.patch_account(status=status)
    path = path.replace("{id}", id_of(emulator, "alan@example.com"))

    refused = call(method, path, json={"email": "alan@example.com", "name": "A"})

    assert refused.status_code == 403
    assert refused.json()["error_type"] == "account_suspended"
    assert call("GET", "/users").status_code == 200
    assert call("GET", "/users/me").status_code == 200


def test_a_demoted_admin_loses_the_rights_at_once(
    emulator: EmulatorProcess, call: Call
) -> None:
    assert call("POST", "/users", json=NEW).status_code == 201

    emulator.patch_user("owner@example.com", role="member")

    assert call("POST", "/users", json=NEW).status_code == 403
