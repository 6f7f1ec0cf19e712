"""Contract, section 1: what every answer looks like."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import requests

from pulumi_cerevox.testing import EmulatorProcess

Call = Callable[..., requests.Response]

CALLS = [
    ("GET", "/users"),
    ("GET", "/users/me"),
    ("GET", "/users/nobody"),
    ("GET", "/nothing/here"),
    ("PATCH", "/users"),
    ("DELETE", "/users/nobody"),
    ("POST", "/users"),
    ("GET", "/accounts/my"),
    ("GET", "/accounts/acc_team/billing"),
    ("POST", "/token/login"),
]


def test_the_date_is_the_emulators_own(emulator: EmulatorProcess, call: Call) -> None:
    emulator.set_clock(set="2026-03-15T12:00:00Z", frozen=True)
    for path in ("/users", "/nothing/here"):
        dates = call("GET", path).raw.headers.getlist("Date")
        assert dates == ["Sun, 15 Mar 2026 12:00:00 GMT"]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_answer_is_json_with_a_request_id(
    call: Call, method: str, path: str
) -> None:
    answer = call(method, path)

    assert answer.headers["Content-Type"] == "application/json"
    assert re.fullmatch(r"req_[0-9a-f]{12}", answer.headers["x-request-id"])
    assert answer.status_code != 204
    assert answer.content
    assert answer.json() is not None


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_errors_have_a_text_and_a_type(call: Call, method: str, path: str) -> None:
    answer = call(method, path)

    if answer.status_code >= 400:
        assert isinstance(answer.json()["error"], str)
        assert isinstance(answer.json()["error_type"], str)
        assert "unsupported" not in answer.text.lower()


def test_request_ids_differ(call: Call) -> None:
    ids = {call("GET", "/users/me").headers["x-request-id"] for _ in range(5)}

    assert len(ids) == 5


@pytest.mark.parametrize(
    "path", ["/users/", "/users/me/", "/token/login/", "/accounts/my/", "/"]
)
def test_a_trailing_slash_is_an_unknown_path_and_no_redirect(
    call: Call, path: str
) -> None:
    answer = call("GET", path)

    assert answer.status_code == 404
    assert answer.json()["error_type"] == "not_found"


@pytest.mark.parametrize("path", ["/", "/users", "/v2/users", "/v1", "/_emulators"])
def test_nothing_is_served_at_the_root(emulator: EmulatorProcess, path: str) -> None:
    root = emulator.url.removesuffix("/v1")

    answer = requests.get(root + path, timeout=20)

    assert answer.status_code == 404
    assert answer.json()["error_type"] == "not_found"
    assert emulator.journal(path=path)[0]["unexpected"] == "unknown route"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/users/me"),
        ("DELETE", "/users/me"),
        ("DELETE", "/users"),
        ("PUT", "/users"),
        ("GET", "/token/login"),
        ("POST", "/accounts/my"),
        ("HEAD", "/users"),
        ("OPTIONS", "/users"),
    ],
)
def test_a_known_path_with_another_method_is_405(
    emulator: EmulatorProcess, call: Call, method: str, path: str
) -> None:
    answer = call(method, path)

    assert answer.status_code == 405
    if method != "HEAD":
        assert answer.json()["error_type"] == "method_not_allowed"
    assert emulator.journal(method, path)[0]["unexpected"] == "unknown method"


def test_an_empty_body_is_taken_whatever_its_content_type(call: Call) -> None:
    answer = call(
        "POST",
        "/token/revoke",
        data=b"",
        headers={"Content-Type": "application/octet-stream", "Content-Length": "0"},
    )

    assert answer.status_code == 200


def test_what_is_no_http_is_answered_in_json(emulator: EmulatorProcess) -> None:
    address = urlsplit(emulator.url)
    assert address.hostname
    with socket.create_connection((address.hostname, address.port or 0)) as connection:
        connection.sendall(b"this is no HTTP\r\n\r\n")
        answer = connection.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/json" in answer
    assert b"validation_error" in answer


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[1]", b'"text"', b"null"])
def test_a_body_that_is_no_json_object_is_400(call: Call, body: bytes) -> None:
    answer = call(
        "POST", "/users", data=body, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400
    assert answer.json()["error_type"] == "validation_error"
    assert "body" in answer.json()["validation_errors"]


def test_a_deep_body_is_400(call: Call) -> None:
    answer = call("POST", "/users", data=b"[" * 100_000)

    assert answer.status_code == 400


def test_json_is_read_under_another_content_type(call: Call) -> None:
    answer = call(
        "POST",
        "/users",
        data=b'{"email":"new@example.com","name":"New"}',
        headers={"Content-Type": "text/plain"},
    )

    assert answer.status_code == 201
