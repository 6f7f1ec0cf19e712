"""Export the account's usage, and warn when it nears the rate limit."""

import pulumi

import pulumi_cerevox as cerevox

WARN_AT = 0.8

usage = cerevox.get_usage()
account = cerevox.get_account_info()

if usage.total_requests and usage.rate_limit:
    share = usage.total_requests / usage.rate_limit
    pulumi.export("share_of_rate_limit", round(share, 3))
    if share > WARN_AT:
        pulumi.log.warn(
            f"{account.account_id}: {share:.0%} of the rate limit is used "
            f"({usage.total_requests} of {usage.rate_limit})"
        )

pulumi.export("plan", account.plan)
pulumi.export("total_requests", usage.total_requests)
pulumi.export("estimated_cost", usage.estimated_cost)
