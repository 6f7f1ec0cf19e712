"""Text from the API that the engine could not hold, and what the SDK leaves behind."""

from __future__ import annotations

import pickle
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import rpc

import pulumi_cerevox as cerevox
from pulumi_cerevox.account import SettingsDict, printable
from pulumi_cerevox.provider.configuration import Settings
from pulumi_cerevox.provider.connection import connect
from pulumi_cerevox.provider.user_state import engine_safe, person_key


def test_a_lone_surrogate_is_written_out() -> None:
    assert engine_safe("a\udc00b") == "a\\udc00b"
    assert engine_safe("plain 😀") == "plain 😀"


TAGGED = [
    "bob<{%reset%}>@example.com",
    r"bob\x3c{%reset%}>@example.com",
    r"bob\x5cx3c{%reset%}>@example.com",
    "bob@example.com",
    "bob<{%@example.com",
    "bob<{<{%%@example.com",
]


def test_no_colour_tag_is_left_and_different_texts_stay_different() -> None:
    safe = [engine_safe(text) for text in TAGGED]
    assert safe[0] == r"bob\x3c{%reset%}>@example.com"
    assert safe[3] == TAGGED[3]
    assert not any("<{%" in text for text in safe)
    assert len(set(safe)) == len(TAGGED)


def test_a_persons_key_is_folded_and_harmless() -> None:
    assert person_key(" Bob@Example.com") == "bob@example.com"
    assert person_key("Bob<{%RESET%}>@b.de") == r"bob\x3c{%reset%}>@b.de"
    assert person_key("bob\udc00@b.de") == r"bob\udc00@b.de"
    assert len({person_key(text) for text in TAGGED}) == len(TAGGED)


@given(st.text(st.characters(categories=["L", "Cc", "Cf", "Cs", "Zl", "Zs", "Po"])))
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    assert engine_safe(text).isprintable()
    assert person_key(text).isprintable()


@given(st.text("\\xu0159be<{%\x1b\n\u202e\U000e0001"), st.data())
def test_no_text_passes_for_another_by_writing_the_escape(
    text: str, data: st.DataObject
) -> None:
    safe = engine_safe(text)
    other = data.draw(st.sampled_from([safe, safe.replace("\\x5c", "\\")]))
    assert (engine_safe(other) == safe) == (other == text)


def test_terminals_and_logs_show_a_tag_as_text() -> None:
    assert printable(TAGGED[0]) == r"bob\x3c{%reset%}>@example.com"
    # What the engine keeps is not escaped again.
    assert printable(engine_safe(TAGGED[0])) == printable(TAGGED[0])


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
    client = SettingsDict(base_url="http://127.0.0.1:9/v1")
    one = connect(Settings(api_key="one", client=client))
    assert one is connect(Settings(api_key="one", client=client))
    assert one is not connect(Settings(api_key="other", client=client))


@pytest.mark.usefixtures("cerevox_mocks")
def test_a_name_that_the_engine_cannot_hold_is_refused_in_the_program() -> None:
    for name in ("a\udc00b", rpc.UNKNOWN, "a<{%reset%}>b"):
        with pytest.raises(pulumi.RunError, match="name"):
            cerevox.User("ada", email="ada@example.com", name=name)
