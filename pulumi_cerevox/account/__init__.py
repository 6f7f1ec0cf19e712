"""The Cerevox Account API: a client, its models and its errors. No Pulumi in here.

The client is loaded on first use, because reading a roster file needs no HTTP.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pulumi_cerevox.account.directory import Directory
from pulumi_cerevox.account.errors import (
    NO_EXCHANGE,
    AccountError,
    AccountSuspendedError,
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    ConnectionFailedError,
    Exchange,
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
    login_time,
    never_logged_in,
)
from pulumi_cerevox.account.settings import (
    DEFAULT_BASE_URL,
    Settings,
    SettingsDict,
    base_url_or_default,
    checked_base_url,
)
from pulumi_cerevox.text import (
    email_fault,
    fold_email,
    name_fault,
    printable,
    spreadsheet_text,
)

if TYPE_CHECKING:
    from pulumi_cerevox.account.auth import KEY_VARIABLE, TokenStore, find_credential
    from pulumi_cerevox.account.client import Account
    from pulumi_cerevox.account.retry import Pace

__all__ = [
    "DEFAULT_BASE_URL",
    "KEY_VARIABLE",
    "NO_EXCHANGE",
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
    "Exchange",
    "ForbiddenError",
    "LastAdminError",
    "NotFoundError",
    "Pace",
    "Plan",
    "QuotaExceededError",
    "RateLimitedError",
    "Role",
    "RoleNotAppliedError",
    "SelfDeleteForbiddenError",
    "ServerError",
    "Settings",
    "SettingsDict",
    "TimedOutError",
    "TokenStore",
    "UnexpectedAnswerError",
    "UsageStats",
    "ValidationError",
    "base_url_or_default",
    "checked_base_url",
    "email_fault",
    "find_credential",
    "fold_email",
    "login_time",
    "name_fault",
    "never_logged_in",
    "printable",
    "spreadsheet_text",
]


_LATER = {
    "Account": "client",
    "KEY_VARIABLE": "auth",
    "Pace": "retry",
    "TokenStore": "auth",
    "find_credential": "auth",
}


def __getattr__(name: str) -> object:
    """Load the client, and what belongs to it."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    globals()[name] = value
    return value
