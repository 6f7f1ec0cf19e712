"""What each data source reads, as the fields of its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pulumi_cerevox.account import AccountUser, Role, printable
from pulumi_cerevox.provider.account_reader import AccountReader
from pulumi_cerevox.provider.errors import ProviderError
from pulumi_cerevox.provider.escaping import engine_safe
from pulumi_cerevox.provider.outputs import (
    GetAccountInfoFeaturesResult,
    GetBillingInfoBreakdownResult,
    GetUsersUserResult,
)

Fields = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """What a data source was asked.

    Attributes:
        arguments: By name; None where one was not given.
        anew: Whether the call waited for resources that this run may have changed.
    """

    arguments: Mapping[str, Any]
    anew: bool = False

    def of(self, name: str) -> str | None:
        """Give an argument."""
        value: str | None = self.arguments.get(name)
        return value


def account_info(reader: AccountReader, _: Question) -> Fields:
    """Read the account."""
    fields = _told(reader.account_info())
    if "features" in fields:
        fields["features"] = GetAccountInfoFeaturesResult(fields["features"])
    return fields


def plan(reader: AccountReader, _: Question) -> Fields:
    """Read the plan."""
    return _told(reader.plan())


def usage(reader: AccountReader, question: Question) -> Fields:
    """Read a range of days, if this API knows ranges.

    Raises:
        ProviderError: it does not, and one was asked for.
    """
    start_date, end_date = question.of("start_date"), question.of("end_date")
    fields = _told(reader.usage(start_date, end_date))
    if (start_date or end_date) and "total_requests" not in fields:
        raise ProviderError(
            "this account's API (dialect sdk-0.2, probably) takes no start_date and "
            "end_date: it would answer for another range. Leave them out"
        )
    return fields


def billing_info(reader: AccountReader, _: Question) -> Fields:
    """Read the bill."""
    fields = _told(reader.billing_info())
    if "breakdown" in fields:
        fields["breakdown"] = GetBillingInfoBreakdownResult(fields["breakdown"])
    return fields


def user(reader: AccountReader, question: Question) -> Fields:
    """Read one user.

    Raises:
        ProviderError: not exactly one of both is given, or there is no such user.
    """
    email, user_id = question.of("email"), question.of("user_id")
    if (email is None) == (user_id is None):
        raise ProviderError("give an email or a user_id, exactly one of them")
    if email is not None:
        found = reader.user_by_email(email, anew=question.anew)
    else:
        found = reader.user_by_id(str(user_id))
    if found is None:
        who = printable(str(email if email is not None else user_id))
        account = reader.current_user().account_id
        raise ProviderError(f"account {account} has no user {who!r}")
    return _told(found)


def users(reader: AccountReader, question: Question) -> Fields:
    """Read everybody, or those with one role.

    Raises:
        ProviderError: there is no such role.
    """
    role = question.of("role")
    if role is not None and role not in set(Role):
        raise ProviderError('role must be "admin" or "member"')
    found = reader.users(anew=question.anew)
    return {"users": [_one_of(user) for user in found if role in {None, user.role}]}


def _one_of(user: AccountUser) -> GetUsersUserResult:
    return GetUsersUserResult(_told(user))


def current_user(reader: AccountReader, _: Question) -> Fields:
    """Read the user whose key it is."""
    return _told(reader.current_user())


def _told(model: Any) -> Fields:
    """Give what the API told, harmless to the engine; the rest is left out."""
    fields: Fields = _harmless(asdict(model))
    return fields


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        return engine_safe(value)
    if isinstance(value, dict):
        return {
            engine_safe(str(key)): _harmless(one)
            for key, one in value.items()
            if one is not None
        }
    return [_harmless(one) for one in value] if isinstance(value, list) else value
