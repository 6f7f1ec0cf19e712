"""The data sources: they read the account and change nothing."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import pulumi

from pulumi_cerevox.account import Role
from pulumi_cerevox.resources import invoke as fields
from pulumi_cerevox.resources.invoke import call, call_output
from pulumi_cerevox.resources.outputs import (
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


def get_account_info(
    opts: pulumi.InvokeOptions | None = None,
) -> AwaitableGetAccountInfoResult:
    """Read the account behind the key.

    Raises:
        pulumi.RunError: it could not be read.
    """
    return AwaitableGetAccountInfoResult(
        call("get_account_info", fields.account_info, opts)
    )


def get_account_info_output(
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[GetAccountInfoResult]:
    """Read the account behind the key, as an Output."""
    answer = call_output("get_account_info", fields.account_info, opts)
    return answer.apply(GetAccountInfoResult)


def get_plan(opts: pulumi.InvokeOptions | None = None) -> AwaitableGetPlanResult:
    """Read the account's plan and its limits.

    Raises:
        pulumi.RunError: it could not be read.
    """
    return AwaitableGetPlanResult(call("get_plan", fields.plan, opts))


def get_plan_output(
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[GetPlanResult]:
    """Read the account's plan and its limits, as an Output."""
    return call_output("get_plan", fields.plan, opts).apply(GetPlanResult)


def get_usage(
    start_date: str | None = None,
    end_date: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> AwaitableGetUsageResult:
    """Read what the account used.

    Args:
        start_date: First day, `YYYY-MM-DD`; without it, that of the billing period.
        end_date: Last day, inclusive; likewise.
        opts: Invoke options.

    Raises:
        pulumi.RunError: it could not be read.
    """
    return AwaitableGetUsageResult(
        call("get_usage", fields.usage, opts, start_date=start_date, end_date=end_date)
    )


def get_usage_output(
    start_date: pulumi.Input[str] | None = None,
    end_date: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[GetUsageResult]:
    """Read what the account used, as an Output; see `get_usage`."""
    answer = call_output(
        "get_usage", fields.usage, opts, start_date=start_date, end_date=end_date
    )
    return answer.apply(GetUsageResult)


def get_billing_info(
    opts: pulumi.InvokeOptions | None = None,
) -> AwaitableGetBillingInfoResult:
    """Read the bill of the current period.

    Raises:
        pulumi.RunError: it could not be read; an API of dialect sdk-0.2 has none.
    """
    return AwaitableGetBillingInfoResult(
        call("get_billing_info", fields.billing_info, opts)
    )


def get_billing_info_output(
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[GetBillingInfoResult]:
    """Read the bill of the current period, as an Output."""
    answer = call_output("get_billing_info", fields.billing_info, opts)
    return answer.apply(GetBillingInfoResult)


def get_user(
    email: str | None = None,
    user_id: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> AwaitableGetUserResult:
    """Look somebody up by email or by id; exactly one of them.

    Args:
        email: In any spelling: case does not matter.
        user_id: The API's id.
        opts: Invoke options.

    Raises:
        pulumi.RunError: there is no such user, or it could not be read.
    """
    return AwaitableGetUserResult(
        call("get_user", fields.user, opts, email=email, user_id=user_id)
    )


def get_user_output(
    email: pulumi.Input[str] | None = None,
    user_id: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[GetUserResult]:
    """Look somebody up, as an Output; see `get_user`."""
    answer = call_output("get_user", fields.user, opts, email=email, user_id=user_id)
    return answer.apply(GetUserResult)


def get_users(
    role: Role | str | None = None, opts: pulumi.InvokeOptions | None = None
) -> AwaitableGetUsersResult:
    """List the account's users.

    Args:
        role: Only those who are `admin` or `member`.
        opts: Invoke options.

    Raises:
        pulumi.RunError: the account could not be listed in full.
    """
    return AwaitableGetUsersResult(call("get_users", fields.users, opts, role=role))


def get_users_output(
    role: pulumi.Input[Role | str] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[GetUsersResult]:
    """List the account's users, as an Output; see `get_users`."""
    return call_output("get_users", fields.users, opts, role=role).apply(GetUsersResult)


def get_current_user(
    opts: pulumi.InvokeOptions | None = None,
) -> AwaitableGetCurrentUserResult:
    """Read the user whose API key is used.

    Raises:
        pulumi.RunError: it could not be read.
    """
    return AwaitableGetCurrentUserResult(
        call("get_current_user", fields.current_user, opts)
    )


def get_current_user_output(
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[GetCurrentUserResult]:
    """Read the user whose API key is used, as an Output."""
    answer = call_output("get_current_user", fields.current_user, opts)
    return answer.apply(GetCurrentUserResult)
