"""The JSON Schema for editors says what the reader says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pulumi_cerevox.roster import (
    Guards,
    RosterFileError,
    RosterOnDestroy,
    Undeclared,
    parse_roster,
    roster_schema,
)


def tables(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every object in a schema."""
    found = [schema] if schema.get("type") == "object" else []
    for part in schema.get("properties", {}).values():
        found += tables(part)
    return found + tables(schema["items"]) if "items" in schema else found


def test_every_key_is_described_and_no_other_is_allowed() -> None:
    schema = roster_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["members"]
    assert len(tables(schema)) == 5
    for table in tables(schema):
        assert table["additionalProperties"] is False
        assert all(one["description"] for one in table["properties"].values())


def test_defaults_are_those_that_count() -> None:
    properties = roster_schema()["properties"]
    assert properties["undeclared"]["default"] == Undeclared.REPORT
    assert properties["undeclared"]["enum"] == list(Undeclared)
    assert properties["on_destroy"]["default"] == RosterOnDestroy.KEEP
    guards = properties["guards"]["properties"]
    assert set(guards) == set(Guards.__dataclass_fields__)
    assert guards["min_admins"]["default"] == Guards().min_admins
    limit = guards["max_removals"]["properties"]
    assert limit["count"]["default"] == Guards().max_removals.count
    assert limit["fraction"]["default"] == Guards().max_removals.fraction


@pytest.mark.parametrize(
    "email",
    [
        "a@x.org",
        " a@x.org ",
        "a@x..org",
        "a@.x.org.",
        "ä@bücher.de",
        "a@x",
        "a@x.",
        "a@.x",
        "@x.org",
        "a@@x.org",
        "a b@x.org",
        "",
    ],
)
def test_the_pattern_of_emails_is_the_rule_of_the_reader(email: str) -> None:
    schema = roster_schema()["properties"]["members"]["items"]["properties"]["email"]
    try:
        parse_roster(f"members: [{{email: '{email}'}}]")
    except RosterFileError:
        is_read = False
    else:
        is_read = True
    assert bool(re.search(schema["pattern"], email)) == is_read
