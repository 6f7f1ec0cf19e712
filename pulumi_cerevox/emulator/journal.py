"""The journal: every API call the emulator saw, without its secrets."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from pulumi_cerevox.emulator.database import Database
from pulumi_cerevox.emulator.patterns import matches_path

REDACTED = "[redacted]"
_SECRET_FIELDS = frozenset(
    {"access_token", "api_key", "authorization", "password", "refresh_token", "token"}
)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One call, as it was answered.

    `path` is the call's own, `route` its route's template or None. `status` is None
    where no answer was sent. `body` is the JSON sent, a text in round brackets where it
    was none, None where there was no body. `committed` tells whether the call changed
    the account or its tokens. `time` is RFC 3339 by the emulator's clock.
    """

    time: str
    method: str
    path: str
    route: str | None
    query: dict[str, str]
    status: int | None
    body: Any
    user_id: str | None
    committed: bool
    fault: str | None
    unexpected: str | None
    request_id: str


class Journal:
    """The entries in the database, numbered from 1."""

    def __init__(self, database: Database) -> None:
        self._execute = database.connection.execute

    def add(self, entry: JournalEntry) -> None:
        """Write an entry, secrets left out."""
        self._execute(
            "INSERT INTO journal (time, method, path, route, query, status, body, "
            "user_id, committed, fault, unexpected, request_id) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                entry.time,
                entry.method,
                entry.path,
                entry.route,
                json.dumps(redact(entry.query)),
                entry.status,
                json.dumps(redact(entry.body)),
                entry.user_id,
                entry.committed,
                entry.fault,
                entry.unexpected,
                entry.request_id,
            ),
        )

    def entries(
        self, method: str | None = None, path: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the entries in order, each with its number as `n`.

        Args:
            method: Only this method, in any case.
            path: Only what this pattern means (see `patterns`).
        """
        rows = self._execute(
            "SELECT * FROM journal WHERE ?1 IS NULL OR method = ?1 ORDER BY n",
            (None if method is None else method.upper(),),
        )
        return [
            _entry(row)
            for row in rows
            if path is None or matches_path(path, row["path"], row["route"])
        ]

    def clear(self) -> int:
        """Remove every entry and number the next one 1; return how many there were."""
        removed = self._execute("DELETE FROM journal").rowcount
        self._execute("DELETE FROM sqlite_sequence WHERE name = 'journal'")
        return removed


def redact(value: Any) -> Any:
    """Return JSON with the value of every secret field replaced, at any depth.

    Half a surrogate pair, which JSON can carry and UTF-8 cannot, becomes a `?`.
    """
    if isinstance(value, dict):
        return {
            redact(key): REDACTED if key.lower() in _SECRET_FIELDS else redact(item)
            for key, item in value.items()
        }
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [redact(item) for item in value]
    return value


def _entry(row: sqlite3.Row) -> dict[str, Any]:
    return {
        **dict(row),
        "query": json.loads(row["query"]),
        "body": json.loads(row["body"]),
        "committed": bool(row["committed"]),
    }
