"""Which explicit instance a resource or a data source will be given by Pulumi."""

from __future__ import annotations

import os

import pulumi

from pulumi_cerevox.provider.configuration import NAMESPACE

PLUGIN = "pulumi-python"
"""The plugin that hosts every Python dynamic provider."""

_ANY_OF_OURS = f"{PLUGIN}:dynamic/cerevox:User"


def provider_of(
    opts: pulumi.ResourceOptions | pulumi.InvokeOptions | None,
) -> pulumi.ProviderResource | None:
    """Give the instance that the options name or inherit; None for the default one.

    The order is the SDK's own: `provider`, `providers`, the parent's.
    """
    if opts is None:
        return None
    if opts.provider is not None and opts.provider.package == PLUGIN:
        return opts.provider
    given = getattr(opts, "providers", None) or ()
    for provider in given.values() if hasattr(given, "values") else given:
        if provider.package == PLUGIN:
            found: pulumi.ProviderResource = provider
            return found
    return opts.parent.get_provider(_ANY_OF_OURS) if opts.parent else None


def bound_account(opts: pulumi.ResourceOptions | None) -> object:
    """Give the account that a resource's provider is bound to, as the program knows it.

    None where there is none; an Output where the program is to learn it. The host
    settles it in the same order (`configuration`), and asks the API.
    """
    settings = getattr(provider_of(opts), "settings", {})
    if "accountId" in settings:
        return settings["accountId"]
    if "apiKey" in settings or "apiKeyEnv" in settings:
        return None
    configured = pulumi.Config(NAMESPACE).get("accountId")
    return configured or os.environ.get("CEREVOX_ACCOUNT_ID") or None
