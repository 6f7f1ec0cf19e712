"""What anybody may call themselves reaches no message as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pulumi.runtime.proto import engine_pb2

from pulumi_cerevox.account import NotFoundError
from pulumi_cerevox.provider import ProviderError, RoleProvider, RosterProvider
from pulumi_cerevox.provider.host import Engine as ToldEngine
from pulumi_cerevox.text import visible
from scripts.engine.provider_host import Engine

ESC, BIDI, TAG = "\x1b[2J", "\u202e", "<{%reset%}>"
HOSTILE = f"eve{ESC}{BIDI}{TAG}\n::error::x"
OWNER = {"owner@example.com": {"role": "admin"}}
EVE = {"email": "eve@example.com", "role": "member"}


def is_clean(text: str) -> bool:
    """Return whether no character or tag is left that a reader would not see."""
    return "<{%" not in text and all(
        char.isprintable() or char == "\n" for char in text
    )


@pytest.fixture
def hostile_account(account: Any) -> Any:
    """Return an account in which somebody has logged in under a hostile name."""
    account.add_user("eve@example.com", name="Eve", role="member")
    account.patch_user(
        "eve@example.com", name=HOSTILE, lastlogin="2026-06-01T08:00:00Z"
    )
    return account


def test_the_errors_of_every_layer_escape_at_their_exit() -> None:
    for error in (ProviderError(HOSTILE), NotFoundError(HOSTILE)):
        assert is_clean(str(error))
        assert "\\x1b[2J" in str(error)


def test_the_engine_s_log_escapes_at_its_exit() -> None:
    engine = Engine()
    try:
        told = ToldEngine(engine.address)
        told.report("", engine_pb2.WARNING, HOSTILE)
    finally:
        engine.close()
    ((severity, text),) = engine.lines
    assert severity == "WARNING"
    assert is_clean(text)
    assert "\\x1b[2J" in text


def test_escaping_a_message_twice_changes_nothing() -> None:
    assert visible(visible(HOSTILE)) == visible(HOSTILE)
    assert visible("one\ntwo " + "x" * 1000) == "one\ntwo " + "x" * 1000


def test_what_the_engine_keeps_of_somebody_is_printable_and_no_drift_for_ever(
    account: Any, start_host: Callable[..., Any]
) -> None:
    ada = {"email": "ada@example.com", "name": "Ada\u3000\u200dLovelace"}
    id_, outs = start_host(account).create(ada)
    # What is declared and not printable is kept as it is declared: no drift.
    assert start_host(account).read(id_, outs)[2] == ada
    account.patch_user("ada@example.com", name=f"Ada{ESC}\x1b[1A\u3000L")
    kept = r"Ada\x1b[2J\x1b[1A\u3000L"
    for _ in range(2):
        _, outs, inputs = start_host(account).read(id_, outs)
        assert inputs["name"] == outs["name"] == kept
    # The name is not ours to give, but who declares it so sees no difference again.
    host = start_host(account)
    assert host.diff(id_, outs, ada)[0] == "DIFF_UNKNOWN"
    assert host.diff(id_, outs, {**ada, "name": kept}) == ("DIFF_NONE", [])


def test_what_the_engine_keeps_of_a_roster_is_printable(
    account: Any, start_host: Callable[..., Any]
) -> None:
    ada = {"ada@example.com": {"role": "member", "name": "Ada"}}
    host = start_host(account)
    host.provider = RosterProvider
    id_, outs = host.create({"members": OWNER | ada})
    account.patch_user("ada@example.com", name=f"A{ESC}")
    account.add_user(f"eve{ESC}@example.com", name="Eve", role="admin")
    # The escape itself, written out, is somebody else.
    account.add_user(r"eve\x1b[2j@example.com", name="Eve", role="member")
    reads = []
    for _ in range(2):
        host = start_host(account)
        host.provider = RosterProvider
        _, outs, inputs = host.read(id_, outs)
        reads.append(inputs["members"])
    assert reads[0] == reads[1]
    assert reads[0]["ada@example.com"]["name"] == r"A\x1b[2J"
    undeclared = {who for who, one in reads[0].items() if one.get("undeclared")}
    assert undeclared == {
        r"eve\x1b[2j@example.com",
        r"eve\x5cx1b[2j@example.com",
    }


def test_no_message_of_a_resource_shows_them_raw(
    hostile_account: Any, start_host: Callable[..., Any], call_error: type[Exception]
) -> None:
    texts = []
    user = start_host(hostile_account)
    with pytest.raises(call_error) as refused:
        user.create(EVE)
    texts.append(str(refused.value))
    adopted = {**EVE, "onExisting": "adopt", "role": "admin"}
    id_, outs = user.create(adopted)
    user.read(id_, outs)
    user.delete(id_, outs)
    role = start_host(hostile_account)
    role.provider = RoleProvider
    id_, outs = role.create({"email": "eve@example.com", "role": "admin"})
    hostile_account.patch_user("eve@example.com", email=f"e{ESC}@example.com")
    later = start_host(hostile_account)
    later.provider = RoleProvider
    with pytest.raises(call_error) as moved:
        later.update(id_, outs, {"email": "eve@example.com", "role": "member"})
    texts.append(str(moved.value))
    roster = start_host(hostile_account)
    roster.provider = RosterProvider
    id_, outs = roster.create_checked({"members": OWNER})
    roster.read(id_, outs)
    for one in (user, role, later, roster):
        texts += [line for _, line in one.engine.lines]
    assert any("\\x1b[2J" in text for text in texts)
    assert [text for text in texts if not is_clean(text)] == []
