"""The results of the data sources, with the documentation's field names.

A result is a dictionary with attributes, so a program may export it, pass it to another
resource, or load it into pandas. It lacks fields that the account's API does not
return. Reading one is a clear error, not a None that surprises later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_type_hints

import pulumi


class Result(dict[str, Any]):
    """A result of a data source: each field is an attribute and a key."""

    def __getattr__(self, name: str) -> Any:
        """Return a field.

        Raises:
            AttributeError: there is no such field.
            pulumi.RunError: this account's API does not tell it.
        """
        if name in self:
            return self[name]
        hint = get_type_hints(type(self)).get(name)
        if hint is None:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}")
        if type(None) in get_args(hint):
            return None
        raise pulumi.RunError(
            f"{type(self).__name__}.{name}: this account's API does not tell it (its "
            "dialect is sdk-0.2, probably). Leave the field out of the program, or ask "
            f"with .get({name!r}), which gives None where it is missing"
        )


class GetAccountInfoFeaturesResult(Result):
    """The features of the account."""

    hippo_enabled: bool
    lexa_enabled: bool
    max_users: int
    """Seats."""


class GetAccountInfoResult(Result):
    """The account behind the key."""

    account_id: str
    account_name: str | None
    """The organisation, where the API tells it."""
    email: str
    """The owner's."""
    name: str
    """The owner's."""
    plan: str
    """`free`, `pro` or `enterprise`."""
    status: str
    """`active`, `suspended` or `cancelled`."""
    created_at: str
    """RFC 3339 time."""
    features: GetAccountInfoFeaturesResult


class GetPlanResult(Result):
    """The account's plan and its limits."""

    plan: str
    """`free`, `pro` or `enterprise`."""
    base: int
    bytes: int
    """Storage included."""
    status: str
    messages: int
    """Messages included."""
    message_rate: int
    """Messages in each `message_interval`."""
    message_interval: int
    """Seconds."""
    bytes_overage: int


class GetUsageResult(Result):
    """The usage of the account in a range of days."""

    total_requests: int
    documents_processed: int
    questions_asked: int
    storage_bytes: int
    """Bytes stored now."""
    rate_limit: int
    """Requests allowed in a period."""
    rate_limit_reset: str
    """RFC 3339 time at which the period ends."""
    estimated_cost: float
    """In the account's currency."""
    files: Mapping[str, Any]
    """As sent; empty where the API has none. So are the next three."""
    pages: Mapping[str, Any]
    advanced_pages: Mapping[str, Any]
    storage: Mapping[str, Any]


class GetBillingInfoBreakdownResult(Result):
    """The parts of the total cost."""

    hippo_cost: float
    lexa_cost: float
    storage_cost: float


class GetBillingInfoResult(Result):
    """The bill of the current period."""

    total_cost: float
    currency: str
    """ISO 4217, for example `USD`."""
    period_start: str
    """`YYYY-MM-DD`, as are the next two."""
    period_end: str
    next_invoice_date: str
    breakdown: GetBillingInfoBreakdownResult


class GetUserResult(Result):
    """A person in the account."""

    user_id: str
    email: str
    name: str
    role: str
    """`admin` or `member`."""
    account_id: str
    isadmin: bool
    isbanned: bool
    """They can't log in."""
    lastlogin: str | None
    """RFC 3339 time; None for never."""
    firstname: str | None
    lastname: str | None


class GetUsersUserResult(GetUserResult):
    """One of the people in the account."""


class GetUsersResult(Result):
    """People in the account."""

    users: Sequence[GetUsersUserResult]
    """In the API's order."""


class GetCurrentUserResult(GetUserResult):
    """The user whose API key is used."""
