"""Calls that go wrong on the way, against the running emulator's faults."""

from typing import Any

import pytest

from pulumi_cerevox.account import (
    Account,
    ConflictError,
    RateLimitedError,
    ServerError,
    TimedOutError,
    UnexpectedAnswerError,
)

ADA = "ada@example.com"
NEW = "new@example.com"

FAULTS: list[dict[str, Any]] = [
    {"status": 502},
    {"status": 503},
    {"status": 504},
    {"status": 429},
    {"status": 429, "retry_after": 3},
    {"action": "close"},
    {"action": "reset"},
    {"action": "truncate"},
    {"action": "malformed_json"},
    {"action": "html"},
]

AFTER = [fault | {"when": "after"} for fault in (*FAULTS, {"status": 500})]

# Long enough for the emulator on a busy machine, short enough to wait for.
SHORT = 1.0


@pytest.fixture
def account(emulator: Any, account_of: Any) -> Account:
    made: Account = account_of(emulator)
    made.get_current_user()
    return made


@pytest.mark.parametrize("fault", [*FAULTS, {"status": 500}], ids=repr)
def test_a_read_is_repeated(
    emulator: Any, account: Account, fault: dict[str, Any]
) -> None:
    emulator.add_fault(method="GET", path="/users", times=2, **fault)
    assert len(account.list_users()) == len(emulator.users())
    assert emulator.count("GET", "/users") == 3


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_an_update_is_repeated(
    emulator: Any, account: Account, fault: dict[str, Any], when: str
) -> None:
    emulator.add_fault(method="PUT", when=when, **fault)
    user_id = emulator.user(ADA)["user_id"]
    assert account.update_user(user_id, name="Countess").name == "Countess"
    assert emulator.user(ADA)["name"] == "Countess"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "fault", [f for f in FAULTS if f.get("status") != 429], ids=repr
)
def test_a_delete_is_repeated(
    emulator: Any, account: Account, fault: dict[str, Any], when: str
) -> None:
    emulator.add_fault(method="DELETE", when=when, **fault)
    account.delete_user(emulator.user(ADA)["user_id"], ADA)
    assert ADA not in [user["email"] for user in emulator.users()]


def test_a_write_that_met_a_500_is_not_repeated(
    emulator: Any, account: Account
) -> None:
    emulator.add_fault(method="PUT", status=500)
    with pytest.raises(ServerError):
        account.update_user(emulator.user(ADA)["user_id"], name="Countess")
    assert emulator.count("PUT") == 1


@pytest.mark.parametrize("fault", [*FAULTS, {"status": 500}], ids=repr)
def test_a_create_that_was_not_carried_out_is_sent_again(
    emulator: Any, account: Account, fault: dict[str, Any]
) -> None:
    before = len(emulator.users())
    emulator.add_fault(method="POST", path="/users", **fault)
    assert account.create_user(NEW, name="New").email == NEW
    assert len(emulator.users()) == before + 1
    assert emulator.count("POST", "/users") == 2


@pytest.mark.parametrize(
    "fault", [f for f in AFTER if f.get("status") != 429], ids=repr
)
def test_a_create_whose_answer_was_lost_is_found(
    emulator: Any, account: Account, fault: dict[str, Any]
) -> None:
    before = len(emulator.users())
    emulator.add_fault(method="POST", path="/users", **fault)
    user = account.create_user(NEW, name="New")
    assert user.user_id == emulator.user(NEW)["user_id"]
    assert len(emulator.users()) == before + 1
    assert emulator.count("POST", "/users") == 1


def test_a_create_whose_answer_is_late_is_found(emulator: Any, account_of: Any) -> None:
    account = account_of(emulator, request_timeout=SHORT)
    account.get_current_user()
    emulator.add_fault(method="POST", path="/users", action="hang", when="after")
    assert account.create_user(NEW, name="New").email == NEW
    assert emulator.count("POST", "/users") == 1


def test_a_lost_answer_to_an_admins_create(documented: Any, account_of: Any) -> None:
    account = account_of(documented)
    documented.add_fault(method="POST", path="/users", action="close", when="after")
    assert account.create_user(NEW, role="admin").role == "admin"
    assert documented.count("POST", "/users") == 1


def test_somebody_else_at_that_email_is_a_conflict(
    emulator: Any, account: Account
) -> None:
    emulator.add_fault(method="POST", path="/users", action="close")
    with pytest.raises(ConflictError, match="another name, has logged in already"):
        account.create_user(ADA, name="Impostor", role="admin")
    assert emulator.count("POST", "/users") == 1


def test_another_role_at_that_email_is_a_conflict(
    documented: Any, account_of: Any
) -> None:
    documented.add_user(NEW, name="New", role="member")
    documented.add_fault(method="POST", path="/users", action="close")
    with pytest.raises(ConflictError, match="another role"):
        account_of(documented).create_user(NEW, name="New", role="admin")


def test_a_create_that_fails_for_good_says_so(emulator: Any, account: Account) -> None:
    emulator.add_fault(method="POST", path="/users", status=503, times=None)
    with pytest.raises(ServerError, match=r"Gave up after \d+ tries") as caught:
        account.create_user(NEW, name="New")
    assert NEW in str(caught.value)


def test_a_create_that_can_not_be_looked_up_says_so(
    emulator: Any, account: Account
) -> None:
    emulator.add_fault(method="POST", path="/users", status=503, times=None)
    emulator.add_fault(method="GET", path="/users", status=503, times=None)
    with pytest.raises(ServerError, match=f"Whether {NEW} was created is not known"):
        account.create_user(NEW, name="New")
    assert emulator.count("POST", "/users") == 1


def test_a_slow_read_times_out_and_is_repeated(emulator: Any, account_of: Any) -> None:
    account = account_of(emulator, request_timeout=SHORT)
    emulator.add_fault(method="GET", path="/users/me", action="hang")
    assert account.get_current_user().email == "owner@example.com"
    assert emulator.count("GET", "/users/me") >= 2


def test_a_slow_read_times_out_for_good(emulator: Any, account_of: Any) -> None:
    account = account_of(emulator, request_timeout=SHORT, max_wait_seconds=0)
    emulator.add_fault(method="GET", path="/users/me", action="hang")
    with pytest.raises(TimedOutError, match=r"within 1 s.*Gave up after 1 try"):
        account.get_current_user()


def test_retry_after_is_waited_in_full(
    emulator: Any, account: Account, fake_time: Any
) -> None:
    emulator.add_fault(method="GET", path="/users/me", status=429, retry_after=17)
    account.get_current_user()
    assert 17 <= sum(fake_time.slept) < 18


def test_retry_after_in_the_body_alone_is_waited(
    emulator: Any, account: Account, fake_time: Any
) -> None:
    emulator.patch_rules(retry_after_header=False)
    emulator.add_fault(method="GET", path="/users/me", status=429, retry_after=17)
    account.get_current_user()
    assert 17 <= sum(fake_time.slept) < 18


def test_a_long_retry_after_is_not_waited(
    emulator: Any, account: Account, fake_time: Any
) -> None:
    emulator.add_fault(path="/users/me", status=429, retry_after=3600)
    with pytest.raises(RateLimitedError, match="Gave up after 1 try") as caught:
        account.get_current_user()
    assert caught.value.retry_after == 3600
    assert fake_time.slept == []


def test_eight_creators_share_lists(sdk: Any, account_of: Any, in_threads: Any) -> None:
    account = account_of(sdk)
    outcomes = in_threads(
        8, lambda i: account.create_user(f"n{i}@example.com", name=f"N{i}")
    )
    assert [user.email for user in outcomes] == [f"n{i}@example.com" for i in range(8)]
    assert sdk.count("POST", "/users") == 8
    assert sdk.count("GET", "/users") <= 8
    assert sdk.count("POST", "/token/login") == 1
    assert len(account.directory.users()) == len(sdk.users())


WRITES = {
    "delete_false": "was not deleted",
    "delete_202": "does not prove",
    "delete_error": "was not deleted",
    "delete_empty_list": "does not prove",
    "delete_html_404": "not the API's own",
    "delete_json_404": "does not prove",
    "update_false": "name was not applied",
    "other_person": "for whom nobody asked",
    "other_account": "for whom nobody asked",
}


@pytest.mark.parametrize("fault", WRITES)
def test_a_write_that_is_not_confirmed_is_none(
    documented: Any, account_of: Any, fault: str
) -> None:
    account = account_of(documented, max_wait_seconds=5)
    account.list_users()
    method = "DELETE" if fault.startswith("delete") else "PUT"
    documented.add_fault(action=fault, method=method, path="/users/{user_id}")
    user_id = documented.user(ADA)["user_id"]
    write = account.update_user if method == "PUT" else account.delete_user
    with pytest.raises(UnexpectedAnswerError, match=WRITES[fault]):
        write(user_id, "Countess" if method == "PUT" else ADA)
    assert ADA in [user["email"] for user in documented.users()]


CUT = ["list_has_more", "list_next_elsewhere", "list_206", "list_total"]
PAGED = ["list_next", "list_cursor", "list_link"]


@pytest.mark.parametrize("fault", [*CUT, "list_total_count", *PAGED])
def test_half_a_list_is_followed_or_refused(
    documented: Any, account_of: Any, fault: str
) -> None:
    account = account_of(documented, max_wait_seconds=5)
    documented.add_fault(action=fault, times=9)
    if fault in PAGED:
        assert len(account.list_users()) == len(documented.users())
    else:
        with pytest.raises(UnexpectedAnswerError, match=r"not whole|in full"):
            account.list_users()
