"""One program, two accounts: staging and production, each with its own key."""

import pulumi

import pulumi_cerevox as cerevox

staging = cerevox.Provider(
    "staging",
    api_key_env="CEREVOX_API_KEY_STAGING",
    base_url=pulumi.Config().get("stagingUrl"),
)
production = cerevox.Provider(
    "production",
    api_key_env="CEREVOX_API_KEY_PRODUCTION",
    base_url=pulumi.Config().get("productionUrl"),
)

cerevox.User(
    "ada-staging",
    email="ada@example.com",
    role="admin",
    opts=pulumi.ResourceOptions(provider=staging),
)
cerevox.User(
    "ada-production",
    email="ada@example.com",
    role="member",
    opts=pulumi.ResourceOptions(provider=production),
)
