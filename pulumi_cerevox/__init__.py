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
    from pulumi_cerevox.resources import outputs
    from pulumi_cerevox.resources.data_sources import (
        AwaitableGetAccountInfoResult,
        AwaitableGetBillingInfoResult,
        AwaitableGetCurrentUserResult,
        AwaitableGetPlanResult,
        AwaitableGetUsageResult,
        AwaitableGetUserResult,
        AwaitableGetUsersResult,
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
    from pulumi_cerevox.resources.outputs import (
        GetAccountInfoResult,
        GetBillingInfoResult,
        GetCurrentUserResult,
        GetPlanResult,
        GetUsageResult,
        GetUserResult,
        GetUsersResult,
    )
    from pulumi_cerevox.resources.provider import (
        Provider,
        ProviderArgs,
        ProviderArgsDict,
    )
    from pulumi_cerevox.resources.role_assignment import (
        RoleAssignment,
        RoleAssignmentArgs,
        RoleAssignmentArgsDict,
        RoleOnDestroy,
    )
    from pulumi_cerevox.resources.roster import (
        Roster,
        RosterArgs,
        RosterArgsDict,
        RosterGuardsArgs,
        RosterGuardsArgsDict,
        RosterLimitArgs,
        RosterMemberArgs,
        RosterMemberArgsDict,
    )
    from pulumi_cerevox.resources.user import (
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
    "pulumi_cerevox.resources.data_sources": (
        "AwaitableGetAccountInfoResult",
        "AwaitableGetBillingInfoResult",
        "AwaitableGetCurrentUserResult",
        "AwaitableGetPlanResult",
        "AwaitableGetUsageResult",
        "AwaitableGetUserResult",
        "AwaitableGetUsersResult",
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
    "pulumi_cerevox.resources.outputs": (
        "GetAccountInfoResult",
        "GetBillingInfoResult",
        "GetCurrentUserResult",
        "GetPlanResult",
        "GetUsageResult",
        "GetUserResult",
        "GetUsersResult",
    ),
    "pulumi_cerevox.resources.provider": (
        "Provider",
        "ProviderArgs",
        "ProviderArgsDict",
    ),
    "pulumi_cerevox.resources.role_assignment": (
        "RoleAssignment",
        "RoleAssignmentArgs",
        "RoleAssignmentArgsDict",
        "RoleOnDestroy",
    ),
    "pulumi_cerevox.resources.roster": (
        "Roster",
        "RosterArgs",
        "RosterArgsDict",
        "RosterGuardsArgs",
        "RosterGuardsArgsDict",
        "RosterLimitArgs",
        "RosterMemberArgs",
        "RosterMemberArgsDict",
    ),
    "pulumi_cerevox.resources.user": (
        "OnDestroy",
        "OnExisting",
        "User",
        "UserArgs",
        "UserArgsDict",
    ),
    "pulumi_cerevox.roster": (
        "RosterOnDestroy",
        "Undeclared",
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
        value = import_module("pulumi_cerevox.resources.outputs")
    else:
        value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
