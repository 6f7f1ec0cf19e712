"""Text from the API that the engine could not hold, and what the SDK leaves behind."""

from __future__ import annotations

import pickle
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

import pulumi_cerevox as cerevox
from pulumi_cerevox.provider.configuration import Settings
from pulumi_cerevox.provider.connection import connect
from pulumi_cerevox.provider.escaping import engine_safe


def test_a_lone_surrogate_is_written_out() -> None:
    assert engine_safe("a\udc00b") == "a\\udc00b"
    assert engine_safe("plain 😀") == "plain 😀"


@pytest.mark.parametrize(
    "marker",
    [
        rpc.UNKNOWN,
        rpc._special_sig_key,
        rpc._special_secret_sig,
        rpc._special_asset_sig,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    ],
)
def test_every_marker_of_the_sdk_is_made_harmless(marker: str) -> None:
    assert engine_safe(marker) != marker


@pytest.mark.usefixtures("cerevox_mocks")
def test_the_sdks_pickler_is_as_it_was_after_each_resource() -> None:
    pickler: Any = pickle._Pickler  # type: ignore[attr-defined,unused-ignore]
    before = (pickler._batch_setitems, pickler.save_dict)
    cerevox.User("ada", email="ada@example.com")
    assert (pickler._batch_setitems, pickler.save_dict) == before


def test_each_key_has_a_connection_of_its_own() -> None:
    url = "http://127.0.0.1:9/v1"
    one = connect(Settings(api_key="one", base_url=url))
    assert one is connect(Settings(api_key="one", base_url=url))
    assert one is not connect(Settings(api_key="other", base_url=url))


@pytest.mark.usefixtures("cerevox_mocks")
def test_a_name_that_the_engine_cannot_hold_is_refused_in_the_program() -> None:
    for name in ("a\udc00b", rpc.UNKNOWN):
        with pytest.raises(pulumi.RunError, match="name"):
            cerevox.User("ada", email="ada@example.com", name=name)
