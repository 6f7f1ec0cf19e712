"""A provider that does nothing: what the engine and its host cost by themselves.

It is pickled by reference, like ours, and its resources carry the same inputs. What
ours spares a program in the SDK it spares too: a floor is what can't be had cheaper.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi import dynamic
from pulumi.runtime import settings


class NothingProvider(dynamic.ResourceProvider):
    """Takes every change for made."""

    serialize_as_secret_always = False

    def diff(
        self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]
    ) -> dynamic.DiffResult:
        """Find what differs, as anything that can be updated must."""
        olds = {k: v for k, v in _olds.items() if k != "__provider"}
        news = {k: v for k, v in _news.items() if k != "__provider"}
        return dynamic.DiffResult(changes=None if olds != news else False)

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Keep the inputs."""
        return dynamic.CreateResult("nothing", dict(props))

    def read(self, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        """Find everything as it was."""
        inputs = {key: value for key, value in props.items() if key != "__provider"}
        return dynamic.ReadResult(id_, dict(inputs), inputs=inputs)


class Nothing(dynamic.Resource, module="benchmarks", name="Nothing"):
    """A resource that is nowhere but in the state."""

    def __init__(
        self, name: str, props: Mapping[str, Any], *, mended: bool = True
    ) -> None:
        """Register it, by default without the SDK's circling over outputs."""
        if mended:
            _await_calls_first()
        options = pulumi.ResourceOptions(hide_diffs=["__provider"])
        super().__init__(NothingProvider(), name, dict(props), options)


def _await_calls_first() -> None:
    """Do as `pulumi_cerevox.resources.base`; importing that is not nothing."""
    calls = settings._get_rpc_manager().rpcs  # noqa: SLF001
    if not calls:
        calls.append(asyncio.ensure_future(asyncio.sleep(0)))
