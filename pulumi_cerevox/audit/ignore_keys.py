"""The keys of a file of ignore rules: one table for the reader and the JSON Schema."""

from __future__ import annotations

from typing import Any

from pulumi_cerevox.audit.finding import FindingKind
from pulumi_cerevox.roster.kinds import Choice, Day, Key, ListOf, Table, Text


def _not_empty(text: str) -> str | None:
    return None if text.strip() else "is empty"


_TEXT = Text(_not_empty, {"pattern": r"\S"})

_RULE_KEYS = Table(
    (
        Key(
            "people",
            ListOf(_TEXT),
            "Emails, or patterns with * and ? that fit whole emails, without case.",
            required=True,
        ),
        Key(
            "findings",
            ListOf(Choice(tuple(FindingKind))),
            "Which findings about them are set aside.",
            required=True,
        ),
        Key("reason", _TEXT, "Why that is fine, for whoever reads it.", required=True),
        Key("owner", _TEXT, "Whom to ask about it.", required=True),
        Key(
            "until",
            Day(),
            "The last day on which the rule holds; after it, the findings count again.",
            required=True,
        ),
    )
)

IGNORE_KEYS = Table(
    (
        Key(
            "rules",
            ListOf(_RULE_KEYS),
            "What is set aside.",
            required=True,
        ),
    )
)
"""The keys of the whole file."""


def ignores_schema() -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of a file of ignore rules."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cerevox audit: ignore rules",
        "description": "Findings that somebody has looked at and set aside for a time.",
        **IGNORE_KEYS.schema(),
    }
