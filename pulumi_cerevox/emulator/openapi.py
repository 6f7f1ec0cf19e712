"""The OpenAPI description, in the version that the bundled Swagger UI can show.

FastAPI writes OpenAPI 3.1; Swagger UI 4 reads 3.0. The difference that matters here is
in the schemas: null, constants and exclusive limits.
"""

from __future__ import annotations

from typing import Any

VERSION = "3.0.3"


def to_openapi_3_0(node: Any) -> Any:
    """Return a description, or a part of one, in the terms of OpenAPI 3.0."""
    if isinstance(node, list):
        return [to_openapi_3_0(item) for item in node]
    if not isinstance(node, dict):
        return node
    converted = {key: to_openapi_3_0(value) for key, value in node.items()}
    _convert_null(converted)
    if isinstance(converted.get("const"), str | bool | int):
        converted["enum"] = [converted.pop("const")]
    for limit in ("Minimum", "Maximum"):
        value = converted.get(f"exclusive{limit}")
        if isinstance(value, int | float) and not isinstance(value, bool):
            converted[limit.lower()] = value
            converted[f"exclusive{limit}"] = True
    return converted


def without_automatic_422(paths: dict[str, Any], prefix: str) -> None:
    """Take out the 422 that FastAPI adds below a prefix: the API never sends one."""
    for path, operations in paths.items():
        if path.startswith(prefix):
            for operation in operations.values():
                operation["responses"].pop("422", None)


def _convert_null(schema: dict[str, Any]) -> None:
    choices = schema.get("anyOf")
    if not isinstance(choices, list) or {"type": "null"} not in choices:
        return
    others = [choice for choice in choices if choice != {"type": "null"}]
    schema["nullable"] = True
    del schema["anyOf"]
    if len(others) == 1 and "$ref" not in others[0]:
        schema |= others[0] | {
            key: schema[key] for key in ("title", "description") if key in schema
        }
    elif len(others) == 1:
        # Beside a $ref nothing else counts, so it goes one level down.
        schema["allOf"] = others
    else:
        schema["anyOf"] = others
