"""The whole state of the account as JSON, and back.

A snapshot holds the account, its users, keys, sessions and usage, and the counter that
ids come from; so what is created after a restore has the same ids each time. The
journal, the faults, the rules and the clock are not part of it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pulumi_cerevox.emulator.credentials import Session
from pulumi_cerevox.emulator.emulator import Emulator
from pulumi_cerevox.emulator.identities import ID_FORM
from pulumi_cerevox.emulator.records import Account, AccountStatus, Plan, Role, User
from pulumi_cerevox.emulator.usage import UsageDay

_ID = f"^{ID_FORM.pattern}$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AccountPart(_Part):
    """The account."""

    account_id: str = Field(pattern=_ID)
    account_name: str
    plan: Plan
    status: AccountStatus
    max_users: int = Field(ge=0)
    created_at: str
    owner_id: str


class UserPart(_Part):
    """One user; the list of them is oldest first."""

    user_id: str = Field(pattern=_ID)
    email: str
    name: str
    role: Role
    isbanned: bool = False
    lastlogin: str | None = None
    password: str | None = None


class KeyPart(_Part):
    """One API key."""

    api_key: str = Field(pattern=r"^[^:\s]+$")
    user_id: str


class SessionPart(_Part):
    """One pair of tokens; ends in Unix seconds of the emulator's clock."""

    access_token: str
    refresh_token: str | None
    user_id: str
    api_key: str | None
    access_ends: float
    refresh_ends: float


class UsagePart(_Part):
    """One day's usage, money in cents."""

    day: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    requests: int = 0
    documents: int = 0
    pages: int = 0
    advanced_pages: int = 0
    questions: int = 0
    storage_bytes: int | None = None
    hippo_cents: int = 0
    lexa_cents: int = 0
    storage_cents: int = 0


class Snapshot(_Part):
    """Everything the emulator keeps about the account."""

    format: Literal[1] = 1
    account: AccountPart
    users: list[UserPart]
    keys: list[KeyPart] = []
    sessions: list[SessionPart] = []
    usage: list[UsagePart] = []
    identity_counter: int = Field(default=0, ge=0)


def take(emulator: Emulator) -> Snapshot:
    """Return the state as it is now."""
    credentials = emulator.credentials
    return Snapshot(
        account=AccountPart(**asdict(emulator.people.account())),
        users=[user_part(user) for user in emulator.people.all()],
        keys=[
            KeyPart(api_key=key, user_id=user_id)
            for key, user_id in credentials.all_keys()
        ],
        sessions=[
            SessionPart(**asdict(session)) for session in credentials.all_sessions()
        ],
        usage=[UsagePart(**asdict(day)) for day in emulator.usage.all()],
        identity_counter=emulator.identities.counter,
    )


def restore(emulator: Emulator, snapshot: Snapshot) -> None:
    """Put a state in place of the present one, inside the caller's transaction.

    Raises:
        EmailTakenError: Two users of the snapshot share an email or an id.
        sqlite3.IntegrityError: A key or session is nobody's, or there twice.
    """
    emulator.credentials.clear()
    emulator.people.clear()
    emulator.usage.clear()
    emulator.people.store_account(Account(**snapshot.account.model_dump()))
    for part in snapshot.users:
        emulator.people.add(_user(part))
    for key in snapshot.keys:
        emulator.credentials.add_key(key.api_key, key.user_id)
    for session in snapshot.sessions:
        emulator.credentials.add_session(Session(**session.model_dump()))
    emulator.usage.add([UsageDay(**day.model_dump()) for day in snapshot.usage])
    emulator.identities.counter = snapshot.identity_counter


def user_part(user: User) -> UserPart:
    """Return a user as a snapshot and the admin API show one."""
    return UserPart(
        user_id=user.user_id,
        email=user.email,
        name=user.name,
        role=user.role,
        isbanned=user.is_banned,
        lastlogin=user.last_login,
        password=user.password,
    )


def _user(part: UserPart) -> User:
    return User(
        user_id=part.user_id,
        email=part.email,
        name=part.name,
        is_admin=part.role == "admin",
        is_banned=part.isbanned,
        last_login=part.lastlogin,
        password=part.password,
    )
