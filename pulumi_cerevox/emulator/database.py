"""The SQLite file: opening it, telling it from others, transactions, settings.

Every HTTP call is one transaction, committed before its answer is sent. With the
write-ahead log a committed call survives the death of the process (also by SIGKILL);
`synchronous=NORMAL` leaves out only the death of the machine.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

#: "CVXE": marks the file as an emulator's (SQLite's own field for that).
APPLICATION_ID = 0x43565845
LAYOUT_VERSION = 1

_TABLES = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE users (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    is_admin INTEGER NOT NULL,
    is_banned INTEGER NOT NULL,
    last_login TEXT,
    password TEXT
);
CREATE TABLE api_keys (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    api_key TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE
);
CREATE INDEX api_keys_of_user ON api_keys (user_id);
CREATE TABLE sessions (
    access_token TEXT PRIMARY KEY,
    refresh_token TEXT UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    api_key TEXT,
    access_ends REAL NOT NULL,
    refresh_ends REAL NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE TABLE usage_days (
    day TEXT PRIMARY KEY,
    requests INTEGER NOT NULL DEFAULT 0,
    documents INTEGER NOT NULL DEFAULT 0,
    pages INTEGER NOT NULL DEFAULT 0,
    advanced_pages INTEGER NOT NULL DEFAULT 0,
    questions INTEGER NOT NULL DEFAULT 0,
    storage_bytes INTEGER,
    hippo_cents INTEGER NOT NULL DEFAULT 0,
    lexa_cents INTEGER NOT NULL DEFAULT 0,
    storage_cents INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE journal (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    route TEXT,
    query TEXT NOT NULL,
    status INTEGER,
    body TEXT NOT NULL,
    user_id TEXT,
    committed INTEGER NOT NULL,
    fault TEXT,
    unexpected TEXT,
    request_id TEXT NOT NULL
);
"""


class DatabaseUnusableError(Exception):
    """The file cannot be this emulator's database; the text says why."""


class Database:
    """One open SQLite file (or `:memory:`), used from one thread."""

    def __init__(self, path: Path | None) -> None:
        """Open the file, creating it where there is none.

        Args:
            path: The file, or None for a database that ends with the process.

        Raises:
            DatabaseUnusableError: It cannot be opened, is in use, or is not ours.
        """
        self._path = path
        try:
            self.connection = sqlite3.connect(
                ":memory:" if path is None else path,
                isolation_level=None,
                timeout=0.5,
            )
            self.connection.row_factory = sqlite3.Row
            self._prepare()
        except sqlite3.Error as error:
            raise DatabaseUnusableError(f"{path}: {_reason(error)}") from error

    def _prepare(self) -> None:
        # Two emulators on one file would each hand out ids the other does not know of.
        self.connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        version = self._layout_version()
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.execute("PRAGMA foreign_keys = ON")
        if version is None:
            self._create_tables()
        elif version != LAYOUT_VERSION:
            raise DatabaseUnusableError(
                f"{self._path}: made by another version of the emulator "
                f"(layout {version}, this one has {LAYOUT_VERSION})"
            )

    def _layout_version(self) -> int | None:
        """Return the layout of a file of ours, None for a new one."""
        tables = self.connection.execute("SELECT count(*) FROM sqlite_master")
        mark = self.connection.execute("PRAGMA application_id").fetchone()[0]
        if tables.fetchone()[0] == 0:
            return None
        if mark != APPLICATION_ID:
            raise DatabaseUnusableError(
                f"{self._path}: a SQLite file, but not an emulator's database"
            )
        version = self.connection.execute("PRAGMA user_version").fetchone()[0]
        return int(version)

    def _create_tables(self) -> None:
        # One transaction: a kill half-way leaves a file that is still empty.
        self.connection.executescript(
            f"BEGIN IMMEDIATE; {_TABLES}"
            f"PRAGMA application_id = {APPLICATION_ID};"
            f"PRAGMA user_version = {LAYOUT_VERSION}; COMMIT;"
        )

    def begin(self) -> None:
        """Start the transaction of one call."""
        self.connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make the call's writes permanent."""
        self.connection.execute("COMMIT")

    def rollback(self) -> None:
        """Forget the call's writes; SQLite may have done so itself after an error."""
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def setting(self, name: str) -> Any:
        """Return a stored JSON value, None where it was never stored."""
        row = self.connection.execute(
            "SELECT value FROM settings WHERE name = ?", (name,)
        ).fetchone()
        return None if row is None else json.loads(row["value"])

    def store_setting(self, name: str, value: Any) -> None:
        """Store a JSON value under a name, replacing what was there."""
        self.connection.execute(
            "INSERT INTO settings (name, value) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, json.dumps(value)),
        )


def _reason(error: sqlite3.Error) -> str:
    text = str(error)
    if "locked" in text:
        return "in use by another process"
    if "not a database" in text:
        return "not a SQLite file, so not an emulator's database"
    return text
