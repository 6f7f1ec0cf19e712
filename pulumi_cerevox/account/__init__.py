"""The Cerevox Account API: a client, its models and its errors. No Pulumi in here.

The client is loaded when it is first used: whoever only reads a roster file needs no
HTTP.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

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
from pulumi_cerevox.account.models import (
    AccountFeatures,
    AccountInfo,
    AccountUser,
    AuthTokens,
    BillingBreakdown,
    BillingInfo,
    Plan,
    Role,
    UsageStats,
)
from pulumi_cerevox.account.settings import DEFAULT_BASE_URL
from pulumi_cerevox.text import (
    email_fault,
    fold_email,
    name_fault,
    printable,
    spreadsheet_text,
)

if TYPE_CHECKING:
    from pulumi_cerevox.account.auth import TokenStore
    from pulumi_cerevox.account.client import Account

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


_LATER = {"Account": "client", "TokenStore": "auth"}


def __getattr__(name: str) -> object:
    """Load the client."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    globals()[name] = value
    return value
