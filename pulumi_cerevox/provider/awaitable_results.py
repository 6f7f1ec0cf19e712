"""Results of the plain data sources, which may be awaited as in every Pulumi SDK."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

from pulumi_cerevox.provider.outputs import (
    GetAccountInfoResult,
    GetBillingInfoResult,
    GetCurrentUserResult,
    GetPlanResult,
    GetUsageResult,
    GetUserResult,
    GetUsersResult,
)

T = TypeVar("T")


class AwaitableGetAccountInfoResult(GetAccountInfoResult):
    """The result of `get_account_info`, which may also be awaited."""

    def __await__(self) -> Generator[None, None, GetAccountInfoResult]:
        return _awaited(GetAccountInfoResult(self))


class AwaitableGetPlanResult(GetPlanResult):
    """The result of `get_plan`, which may also be awaited."""

    def __await__(self) -> Generator[None, None, GetPlanResult]:
        return _awaited(GetPlanResult(self))


class AwaitableGetUsageResult(GetUsageResult):
    """The result of `get_usage`, which may also be awaited."""

    def __await__(self) -> Generator[None, None, GetUsageResult]:
        return _awaited(GetUsageResult(self))


class AwaitableGetBillingInfoResult(GetBillingInfoResult):
    """The result of `get_billing_info`, which may also be awaited."""

    def __await__(self) -> Generator[None, None, GetBillingInfoResult]:
        return _awaited(GetBillingInfoResult(self))


class AwaitableGetUserResult(GetUserResult):
    """The result of `get_user`, which may also be awaited."""

    def __await__(self) -> Generator[None, None, GetUserResult]:
        return _awaited(GetUserResult(self))


class AwaitableGetUsersResult(GetUsersResult):
    """The result of `get_users`, which may also be awaited."""

    def __await__(self) -> Generator[None, None, GetUsersResult]:
        return _awaited(GetUsersResult(self))


class AwaitableGetCurrentUserResult(GetCurrentUserResult):
    """The result of `get_current_user`, which may also be awaited."""

    def __await__(self) -> Generator[None, None, GetCurrentUserResult]:
        return _awaited(GetCurrentUserResult(self))


def _awaited(value: T) -> Generator[None, None, T]:
    yield from ()
    return value
