"""How a data source is called: at once, or as an Output.

A dynamic provider has no Invoke, so these are plain functions in the program's
process. They behave as a generated SDK's: settings come from the same places as the
resources', unknown inputs give an unknown result, secrets and dependencies are kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pulumi
from pulumi.runtime.settings import is_dry_run

from pulumi_cerevox.account import AccountError
from pulumi_cerevox.provider.account_reader import AccountReader, reader_for
from pulumi_cerevox.provider.configuration import (
    NAMESPACE,
    Settings,
    read_settings,
)
from pulumi_cerevox.provider.data_source_fields import Fields, Question
from pulumi_cerevox.provider.errors import ProviderError
from pulumi_cerevox.provider.instances import provider_of
from pulumi_cerevox.provider.provider import Provider

Fetch = Callable[[AccountReader, Question], Fields]


def call(
    name: str, fetch: Fetch, opts: pulumi.InvokeOptions | None, **arguments: Any
) -> Fields:
    """Read now.

    Raises:
        pulumi.RunError: it could not be read, or an input is an Output.
    """
    waiting = [key for key, value in arguments.items() if _waits(value)]
    if waiting:
        raise pulumi.RunError(
            f"{name}: {', '.join(waiting)} can't be an Output: its value is not there "
            f"yet. Call {name}_output"
        )
    instance = _instance_of(name, opts)
    inputs = instance.settings if instance else None
    if instance and any(_waits(value) for value in instance.settings.values()):
        raise pulumi.RunError(
            f"{name}: settings of Provider {instance.pulumi_resource_name!r} are "
            f"Outputs: their values are not there yet. Call {name}_output"
        )
    return _fetched(name, fetch, inputs, Question(arguments))


def call_output(
    name: str,
    fetch: Fetch,
    opts: pulumi.InvokeOptions | None,
    **arguments: pulumi.Input[Any] | None,
) -> pulumi.Output[Fields]:
    """Read when all inputs are known, and what they depend on is there."""
    instance = _instance_of(name, opts)
    settings = dict(instance.settings) if instance else None
    inputs = pulumi.Output.all(**arguments)
    waited_for = pulumi.Output.all(inputs.resources(), _depends_on(opts))
    ready = waited_for.apply(_made)

    async def read(known: Mapping[str, Any]) -> Fields:
        # A thread of its own: the loop has registrations of resources to serve.
        anew = bool(known["ready"]) and not is_dry_run()
        question = Question(known["inputs"], anew)
        return await asyncio.to_thread(
            _fetched, name, fetch, known["settings"], question
        )

    return pulumi.Output.all(inputs=inputs, settings=settings, ready=ready).apply(read)


def _waits(value: object) -> bool:
    return isinstance(value, pulumi.Output)


def _instance_of(name: str, opts: pulumi.InvokeOptions | None) -> Provider | None:
    provider = provider_of(opts)
    if provider is None or isinstance(provider, Provider):
        return provider
    raise pulumi.RunError(
        f"{name}: Provider {provider.pulumi_resource_name!r} is no cerevox.Provider: "
        "its settings can't be read here"
    )


def _depends_on(opts: pulumi.InvokeOptions | None) -> Any:
    given = getattr(opts, "depends_on", None) or []
    return [given] if isinstance(given, pulumi.Resource) else given


def _made(groups: Sequence[Iterable[pulumi.Resource]]) -> pulumi.Output[Any]:
    """Wait until all of them are there; unknown while a preview would create one."""
    resources = [resource for group in groups for resource in group]
    return pulumi.Output.all(*(one.id for one in _with_children(resources)))


def _with_children(
    resources: Iterable[pulumi.Resource],
) -> Iterator[pulumi.CustomResource]:
    for one in resources:
        if isinstance(one, pulumi.CustomResource):
            yield one
        elif isinstance(one, pulumi.ComponentResource):
            yield from _with_children(one._childResources)  # noqa: SLF001


def _fetched(
    name: str,
    fetch: Fetch,
    instance: Mapping[str, Any] | None,
    question: Question,
) -> Fields:
    with _plainly(name):
        return fetch(reader_for(_settings(instance)), question)


def _settings(instance: Mapping[str, Any] | None) -> Settings:
    return read_settings(_stack_config if instance is None else instance.get)


def _stack_config(key: str) -> str | None:
    namespace, _, name = key.partition(":")
    return pulumi.Config(NAMESPACE).get(name) if namespace == NAMESPACE else None


@contextmanager
def _plainly(name: str) -> Iterator[None]:
    """Say who failed, in the one error that Pulumi prints without a traceback."""
    try:
        yield
    except (AccountError, ProviderError) as error:
        raise pulumi.RunError(f"{name}: {error}") from None
