"""What an answer leads on to: the links of the OpenAPI description.

An id in one answer is what other calls take in their paths. Whoever reads the
description, a person or a program that tries the API out, finds the way by them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

#: Calls whose success has an id: method, path, status, the field with the id.
_GIVERS = (
    ("get", "/v1/accounts/my", "200", "account_id"),
    ("post", "/v1/users", "201", "user_id"),
    ("get", "/v1/users/me", "200", "user_id"),
    ("get", "/v1/users/{user_id}", "200", "user_id"),
)


def add_links(description: dict[str, Any]) -> None:
    """Add to each answer with an id the calls that take it."""
    paths = description["paths"]
    for method, path, status, name in _GIVERS:
        answer = paths[path][method]["responses"][status]
        if _has_field(description, answer, name):
            answer["links"] = dict(_links(paths, name))


def _has_field(description: dict[str, Any], answer: dict[str, Any], name: str) -> bool:
    """Tell whether an answer has a field; in `sdk-0.2` a create gives no id."""
    reference: str = answer["content"]["application/json"]["schema"]["$ref"]
    schema = description["components"]["schemas"][reference.rpartition("/")[2]]
    return name in schema["properties"]


def _links(paths: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    takers = [path for path in paths if f"{{{name}}}" in path]
    for path in takers:
        for method, operation in paths[path].items():
            link: dict[str, Any] = {
                "operationId": operation["operationId"],
                "parameters": {name: f"$response.body#/{name}"},
            }
            if method == "delete":
                # The confirmation that a delete wants.
                link["requestBody"] = {"email": "$response.body#/email"}
            yield operation["operationId"], link
