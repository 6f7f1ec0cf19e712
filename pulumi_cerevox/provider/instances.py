"""Which explicit instance a resource or a data source will be given by Pulumi."""

from __future__ import annotations

import pulumi

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
