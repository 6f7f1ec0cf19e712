"""The keys of a stored audit: one table for the reader and the JSON Schema."""

from __future__ import annotations

from typing import Any

from pulumi_cerevox.audit.declared import SourceKind
from pulumi_cerevox.audit.finding import FindingKind, Level
from pulumi_cerevox.audit.gaps import GapKind
from pulumi_cerevox.audit.result import EXIT_CODES, Verdict
from pulumi_cerevox.roster.kinds import (
    Choice,
    Day,
    Flag,
    Key,
    ListOf,
    Nullable,
    Number,
    Table,
    Text,
)

VERSION = 1
"""The version of the format; it changes when a reader of it would have to."""

_COUNT = Number(whole=True)
_LINE = Number(whole=True, least=1)


def _required(name: str, kind: Any, description: str) -> Key:
    return Key(name, kind, description, required=True)


_PLACE = Table(
    (
        _required("path", Text(), "The roster file."),
        _required("line", _LINE, "Counted from 1."),
        _required("column", _LINE, "Counted from 1."),
    )
)
_IGNORED = Table(
    (
        _required("reason", Text(), "Why it is set aside."),
        _required("owner", Text(), "Whom to ask."),
        _required("until", Day(), "The last day on which it is set aside."),
    )
)
_FINDING = Table(
    (
        _required("kind", Choice(tuple(FindingKind)), "What it is."),
        _required("level", Choice(tuple(Level)), "Whether it is drift."),
        _required(
            "fingerprint", Text(), "The same in every audit for person and kind."
        ),
        _required("email", Text(), "Who."),
        _required("role", Nullable(Text()), "The role in the account."),
        _required("name", Nullable(Text()), "The name in the account."),
        _required("user_id", Nullable(Text()), "The id in the account."),
        _required("last_login", Nullable(Text()), "RFC 3339; null before the first."),
        _required("declared", Nullable(Text()), "The declared value."),
        _required("actual", Nullable(Text()), "The account's value."),
        _required("resource", Nullable(Text()), "What declares them in a stack."),
        _required("fix", Text(), "What to do."),
        _required("place", Nullable(_PLACE), "The line that declares them."),
        _required("ignored", Nullable(_IGNORED), "The rule that sets it aside."),
    )
)
_COUNTS = Table(
    (
        _required("declared", _COUNT, "People in the source."),
        _required("actual", Nullable(_COUNT), "People in the account."),
        _required("in_place", Nullable(_COUNT), "Declared, there, and as declared."),
        _required("drift", _COUNT, "Findings that make the audit fail."),
        _required("notes", _COUNT, "Findings that don't."),
        _required("ignored", _COUNT, "Findings that a rule sets aside."),
        _required(
            "by_kind",
            Table(tuple(_required(kind, _COUNT, "Drift.") for kind in FindingKind)),
            "Drift of each kind.",
        ),
    )
)
AUDIT_KEYS = Table(
    (
        _required(
            "version", Number(whole=True, least=VERSION, most=VERSION), "The format's."
        ),
        _required("verdict", Choice(tuple(Verdict)), "What it came to."),
        _required(
            "exit_code",
            Number(whole=True, most=max(EXIT_CODES.values())),
            "What the command exits with, unless told otherwise.",
        ),
        _required("headline", Text(), "The verdict with its figures."),
        _required("date", Text(), "When it was made, RFC 3339 in UTC."),
        _required("redacted", Flag(), "Whether emails and names were replaced."),
        _required(
            "source",
            Table(
                (
                    _required("kind", Choice(tuple(SourceKind)), "What was read."),
                    _required("names", ListOf(Text()), "Files, or the stack."),
                )
            ),
            "The declared side.",
        ),
        _required(
            "account",
            Table(
                (
                    _required("base_url", Text(), "Where the API is."),
                    _required("account_id", Nullable(Text()), "Which account."),
                    _required("account_name", Nullable(Text()), "Its name."),
                )
            ),
            "The actual side.",
        ),
        _required("counts", _COUNTS, "How many people and findings."),
        _required("findings", ListOf(_FINDING), "The worst first."),
        _required(
            "gaps",
            ListOf(
                Table(
                    (
                        _required("kind", Choice(tuple(GapKind)), "Why."),
                        _required("text", Text(), "What."),
                    )
                )
            ),
            "What could not be read or compared.",
        ),
        _required("warnings", ListOf(Text()), "What to look at."),
    )
)
"""The keys of the whole document."""


def audit_schema() -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of a stored audit."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cerevox audit",
        "description": "Who is declared against who is in the account.",
        **AUDIT_KEYS.schema(),
    }
