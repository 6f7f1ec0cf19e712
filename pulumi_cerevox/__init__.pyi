# The public names, each from its module. `__init__.py` reads them here as well.

from pulumi_cerevox.account import (
    Account as Account,
    AccountError as AccountError,
    AccountFeatures as AccountFeatures,
    AccountInfo as AccountInfo,
    AccountUser as AccountUser,
    AuthTokens as AuthTokens,
    BillingBreakdown as BillingBreakdown,
    BillingInfo as BillingInfo,
    Plan as Plan,
    Role as Role,
    UsageStats as UsageStats,
)
from pulumi_cerevox.account.async_client import (
    AsyncAccount as AsyncAccount,
)
from pulumi_cerevox.resources import (
    outputs as outputs,
)
from pulumi_cerevox.resources.data_sources import (
    AwaitableGetAccountInfoResult as AwaitableGetAccountInfoResult,
    AwaitableGetBillingInfoResult as AwaitableGetBillingInfoResult,
    AwaitableGetCurrentUserResult as AwaitableGetCurrentUserResult,
    AwaitableGetPlanResult as AwaitableGetPlanResult,
    AwaitableGetUsageResult as AwaitableGetUsageResult,
    AwaitableGetUserResult as AwaitableGetUserResult,
    AwaitableGetUsersResult as AwaitableGetUsersResult,
    get_account_info as get_account_info,
    get_account_info_output as get_account_info_output,
    get_billing_info as get_billing_info,
    get_billing_info_output as get_billing_info_output,
    get_current_user as get_current_user,
    get_current_user_output as get_current_user_output,
    get_plan as get_plan,
    get_plan_output as get_plan_output,
    get_usage as get_usage,
    get_usage_output as get_usage_output,
    get_user as get_user,
    get_user_output as get_user_output,
    get_users as get_users,
    get_users_output as get_users_output,
)
from pulumi_cerevox.resources.outputs import (
    GetAccountInfoResult as GetAccountInfoResult,
    GetBillingInfoResult as GetBillingInfoResult,
    GetCurrentUserResult as GetCurrentUserResult,
    GetPlanResult as GetPlanResult,
    GetUsageResult as GetUsageResult,
    GetUserResult as GetUserResult,
    GetUsersResult as GetUsersResult,
)
from pulumi_cerevox.resources.provider import (
    Provider as Provider,
    ProviderArgs as ProviderArgs,
    ProviderArgsDict as ProviderArgsDict,
)
from pulumi_cerevox.resources.role_assignment import (
    RoleAssignment as RoleAssignment,
    RoleAssignmentArgs as RoleAssignmentArgs,
    RoleAssignmentArgsDict as RoleAssignmentArgsDict,
    RoleOnDestroy as RoleOnDestroy,
)
from pulumi_cerevox.resources.roster import (
    Roster as Roster,
    RosterArgs as RosterArgs,
    RosterArgsDict as RosterArgsDict,
    RosterMemberArgs as RosterMemberArgs,
    RosterMemberArgsDict as RosterMemberArgsDict,
)
from pulumi_cerevox.resources.user import (
    OnDestroy as OnDestroy,
    OnExisting as OnExisting,
    User as User,
    UserArgs as UserArgs,
    UserArgsDict as UserArgsDict,
)
from pulumi_cerevox.roster import (
    Expired as Expired,
    RosterGuardsArgs as RosterGuardsArgs,
    RosterGuardsArgsDict as RosterGuardsArgsDict,
    RosterLimitArgs as RosterLimitArgs,
    RosterOnDestroy as RosterOnDestroy,
    Undeclared as Undeclared,
)
