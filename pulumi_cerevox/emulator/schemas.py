"""The shapes of the API's bodies and answers, for the OpenAPI description.

Handlers build their answers in `dialects` and check bodies in `bodies`: the contract
wants its own 400 for a bad body. These models describe the result; a test compares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pulumi_cerevox.emulator.bodies import (
    EMAIL_PATTERN,
    MAX_EMAIL,
    MAX_NAME,
    NAME_PATTERN,
)

Status = Literal["active", "suspended", "cancelled"]
PlanName = Literal["free", "pro", "enterprise"]
RoleName = Literal["admin", "member"]


class LoginBody(BaseModel):
    """May be left out, and is not looked at. The SDK sends `{"login": true}`."""

    login: Any = None


class DocumentedLoginBody(LoginBody):
    """Email and password, two strings, where no Authorization is sent (assumed)."""

    email: Any = None
    password: Any = None


class RefreshBody(BaseModel):
    """The refresh token of a login or an earlier refresh; it works once."""

    refresh_token: str


class Tokens(BaseModel):
    """A new pair of tokens."""

    access_token: str
    refresh_token: str
    expires_in: int = Field(description="Seconds")
    token_type: Literal["Bearer"]


class DocumentedTokens(Tokens):
    """With the documentation's point in time."""

    expires_at: int = Field(description="Unix seconds")


class Revoked(BaseModel):
    """The tokens are dead."""

    message: str
    status: Literal["success"]


class AccountInfo(BaseModel):
    """The account of the caller."""

    account_id: str
    account_name: str


class Features(BaseModel):
    """What the account may use."""

    hippo_enabled: bool
    lexa_enabled: bool
    max_users: int = Field(description="Seats")


class DocumentedAccountInfo(AccountInfo):
    """With the owner, the plan and the seats."""

    email: str
    name: str
    plan: PlanName
    status: Status
    created_at: str
    features: Features


class PlanLimits(BaseModel):
    """A plan's limits."""

    plan: PlanName
    base: int
    bytes: int
    messages: int
    message_rate: int
    message_interval: int
    bytes_overage: int
    status: Status


class Plan(BaseModel):
    """The plan, wrapped."""

    plan: PlanLimits


class Usage(BaseModel):
    """What is used now."""

    files: dict[str, Any]
    pages: dict[str, Any]
    advanced_pages: dict[str, Any]
    storage: dict[str, Any]


class DocumentedUsage(Usage):
    """With the sums over a range of days."""

    total_requests: int
    documents_processed: int
    questions_asked: int
    storage_bytes: int
    rate_limit: int
    rate_limit_reset: str
    estimated_cost: float


class CostBreakdown(BaseModel):
    """The parts of a bill."""

    hippo_cost: float
    lexa_cost: float
    storage_cost: float


class Billing(BaseModel):
    """The bill of the current period."""

    period_start: str
    period_end: str
    total_cost: float
    currency: Literal["USD"]
    breakdown: CostBreakdown
    next_invoice_date: str


class User(BaseModel):
    """A user."""

    user_id: str
    email: str
    name: str
    firstname: str | None
    lastname: str | None
    account_id: str
    isadmin: bool
    isbanned: bool
    lastlogin: str | None


class DocumentedUser(User):
    """With the role."""

    role: RoleName


class CreateBody(BaseModel):
    """A user to be created."""

    email: str = Field(max_length=MAX_EMAIL, pattern=EMAIL_PATTERN)
    name: str = Field(max_length=MAX_NAME, pattern=NAME_PATTERN)


class DocumentedCreateBody(BaseModel):
    """A user to be created; the name is the part before the @ where it is left out."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=MAX_EMAIL, pattern=EMAIL_PATTERN)
    name: str = Field(default="", max_length=MAX_NAME, pattern=NAME_PATTERN)
    role: RoleName = "member"


class UpdateBody(BaseModel):
    """A new name."""

    name: str = Field(max_length=MAX_NAME, pattern=NAME_PATTERN)


class DocumentedUpdateBody(BaseModel):
    """A new name, a new role, or both."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"minProperties": 1})

    name: str = Field(default="", max_length=MAX_NAME, pattern=NAME_PATTERN)
    role: RoleName = "member"


class DocumentedUpdateMeBody(BaseModel):
    """A new name."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=MAX_NAME, pattern=NAME_PATTERN)


class DeleteBody(BaseModel):
    """The user's email once more, as a confirmation."""

    email: str


class DocumentedDeleteBody(DeleteBody):
    """The user's email once more, as a confirmation, and nothing else."""

    model_config = ConfigDict(extra="forbid")


class Created(BaseModel):
    """The user was created; the id is found by listing."""

    created: Literal[True]
    status: Literal["success"]


class DocumentedCreated(DocumentedUser):
    """The user that was created."""

    created: Literal[True]
    status: Literal["success"]


class Updated(BaseModel):
    """The user was changed."""

    updated: Literal[True]
    status: Literal["success"]


class DocumentedUpdated(DocumentedUser):
    """The user as it is now."""

    updated: Literal[True]
    status: Literal["success"]


class Deleted(BaseModel):
    """The user is gone."""

    deleted: Literal[True]
    status: Literal["success"]


class Error(BaseModel):
    """The one body of every refusal."""

    error: str
    error_type: str
    validation_errors: dict[str, str] = Field(
        default={}, description="Of a 400: the bad fields, each with a reason"
    )
    retry_after: int = Field(default=0, description="Of a 429: whole seconds")
    quota_type: str = Field(default="", description="Of a 402: `users`")


@dataclass(frozen=True, slots=True)
class UserModels:
    """The models of the user routes in one dialect."""

    user: type[BaseModel]
    created: type[BaseModel]
    updated: type[BaseModel]
    create_body: type[BaseModel]
    update_body: type[BaseModel]
    update_me_body: type[BaseModel]
    delete_body: type[BaseModel]


SDK_USERS = UserModels(
    User, Created, Updated, CreateBody, UpdateBody, UpdateBody, DeleteBody
)
DOCUMENTED_USERS = UserModels(
    DocumentedUser,
    DocumentedCreated,
    DocumentedUpdated,
    DocumentedCreateBody,
    DocumentedUpdateBody,
    DocumentedUpdateMeBody,
    DocumentedDeleteBody,
)
