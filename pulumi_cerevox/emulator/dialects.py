"""The two dialects: the models of the API's requests and answers, and its errors.

`sdk-0.2` is exactly what the vendor's SDK 0.2.0 sends and parses. `documented` is a
superset that also has the fields of the product's documentation. The SDK's models
ignore unknown fields, so the SDK works with both.

The models validate and describe. A route's handler returns all fields, and FastAPI
leaves out those that the dialect's model does not have. The handlers read the bodies,
after they have checked the caller. Two things are assumed: the syntax of an email, and
all limits except that a name has 1 to 100 characters (SDK's prose).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, Field
from pydantic_core import ErrorDetails
from starlette.responses import JSONResponse

from pulumi_cerevox.emulator.store import AccountStatus, PlanName, Role, Strict

DialectName = Literal["documented", "sdk-0.2"]
Success = Literal["success"]

#: What counts as white space, spelled out: `\s` is another set in each language.
_SPACE = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
Email = Annotated[
    str,
    Field(
        max_length=254,
        pattern=rf"^[^@{_SPACE}]+@[^@.{_SPACE}]+(\.[^@.{_SPACE}]+)+$",
    ),
]
Name = Annotated[str, Field(max_length=100, pattern=f"[^{_SPACE}]")]

#: The `error_type` of each status; the texts are assumed but for `quota_exceeded`.
_ERROR_TYPES = {
    400: "validation_error",
    401: "authentication_error",
    402: "quota_exceeded",
    403: "permission_error",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    429: "rate_limit_exceeded",
}
_COMPLAINTS = {
    "missing": "This field is required",
    "extra_forbidden": "Unknown field",
    "string_type": "Must be a string",
    "string_too_long": "Must have at most {max_length} characters",
    "bad_email": "Must be a valid email address",
    "bad_name": "Must not be empty",
    "literal_error": "Must be {expected}",
}


class ApiError(Exception):
    """A refusal with its HTTP status and JSON body.

    `error` and `error_type` are always texts, for the SDK fails on anything else, and
    no text may hold the word "unsupported", which it takes for a file error whatever
    the status.
    """

    def __init__(
        self, status: int, error: str, error_type: str | None = None, **more: Any
    ) -> None:
        super().__init__(error)
        self.status = status
        kind = error_type or _ERROR_TYPES.get(status, "server_error")
        self.body: dict[str, Any] = {"error": error, "error_type": kind, **more}

    def answer(self) -> JSONResponse:
        """Return the HTTP answer, with `Retry-After` where the body has a wait."""
        answer = JSONResponse(self.body, self.status)
        if "retry_after" in self.body:
            answer.headers["retry-after"] = str(self.body["retry_after"])
        return answer


def invalid(fields: dict[str, str]) -> ApiError:
    """Return a 400: some fields are bad or missing; the text for each says why."""
    return ApiError(400, "Validation failed", validation_errors=fields)


def unauthenticated(reason: str) -> ApiError:
    """Return a 401; the documentation looks for the word "Authentication"."""
    return ApiError(401, f"Authentication failed: {reason}")


def complaint(item: ErrorDetails) -> str:
    """Return what is wrong with a field, in the API's words."""
    kind = item["type"]
    if kind == "string_pattern_mismatch":
        kind = f"bad_{item['loc'][-1]}"
    if kind not in _COMPLAINTS:
        return item["msg"].removeprefix("Value error, ")
    return _COMPLAINTS[kind].format(**item.get("ctx", {})).replace("'", "")


# Bodies


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


class CreateBody(BaseModel):
    """A user to be created."""

    email: Email
    name: Name


class DocumentedCreateBody(Strict):
    """A user to be created; the name is the part before the @ where it is left out."""

    email: Email
    name: Name = ""
    role: Role = "member"


class UpdateBody(BaseModel):
    """A new name."""

    name: Name


class DocumentedUpdateBody(Strict, json_schema_extra={"minProperties": 1}):
    """A new name, a new role, or both."""

    name: Name = ""
    role: Role = "member"


class DocumentedUpdateMeBody(Strict):
    """A new name."""

    name: Name


class DeleteBody(BaseModel):
    """The user's email once more, as a confirmation."""

    email: str


class DocumentedDeleteBody(Strict):
    """The user's email once more, as a confirmation, and nothing else."""

    email: str


# Answers


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
    status: Success


class AccountAnswer(BaseModel):
    """The account of the caller."""

    account_id: str
    account_name: str


class Features(BaseModel):
    """What the account may use."""

    hippo_enabled: bool
    lexa_enabled: bool
    max_users: int = Field(description="Seats")


class DocumentedAccountAnswer(AccountAnswer):
    """With the owner (assumed), the plan and the seats."""

    email: str
    name: str
    plan: PlanName
    status: AccountStatus
    created_at: str
    features: Features


class PlanLimits(BaseModel):
    """A plan's limits; its optional fields are sent in both dialects."""

    plan: PlanName
    base: int = Field(description="Files, and pages, a period")
    bytes: int
    messages: int = Field(description="Messages a period")
    message_rate: int = Field(description="Messages in `message_interval` seconds")
    message_interval: int
    bytes_overage: int
    status: AccountStatus


class PlanAnswer(BaseModel):
    """The plan, wrapped."""

    plan: PlanLimits


class UsageAnswer(BaseModel):
    """What is used now."""

    files: dict[str, Any]
    pages: dict[str, Any]
    advanced_pages: dict[str, Any]
    storage: dict[str, Any]


class DocumentedUsageAnswer(UsageAnswer):
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
    """The bill of the current period; `total_cost` is the sum of its parts."""

    period_start: str
    period_end: str
    total_cost: float
    currency: Literal["USD"]
    breakdown: CostBreakdown
    next_invoice_date: str


class UserAnswer(BaseModel):
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


class DocumentedUser(UserAnswer):
    """With the role (assumed)."""

    role: Role


class Created(BaseModel):
    """The user was created; the id is found by listing."""

    created: Literal[True]
    status: Success


class DocumentedCreated(DocumentedUser):
    """The user that was created (that it is in the answer is assumed)."""

    created: Literal[True]
    status: Success


class Updated(BaseModel):
    """The user was changed."""

    updated: Literal[True]
    status: Success


class DocumentedUpdated(DocumentedUser):
    """The user as it is now (that it is in the answer is assumed)."""

    updated: Literal[True]
    status: Success


class Deleted(BaseModel):
    """The user is gone."""

    deleted: Literal[True]
    status: Success


class Error(BaseModel):
    """The one body of every refusal."""

    error: str
    error_type: str
    validation_errors: dict[str, str] = Field(
        default={}, description="Of a 400: the bad fields, each with a reason"
    )
    retry_after: int = Field(default=0, description="Of a 429: whole seconds")
    quota_type: str = Field(default="", description="Of a 402: `users`")


#: What `sdk-0.2` has in place of a documented model. All others are in both dialects.
_SDK_MODELS: dict[Any, Any] = {
    DocumentedLoginBody: LoginBody,
    DocumentedCreateBody: CreateBody,
    DocumentedUpdateBody: UpdateBody,
    DocumentedUpdateMeBody: UpdateBody,
    DocumentedDeleteBody: DeleteBody,
    DocumentedTokens: Tokens,
    DocumentedAccountAnswer: AccountAnswer,
    DocumentedUsageAnswer: UsageAnswer,
    DocumentedUser: UserAnswer,
    list[DocumentedUser]: list[UserAnswer],
    DocumentedCreated: Created,
    DocumentedUpdated: Updated,
}


def in_dialect(model: Any, dialect: DialectName) -> Any:
    """Return a dialect's form of a documented model."""
    return model if dialect == "documented" else _SDK_MODELS.get(model, model)


class Limits(NamedTuple):
    """The limits of a plan, as in `PlanLimits`; `rate_limit` is requests a period."""

    base: int
    bytes: int
    messages: int
    message_rate: int
    rate_limit: int
    max_users: int


#: The three names are documented; the numbers are invented.
LIMITS: dict[PlanName, Limits] = {
    "free": Limits(100, 2**27, 500, 10, 10_000, 3),
    "pro": Limits(1_000, 2**30, 10_000, 100, 100_000, 20),
    "enterprise": Limits(100_000, 2**40, 1_000_000, 1_000, 10_000_000, 100_000),
}
