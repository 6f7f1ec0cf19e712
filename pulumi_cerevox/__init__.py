"""Users as code for a Cerevox account: a Pulumi provider in Python.

A Pulumi program imports this package as `import pulumi_cerevox as cerevox`. Each name
is loaded when it is first used, so that a script that only calls the API does not
load Pulumi, and the provider host does not load what it does not need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_cerevox.account import (
        Account,
        AccountError,
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
    from pulumi_cerevox.account.async_client import AsyncAccount
    from pulumi_cerevox.provider import outputs
    from pulumi_cerevox.provider.awaitable_results import (
        AwaitableGetAccountInfoResult,
        AwaitableGetBillingInfoResult,
        AwaitableGetCurrentUserResult,
        AwaitableGetPlanResult,
        AwaitableGetUsageResult,
        AwaitableGetUserResult,
        AwaitableGetUsersResult,
    )
    from pulumi_cerevox.provider.data_sources import (
        get_account_info,
        get_account_info_output,
        get_billing_info,
        get_billing_info_output,
        get_current_user,
        get_current_user_output,
        get_plan,
        get_plan_output,
        get_usage,
        get_usage_output,
        get_user,
        get_user_output,
        get_users,
        get_users_output,
    )
    from pulumi_cerevox.provider.outputs import (
        GetAccountInfoResult,
        GetBillingInfoResult,
        GetCurrentUserResult,
        GetPlanResult,
        GetUsageResult,
        GetUserResult,
        GetUsersResult,
    )
    from pulumi_cerevox.provider.provider import (
        Provider,
        ProviderArgs,
        ProviderArgsDict,
    )
    from pulumi_cerevox.provider.role_assignment import (
        RoleAssignment,
        RoleAssignmentArgs,
        RoleAssignmentArgsDict,
        RoleOnDestroy,
    )
    from pulumi_cerevox.provider.roster import (
        Roster,
        RosterArgs,
        RosterArgsDict,
        RosterGuardsArgs,
        RosterGuardsArgsDict,
        RosterLimitArgs,
    )
    from pulumi_cerevox.provider.roster_members import (
        RosterMemberArgs,
        RosterMemberArgsDict,
    )
    from pulumi_cerevox.provider.user import (
        OnDestroy,
        OnExisting,
        User,
        UserArgs,
        UserArgsDict,
    )
    from pulumi_cerevox.roster import (
        RosterOnDestroy,
        Undeclared,
    )

__all__ = [
    "Account",
    "AccountError",
    "AccountFeatures",
    "AccountInfo",
    "AccountUser",
    "AsyncAccount",
    "AuthTokens",
    "AwaitableGetAccountInfoResult",
    "AwaitableGetBillingInfoResult",
    "AwaitableGetCurrentUserResult",
    "AwaitableGetPlanResult",
    "AwaitableGetUsageResult",
    "AwaitableGetUserResult",
    "AwaitableGetUsersResult",
    "BillingBreakdown",
    "BillingInfo",
    "GetAccountInfoResult",
    "GetBillingInfoResult",
    "GetCurrentUserResult",
    "GetPlanResult",
    "GetUsageResult",
    "GetUserResult",
    "GetUsersResult",
    "OnDestroy",
    "OnExisting",
    "Plan",
    "Provider",
    "ProviderArgs",
    "ProviderArgsDict",
    "Role",
    "RoleAssignment",
    "RoleAssignmentArgs",
    "RoleAssignmentArgsDict",
    "RoleOnDestroy",
    "Roster",
    "RosterArgs",
    "RosterArgsDict",
    "RosterGuardsArgs",
    "RosterGuardsArgsDict",
    "RosterLimitArgs",
    "RosterMemberArgs",
    "RosterMemberArgsDict",
    "RosterOnDestroy",
    "Undeclared",
    "UsageStats",
    "User",
    "UserArgs",
    "UserArgsDict",
    "get_account_info",
    "get_account_info_output",
    "get_billing_info",
    "get_billing_info_output",
    "get_current_user",
    "get_current_user_output",
    "get_plan",
    "get_plan_output",
    "get_usage",
    "get_usage_output",
    "get_user",
    "get_user_output",
    "get_users",
    "get_users_output",
    "outputs",
]

_HOME = {
    "pulumi_cerevox.account.async_client": ("AsyncAccount",),
    "pulumi_cerevox.provider.awaitable_results": (
        "AwaitableGetAccountInfoResult",
        "AwaitableGetBillingInfoResult",
        "AwaitableGetCurrentUserResult",
        "AwaitableGetPlanResult",
        "AwaitableGetUsageResult",
        "AwaitableGetUserResult",
        "AwaitableGetUsersResult",
    ),
    "pulumi_cerevox.provider.data_sources": (
        "get_account_info",
        "get_account_info_output",
        "get_billing_info",
        "get_billing_info_output",
        "get_current_user",
        "get_current_user_output",
        "get_plan",
        "get_plan_output",
        "get_usage",
        "get_usage_output",
        "get_user",
        "get_user_output",
        "get_users",
        "get_users_output",
    ),
    "pulumi_cerevox.provider.outputs": (
        "GetAccountInfoResult",
        "GetBillingInfoResult",
        "GetCurrentUserResult",
        "GetPlanResult",
        "GetUsageResult",
        "GetUserResult",
        "GetUsersResult",
    ),
    "pulumi_cerevox.provider.provider": (
        "Provider",
        "ProviderArgs",
        "ProviderArgsDict",
    ),
    "pulumi_cerevox.provider.role_assignment": (
        "RoleAssignment",
        "RoleAssignmentArgs",
        "RoleAssignmentArgsDict",
        "RoleOnDestroy",
    ),
    "pulumi_cerevox.provider.roster": (
        "Roster",
        "RosterArgs",
        "RosterArgsDict",
        "RosterGuardsArgs",
        "RosterGuardsArgsDict",
        "RosterLimitArgs",
    ),
    "pulumi_cerevox.provider.roster_members": (
        "RosterMemberArgs",
        "RosterMemberArgsDict",
    ),
    "pulumi_cerevox.roster": (
        "RosterOnDestroy",
        "Undeclared",
    ),
    "pulumi_cerevox.provider.user": (
        "OnDestroy",
        "OnExisting",
        "User",
        "UserArgs",
        "UserArgsDict",
    ),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name from its module."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = _MODULE_OF.get(name, "pulumi_cerevox.account")
    value: object
    if name == "outputs":
        value = import_module("pulumi_cerevox.provider.outputs")
    else:
        value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
