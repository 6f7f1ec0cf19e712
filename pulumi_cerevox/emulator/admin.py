"""The admin API: what a test or a demo needs and the Account API does not offer.

It needs no authentication, and no fault, latency or rate limit touches it; its calls
are not in the journal. An unknown or bad field is a 422 naming it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field

from pulumi_cerevox.emulator import seeds
from pulumi_cerevox.emulator.emulator import (
    ClockRangeError,
    Emulator,
    Rules,
    to_rfc3339_milliseconds,
)
from pulumi_cerevox.emulator.faults import FaultRule, FaultState
from pulumi_cerevox.emulator.store import (
    Account,
    AccountStatus,
    EmailTakenError,
    JournalEntry,
    PlanName,
    Role,
    Snapshot,
    Strict,
    User,
)


class Health(BaseModel):
    """The emulator answers."""

    status: str
    version: str
    dialect: str
    account_id: str
    users: int


class JournalFilter(Strict):
    """Which entries; `path` may be a template or have a `*`."""

    method: str | None = None
    path: str | None = None


class JournalAnswer(BaseModel):
    """The entries a filter lets through."""

    count: int
    requests: list[JournalEntry]


class Count(BaseModel):
    """How many were removed."""

    removed: int


class ResetBody(Strict):
    """What to reset. With no body everything; otherwise what is true."""

    state: bool = False
    faults: bool = False
    journal: bool = False
    clock: bool = False
    rules: bool = False


class ResetAnswer(BaseModel):
    """What was reset, and the owner's API key, which is as it was."""

    reset: list[str]
    api_key: str | None


class FaultList(BaseModel):
    """Fault rules."""

    count: int
    faults: list[FaultState]


class ClockBody(Strict):
    """Applied in this order: set, advance, frozen."""

    set: datetime | None = Field(default=None, description="ISO 8601; UTC by default")
    advance_seconds: float | None = Field(default=None, allow_inf_nan=False)
    frozen: bool | None = None


class ClockAnswer(BaseModel):
    """The emulator's clock."""

    now: str
    frozen: bool
    offset_seconds: float


class UserPatch(Strict):
    """Changes of a user; no rule of the Account API is checked."""

    email: str = Field(default="", min_length=1)
    name: str = ""
    role: Role = "member"
    isbanned: bool = False
    lastlogin: str | None = Field(default=None, description="null: never logged in")
    password: str | None = Field(default=None, description="null: no password")


class NewUser(Strict):
    """A user to add without a call of the Account API; the name may be left out."""

    email: str = Field(min_length=1)
    name: str | None = None
    role: Role = "member"
    isbanned: bool = False
    lastlogin: str | None = None
    password: str | None = None


class KeyBody(Strict):
    """Whose key."""

    email: str


class RevokeKeysBody(Strict):
    """Which keys: one, all of a user, or, with neither, every key there is."""

    email: str | None = None
    api_key: str | None = None


class KeyAnswer(BaseModel):
    """A new key."""

    api_key: str


class AccountPatch(Strict):
    """Changes of the account; no rule of the Account API is checked."""

    account_name: str = ""
    plan: PlanName = "free"
    status: AccountStatus = "active"
    max_users: int = Field(default=0, ge=0)


class EmulatorCalls:
    """The calls for the emulator itself: journal, faults, clock, rules, state."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._store = emulator.store

    async def health(self) -> Health:
        """Return that the emulator answers, and what it is."""
        return Health(
            status="ok",
            version=version("pulumi-cerevox"),
            dialect=self._emulator.dialect.name,
            account_id=self._store.account().account_id,
            users=self._store.count_users(),
        )

    async def journal(self, wanted: Annotated[JournalFilter, Query()]) -> JournalAnswer:
        """List the API calls in order; `path` may be a template or have a `*`."""
        entries = self._store.entries(wanted.method, wanted.path)
        return JournalAnswer(count=len(entries), requests=entries)

    async def clear_journal(self) -> Count:
        """Empty the journal; the next call is number 1."""
        with self._store.transaction():
            return Count(removed=self._store.clear_journal())

    async def reset(self, wanted: ResetBody | None = None) -> ResetAnswer:
        """Return to the seed: the same ids, and the same API key of the owner."""
        emulator = self._emulator
        if wanted is None:
            wanted = ResetBody(**dict.fromkeys(ResetBody.model_fields, True))
        with self._store.transaction():
            if wanted.state:
                seeds.replant(emulator)
            if wanted.journal:
                self._store.clear_journal()
            if wanted.clock:
                emulator.clock.reset()
                emulator.keep_clock()
        if wanted.faults:
            emulator.faults.clear()
        if wanted.rules:
            emulator.rules = emulator.first_rules.model_copy(deep=True)
            emulator.rate_window.reset()
        done = [name for name, chosen in wanted.model_dump().items() if chosen]
        return ResetAnswer(reset=done, api_key=emulator.owner_key())

    async def take_snapshot(self) -> Snapshot:
        """Return the whole state of the account."""
        return self._store.snapshot()

    async def put_snapshot(self, state: Snapshot) -> Snapshot:
        """Replace the present state by another."""
        try:
            with self._store.transaction():
                self._store.restore(state)
        except (EmailTakenError, sqlite3.IntegrityError) as error:
            reason = "users, keys, sessions or usage do not fit together"
            raise HTTPException(422, f"snapshot: {reason}") from error
        return self._store.snapshot()

    async def add_faults(self, rules: FaultRule | list[FaultRule]) -> FaultList:
        """Add one rule or a list of them; returns those added."""
        wanted = rules if isinstance(rules, list) else [rules]
        added = [self._emulator.faults.add(rule) for rule in wanted]
        return FaultList(count=len(added), faults=added)

    async def faults(self) -> FaultList:
        """List every rule with what it saw and did."""
        states = self._emulator.faults.states()
        return FaultList(count=len(states), faults=states)

    async def clear_faults(self) -> Count:
        """Remove every rule."""
        return Count(removed=self._emulator.faults.clear())

    async def clock(self) -> ClockAnswer:
        """Return the emulator's time."""
        clock = self._emulator.clock
        return ClockAnswer(
            now=to_rfc3339_milliseconds(clock.now()),
            frozen=clock.frozen_at is not None,
            offset_seconds=clock.offset_seconds,
        )

    async def set_clock(self, wanted: ClockBody) -> ClockAnswer:
        """Move or stop the emulator's clock."""
        clock = self._emulator.clock
        try:
            if wanted.set is not None:
                instant = wanted.set
                aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
                clock.set(aware.timestamp())
            if wanted.advance_seconds is not None:
                clock.set(clock.now() + wanted.advance_seconds)
        except ClockRangeError as error:
            raise HTTPException(422, f"clock: {error}") from error
        if wanted.frozen is not None:
            clock.freeze(frozen=wanted.frozen)
        with self._store.transaction():
            self._emulator.keep_clock()
        return await self.clock()

    async def rules(self) -> Rules:
        """Return the switches."""
        return self._emulator.rules

    async def patch_rules(self, changes: Rules) -> Rules:
        """Change some switches."""
        changed = {name: getattr(changes, name) for name in changes.model_fields_set}
        self._emulator.rules = self._emulator.rules.model_copy(update=changed)
        if "rate_limit" in changed:
            self._emulator.rate_window.reset()
        return self._emulator.rules


class AccountCalls:
    """The calls for the account: users, keys and the account's own fields."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._store = emulator.store

    async def add_user(self, new: NewUser) -> User:
        """Add a user; 409 where the email is taken."""
        with _taken_is_409(), self._store.transaction():
            name = new.email.partition("@")[0] if new.name is None else new.name
            fields = new.model_dump() | {"name": name}
            user = User(user_id=self._emulator.new_user_id(), **fields)
            self._store.add_user(user)
        return user

    async def patch_user(self, user: str, changes: UserPatch) -> User:
        """Change a user, named by email or id."""
        changed = changes.model_dump(exclude_unset=True)
        after = self._found(user).model_copy(update=changed)
        with _taken_is_409(), self._store.transaction():
            self._store.store_user(after)
        return after

    async def remove_user(self, user: str) -> User:
        """Remove a user, named by email or id, with keys and tokens; return it."""
        gone = self._found(user)
        with self._store.transaction():
            self._store.remove_user(gone.user_id)
        return gone

    async def add_key(self, wanted: KeyBody) -> KeyAnswer:
        """Add an API key for a user."""
        user = self._found(wanted.email)
        with self._store.transaction():
            key = self._emulator.new_key(user.user_id, user.email)
        return KeyAnswer(api_key=key)

    async def revoke_keys(self, wanted: RevokeKeysBody | None = None) -> Count:
        """End keys and the sessions opened with them."""
        keys = self._store.keys()
        if wanted is not None and wanted.email is not None:
            user_id = self._found(wanted.email).user_id
            keys = [key for key in keys if key.user_id == user_id]
        if wanted is not None and wanted.api_key is not None:
            keys = [key for key in keys if key.api_key == wanted.api_key]
        with self._store.transaction():
            for key in keys:
                self._store.revoke_key(key.api_key)
        return Count(removed=len(keys))

    async def patch_account(self, changes: AccountPatch) -> Account:
        """Change the account."""
        changed = changes.model_dump(exclude_unset=True)
        account = self._store.account().model_copy(update=changed)
        with self._store.transaction():
            self._store.store_account(account)
        return account

    def _found(self, email_or_id: str) -> User:
        user = self._store.user(email_or_id) or self._store.user_by_email(email_or_id)
        if user is None:
            raise HTTPException(404, f"There is no user {email_or_id}")
        return user


@contextmanager
def _taken_is_409() -> Iterator[None]:
    try:
        yield
    except EmailTakenError as error:
        raise HTTPException(409, "email: somebody has it already") from error


def admin_router(emulator: Emulator) -> APIRouter:
    """Return the routes of the admin API."""
    itself, account = EmulatorCalls(emulator), AccountCalls(emulator)
    router = APIRouter(tags=["Emulator"])
    add = router.add_api_route
    add("/health", itself.health)
    add("/journal", itself.journal)
    add("/journal", itself.clear_journal, methods=["DELETE"])
    add("/reset", itself.reset, methods=["POST"])
    add("/snapshot", itself.take_snapshot)
    add("/snapshot", itself.put_snapshot, methods=["PUT"])
    add("/faults", itself.faults)
    add("/faults", itself.add_faults, methods=["POST"])
    add("/faults", itself.clear_faults, methods=["DELETE"])
    add("/clock", itself.clock)
    add("/clock", itself.set_clock, methods=["POST"])
    add("/rules", itself.rules)
    add("/rules", itself.patch_rules, methods=["PATCH"])
    add("/users", account.add_user, methods=["POST"], status_code=201)
    add("/users/{user:path}", account.patch_user, methods=["PATCH"])
    add("/users/{user:path}", account.remove_user, methods=["DELETE"])
    add("/keys", account.add_key, methods=["POST"], status_code=201)
    add("/keys", account.revoke_keys, methods=["DELETE"])
    add("/account", account.patch_account, methods=["PATCH"])
    return router
