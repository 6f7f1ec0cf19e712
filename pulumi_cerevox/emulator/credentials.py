"""API keys and token pairs in the database.

Lifetimes and rotation are assumptions but for the 3600 seconds of an access token
(SDK's tests, documentation): a refresh hands out a new pair and ends the old refresh
token, while the old access token lives to its own end.
"""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_cerevox.emulator.database import Database
from pulumi_cerevox.emulator.identities import new_token


@dataclass(frozen=True, slots=True)
class Session:
    """One pair of tokens. The two ends are Unix seconds of the emulator's clock.

    `refresh_token` is None once it was used. `api_key` is the key of the login, None
    for a login by password.
    """

    access_token: str
    refresh_token: str | None
    user_id: str
    api_key: str | None
    access_ends: float
    refresh_ends: float


class Credentials:
    """The keys and sessions of the account's users."""

    def __init__(self, database: Database) -> None:
        self._execute = database.connection.execute

    def add_key(self, api_key: str, user_id: str) -> None:
        """Give a user an API key."""
        self._execute(
            "INSERT INTO api_keys (api_key, user_id) VALUES (?, ?)", (api_key, user_id)
        )

    def user_of_key(self, api_key: str) -> str | None:
        """Return the id of the user whose key this is, or None."""
        row = self._execute(
            "SELECT user_id FROM api_keys WHERE api_key = ?", (api_key,)
        ).fetchone()
        return None if row is None else str(row["user_id"])

    def keys_of_user(self, user_id: str) -> list[str]:
        """Return a user's API keys, oldest first."""
        rows = self._execute(
            "SELECT api_key FROM api_keys WHERE user_id = ? ORDER BY seq", (user_id,)
        )
        return [row["api_key"] for row in rows]

    def all_keys(self) -> list[tuple[str, str]]:
        """Return every (api_key, user_id), oldest first."""
        rows = self._execute("SELECT api_key, user_id FROM api_keys ORDER BY seq")
        return [(row["api_key"], row["user_id"]) for row in rows]

    def revoke_key(self, api_key: str) -> None:
        """End a key and the sessions that were opened with it."""
        self._execute("DELETE FROM api_keys WHERE api_key = ?", (api_key,))
        self._execute("DELETE FROM sessions WHERE api_key = ?", (api_key,))

    def open_session(
        self,
        user_id: str,
        api_key: str | None,
        *,
        now: float,
        access_seconds: int,
        refresh_seconds: int,
    ) -> Session:
        """Hand out a new pair of tokens."""
        session = Session(
            access_token=new_token("at_"),
            refresh_token=new_token("rt_"),
            user_id=user_id,
            api_key=api_key,
            access_ends=now + access_seconds,
            refresh_ends=now + refresh_seconds,
        )
        self.add_session(session)
        return session

    def add_session(self, session: Session) -> None:
        """Store a session as it is."""
        self._execute(
            "INSERT INTO sessions (access_token, refresh_token, user_id, api_key, "
            "access_ends, refresh_ends) VALUES (?, ?, ?, ?, ?, ?)",
            (
                session.access_token,
                session.refresh_token,
                session.user_id,
                session.api_key,
                session.access_ends,
                session.refresh_ends,
            ),
        )

    def by_access_token(self, token: str, now: float) -> Session | None:
        """Return the session of a live access token, or None."""
        return self._session(
            "SELECT * FROM sessions WHERE access_token = ? AND access_ends > ?",
            token,
            now,
        )

    def by_refresh_token(self, token: str, now: float) -> Session | None:
        """Return the session of a live refresh token, or None."""
        return self._session(
            "SELECT * FROM sessions WHERE refresh_token = ? AND refresh_ends > ?",
            token,
            now,
        )

    def all_sessions(self) -> list[Session]:
        """Return every session, ended ones included."""
        rows = self._execute("SELECT * FROM sessions ORDER BY rowid")
        return [Session(**dict(row)) for row in rows]

    def spend_refresh_token(self, session: Session) -> None:
        """End a session's refresh token and leave its access token alone."""
        self._execute(
            "UPDATE sessions SET refresh_token = NULL WHERE access_token = ?",
            (session.access_token,),
        )

    def end_session(self, session: Session) -> None:
        """End both tokens of a session."""
        self._execute(
            "DELETE FROM sessions WHERE access_token = ?", (session.access_token,)
        )

    def clear(self) -> None:
        """Remove every key and session."""
        self._execute("DELETE FROM api_keys")
        self._execute("DELETE FROM sessions")

    def _session(self, statement: str, token: str, now: float) -> Session | None:
        row = self._execute(statement, (token, now)).fetchone()
        return None if row is None else Session(**dict(row))
