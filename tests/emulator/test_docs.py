"""The pages for a browser, and the OpenAPI description behind them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from pulumi_cerevox.testing import EmulatorProcess

Call = Callable[..., requests.Response]

documented = pytest.mark.parametrize("dialect", ["documented"], indirect=True)
sdk = pytest.mark.parametrize("dialect", ["sdk-0.2"], indirect=True)
API_CALLS = {
    ("post", "/v1/token/login"),
    ("post", "/v1/token/refresh"),
    ("post", "/v1/token/revoke"),
    ("get", "/v1/accounts/my"),
    ("get", "/v1/accounts/{account_id}/plan"),
    ("get", "/v1/accounts/{account_id}/usage"),
    ("get", "/v1/users"),
    ("post", "/v1/users"),
    ("get", "/v1/users/me"),
    ("put", "/v1/users/me"),
    ("get", "/v1/users/{user_id}"),
    ("put", "/v1/users/{user_id}"),
    ("delete", "/v1/users/{user_id}"),
}
BILLING = ("get", "/v1/accounts/{account_id}/billing")


def root(emulator: EmulatorProcess) -> str:
    return emulator.url.removesuffix("/v1")


@pytest.fixture
def description(emulator: EmulatorProcess) -> dict[str, Any]:
    answer = requests.get(f"{root(emulator)}/openapi.json", timeout=20)
    body: dict[str, Any] = answer.json()
    return body


def operations(
    description: dict[str, Any],
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


@documented
def test_the_page_loads_nothing_from_outside(emulator: EmulatorProcess) -> None:
    page = requests.get(f"{root(emulator)}/docs", timeout=20)

    assert page.status_code == 200
    assert not re.search(r"(src|href)=\W?(https?:)?//", page.text)
    assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(assets) == 3
    for asset in assets:
        answer = requests.get(root(emulator) + asset, timeout=20)
        assert answer.status_code == 200
        assert len(answer.content) > 100


@documented
@pytest.mark.parametrize("path", ["/redoc", "/docs/", "/docs/oauth2-redirect"])
def test_no_other_page_is_there(emulator: EmulatorProcess, path: str) -> None:
    assert requests.get(root(emulator) + path, timeout=20).status_code == 404


def test_every_call_is_described(description: dict[str, Any], dialect: str) -> None:
    described = {
        (method, path)
        for method, path, _ in operations(description)
        if path.startswith("/v1")
    }

    assert described == API_CALLS | ({BILLING} if dialect == "documented" else set())


def test_the_description_is_openapi_3_0(description: dict[str, Any]) -> None:
    def parts(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            yield node
            node = list(node.values())
        if isinstance(node, list):
            for item in node:
                yield from parts(item)

    assert description["openapi"] == "3.0.3"
    for part in parts(description):
        assert part.get("type") != "null"
        assert "const" not in part
        assert not ("$ref" in part and len(part) > 1)
        assert not isinstance(part.get("exclusiveMinimum"), int) or isinstance(
            part["exclusiveMinimum"], bool
        )


def test_the_api_is_described_with_its_errors(description: dict[str, Any]) -> None:
    for method, path, operation in operations(description):
        if not path.startswith("/v1"):
            continue
        statuses = set(operation["responses"])
        assert "422" not in statuses
        assert {"401", "429"} <= statuses
        assert operation["security"]
        if method in {"post", "put", "delete"} and "revoke" not in path:
            assert operation["requestBody"]["content"]["application/json"]["schema"]
            assert "400" in statuses


def test_ids_in_answers_are_linked_to_the_calls_that_take_them(
    description: dict[str, Any], dialect: str
) -> None:
    named = {
        operation["operationId"]: f"{method} {path}"
        for method, path, operation in operations(description)
    }

    def linked(path: str, method: str, status: str) -> set[str]:
        answer = description["paths"][path][method]["responses"][status]
        links = answer.get("links", {}).values()
        return {named[link["operationId"]] for link in links}

    one_user = {
        f"{method} /v1/users/{{user_id}}" for method in ("get", "put", "delete")
    }
    account = {
        f"{method} {path}" for method, path in API_CALLS if "{account_id}" in path
    }
    documented = dialect == "documented"
    assert linked("/v1/users", "post", "201") == (one_user if documented else set())
    assert linked("/v1/users/me", "get", "200") == one_user
    assert linked("/v1/users/{user_id}", "get", "200") == one_user
    billing = {" ".join(BILLING)} if documented else set()
    assert linked("/v1/accounts/my", "get", "200") == account | billing


def test_operations_have_names_of_their_own(description: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(description)]

    assert len(names) == len(set(names))


TYPES: dict[str, type] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "object": dict,
}


def described(description: dict[str, Any], method: str, path: str, value: Any) -> None:
    """Assert that a value has the described fields, of their types, and no others."""
    operation = description["paths"][f"/v1{path}"][method.lower()]
    (success,) = (status for status in operation["responses"] if status[0] == "2")
    answer = operation["responses"][success]
    fits(description, answer["content"]["application/json"]["schema"], value)


def fits(description: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    """Assert that a value is as a schema describes it."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = description["components"]["schemas"][name]
    if schema.get("nullable") and value is None:
        return
    if "enum" in schema:
        assert value in schema["enum"]
        return
    if schema["type"] == "array":
        assert value
        for item in value:
            fits(description, schema["items"], item)
        return
    if schema["type"] == "number":
        assert isinstance(value, int | float)
        return
    if "properties" not in schema:
        assert type(value) is TYPES[schema["type"]]
    else:
        assert set(value) == set(schema["properties"]) == set(schema["required"])
        for name, part in schema["properties"].items():
            fits(description, part, value[name])


@documented
def test_answers_are_as_described(call: Call, description: dict[str, Any]) -> None:
    def check(method: str, path: str, template: str, **more: Any) -> Any:
        body = call(method, path, **more).json()
        described(description, method, template, body)
        return body

    account = "/accounts/acc_team"
    check("GET", "/accounts/my", "/accounts/my")
    for part in ("plan", "usage", "billing"):
        check("GET", f"{account}/{part}", f"/accounts/{{account_id}}/{part}")
    check("GET", "/users", "/users")
    created = check("POST", "/users", "/users", json={"email": "new@example.com"})
    path = f"/users/{created['user_id']}"
    check("PUT", path, "/users/{user_id}", json={"role": "admin"})
    check("DELETE", path, "/users/{user_id}", json={"email": "new@example.com"})
    body = {"email": "owner@example.com", "password": "correct-horse-battery"}
    check("POST", "/token/login", "/token/login", anonymous=True, json=body)
    check("POST", "/token/revoke", "/token/revoke")


@sdk
def test_sdk_answers_are_as_described(
    emulator: EmulatorProcess,
    call: Call,
    basic: Callable[[str], dict[str, str]],
    description: dict[str, Any],
) -> None:
    def check(method: str, path: str, template: str, **more: Any) -> None:
        body = call(method, path, **more).json()
        described(description, method, template, body)

    account = "/accounts/acc_team"
    check("GET", "/accounts/my", "/accounts/my")
    for part in ("plan", "usage"):
        check("GET", f"{account}/{part}", f"/accounts/{{account_id}}/{part}")
    check("GET", "/users", "/users")
    body = {"email": "new@example.com", "name": "New"}
    check("POST", "/users", "/users", json=body)
    path = f"/users/{emulator.user('new@example.com')['user_id']}"
    check("PUT", path, "/users/{user_id}", json={"name": "N"})
    header = basic(emulator.api_key)
    check("POST", "/token/login", "/token/login", anonymous=True, headers=header)
