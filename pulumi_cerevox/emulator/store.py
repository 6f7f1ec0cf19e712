"""The account in a SQLite file: its records, and how they are read and written.

Every HTTP call is one transaction, committed before its answer is sent. With the
write-ahead log, a committed call survives the death of the process, even by SIGKILL.
With `synchronous=NORMAL` it may not survive the death of the machine.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

PlanName = Literal["free", "pro", "enterprise"]
AccountStatus = Literal["active", "suspended", "cancelled"]
Role = Literal["admin", "member"]

API_PREFIX = "/v1"
#: What an id may look like, because the SDK puts it into a path unescaped (assumed).
ID_FORM = r"^[A-Za-z0-9_-]{1,64}$"
#: "CVXE": marks the file as an emulator's (SQLite's own field for that).
_APPLICATION_ID = 0x43565845
_LAYOUT_VERSION = 1
_Record = TypeVar("_Record", bound=BaseModel)


class DatabaseUnusableError(Exception):
    """The file cannot be this emulator's database; the text says why."""


class Strict(BaseModel):
    """A model that refuses fields it does not have."""

    model_config = ConfigDict(extra="forbid")


class Account(Strict):
    """The one account of an emulator. `owner_id` is a user's id (assumed)."""

    account_id: str = Field(pattern=ID_FORM)
    account_name: str
    plan: PlanName
    status: AccountStatus
    max_users: int = Field(ge=0, description="Seats, the owner's included (assumed)")
    created_at: str = Field(description="RFC 3339 in UTC")
    owner_id: str


class User(Strict):
    """One user. The password is kept as it is: it belongs to a made-up person."""

    user_id: str = Field(pattern=ID_FORM)
    email: str
    name: str
    role: Role
    isbanned: bool = False
    lastlogin: str | None = Field(default=None, description="null: never logged in")
    password: str | None = Field(default=None, description="null: no password")

    @property
    def isadmin(self) -> bool:
        """The wire's word for the role (that the two agree is assumed)."""
        return self.role == "admin"


class Key(Strict):
    """One API key."""

    api_key: str = Field(pattern=r"^[^:\s]+$")
    user_id: str


class Session(Strict):
    """One pair of tokens; ends in Unix seconds of the emulator's clock.

    `refresh_token` is null once it was used, `api_key` for a login by password.
    """

    access_token: str
    refresh_token: str | None
    user_id: str
    api_key: str | None
    access_ends: float
    refresh_ends: float


class Usage(Strict):
    """What was used. Money is in whole cents, so that neighbouring ranges add up."""

    requests: int = 0
    documents: int = 0
    pages: int = 0
    advanced_pages: int = 0
    questions: int = 0
    hippo_cents: int = 0
    lexa_cents: int = 0
    storage_cents: int = 0


class UsageDay(Usage):
    """One day's usage; what is stored is null where only requests were counted."""

    day: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    storage_bytes: int | None = Field(default=None, description="At the day's end")


class JournalEntry(BaseModel):
    """One API call, as it was answered."""

    n: int = Field(default=0, description="Counted from 1 since the journal was empty")
    time: str = Field(description="RFC 3339 by the emulator's clock")
    method: str
    path: str
    route: str | None = Field(description="The route's template; null where unknown")
    query: dict[str, str]
    status: int | None = Field(description="null where no answer was sent")
    body: Any = Field(description="The JSON sent, its secrets redacted")
    user_id: str | None
    committed: bool = Field(description="Whether the call changed anything")
    fault: str | None
    unexpected: str | None
    request_id: str


class Snapshot(Strict):
    """Everything the emulator keeps about the account, users oldest first.

    The counter is what ids come from: what is created after a restore has the same ids
    each time. Journal, faults, rules and clock are not part of it.
    """

    format: Literal[1] = 1
    account: Account
    users: list[User]
    keys: list[Key] = []
    sessions: list[Session] = []
    usage: list[UsageDay] = []
    identity_counter: int = Field(default=0, ge=0)


#: The columns are the fields of the records, but for those of a user.
_TABLES = f"""
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE users (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL, email_key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    is_admin INTEGER NOT NULL, is_banned INTEGER NOT NULL,
    last_login TEXT, password TEXT
);
CREATE TABLE api_keys (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    api_key TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE
);
CREATE INDEX api_keys_of_user ON api_keys (user_id);
CREATE TABLE sessions (
    access_token TEXT PRIMARY KEY, refresh_token TEXT UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE, api_key TEXT,
    access_ends REAL NOT NULL, refresh_ends REAL NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE TABLE usage_days (
    day TEXT PRIMARY KEY,
    {"".join(f"{name} INTEGER NOT NULL DEFAULT 0, " for name in Usage.model_fields)}
    storage_bytes INTEGER
);
CREATE TABLE journal (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, route TEXT,
    query TEXT NOT NULL, status INTEGER, body TEXT NOT NULL, user_id TEXT,
    committed INTEGER NOT NULL, fault TEXT, unexpected TEXT, request_id TEXT NOT NULL
);
"""
_USERS = (
    "SELECT user_id, email, name, iif(is_admin, 'admin', 'member') AS role, "
    "is_banned AS isbanned, last_login AS lastlogin, password FROM users "
)
_KEYS = "SELECT api_key, user_id FROM api_keys "
#: Which table has the records of a class.
_TABLE_OF: dict[type[BaseModel], str] = {
    User: "users",
    Key: "api_keys",
    Session: "sessions",
    UsageDay: "usage_days",
}


class Store:
    """One open SQLite file (or `:memory:`), used from one thread."""

    def __init__(self, path: Path | None) -> None:
        """Open or create the file; without one the database ends with the process.

        Raises:
            DatabaseUnusableError: It cannot be opened, is in use, or is not ours.
        """
        try:
            self.connection = sqlite3.connect(
                path or ":memory:", isolation_level=None, timeout=0.5
            )
            self.connection.row_factory = sqlite3.Row
            self._execute = self.connection.execute
            self._prepare(path)
        except sqlite3.Error as error:
            reason = str(error)
            if "locked" in reason:
                reason = "in use by another process"
            elif "not a database" in reason:
                reason = "not a SQLite file, so not an emulator's database"
            raise DatabaseUnusableError(f"{path}: {reason}") from error

    def _prepare(self, path: Path | None) -> None:
        # Two emulators on one file would each hand out ids the other does not know of.
        self._execute("PRAGMA locking_mode = EXCLUSIVE")
        is_new = self._count("sqlite_master") == 0
        mark = self._execute("PRAGMA application_id").fetchone()[0]
        version = self._execute("PRAGMA user_version").fetchone()[0]
        if not is_new and mark != _APPLICATION_ID:
            raise DatabaseUnusableError(
                f"{path}: a SQLite file, but not an emulator's database"
            )
        if not is_new and version != _LAYOUT_VERSION:
            raise DatabaseUnusableError(
                f"{path}: made by another version of the emulator "
                f"(layout {version}, this one has {_LAYOUT_VERSION})"
            )
        self._execute("PRAGMA journal_mode = WAL")
        self._execute("PRAGMA synchronous = NORMAL")
        self._execute("PRAGMA foreign_keys = ON")
        if is_new:
            # One transaction: a kill half-way leaves a file that is still empty.
            self.connection.executescript(
                f"BEGIN IMMEDIATE; {_TABLES}"
                f"PRAGMA application_id = {_APPLICATION_ID};"
                f"PRAGMA user_version = {_LAYOUT_VERSION}; COMMIT;"
            )

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do the writes inside all together or, where one fails, not at all."""
        self._execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            # SQLite may have done so itself after an error.
            if self.connection.in_transaction:
                self._execute("ROLLBACK")
            raise
        self._execute("COMMIT")

    def discard(self) -> None:
        """Undo the writes of the transaction so far, and go on inside a new one."""
        self._execute("ROLLBACK")
        self._execute("BEGIN IMMEDIATE")

    def add(self, *records: User | Key | Session | UsageDay) -> None:
        """Add records that are not there yet.

        Raises:
            sqlite3.IntegrityError: An id, email, key or token is there already; or a
                key or session is nobody's.
        """
        for record in records:
            if isinstance(record, User):
                self._insert("users", _user_row(record))
            else:
                self._insert(_TABLE_OF[type(record)], record.model_dump())

    # Settings

    def setting(self, name: str) -> Any:
        """Return a stored JSON value, None where it was never stored."""
        select = "SELECT value FROM settings WHERE name = ?"
        row = self._execute(select, (name,)).fetchone()
        return None if row is None else json.loads(row["value"])

    def store_setting(self, name: str, value: Any) -> None:
        """Store a JSON value under a name, replacing what was there."""
        self._execute(
            "INSERT INTO settings (name, value) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, json.dumps(value)),
        )

    def has_account(self) -> bool:
        """Return whether there is an account; there is one once a seed was planted."""
        return self.setting("account") is not None

    def account(self) -> Account:
        """Return the account."""
        return Account.model_construct(**self.setting("account"))

    def store_account(self, account: Account) -> None:
        """Store the account in place of the present one."""
        self.store_setting("account", account.model_dump())

    def next_number(self) -> int:
        """Count one more id or key; return its number, from 1 since the seed."""
        number = int(self.setting("identity_counter") or 0) + 1
        self.store_setting("identity_counter", number)
        return number

    # Users

    def users(self) -> list[User]:
        """Return every user, oldest first."""
        return self._all(User, _USERS + "ORDER BY seq")

    def user(self, user_id: str) -> User | None:
        """Return the user with an id, or None."""
        return self._one(User, _USERS + "WHERE user_id = ?", user_id)

    def user_by_email(self, email: str) -> User | None:
        """Return the user with an email, whatever its case, or None."""
        return self._one(User, _USERS + "WHERE email_key = ?", email.casefold())

    def owner(self) -> User | None:
        """Return the owner; the oldest admin, then user, where the owner is gone."""
        first = "ORDER BY user_id = ? DESC, is_admin DESC, seq LIMIT 1"
        return self._one(User, _USERS + first, self.account().owner_id)

    def count_users(self) -> int:
        """Return the number of users."""
        return self._count("users")

    def count_admins(self) -> int:
        """Return the number of admins, the banned ones included (assumed)."""
        return self._count("users WHERE is_admin")

    def store_user(self, user: User) -> None:
        """Store a user in place of the one with the same id."""
        row = _user_row(user)
        changes = ", ".join(f"{name} = :{name}" for name in row)
        statement = f"UPDATE users SET {changes} WHERE user_id = :user_id"  # noqa: S608 - our own names
        self._execute(statement, row)

    def remove_user(self, user_id: str) -> None:
        """Remove a user, with the user's keys and tokens."""
        self._execute("DELETE FROM users WHERE user_id = ?", (user_id,))

    # Keys and sessions

    def keys(self) -> list[Key]:
        """Return every API key, oldest first."""
        return self._all(Key, _KEYS + "ORDER BY seq")

    def key(self, api_key: str) -> Key | None:
        """Return an API key with its user, or None."""
        return self._one(Key, _KEYS + "WHERE api_key = ?", api_key)

    def key_of(self, user_id: str) -> str | None:
        """Return the oldest API key of a user, or None."""
        key = self._one(Key, _KEYS + "WHERE user_id = ? ORDER BY seq LIMIT 1", user_id)
        return None if key is None else key.api_key

    def revoke_key(self, api_key: str) -> None:
        """End a key and the sessions that were opened with it."""
        self._execute("DELETE FROM api_keys WHERE api_key = ?", (api_key,))
        self._execute("DELETE FROM sessions WHERE api_key = ?", (api_key,))

    def session(
        self, kind: Literal["access", "refresh"], token: str, now: float
    ) -> Session | None:
        """Return the session of a live access or refresh token, or None."""
        statement = f"SELECT * FROM sessions WHERE {kind}_token = ? AND {kind}_ends > ?"  # noqa: S608 - our own names
        return self._one(Session, statement, token, now)

    def spend_refresh_token(self, session: Session) -> None:
        """End a session's refresh token and leave its access token alone."""
        statement = "UPDATE sessions SET refresh_token = NULL WHERE access_token = ?"
        self._execute(statement, (session.access_token,))

    def end_session(self, session: Session) -> None:
        """End both tokens of a session."""
        token = session.access_token
        self._execute("DELETE FROM sessions WHERE access_token = ?", (token,))

    # Usage

    def count_request(self, day: date) -> None:
        """Count one more request on a day."""
        self._execute(
            "INSERT INTO usage_days (day, requests) VALUES (?, 1) "
            "ON CONFLICT (day) DO UPDATE SET requests = requests + 1",
            (day.isoformat(),),
        )

    def usage(self, first: date, last: date, today: date) -> Usage:
        """Return the sums over some days; what lies after today is not used yet."""
        sums = ", ".join(f"total({name}) AS {name}" for name in Usage.model_fields)
        row = self._execute(
            f"SELECT {sums} FROM usage_days WHERE day BETWEEN ? AND ?",  # noqa: S608 - our own names
            (first.isoformat(), min(last, today).isoformat()),
        ).fetchone()
        return Usage(**row)

    def stored_bytes(self, today: date) -> int:
        """Return how much is stored on a day, in bytes."""
        row = self._execute(
            "SELECT storage_bytes FROM usage_days "
            "WHERE storage_bytes IS NOT NULL AND day <= ? ORDER BY day DESC LIMIT 1",
            (today.isoformat(),),
        ).fetchone()
        return 0 if row is None else int(row[0])

    # Journal

    def add_entry(self, entry: JournalEntry) -> None:
        """Write a journal entry."""
        row = entry.model_dump(exclude={"n"})
        for name in ("query", "body"):
            row[name] = json.dumps(row[name])
        self._insert("journal", row)

    def entries(self, method: str | None = None) -> list[JournalEntry]:
        """Return the journal's entries in order, of one method or of all."""
        rows = self._execute(
            "SELECT * FROM journal WHERE ?1 IS NULL OR method = ?1 ORDER BY n",
            (None if method is None else method.upper(),),
        )
        return [
            JournalEntry(
                **dict(row)
                | {"query": json.loads(row["query"]), "body": json.loads(row["body"])}
            )
            for row in rows
        ]

    def clear_journal(self) -> int:
        """Remove every entry and number the next one 1; return how many there were."""
        removed = self._execute("DELETE FROM journal").rowcount
        self._execute("DELETE FROM sqlite_sequence WHERE name = 'journal'")
        return removed

    # Snapshots

    def snapshot(self) -> Snapshot:
        """Return the whole state of the account."""
        return Snapshot(
            account=self.account(),
            users=self.users(),
            keys=self.keys(),
            sessions=self._all(Session, "SELECT * FROM sessions ORDER BY rowid"),
            usage=self._all(UsageDay, "SELECT * FROM usage_days ORDER BY day"),
            identity_counter=int(self.setting("identity_counter") or 0),
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Replace the present state by another, inside the caller's transaction.

        Raises:
            sqlite3.IntegrityError: The records do not fit together (see `add`).
        """
        for table in _TABLE_OF.values():
            self._execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        self.store_account(snapshot.account)
        self.add(*snapshot.users, *snapshot.keys)
        self.add(*snapshot.sessions, *snapshot.usage)
        self.store_setting("identity_counter", snapshot.identity_counter)

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        values = ", ".join(f":{name}" for name in row)
        statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})"  # noqa: S608 - our own names
        self._execute(statement, row)

    def _all(self, record: type[_Record], sql: str, *values: Any) -> list[_Record]:
        return [record(**row) for row in self._execute(sql, values)]

    def _one(self, record: type[_Record], sql: str, *values: Any) -> _Record | None:
        return next(iter(self._all(record, sql, *values)), None)

    def _count(self, table: str) -> int:
        statement = f"SELECT count(*) FROM {table}"  # noqa: S608 - our own names
        return int(self._execute(statement).fetchone()[0])


def _user_row(user: User) -> dict[str, Any]:
    return {
        "user_id": user.user_id,
        "email": user.email,
        "email_key": user.email.casefold(),
        "name": user.name,
        "is_admin": user.isadmin,
        "is_banned": user.isbanned,
        "last_login": user.lastlogin,
        "password": user.password,
    }
