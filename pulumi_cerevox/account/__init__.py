"""The Cerevox Account API: a client, its models and its errors. No Pulumi in here.

The client is loaded when it is first used: whoever only reads a roster file needs no
HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_cerevox.account.consumption import (
    BillingBreakdown,
    BillingInfo,
    UsageStats,
)
from pulumi_cerevox.account.directory import Directory
from pulumi_cerevox.account.errors import (
    AccountError,
    AccountSuspendedError,
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    ConnectionFailedError,
    ForbiddenError,
    LastAdminError,
    NotFoundError,
    QuotaExceededError,
    RateLimitedError,
    RoleNotAppliedError,
    SelfDeleteForbiddenError,
    ServerError,
    TimedOutError,
    UnexpectedAnswerError,
    ValidationError,
)
from pulumi_cerevox.account.escaping import printable, spreadsheet_text
from pulumi_cerevox.account.identity import email_fault, fold_email, name_fault
from pulumi_cerevox.account.models import (
    AccountFeatures,
    AccountInfo,
    AccountUser,
    AuthTokens,
    Plan,
    Role,
)
from pulumi_cerevox.account.settings import DEFAULT_BASE_URL

if TYPE_CHECKING:
    from pulumi_cerevox.account.client import Account
from pulumi_cerevox.account.stored_tokens import TokenStore

__all__ = [
    "DEFAULT_BASE_URL",
    "Account",
    "AccountError",
    "AccountFeatures",
    "AccountInfo",
    "AccountSuspendedError",
    "AccountUser",
    "AuthTokens",
    "AuthenticationError",
    "BillingBreakdown",
    "BillingInfo",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailedError",
    "Directory",
    "ForbiddenError",
    "LastAdminError",
    "NotFoundError",
    "Plan",
    "QuotaExceededError",
    "RateLimitedError",
    "Role",
    "RoleNotAppliedError",
    "SelfDeleteForbiddenError",
    "ServerError",
    "TimedOutError",
    "TokenStore",
    "UnexpectedAnswerError",
    "UsageStats",
    "ValidationError",
    "email_fault",
    "fold_email",
    "name_fault",
    "printable",
    "spreadsheet_text",
]


def __getattr__(name: str) -> object:
    """Load the client."""
    if name != "Account":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pulumi_cerevox.account.client import Account  # noqa: PLC0415

    globals()[name] = Account
    return Account
