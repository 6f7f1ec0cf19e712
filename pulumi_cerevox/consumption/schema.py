"""The JSON Schemas of `usage --format json` and `billing --format json`."""

from __future__ import annotations

from dataclasses import is_dataclass
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from pulumi_cerevox.account import BillingInfo, UsageStats
from pulumi_cerevox.consumption.model import Limited
from pulumi_cerevox.consumption.texts import VERSION

_NAMES = {NoneType: "null", str: "string", int: "integer"}
_NAMES |= {float: "number", bool: "boolean"}


def usage_schema() -> dict[str, Any]:
    """Return the schema of a usage: of some days, or of a year month by month."""
    days: dict[Any, Any] = {"start_date": str | None, "end_date": str | None}
    forecast = {
        "method": str,
        "period_start": str,
        "period_end": str,
        "total_requests": int | None,
        "estimated_cost": float | None,
    }
    limit = _table(
        {
            "used": float,
            "limit": float,
            "warn_at_percent": float,
            "over": bool,
            "forecast": bool,
        },
        subject={"enum": list(Limited)},
    )
    part = _table(days | {"usage": UsageStats})
    some_days = _table(
        days | {"usage": UsageStats},
        limits={"type": "array", "items": limit},
        forecast={"anyOf": [_table(forecast), {"type": "null"}]},
    )
    year = _table({"year": int, "total": dict}, months={"type": "array", "items": part})
    return _document("usage", anyOf=[some_days, year])


def billing_schema() -> dict[str, Any]:
    """Return the schema of a bill."""
    return _document("billing", **_table({"billing": BillingInfo}))


def _document(report: str, **more: Any) -> dict[str, Any]:
    account = _table(
        {
            "account_id": str,
            "account_name": str | None,
            "plan": str | None,
            "status": str | None,
        }
    )
    head = _table(
        {},
        version={"const": VERSION},
        report={"const": report},
        account=account,
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Cerevox {report}",
        "allOf": [head, more],
    }


def _table(kinds: dict[str, Any], **schemas: Any) -> dict[str, Any]:
    """Return the schema of an object that has all these keys, and may have others."""
    found = {name: _schema(kind) for name, kind in kinds.items()} | schemas
    return {"type": "object", "properties": found, "required": list(found)}


def _schema(kind: Any) -> dict[str, Any]:
    """Return the schema of a type: a model's fields are the keys of its JSON."""
    if isinstance(kind, UnionType):
        return {"anyOf": [_schema(one) for one in get_args(kind)]}
    if is_dataclass(kind):
        return _table(get_type_hints(kind))
    return {"type": _NAMES.get(kind, "object")}
