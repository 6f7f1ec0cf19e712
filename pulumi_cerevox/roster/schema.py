"""The JSON Schema of roster files, for editors."""

from __future__ import annotations

from typing import Any

from pulumi_cerevox.roster.document_keys import ROSTER_KEYS


def roster_schema() -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of a roster file.

    It is made of the same definitions as the reader, and refuses nothing that the
    reader takes. People who are there twice are found by the reader alone.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cerevox roster",
        "description": "Everybody who belongs into a Cerevox account.",
        **ROSTER_KEYS.schema(),
    }
