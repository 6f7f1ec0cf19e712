"""What the admin API takes and answers. An unknown or bad field is a 422 naming it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pulumi_cerevox.emulator.faults import FaultState
from pulumi_cerevox.emulator.records import AccountStatus, Plan, Role
from pulumi_cerevox.emulator.rules import RateLimit


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Health(BaseModel):
    """The emulator answers."""

    status: str
    version: str
    dialect: str
    account_id: str
    users: int


class JournalFilter(_Strict):
    """Which entries; see the module `patterns` for the paths."""

    method: str | None = None
    path: str | None = None


class JournalRequest(BaseModel):
    """One API call."""

    n: int = Field(description="Counted from 1 since the journal was empty")
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


class JournalAnswer(BaseModel):
    """The entries a filter lets through."""

    count: int
    requests: list[JournalRequest]


class Count(BaseModel):
    """How many were removed."""

    removed: int


class ResetBody(_Strict):
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


class ClockBody(_Strict):
    """Applied in this order: set, advance, frozen."""

    set: datetime | None = Field(default=None, description="ISO 8601; UTC by default")
    advance_seconds: float | None = Field(default=None, allow_inf_nan=False)
    frozen: bool | None = None


class ClockAnswer(BaseModel):
    """The emulator's clock."""

    now: str
    frozen: bool
    offset_seconds: float


class UserPatch(_Strict):
    """Changes behind the API's back: no rule of the API is checked."""

    email: str | None = Field(default=None, min_length=1)
    name: str | None = None
    role: Role | None = None
    isbanned: bool | None = None
    lastlogin: str | None = Field(default=None, description="null: never logged in")
    password: str | None = Field(default=None, description="null: no password")

    @model_validator(mode="after")
    def _null_means_something(self) -> UserPatch:
        for name in ("email", "name", "role", "isbanned"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name}: must not be null")
        return self


class NewUser(_Strict):
    """A user who appears behind the API's back; the name may be left out."""

    email: str = Field(min_length=1)
    name: str | None = None
    role: Role = "member"
    isbanned: bool = False
    lastlogin: str | None = None
    password: str | None = None


class KeyBody(_Strict):
    """Whose key."""

    email: str


class RevokeKeysBody(_Strict):
    """Which keys: one, all of a user, or, with neither, every key there is."""

    email: str | None = None
    api_key: str | None = None


class KeyAnswer(BaseModel):
    """A new key."""

    api_key: str


class AccountPatch(_Strict):
    """Changes of the account behind the API's back."""

    account_name: str | None = None
    plan: Plan | None = None
    status: AccountStatus | None = None
    max_users: int | None = Field(default=None, ge=0)


class RulesPatch(_Strict):
    """The switches to change; see GET /rules."""

    self_delete_protected: bool | None = None
    last_admin_protected: bool | None = None
    list_wrapped: bool | None = None
    retry_after_header: bool | None = None
    rate_limit: RateLimit | None = Field(default=None, description="null: off")
    latency_ms: int | None = Field(default=None, ge=0)
    access_token_seconds: int | None = Field(default=None, ge=1)
    refresh_token_seconds: int | None = Field(default=None, ge=1)
