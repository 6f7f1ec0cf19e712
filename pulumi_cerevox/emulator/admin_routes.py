"""The admin API: what a test or a demo does behind the Account API's back.

It needs no authentication, and no fault, latency or rate limit touches it; its calls
are not in the journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from pulumi_cerevox.emulator import admin_schemas as shapes
from pulumi_cerevox.emulator import seeds, snapshot
from pulumi_cerevox.emulator.clock import ClockRangeError, to_rfc3339_milliseconds
from pulumi_cerevox.emulator.emulator import Emulator
from pulumi_cerevox.emulator.faults import FaultRule
from pulumi_cerevox.emulator.people import EmailTakenError
from pulumi_cerevox.emulator.records import User
from pulumi_cerevox.emulator.rules import Rules

_EVERYTHING = shapes.ResetBody(
    state=True, faults=True, journal=True, clock=True, rules=True
)


class Control:
    """The handlers for the emulator itself: journal, faults, clock, rules, state."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    async def health(self) -> shapes.Health:
        """Tell that the emulator answers, and what it is."""
        people = self._emulator.people
        return shapes.Health(
            status="ok",
            version=version("pulumi-cerevox"),
            dialect=self._emulator.dialect.name,
            account_id=people.account().account_id,
            users=people.count(),
        )

    async def journal(
        self, wanted: Annotated[shapes.JournalFilter, Query()]
    ) -> shapes.JournalAnswer:
        """List the API calls in order; `path` may be a template or have a `*`."""
        entries = self._emulator.journal.entries(wanted.method, wanted.path)
        requests = [shapes.JournalRequest(**entry) for entry in entries]
        return shapes.JournalAnswer(count=len(requests), requests=requests)

    async def clear_journal(self) -> shapes.Count:
        """Empty the journal; the next call is number 1."""
        with self._emulator.transaction():
            return shapes.Count(removed=self._emulator.journal.clear())

    async def reset(self, wanted: shapes.ResetBody | None = None) -> shapes.ResetAnswer:
        """Return to the seed: the same ids, and the same API key of the owner."""
        wanted = wanted or _EVERYTHING
        emulator = self._emulator
        with emulator.transaction():
            if wanted.state:
                seeds.replant(emulator)
            if wanted.journal:
                emulator.journal.clear()
            if wanted.clock:
                emulator.clock.reset()
                emulator.keep_clock()
        if wanted.faults:
            emulator.faults.clear()
        if wanted.rules:
            emulator.rules = emulator.first_rules.model_copy(deep=True)
            emulator.rate_window.reset()
        done = [name for name, chosen in wanted.model_dump().items() if chosen]
        return shapes.ResetAnswer(reset=done, api_key=emulator.owner_key())

    async def take_snapshot(self) -> snapshot.Snapshot:
        """Return the whole state of the account."""
        return snapshot.take(self._emulator)

    async def put_snapshot(self, state: snapshot.Snapshot) -> snapshot.Snapshot:
        """Put a state in place of the present one."""
        try:
            with self._emulator.transaction():
                snapshot.restore(self._emulator, state)
        except (EmailTakenError, sqlite3.IntegrityError) as error:
            reason = "users, keys, sessions or usage do not fit together"
            raise HTTPException(422, f"snapshot: {reason}") from error
        return snapshot.take(self._emulator)

    async def add_faults(self, rules: FaultRule | list[FaultRule]) -> shapes.FaultList:
        """Add one rule or a list of them; returns those added."""
        wanted = rules if isinstance(rules, list) else [rules]
        added = [self._emulator.faults.add(rule) for rule in wanted]
        return shapes.FaultList(count=len(added), faults=added)

    async def faults(self) -> shapes.FaultList:
        """List every rule with what it saw and did."""
        states = self._emulator.faults.states()
        return shapes.FaultList(count=len(states), faults=states)

    async def clear_faults(self) -> shapes.Count:
        """Remove every rule."""
        return shapes.Count(removed=self._emulator.faults.clear())

    async def clock(self) -> shapes.ClockAnswer:
        """Tell the emulator's time."""
        clock = self._emulator.clock
        return shapes.ClockAnswer(
            now=to_rfc3339_milliseconds(clock.now()),
            frozen=clock.frozen,
            offset_seconds=clock.offset_seconds,
        )

    async def set_clock(self, wanted: shapes.ClockBody) -> shapes.ClockAnswer:
        """Move or stop the emulator's clock."""
        clock = self._emulator.clock
        try:
            if wanted.set is not None:
                instant = wanted.set
                aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
                clock.set(aware.timestamp())
            if wanted.advance_seconds is not None:
                clock.advance(wanted.advance_seconds)
        except ClockRangeError as error:
            raise HTTPException(422, f"clock: {error}") from error
        if wanted.frozen is not None:
            clock.freeze(frozen=wanted.frozen)
        with self._emulator.transaction():
            self._emulator.keep_clock()
        return await self.clock()

    async def rules(self) -> Rules:
        """Show the switches."""
        return self._emulator.rules

    async def patch_rules(self, changes: shapes.RulesPatch) -> Rules:
        """Change some switches."""
        changed = changes.model_dump(exclude_unset=True)
        nulls = [key for key, value in changed.items() if value is None]
        if set(nulls) - {"rate_limit"}:
            raise HTTPException(422, f"{', '.join(nulls)}: must not be null")
        present = self._emulator.rules.model_dump()
        self._emulator.rules = Rules.model_validate(present | changed)
        if "rate_limit" in changed:
            self._emulator.rate_window.reset()
        return self._emulator.rules


class BehindTheBack:
    """The handlers for the account: users, keys and the account's own fields."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    async def add_user(self, new: shapes.NewUser) -> snapshot.UserPart:
        """Add a user; 409 where the email is taken."""
        emulator = self._emulator
        account_id = emulator.people.account().account_id
        with _taken_is_409(), emulator.transaction():
            user = User(
                user_id=emulator.identities.user_id(account_id),
                email=new.email,
                name=new.email.partition("@")[0] if new.name is None else new.name,
                is_admin=new.role == "admin",
                is_banned=new.isbanned,
                last_login=new.lastlogin,
                password=new.password,
            )
            emulator.people.add(user)
        return snapshot.user_part(user)

    async def patch_user(
        self, user: str, changes: shapes.UserPatch
    ) -> snapshot.UserPart:
        """Change a user, named by email or id."""
        changed = changes.model_dump(exclude_unset=True)
        names = {"isbanned": "is_banned", "lastlogin": "last_login"}
        values = {
            names.get(key, key): value
            for key, value in changed.items()
            if key != "role"
        }
        if changes.role is not None:
            values["is_admin"] = changes.role == "admin"
        after = replace(self._found(user), **values)
        with _taken_is_409(), self._emulator.transaction():
            self._emulator.people.store(after)
        return snapshot.user_part(after)

    async def remove_user(self, user: str) -> snapshot.UserPart:
        """Remove a user, named by email or id, with keys and tokens; returns whom."""
        gone = self._found(user)
        with self._emulator.transaction():
            self._emulator.people.remove(gone.user_id)
        return snapshot.user_part(gone)

    async def add_key(self, wanted: shapes.KeyBody) -> shapes.KeyAnswer:
        """Give a user one more API key."""
        user = self._found(wanted.email)
        with self._emulator.transaction():
            key = self._emulator.new_key(user.user_id, user.email)
        return shapes.KeyAnswer(api_key=key)

    async def revoke_keys(
        self, wanted: shapes.RevokeKeysBody | None = None
    ) -> shapes.Count:
        """End keys and the sessions opened with them."""
        wanted = wanted or shapes.RevokeKeysBody()
        credentials = self._emulator.credentials
        keys = [key for key, _ in credentials.all_keys()]
        if wanted.email is not None:
            keys = credentials.keys_of_user(self._found(wanted.email).user_id)
        if wanted.api_key is not None:
            keys = [key for key in keys if key == wanted.api_key]
        with self._emulator.transaction():
            for key in keys:
                credentials.revoke_key(key)
        return shapes.Count(removed=len(keys))

    async def patch_account(self, changes: shapes.AccountPatch) -> snapshot.AccountPart:
        """Change the account."""
        changed = changes.model_dump(exclude_unset=True)
        nulls = [key for key, value in changed.items() if value is None]
        if nulls:
            raise HTTPException(422, f"{', '.join(nulls)}: must not be null")
        with self._emulator.transaction():
            self._emulator.people.change_account(changed)
        return snapshot.take(self._emulator).account

    def _found(self, email_or_id: str) -> User:
        people = self._emulator.people
        user = people.by_id(email_or_id) or people.by_email(email_or_id)
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
    control, behind = Control(emulator), BehindTheBack(emulator)
    router = APIRouter(tags=["Emulator"])
    add = router.add_api_route
    add("/health", control.health)
    add("/journal", control.journal)
    add("/journal", control.clear_journal, methods=["DELETE"])
    add("/reset", control.reset, methods=["POST"])
    add("/snapshot", control.take_snapshot)
    add("/snapshot", control.put_snapshot, methods=["PUT"])
    add("/faults", control.faults)
    add("/faults", control.add_faults, methods=["POST"])
    add("/faults", control.clear_faults, methods=["DELETE"])
    add("/clock", control.clock)
    add("/clock", control.set_clock, methods=["POST"])
    add("/rules", control.rules)
    add("/rules", control.patch_rules, methods=["PATCH"])
    add("/users", behind.add_user, methods=["POST"], status_code=201)
    add("/users/{user:path}", behind.patch_user, methods=["PATCH"])
    add("/users/{user:path}", behind.remove_user, methods=["DELETE"])
    add("/keys", behind.add_key, methods=["POST"], status_code=201)
    add("/keys", behind.revoke_keys, methods=["DELETE"])
    add("/account", behind.patch_account, methods=["PATCH"])
    return router
