"""The answers of the Account API, as frozen dataclasses.

Field names are the documentation's; what only the vendor's SDK 0.2 has keeps the
SDK's name. Unknown fields are ignored. A field that the API's dialect does not have
is None. Times are RFC 3339 in UTC, dates ``YYYY-MM-DD``, both as sent.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from pulumi_cerevox.account.answers import Fields
from pulumi_cerevox.account.errors import Exchange, UnexpectedAnswerError


class Role(StrEnum):
    """The role of a user (documented). There is no third one."""

    ADMIN = "admin"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class AuthTokens:
    """The tokens of a login or a refresh. The `repr` hides both.

    Attributes:
        access_token: Opaque; sent as Bearer.
        refresh_token: Opaque; good for one refresh.
        expires_in: Seconds the access token lives from the answer on.
        token_type: "Bearer".
        expires_at: Its end in Unix seconds (documented); reckoned from `expires_in`
            when the answer has none (SDK 0.2).
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    token_type: str
    expires_at: float

    @classmethod
    def parse(cls, data: object, exchange: Exchange) -> AuthTokens:
        """Read the answer of a login or a refresh."""
        fields = Fields.of(data, exchange)
        expires_in = fields.integer("expires_in")
        expires_at = fields.optional_number("expires_at")
        return cls(
            access_token=_token(fields, "access_token"),
            refresh_token=_token(fields, "refresh_token"),
            expires_in=expires_in,
            token_type=fields.optional_text("token_type") or "Bearer",
            expires_at=time.time() + expires_in if expires_at is None else expires_at,
        )


def _token(fields: Fields, name: str) -> str:
    """Read a token, which must fit into a header."""
    token = fields.text(name)
    if not (token.isascii() and token.isprintable()) or " " in token or not token:
        raise UnexpectedAnswerError(
            f'The API\'s answer has a "{name}" that no header can carry.',
            fields.exchange,
        )
    return token


@dataclass(frozen=True, slots=True)
class AccountUser:
    """A person in the account, as the API reports them.

    Attributes:
        user_id: Opaque id.
        email: As the API stores it. Compare it with `fold_email`.
        name: The full name.
        role: "admin" or "member": from `role` (documented), else from `isadmin`.
        account_id: The account they belong to.
        isadmin: The same as `role` (SDK 0.2).
        isbanned: They can't log in (SDK 0.2).
        lastlogin: Time of the last login, as sent; None before the first one (SDK
            0.2). `login_time` tells whether it is one.
        firstname: None where the API has none (SDK 0.2).
        lastname: None where the API has none (SDK 0.2).
    """

    user_id: str
    email: str
    name: str
    role: str
    account_id: str
    isadmin: bool
    isbanned: bool
    lastlogin: str | None = None
    firstname: str | None = None
    lastname: str | None = None

    @classmethod
    def parse(cls, data: object, exchange: Exchange, where: str = "") -> AccountUser:
        """Read a user object.

        Raises:
            UnexpectedAnswerError: A field is missing or mistyped, or `role` and
                `isadmin` contradict each other.
        """
        fields = Fields.of(data, exchange, where)
        role = _role(fields)
        return cls(
            user_id=fields.identifier("user_id"),
            email=fields.text("email"),
            name=fields.text("name"),
            role=role.value,
            account_id=fields.identifier("account_id"),
            isadmin=role is Role.ADMIN,
            isbanned=fields.flag("isbanned"),
            lastlogin=fields.optional_text("lastlogin"),
            firstname=fields.optional_text("firstname"),
            lastname=fields.optional_text("lastname"),
        )


_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ].*", re.ASCII)
_FIRST_LOGIN = datetime(2000, 1, 1, tzinfo=UTC)
"""Before it lie the zero values of programming languages: the years 1 and 1970."""
_CLOCKS_DIFFER = timedelta(minutes=5)


def login_time(lastlogin: str | None) -> datetime | None:
    """Return when somebody logged in last; None where no login is proven.

    Only a real time in the past proves one. An empty text, a zero value such as
    ``0001-01-01T00:00:00Z`` and a time to come do not. The API's clock may be five
    minutes ahead of ours.
    """
    moment = _moment(lastlogin or "")
    is_real = moment and _FIRST_LOGIN <= moment <= datetime.now(UTC) + _CLOCKS_DIFFER
    return moment if is_real else None


def never_logged_in(lastlogin: str | None) -> bool:
    """Return whether the API says that there was no login: nothing, or a zero value.

    What is no time, or a time to come, says neither that nor the contrary.
    """
    moment = _moment(lastlogin or "")
    return not (lastlogin or "").strip() or bool(moment and moment < _FIRST_LOGIN)


def _moment(text: str) -> datetime | None:
    """Read a time; one without a zone is taken for UTC (assumed)."""
    try:
        moment = datetime.fromisoformat(text) if _TIME.fullmatch(text) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and not moment.tzinfo else moment


def _role(fields: Fields) -> Role:
    """Read the role: `role` and `isadmin` are two names of one fact (assumed)."""
    stated = fields.optional_text("role")
    flag = fields.optional_flag("isadmin")
    if stated is None:
        return Role.ADMIN if fields.flag("isadmin") else Role.MEMBER
    if stated not in set(Role):
        raise UnexpectedAnswerError(
            "The API's answer has a role that is neither admin nor member.",
            fields.exchange,
        )
    if flag is not None and flag is not (stated == Role.ADMIN):
        raise UnexpectedAnswerError(
            'The API\'s answer contradicts itself: "role" and "isadmin" disagree.',
            fields.exchange,
        )
    return Role(stated)


@dataclass(frozen=True, slots=True)
class AccountFeatures:
    """The features of the account (documented)."""

    hippo_enabled: bool | None = None
    lexa_enabled: bool | None = None
    max_users: int | None = None

    @property
    def seats(self) -> int | None:
        """How many people may be in the account; None where no possible number is told.

        Whoever asks has a seat, so a number below 1 says nothing (assumed).
        """
        told = self.max_users
        return told if told is not None and told >= 1 else None

    @classmethod
    def parse(cls, fields: Fields) -> AccountFeatures:
        """Read the `features` of the account info."""
        return cls(
            hippo_enabled=fields.optional_flag("hippo_enabled"),
            lexa_enabled=fields.optional_flag("lexa_enabled"),
            max_users=fields.optional_integer("max_users"),
        )


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """The account behind the credentials.

    Attributes:
        account_id: Opaque id (documented, SDK 0.2).
        account_name: The organisation (SDK 0.2).
        email: The owner's, whoever asks (documented; owner: assumed).
        name: The owner's (documented; owner: assumed).
        plan: "free", "pro" or "enterprise" (documented).
        status: "active", "suspended" or "cancelled" (documented).
        created_at: Time (documented).
        features: What it may use (documented).
    """

    account_id: str
    account_name: str | None = None
    email: str | None = None
    name: str | None = None
    plan: str | None = None
    status: str | None = None
    created_at: str | None = None
    features: AccountFeatures | None = None

    @classmethod
    def parse(cls, data: object, exchange: Exchange) -> AccountInfo:
        """Read the answer of ``GET /accounts/my``."""
        fields = Fields.of(data, exchange)
        features = fields.part("features")
        return cls(
            account_id=fields.identifier("account_id"),
            account_name=fields.optional_text("account_name"),
            email=fields.optional_text("email"),
            name=fields.optional_text("name"),
            plan=fields.optional_text("plan"),
            status=fields.optional_text("status"),
            created_at=fields.optional_text("created_at"),
            features=AccountFeatures.parse(features) if features else None,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The account's plan and its limits (SDK 0.2).

    Attributes:
        plan: "free", "pro", "enterprise".
        base: The plan's base allowance; its unit is not documented.
        bytes: Storage included, in bytes.
        status: "active", "suspended", "cancelled".
        messages: Messages included.
        message_rate: Messages per `message_interval`.
        message_interval: Seconds (assumed).
        bytes_overage: Bytes beyond the included ones.
    """

    plan: str
    base: int | None = None
    bytes: int | None = None
    status: str | None = None
    messages: int | None = None
    message_rate: int | None = None
    message_interval: int | None = None
    bytes_overage: int | None = None

    @classmethod
    def parse(cls, data: object, exchange: Exchange) -> Plan:
        """Read ``{"plan": {…}}``."""
        outer = Fields.of(data, exchange)
        fields = Fields.of(outer.data.get("plan"), exchange, "plan")
        return cls(
            plan=fields.text("plan"),
            base=fields.optional_integer("base"),
            bytes=fields.optional_integer("bytes"),
            status=fields.optional_text("status"),
            messages=fields.optional_integer("messages"),
            message_rate=fields.optional_integer("message_rate"),
            message_interval=fields.optional_integer("message_interval"),
            bytes_overage=fields.optional_integer("bytes_overage"),
        )


@dataclass(frozen=True, slots=True)
class UsageStats:
    """The usage of the account: ``pandas.DataFrame([usage, …])`` works.

    Attributes:
        files: Free inside, as sent; empty where the API has none (SDK 0.2).
        pages: Likewise.
        advanced_pages: Likewise.
        storage: Likewise.
        total_requests: API calls in the range (documented).
        documents_processed: In the range (documented).
        questions_asked: In the range (documented).
        storage_bytes: Bytes stored now (documented).
        rate_limit: Calls allowed in a period (documented).
        rate_limit_reset: Time at which the period ends (documented).
        estimated_cost: Money, in the account's currency (documented).
    """

    files: dict[str, Any]
    pages: dict[str, Any]
    advanced_pages: dict[str, Any]
    storage: dict[str, Any]
    total_requests: int | None = None
    documents_processed: int | None = None
    questions_asked: int | None = None
    storage_bytes: int | None = None
    rate_limit: int | None = None
    rate_limit_reset: str | None = None
    estimated_cost: float | None = None

    @classmethod
    def parse(cls, data: object, exchange: Exchange) -> UsageStats:
        """Read the usage.

        Raises:
            UnexpectedAnswerError: It has neither SDK 0.2's nor the documented fields.
        """
        fields = Fields.of(data, exchange)
        if not (fields.has("files") or fields.has("total_requests")):
            raise UnexpectedAnswerError(
                'The API\'s answer has neither "files" nor "total_requests".', exchange
            )
        return cls(
            files=fields.optional_object("files") or {},
            pages=fields.optional_object("pages") or {},
            advanced_pages=fields.optional_object("advanced_pages") or {},
            storage=fields.optional_object("storage") or {},
            total_requests=fields.optional_integer("total_requests"),
            documents_processed=fields.optional_integer("documents_processed"),
            questions_asked=fields.optional_integer("questions_asked"),
            storage_bytes=fields.optional_integer("storage_bytes"),
            rate_limit=fields.optional_integer("rate_limit"),
            rate_limit_reset=fields.optional_text("rate_limit_reset"),
            estimated_cost=fields.optional_number("estimated_cost"),
        )


@dataclass(frozen=True, slots=True)
class BillingBreakdown:
    """The parts of the total cost, in the bill's currency (documented)."""

    hippo_cost: float | None = None
    lexa_cost: float | None = None
    storage_cost: float | None = None

    @classmethod
    def parse(cls, fields: Fields) -> BillingBreakdown:
        """Read the `breakdown` of the billing info."""
        return cls(
            hippo_cost=fields.optional_number("hippo_cost"),
            lexa_cost=fields.optional_number("lexa_cost"),
            storage_cost=fields.optional_number("storage_cost"),
        )


@dataclass(frozen=True, slots=True)
class BillingInfo:
    """The current billing period (documented; SDK 0.2 has none).

    Attributes:
        period_start: First day.
        period_end: Last day.
        total_cost: Money in `currency`, the sum of `breakdown` (sum: assumed).
        currency: ISO 4217, for example "USD".
        breakdown: Its parts.
        next_invoice_date: Day.
    """

    total_cost: float
    currency: str
    period_start: str | None = None
    period_end: str | None = None
    breakdown: BillingBreakdown | None = None
    next_invoice_date: str | None = None

    @classmethod
    def parse(cls, data: object, exchange: Exchange) -> BillingInfo:
        """Read the billing info."""
        fields = Fields.of(data, exchange)
        breakdown = fields.part("breakdown")
        return cls(
            total_cost=fields.number("total_cost"),
            currency=fields.text("currency"),
            period_start=fields.optional_text("period_start"),
            period_end=fields.optional_text("period_end"),
            breakdown=BillingBreakdown.parse(breakdown) if breakdown else None,
            next_invoice_date=fields.optional_text("next_invoice_date"),
        )
