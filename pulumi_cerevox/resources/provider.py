"""`cerevox.Provider`: an explicit instance, for another account.

The engine runs one provider host for each instance and configures it only with the
instance's inputs (run on the engine, CLI 3.259). `configuration.py` reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NotRequired, TypedDict, Unpack, overload

import pulumi

from pulumi_cerevox.provider.configuration import (
    BOTH_KEYS,
    INSTANCE,
    NAMESPACE,
    SETTINGS,
)
from pulumi_cerevox.resources.base import (
    NATIVE,
    PLUGIN,
    default_package,
    leave_quietly_on_interrupt,
    sort_out,
)
from pulumi_cerevox.text import camel, snake


@dataclass(kw_only=True)
class ProviderArgs:
    """The settings of one instance.

    Other settings come from the stack's config (`cerevox:baseUrl` for `base_url`),
    then from the environment (`CEREVOX_BASE_URL`). An instance with its own key does
    not use the stack's `accountId`.

    Attributes:
        api_key: The API key of the instance's account. The state holds it as a secret.
        api_key_env: The name of an environment variable that holds the key. The state
            holds only the name, so a rotated key needs no `pulumi up`.
        account_id: The account that the key must belong to.
        base_url: The API's base URL.
        request_timeout: Seconds for one request.
        max_wait_seconds: Seconds for one call with all its retries.
        parallelism: The largest number of connections to the API.
        max_removals: How many `User`s one run may delete. The variable
            `CEREVOX_MAX_REMOVALS` comes first.
        approve: The digest of a reviewed change of a roster, to allow it. The variable
            `CEREVOX_APPROVE` comes first.
        native: Whether the instance's resources use the native provider. The default
            is `cerevox:native` in the stack's config.
    """

    api_key: pulumi.Input[str] | None = None
    api_key_env: pulumi.Input[str] | None = None
    account_id: pulumi.Input[str] | None = None
    base_url: pulumi.Input[str] | None = None
    request_timeout: pulumi.Input[float] | None = None
    max_wait_seconds: pulumi.Input[float] | None = None
    parallelism: pulumi.Input[int] | None = None
    max_removals: pulumi.Input[int] | None = None
    approve: pulumi.Input[str] | None = None
    native: bool | None = None


class ProviderArgsDict(TypedDict):
    """`ProviderArgs` as a dictionary."""

    api_key: NotRequired[pulumi.Input[str] | None]
    api_key_env: NotRequired[pulumi.Input[str] | None]
    account_id: NotRequired[pulumi.Input[str] | None]
    base_url: NotRequired[pulumi.Input[str] | None]
    request_timeout: NotRequired[pulumi.Input[float] | None]
    max_wait_seconds: NotRequired[pulumi.Input[float] | None]
    parallelism: NotRequired[pulumi.Input[int] | None]
    max_removals: NotRequired[pulumi.Input[int] | None]
    approve: NotRequired[pulumi.Input[str] | None]
    native: NotRequired[bool | None]


class Provider(pulumi.ProviderResource):
    """The provider for one account, in a program with several.

    Pass it to resources as `opts.provider`, to a component in its `providers`, or to a
    data source in its invoke options. Each resource remembers its account. If you move
    an instance to another account, its resources refuse it.
    """

    settings: Mapping[str, pulumi.Input[str]]
    """The settings known to this process, for the data sources. No output."""

    @overload
    def __init__(
        self,
        resource_name: str,
        args: ProviderArgs | ProviderArgsDict | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **kwargs: Unpack[ProviderArgsDict],
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **kwargs: Any) -> None:
        """Declare an instance, by keywords or by `ProviderArgs` or its dictionary.

        Raises:
            TypeError: there is no such argument.
            pulumi.RunError: both `api_key` and `api_key_env` are given.
        """
        declared, opts = sort_out(ProviderArgs, *args, **kwargs)
        if declared.api_key is not None and declared.api_key_env is not None:
            raise pulumi.RunError(f"Provider {resource_name!r} {BOTH_KEYS}")
        leave_quietly_on_interrupt()
        # The state holds every setting as text, by its name there.
        values = {
            camel(one.name): getattr(declared, one.name)
            for one in fields(declared)
            if one.name != "native"
        }
        own = {
            name: _text(value) for name, value in values.items() if value is not None
        }
        settings = {INSTANCE: resource_name, **own, **_from_stack_config(own)}
        chosen = {None: default_package(), True: NATIVE, False: PLUGIN}
        ours = chosen[declared.native]
        other = pulumi.Alias(
            type_=f"pulumi:providers:{PLUGIN if ours == NATIVE else NATIVE}"
        )
        moved = pulumi.ResourceOptions(aliases=[other])
        options = pulumi.ResourceOptions.merge(opts, moved) if opts else moved
        # The state holds the key encrypted.
        keys = {"apiKey", f"{NAMESPACE}:apiKey"} & settings.keys()
        sealed = {key: pulumi.Output.secret(settings[key]) for key in keys}
        super().__init__(ours, resource_name, {**settings, **sealed}, options)
        self.settings = settings

    def translate_output_property(self, prop: str) -> str:
        """Name a property as Python does: `accountId` is `account_id` here."""
        return snake(prop)


def _from_stack_config(own: Mapping[str, object]) -> dict[str, pulumi.Input[str]]:
    """Return what the stack's config says, under its own names."""
    config = pulumi.Config(NAMESPACE)
    names = SETTINGS
    if "apiKey" in own or "apiKeyEnv" in own:
        # The stack's key and account are another's, and the key is a secret.
        names -= {"apiKey", "accountId"}
    found = {name: config.get(name) for name in sorted(names)}
    return {f"{NAMESPACE}:{name}": str(value) for name, value in found.items() if value}


def _text(value: Any) -> pulumi.Input[str]:
    """Write a number as text: providers' inputs are strings to the engine."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    return pulumi.Output.from_input(value).apply(_known_text)


def _known_text(value: Any) -> Any:
    return None if value is None else str(value)
