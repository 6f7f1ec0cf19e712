"""The admin API: calls for tests and demos that the Account API does not have.

It needs no authentication. Faults, latency and rate limits do not affect it, and its
calls are not in the journal. Each call is one transaction, which a refusal undoes. An
unknown or bad field is a 422 that names it.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, Field

from pulumi_cerevox.emulator import seeds
from pulumi_cerevox.emulator.emulator import (
    ClockRangeError,
    Emulator,
    Rules,
    to_rfc3339_milliseconds,
)
from pulumi_cerevox.emulator.faults import FaultRule, FaultState, matches_path
from pulumi_cerevox.emulator.store import (
    Account,
    AccountStatus,
    JournalEntry,
    PlanName,
    Role,
    Snapshot,
    Strict,
    User,
)

router = APIRouter(tags=["Emulator"])


async def _emulator(request: Request) -> Emulator:
    emulator: Emulator = request.app.state.emulator
    return emulator


CurrentEmulator = Annotated[Emulator, Depends(_emulator)]


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


@router.get("/health")
async def health(emulator: CurrentEmulator) -> Health:
    """Return that the emulator answers, and what it is."""
    return Health(
        status="ok",
        version=version("pulumi-cerevox"),
        dialect=emulator.dialect,
        account_id=emulator.store.account().account_id,
        users=emulator.store.count_users(),
    )


@router.get("/journal")
async def journal(
    emulator: CurrentEmulator, wanted: Annotated[JournalFilter, Query()]
) -> JournalAnswer:
    """List the API calls in order; `path` may be a template or have a `*`."""
    entries = [
        entry
        for entry in emulator.store.entries(wanted.method)
        if wanted.path is None or matches_path(wanted.path, entry.path, entry.route)
    ]
    return JournalAnswer(count=len(entries), requests=entries)


@router.delete("/journal")
async def clear_journal(emulator: CurrentEmulator) -> Count:
    """Empty the journal; the next call is number 1."""
    return Count(removed=emulator.store.clear_journal())


@router.post("/reset")
async def reset(
    emulator: CurrentEmulator, wanted: ResetBody | None = None
) -> ResetAnswer:
    """Return to the seed: the same ids, and the same API key of the owner."""
    if wanted is None:
        wanted = ResetBody(**dict.fromkeys(ResetBody.model_fields, True))
    if wanted.state:
        seeds.replant(emulator)
    if wanted.journal:
        emulator.store.clear_journal()
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


@router.get("/snapshot")
async def take_snapshot(emulator: CurrentEmulator) -> Snapshot:
    """Return the whole state of the account."""
    return emulator.store.snapshot()


@router.put("/snapshot")
async def put_snapshot(emulator: CurrentEmulator, state: Snapshot) -> Snapshot:
    """Replace the present state by another."""
    try:
        emulator.store.restore(state)
    except sqlite3.IntegrityError as error:
        reason = "users, keys, sessions or usage do not fit together"
        raise HTTPException(422, f"snapshot: {reason}") from error
    return emulator.store.snapshot()


@router.get("/faults")
async def faults(emulator: CurrentEmulator) -> FaultList:
    """List every rule with what it saw and did."""
    states = emulator.faults.states()
    return FaultList(count=len(states), faults=states)


@router.post("/faults")
async def add_faults(
    emulator: CurrentEmulator, rules: FaultRule | list[FaultRule]
) -> FaultList:
    """Add one rule or a list of them; returns those added."""
    wanted = rules if isinstance(rules, list) else [rules]
    added = [emulator.faults.add(rule) for rule in wanted]
    return FaultList(count=len(added), faults=added)


@router.delete("/faults")
async def clear_faults(emulator: CurrentEmulator) -> Count:
    """Remove every rule."""
    return Count(removed=emulator.faults.clear())


@router.get("/clock")
async def clock(emulator: CurrentEmulator) -> ClockAnswer:
    """Return the emulator's time."""
    return ClockAnswer(
        now=to_rfc3339_milliseconds(emulator.clock.now()),
        frozen=emulator.clock.frozen_at is not None,
        offset_seconds=emulator.clock.offset_seconds,
    )


@router.post("/clock")
async def set_clock(emulator: CurrentEmulator, wanted: ClockBody) -> ClockAnswer:
    """Move or stop the emulator's clock."""
    try:
        if wanted.set is not None:
            instant = wanted.set
            aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
            emulator.clock.set(aware.timestamp())
        if wanted.advance_seconds is not None:
            emulator.clock.set(emulator.clock.now() + wanted.advance_seconds)
    except ClockRangeError as error:
        raise HTTPException(422, f"clock: {error}") from error
    if wanted.frozen is not None:
        emulator.clock.freeze(frozen=wanted.frozen)
    emulator.keep_clock()
    return await clock(emulator)


@router.get("/rules")
async def rules(emulator: CurrentEmulator) -> Rules:
    """Return the switches."""
    return emulator.rules


@router.patch("/rules")
async def patch_rules(emulator: CurrentEmulator, changes: Rules) -> Rules:
    """Change some switches."""
    changed = {name: getattr(changes, name) for name in changes.model_fields_set}
    emulator.rules = emulator.rules.model_copy(update=changed)
    if "rate_limit" in changed:
        emulator.rate_window.reset()
    return emulator.rules


@router.post("/users", status_code=201)
async def add_user(emulator: CurrentEmulator, new: NewUser) -> User:
    """Add a user; 409 where the email is taken."""
    name = new.email.partition("@")[0] if new.name is None else new.name
    fields = new.model_dump() | {"name": name}
    user = User(user_id=emulator.new_user_id(), **fields)
    _require_free_email(emulator, user)
    emulator.store.add(user)
    return user


@router.patch("/users/{user:path}")
async def patch_user(emulator: CurrentEmulator, user: str, changes: UserPatch) -> User:
    """Change a user, named by email or id."""
    changed = changes.model_dump(exclude_unset=True)
    after = _find_user(emulator, user).model_copy(update=changed)
    _require_free_email(emulator, after)
    emulator.store.store_user(after)
    return after


@router.delete("/users/{user:path}")
async def remove_user(emulator: CurrentEmulator, user: str) -> User:
    """Remove a user, named by email or id, with keys and tokens; return it."""
    gone = _find_user(emulator, user)
    emulator.store.remove_user(gone.user_id)
    return gone


@router.post("/keys", status_code=201)
async def add_key(emulator: CurrentEmulator, wanted: KeyBody) -> KeyAnswer:
    """Add an API key for a user."""
    user = _find_user(emulator, wanted.email)
    return KeyAnswer(api_key=emulator.new_key(user.user_id, user.email))


@router.delete("/keys")
async def revoke_keys(
    emulator: CurrentEmulator, wanted: RevokeKeysBody | None = None
) -> Count:
    """End keys and the sessions opened with them."""
    keys = emulator.store.keys()
    if wanted is not None and wanted.email is not None:
        user_id = _find_user(emulator, wanted.email).user_id
        keys = [key for key in keys if key.user_id == user_id]
    if wanted is not None and wanted.api_key is not None:
        keys = [key for key in keys if key.api_key == wanted.api_key]
    for key in keys:
        emulator.store.revoke_key(key.api_key)
    return Count(removed=len(keys))


@router.patch("/account")
async def patch_account(emulator: CurrentEmulator, changes: AccountPatch) -> Account:
    """Change the account."""
    changed = changes.model_dump(exclude_unset=True)
    account = emulator.store.account().model_copy(update=changed)
    emulator.store.store_account(account)
    return account


def _find_user(emulator: Emulator, email_or_id: str) -> User:
    store = emulator.store
    user = store.user(email_or_id) or store.user_by_email(email_or_id)
    if user is None:
        raise HTTPException(404, f"There is no user {email_or_id}")
    return user


def _require_free_email(emulator: Emulator, user: User) -> None:
    holder = emulator.store.user_by_email(user.email)
    if holder is not None and holder.user_id != user.user_id:
        raise HTTPException(409, "email: somebody has it already")
