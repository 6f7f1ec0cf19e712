"""The account and its users in the database."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, replace
from typing import Any

from pulumi_cerevox.emulator.database import Database
from pulumi_cerevox.emulator.records import Account, User, fold_email

_ACCOUNT = "account"


class EmailTakenError(Exception):
    """Somebody in the account has this email already, in this or another case."""


class People:
    """The account's record and its users, oldest first."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._execute = database.connection.execute

    def account(self) -> Account:
        """Return the account. There is one as soon as a seed was planted."""
        return Account(**self._database.setting(_ACCOUNT))

    def has_account(self) -> bool:
        """Whether the database holds an account."""
        return self._database.setting(_ACCOUNT) is not None

    def store_account(self, account: Account) -> None:
        """Store the account's record in place of the present one."""
        self._database.store_setting(_ACCOUNT, asdict(account))

    def change_account(self, changes: dict[str, Any]) -> Account:
        """Change some fields of the account, by the names in `Account`."""
        account = replace(self.account(), **changes)
        self.store_account(account)
        return account

    def owner(self) -> User | None:
        """Return the owner; the oldest admin, then user, where the owner is gone."""
        owner_id = self.account().owner_id
        row = self._execute(
            "SELECT * FROM users ORDER BY user_id = ? DESC, is_admin DESC, seq LIMIT 1",
            (owner_id,),
        ).fetchone()
        return None if row is None else _user(row)

    def all(self) -> list[User]:
        """Return every user, oldest first."""
        rows = self._execute("SELECT * FROM users ORDER BY seq")
        return [_user(row) for row in rows]

    def count(self) -> int:
        """Return the number of users."""
        return int(self._execute("SELECT count(*) FROM users").fetchone()[0])

    def count_admins(self) -> int:
        """Return the number of admins, the banned ones included (assumed)."""
        row = self._execute("SELECT count(*) FROM users WHERE is_admin").fetchone()
        return int(row[0])

    def by_id(self, user_id: str) -> User | None:
        """Return the user with an id, or None."""
        return self._one("SELECT * FROM users WHERE user_id = ?", user_id)

    def by_email(self, email: str) -> User | None:
        """Return the user with an email, whatever its case, or None."""
        statement = "SELECT * FROM users WHERE email_key = ?"
        return self._one(statement, fold_email(email))

    def add(self, user: User) -> None:
        """Add a user.

        Raises:
            EmailTakenError: The email is somebody's already.
        """
        self._write(
            "INSERT INTO users (user_id, email, name, is_admin, is_banned, "
            "last_login, password, email_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*_values(user), fold_email(user.email)),
        )

    def store(self, user: User) -> None:
        """Store a user in place of the one with the same id.

        Raises:
            EmailTakenError: The email is somebody else's.
        """
        self._write(
            "UPDATE users SET email = ?, name = ?, is_admin = ?, is_banned = ?, "
            "last_login = ?, password = ?, email_key = ? WHERE user_id = ?",
            (*_values(user)[1:], fold_email(user.email), user.user_id),
        )

    def remove(self, user_id: str) -> None:
        """Remove a user, with the user's keys and tokens."""
        self._execute("DELETE FROM users WHERE user_id = ?", (user_id,))

    def clear(self) -> None:
        """Remove every user."""
        self._execute("DELETE FROM users")

    def _one(self, statement: str, value: str) -> User | None:
        row = self._execute(statement, (value,)).fetchone()
        return None if row is None else _user(row)

    def _write(self, statement: str, values: tuple[Any, ...]) -> None:
        try:
            self._execute(statement, values)
        except sqlite3.IntegrityError as error:
            raise EmailTakenError from error


def _user(row: sqlite3.Row) -> User:
    return User(
        user_id=row["user_id"],
        email=row["email"],
        name=row["name"],
        is_admin=bool(row["is_admin"]),
        is_banned=bool(row["is_banned"]),
        last_login=row["last_login"],
        password=row["password"],
    )


def _values(user: User) -> tuple[Any, ...]:
    return (
        user.user_id,
        user.email,
        user.name,
        user.is_admin,
        user.is_banned,
        user.last_login,
        user.password,
    )
