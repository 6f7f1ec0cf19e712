"""Which of the two providers a resource is registered with."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pulumi
import pytest

import pulumi_cerevox as cerevox
from pulumi_cerevox.testing import CerevoxMocks

DYNAMIC, NATIVE = "pulumi-python:dynamic/cerevox:User", "cerevox:index:User"


@pytest.fixture(autouse=True)
def no_config_left() -> Iterator[None]:
    yield
    pulumi.runtime.set_all_config({})


def registered(mocks: CerevoxMocks) -> dict[str, str]:
    """Await the program and return the type of each user by name."""
    pulumi.runtime.test(lambda: None)()  # type: ignore[no-untyped-call]
    return {one.name: one.typ for one in mocks.resources if one.typ.endswith("User")}


def user(name: str, opts: pulumi.ResourceOptions | None = None) -> None:
    cerevox.User(name, email=f"{name}@example.com", opts=opts)


@pytest.mark.parametrize("default", [False, True])
def test_an_instance_decides_and_the_config_where_there_is_none(
    cerevox_mocks: CerevoxMocks, *, default: bool
) -> None:
    pulumi.runtime.set_all_config({"cerevox:native": json.dumps(default)})
    plugin = cerevox.Provider("plugin", native=True)
    dynamic = cerevox.Provider("dynamic", native=False)
    unsaid = cerevox.Provider("unsaid")
    user("alone")
    user("in-plugin", pulumi.ResourceOptions(provider=plugin))
    user("in-dynamic", pulumi.ResourceOptions(provider=dynamic))
    user("unsaid", pulumi.ResourceOptions(provider=unsaid))
    team = pulumi.ComponentResource(
        "example:Team", "team", opts=pulumi.ResourceOptions(providers=[plugin])
    )
    user("child", pulumi.ResourceOptions(parent=team))
    both = pulumi.ComponentResource(
        "example:Team", "both", opts=pulumi.ResourceOptions(providers=[plugin, dynamic])
    )
    user("of-both", pulumi.ResourceOptions(parent=both))
    chosen = NATIVE if default else DYNAMIC
    assert registered(cerevox_mocks) == {
        "alone": chosen,
        "in-plugin": NATIVE,
        "in-dynamic": DYNAMIC,
        "unsaid": chosen,
        "child": NATIVE,
        "of-both": chosen,
    }


def test_somebody_elses_dynamic_provider_does_not_take_our_resources(
    cerevox_mocks: CerevoxMocks,
) -> None:
    pulumi.runtime.set_all_config({"cerevox:native": "true"})
    other = pulumi.ProviderResource("pulumi-python", "other", {})
    user("ada", pulumi.ResourceOptions(provider=other))
    assert registered(cerevox_mocks) == {"ada": NATIVE}
