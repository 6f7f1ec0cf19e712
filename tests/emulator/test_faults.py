"""Faults of every kind, before and after the write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pulumi_cerevox.emulator import WRONG_ANSWERS
from pulumi_cerevox.testing import EmulatorProcess

Call = Callable[..., requests.Response]

pytestmark = pytest.mark.parametrize("dialect", ["documented"], indirect=True)
NEW = {"email": "new@example.com", "name": "New User"}
LOST = ["close", "reset", "truncate"]


def exists(emulator: EmulatorProcess, email: str = "new@example.com") -> bool:
    return any(user["email"] == email for user in emulator.users())


def fault_of_create(emulator: EmulatorProcess) -> dict[str, Any]:
    return emulator.journal("POST", "/users")[0]


@pytest.fixture
def create(call: Call) -> Callable[..., requests.Response]:
    call("GET", "/users/me")  # so that the login is not what meets the fault

    def run(**more: Any) -> requests.Response:
        return call("POST", "/users", json=NEW, **more)

    return run


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("status", "error_type"),
    [
        (400, "validation_error"),
        (401, "authentication_error"),
        (402, "quota_exceeded"),
        (403, "permission_error"),
        (404, "not_found"),
        (409, "conflict"),
        (500, "server_error"),
        (503, "server_error"),
        (599, "server_error"),
    ],
)
def test_a_status(
    emulator: EmulatorProcess, create: Call, when: str, status: int, error_type: str
) -> None:
    emulator.add_fault(method="POST", path="/users", status=status, when=when)

    answer = create()

    assert answer.status_code == status
    assert answer.json()["error_type"] == error_type
    assert isinstance(answer.json()["error"], str)
    assert answer.headers["Content-Type"] == "application/json"
    assert exists(emulator) is (when == "after")
    entry = fault_of_create(emulator)
    assert entry["fault"] == f"status {status}"
    assert entry["status"] == status
    assert entry["committed"] is (when == "after")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("action", LOST)
def test_an_answer_that_gets_lost(
    emulator: EmulatorProcess, create: Call, when: str, action: str
) -> None:
    emulator.add_fault(method="POST", path="/users", action=action, when=when)

    with pytest.raises(
        (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    ) as caught:
        create()

    if action == "reset":
        assert "reset" in str(caught.value)
    if action == "close":
        assert "without response" in str(caught.value)
    if action == "truncate":
        assert "IncompleteRead" in str(caught.value)
    assert exists(emulator) is (when == "after")
    entry = fault_of_create(emulator)
    assert entry["fault"] == action
    assert entry["committed"] is (when == "after")
    assert (entry["status"] is None) is (action != "truncate")


@pytest.mark.parametrize("when", ["before", "after"])
def test_hanging_until_the_client_gives_up(
    emulator: EmulatorProcess, create: Call, when: str
) -> None:
    emulator.add_fault(method="POST", path="/users", action="hang", when=when)

    with pytest.raises(requests.ReadTimeout):
        create(timeout=0.3)

    assert exists(emulator) is (when == "after")
    assert fault_of_create(emulator)["fault"] == "hang"


@pytest.mark.parametrize("when", ["before", "after"])
def test_malformed_json(emulator: EmulatorProcess, create: Call, when: str) -> None:
    emulator.add_fault(method="POST", path="/users", action="malformed_json", when=when)

    answer = create()

    assert answer.status_code == (201 if when == "after" else 200)
    assert answer.headers["Content-Type"] == "application/json"
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert exists(emulator) is (when == "after")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_page_instead_of_json(
    emulator: EmulatorProcess, create: Call, when: str
) -> None:
    emulator.add_fault(method="POST", path="/users", action="html", when=when)

    answer = create()

    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<html>" in answer.text
    assert exists(emulator) is (when == "after")


def test_a_page_can_come_with_any_status(
    emulator: EmulatorProcess, create: Call
) -> None:
    emulator.add_fault(path="/users", action="html", status=200)

    assert create().status_code == 200


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_slow_answer_arrives(
    emulator: EmulatorProcess, create: Call, when: str
) -> None:
    emulator.add_fault(path="/users", delay_seconds=0.05, when=when)

    assert create().status_code == 201
    assert fault_of_create(emulator)["fault"] == "delay"


def test_an_answer_too_slow_for_the_client_was_committed(
    emulator: EmulatorProcess, create: Call
) -> None:
    emulator.add_fault(path="/users", delay_seconds=600, when="after")

    with pytest.raises(requests.ReadTimeout):
        create(timeout=0.3)

    assert exists(emulator)


def test_429_tells_its_seconds_twice(emulator: EmulatorProcess, create: Call) -> None:
    emulator.add_fault(path="/users", status=429, retry_after=7)

    answer = create()

    assert answer.json()["error_type"] == "rate_limit_exceeded"
    assert answer.json()["retry_after"] == 7
    assert answer.headers["Retry-After"] == "7"


def test_503_can_tell_its_seconds_too(emulator: EmulatorProcess, create: Call) -> None:
    emulator.add_fault(path="/users", status=503, retry_after=3)

    answer = create()

    assert answer.json()["retry_after"] == 3
    assert answer.headers["Retry-After"] == "3"


def test_the_header_of_429_can_be_left_out(
    emulator: EmulatorProcess, create: Call
) -> None:
    emulator.patch_rules(retry_after_header=False)
    emulator.add_fault(path="/users", status=429, retry_after=7)

    answer = create()

    assert answer.json()["retry_after"] == 7
    assert "Retry-After" not in answer.headers


# Which call, and how often


def statuses(call: Call, times: int, path: str = "/users/me") -> list[int]:
    return [call("GET", path).status_code for _ in range(times)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, [503, 200, 200, 200]),
        ({"times": 2}, [503, 503, 200, 200]),
        ({"times": None}, [503, 503, 503, 503]),
        ({"nth": 3}, [200, 200, 503, 200]),
        ({"nth": 2, "times": 2}, [200, 503, 503, 200]),
        ({"nth": 3, "times": None}, [200, 200, 503, 503]),
    ],
)
def test_nth_and_times(
    emulator: EmulatorProcess,
    call: Call,
    rule: dict[str, Any],
    expected: list[int],
) -> None:
    call("GET", "/accounts/my")
    emulator.add_fault(path="/users/me", status=503, **rule)

    assert statuses(call, 4) == expected


def test_some_seconds_of_503(emulator: EmulatorProcess, call: Call) -> None:
    call("GET", "/users/me")
    emulator.add_fault(path="/users/me", status=503, seconds=0.4)

    seen = [call("GET", "/users/me").status_code]
    while seen[-1] == 503:
        seen.append(call("GET", "/users/me").status_code)

    assert seen.count(503) > 1
    assert seen[-1] == 200


@pytest.mark.parametrize(
    ("rule", "me", "by_id", "listing"),
    [
        ({"path": "/users/me"}, 503, 404, 200),
        ({"path": "/v1/users/me"}, 503, 404, 200),
        ({"path": "/users/{user_id}"}, 200, 503, 200),
        ({"path": "/users/nobody"}, 200, 503, 200),
        ({"path": "/users/*"}, 503, 503, 200),
        ({"path": "/users*"}, 503, 503, 503),
        ({"path": "*"}, 503, 503, 503),
        ({}, 503, 503, 503),
        ({"method": "get"}, 503, 503, 503),
        ({"method": "POST"}, 200, 404, 200),
        ({"path": "/users/m"}, 200, 404, 200),
        ({"path": "/users/[m]e"}, 200, 404, 200),
    ],
)
def test_which_calls_a_path_means(
    emulator: EmulatorProcess,
    call: Call,
    rule: dict[str, Any],
    me: int,
    by_id: int,
    listing: int,
) -> None:
    call("GET", "/users/me")
    emulator.add_fault(**rule, status=503, times=None)

    paths = ("/users/me", "/users/nobody", "/users")
    assert [call("GET", path).status_code for path in paths] == [me, by_id, listing]


def test_rules_are_asked_in_order(emulator: EmulatorProcess, call: Call) -> None:
    call("GET", "/accounts/my")
    for status in (500, 502, 503):
        emulator.add_fault(path="/users/me", status=status)

    assert statuses(call, 4) == [500, 502, 503, 200]


def test_rules_are_listed_with_their_counts(
    emulator: EmulatorProcess, call: Call
) -> None:
    call("GET", "/accounts/my")
    emulator.add_fault(name="outage", path="/users/me", status=503, nth=2)
    statuses(call, 3)

    (rule,) = emulator.faults()

    assert (rule["name"], rule["fired"], rule["active"]) == ("outage", 1, False)
    assert emulator.journal("GET", "/users/me")[1]["fault"] == "outage"
    emulator.clear_faults()
    assert emulator.faults() == []


def test_a_fault_meets_a_login_too(emulator: EmulatorProcess, call: Call) -> None:
    emulator.add_fault(path="/token/login", status=503)

    answer = call("POST", "/token/login", anonymous=True)

    assert answer.status_code == 503


# Wrong answers of calls that succeed


def pages(call: Call, answer: requests.Response, key: str) -> list[dict[str, Any]]:
    """Return everybody in a list of two pages, by the way that its answer names."""
    body = answer.json()
    if key == "next":
        way = body["next"]
    elif key == "cursor":
        way = f"/users?cursor={body['next_cursor']}"
    else:
        way = answer.links["next"]["url"]
    second = call("GET", "/users" + way.partition("/users")[2])
    last = second.json()
    assert not second.links
    if isinstance(body, list):
        return [*body, *last]
    assert last.get("next") is None
    assert last.get("next_cursor") is None
    return [*body["users"], *last["users"]]


@pytest.mark.parametrize(
    ("name", "key"),
    [("list_next", "next"), ("list_cursor", "cursor"), ("list_link", "link")],
)
def test_a_list_in_two_pages(
    call: Call, emulator: EmulatorProcess, name: str, key: str
) -> None:
    whole = call("GET", "/users").json()
    emulator.add_fault(action=name)

    assert pages(call, call("GET", "/users"), key) == whole


@pytest.mark.parametrize(
    ("name", "status", "fields", "headers"),
    [
        ("list_cut", 200, {}, {}),
        (
            "list_next_elsewhere",
            200,
            {"next": "http://elsewhere.example/v1/users?page=2"},
            {},
        ),
        ("list_has_more", 200, {"has_more": True}, {}),
        ("list_206", 206, {}, {}),
        ("list_total", 200, {"total": 12}, {}),
        ("list_total_count", 200, {}, {"X-Total-Count": "12"}),
    ],
)
def test_half_a_list(
    call: Call,
    emulator: EmulatorProcess,
    name: str,
    status: int,
    fields: dict[str, Any],
    headers: dict[str, str],
) -> None:
    whole = call("GET", "/users").json()
    emulator.add_fault(action=name)

    for _ in range(2):  # for ever
        answer = call("GET", "/users")
        assert answer.status_code == status
        body = answer.json()
        assert (body["users"] if fields else body) == whole[:6]
        assert (not fields) or fields.items() <= body.items()
        assert all(answer.headers[name] == one for name, one in headers.items())


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("delete_false", 200, {"deleted": False, "status": "success"}),
        ("delete_202", 202, {"status": "accepted"}),
        (
            "delete_error",
            200,
            {"error": "Internal error", "error_type": "server_error"},
        ),
        ("delete_empty_list", 200, []),
        ("delete_html_404", 404, None),
        (
            "delete_json_404",
            404,
            {"error": "User not found", "error_type": "not_found"},
        ),
    ],
)
def test_a_delete_that_confirms_nothing(
    call: Call, emulator: EmulatorProcess, when: str, name: str, status: int, body: Any
) -> None:
    user = emulator.user("alan@example.com")
    emulator.add_fault(action=name, when=when)

    answer = call(
        "DELETE", f"/users/{user['user_id']}", json={"email": "alan@example.com"}
    )

    assert answer.status_code == status
    if body is None:
        assert answer.headers["Content-Type"].startswith("text/html")
    else:
        assert answer.json() == body
    assert exists(emulator, "alan@example.com") is (when == "before")
    (entry,) = emulator.journal("DELETE")
    assert (entry["fault"], entry["committed"]) == (name, when == "after")


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_update_that_says_it_did_nothing(
    call: Call, emulator: EmulatorProcess, when: str
) -> None:
    user = emulator.user("alan@example.com")
    emulator.add_fault(action="update_false", when=when)

    answer = call("PUT", f"/users/{user['user_id']}", json={"name": "Al"})

    assert (answer.status_code, answer.json()["updated"]) == (200, False)
    name = "Al" if when == "after" else "Alan Turing"
    assert emulator.user("alan@example.com")["name"] == name


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("other_person", {"user_id": "usr_other", "email": "other@example.com"}),
        ("other_account", {"account_id": "acc_other"}),
    ],
)
def test_an_answer_about_another(
    call: Call, emulator: EmulatorProcess, action: str, fields: dict[str, str]
) -> None:
    path = f"/users/{emulator.user('alan@example.com')['user_id']}"
    emulator.add_fault(action=action)
    emulator.add_fault(action=action, method="POST", path="/users")

    answers = [
        call("GET", path),
        call("PUT", path, json={"name": "Al"}),
        call("POST", "/users", json=NEW),
    ]

    for answer in answers:
        assert fields.items() <= answer.json().items()
    listed = call("GET", "/users").json()
    others = [user for user in listed if fields.items() <= user.items()]
    assert others == (listed if action == "other_account" else [])


def test_what_is_refused_stays_refused(call: Call, emulator: EmulatorProcess) -> None:
    for name in WRONG_ANSWERS:
        emulator.add_fault(action=name)

    assert call("GET", "/users", anonymous=True).status_code == 401
    assert call("DELETE", "/users/nobody", json={"email": "x@x.x"}).status_code == 404


@pytest.mark.parametrize("name", WRONG_ANSWERS)
def test_a_wrong_answer_of_any_call_breaks_nothing(
    call: Call, emulator: EmulatorProcess, name: str
) -> None:
    call("GET", "/users/me")
    emulator.add_fault(action=name, path="*", method="GET")

    for path in ("/users", "/users/me", "/accounts/my"):
        assert call("GET", path).status_code < 500


# The rate limit


def test_the_rate_limit_follows_the_clock(
    emulator: EmulatorProcess, call: Call
) -> None:
    call("GET", "/users/me")
    emulator.set_clock(frozen=True)
    emulator.patch_rules(rate_limit={"requests": 2, "window_seconds": 30})

    assert statuses(call, 3) == [200, 200, 429]
    emulator.advance_clock(10)
    limited = call("GET", "/users/me")
    assert limited.json()["error_type"] == "rate_limit_exceeded"
    assert limited.json()["retry_after"] == 20
    assert limited.headers["Retry-After"] == "20"
    emulator.advance_clock(20)
    assert statuses(call, 3) == [200, 200, 429]
    emulator.patch_rules(rate_limit=None)
    assert statuses(call, 3) == [200, 200, 200]


def test_a_limited_write_is_not_carried_out(
    emulator: EmulatorProcess, create: Call
) -> None:
    emulator.patch_rules(rate_limit={"requests": 0, "window_seconds": 60})

    assert create().status_code == 429
    assert not exists(emulator)
