"""What the routes say about themselves in the OpenAPI description."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from pulumi_cerevox.emulator.schemas import Error

_ERRORS = {
    400: "A bad or missing field, or no JSON",
    401: "No, wrong, expired or revoked credentials",
    402: "No seat left",
    403: "Not allowed",
    404: "Not found",
    409: "In conflict with the account as it is",
    429: "Too many requests",
}


def answers(status: int, model: Any, *errors: int) -> dict[int | str, dict[str, Any]]:
    """Return a route's `responses`: its success, and the statuses it refuses with."""
    described: dict[int | str, dict[str, Any]] = {
        status: {"model": model, "description": "Success"}
    }
    for error in (*errors, 429):
        described[error] = {"model": Error, "description": _ERRORS[error]}
    return described


def json_body(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """Return a route's `openapi_extra` for the body that the handler itself reads."""
    schema = model.model_json_schema()
    return {
        "requestBody": {
            "required": required,
            "content": {"application/json": {"schema": schema}},
        }
    }


def query_parameters(**descriptions: str) -> dict[str, Any]:
    """Return a route's `openapi_extra` for optional text parameters of the query."""
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": description,
                "schema": {"type": "string"},
            }
            for name, description in descriptions.items()
        ]
    }
