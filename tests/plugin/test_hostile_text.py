"""What anybody may call themselves goes through the plugin as harmless text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ADA = {"email": "ada@example.com", "name": "Ada", "role": "member"}
OWNER = {"owner@example.com": {"role": "admin"}}
MARKERS = [
    pytest.param("1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", id="secret marker"),
    pytest.param("04da6b54-80e4-46f7-96ec-b56ff0331ba9", id="unknown marker"),
    pytest.param("4dabf18193072939515e22adb298388d", id="signature key"),
]
UNPRINTABLE = [
    pytest.param("A\x1b[2J", r"A\x1b[2J", id="terminal command"),
    pytest.param("A\u202eB", r"A\u202eB", id="direction of writing"),
    pytest.param("A<{%reset%}>", r"A\x3c{%reset%}>", id="colour tag"),
    pytest.param("A\n::error::x", r"A\x0a::error::x", id="a line of its own"),
]


def names_of(plugin: Any, id_: str, outs: dict[str, Any]) -> set[str]:
    """Return every name of Ada that the plugin tells the engine."""
    _, read, inputs = plugin.read("User", id_, outs)
    _, imported, _ = plugin.read("User", "ada@example.com")
    _, team, _ = plugin.read("Roster", "acc_empty")
    found = [one["name"] for one in (read, inputs, imported)]
    found.append(team["members"]["ada@example.com"]["name"])
    people = plugin.invoke("getUsers")["users"]
    found += [one["name"] for one in people if one["email"] == "ada@example.com"]
    return set(found)


@pytest.mark.parametrize("name", MARKERS)
def test_a_name_that_is_an_engine_marker_is_made_harmless(
    plugin: Any, account: Any, start_plugin: Callable[..., Any], name: str
) -> None:
    id_, outs = plugin.create("User", "ada", ADA)
    account.patch_user("ada@example.com", name=name)
    later = start_plugin().configure()
    assert names_of(later, id_, outs) == {f"(engine marker) {name}"}


@pytest.mark.parametrize(("name", "kept"), UNPRINTABLE)
def test_a_name_that_is_not_printable_is_written_out(
    plugin: Any, account: Any, start_plugin: Callable[..., Any], name: str, kept: str
) -> None:
    id_, outs = plugin.create("User", "ada", ADA)
    account.patch_user("ada@example.com", name=name)
    later = start_plugin().configure()
    assert names_of(later, id_, outs) == {kept}
    # Nobody sees drift for ever: what is kept is what the next read finds.
    assert names_of(later, id_, outs | {"name": kept}) == {kept}


def test_no_message_and_no_key_of_a_roster_shows_them_raw(
    plugin: Any, account: Any, start_plugin: Callable[..., Any]
) -> None:
    id_, outs = plugin.create("Roster", "team", {"members": OWNER})
    account.add_user("eve\x1b[2J@example.com", name="E\x1b[2J", role="member")
    later = start_plugin().configure()
    _, _, inputs = later.read("Roster", id_, outs)
    assert r"eve\x1b[2j@example.com" in inputs["members"]
    strict = {"members": OWNER, "undeclared": "fail"}
    refused = start_plugin().configure().check("Roster", "team", strict, inputs)
    texts = [*refused, *(text for _, text in later.engine.lines)]
    assert any("x1b[2" in text for text in texts)
    assert not any("\x1b" in text for text in texts)
