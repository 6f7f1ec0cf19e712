"""What a `RoleAssignment` may declare, and what differs from the state: pure logic."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.output import UNKNOWN

from pulumi_cerevox.account import AccountUser
from pulumi_cerevox.provider import role_assignment as declaration

BOB: dict[str, Any] = {"email": "bob@example.com", "role": "admin"}
BY_ID: dict[str, Any] = {"userId": "u-1", "role": "admin"}
PERSON = AccountUser(
    user_id="u-1",
    email="Bob@example.com",
    name="Bob",
    role="admin",
    account_id="acc_1",
    isadmin=True,
    isbanned=False,
)


@pytest.mark.parametrize(
    ("inputs", "fault"),
    [
        pytest.param({"role": "admin"}, "give an email or a user_id", id="nobody"),
        pytest.param(BOB | BY_ID, "give an email or a user_id", id="both"),
        pytest.param(BOB | {"email": "bob"}, "email: ", id="email"),
        pytest.param(BOB | {"email": "b<{%@b.de"}, "email: contains", id="colour tag"),
        pytest.param(
            BOB | {"email": "b\u202eob@example.com"},
            "email: contains a character that can't be seen (\\u202e)",
            id="invisible character",
        ),
        pytest.param(BOB | {"email": 5.0}, "email must be a string", id="number"),
        pytest.param(BY_ID | {"userId": " "}, "user_id must be a string", id="empty"),
        pytest.param({"userId": "u-1"}, "role is missing", id="no role"),
        pytest.param(BOB | {"role": "boss"}, 'role must be "admin" or', id="role"),
        pytest.param(
            BOB | {"onDestroy": "delete"}, 'on_destroy must be "restore"', id="destroy"
        ),
    ],
)
def test_each_fault_has_its_sentence(inputs: dict[str, Any], fault: str) -> None:
    found = declaration.faults(inputs)
    assert len(found) == 1
    assert found[0].startswith(fault)


def test_unknown_values_are_no_faults() -> None:
    assert declaration.faults({"email": UNKNOWN, "role": UNKNOWN}) == []
    assert declaration.faults({"userId": UNKNOWN, "role": "admin"}) == []


def test_the_inputs_come_back_out_of_the_outputs() -> None:
    for inputs in (BOB, BY_ID, BOB | {"onDestroy": "keep"}):
        outs = declaration.state_of(PERSON, inputs, "member", "admin")
        assert declaration.inputs_in(outs) == inputs
        assert outs["userId"] == "u-1"
        assert not declaration.differs(outs, inputs)
        assert declaration.other_person(outs, inputs) is None


@pytest.mark.parametrize(
    ("news", "replaced"),
    [
        pytest.param(BOB | {"email": "BOB@example.com"}, None, id="case"),
        pytest.param(BOB | {"email": "eve@example.com"}, "email", id="email"),
        pytest.param(BOB | {"email": UNKNOWN}, "email", id="unknown email"),
        pytest.param(BY_ID, None, id="the same by id"),
        pytest.param(BY_ID | {"userId": "u-2"}, "userId", id="another id"),
    ],
)
def test_who_counts_as_another_person(
    news: dict[str, Any], replaced: str | None
) -> None:
    olds = declaration.state_of(PERSON, BOB, "member", "admin")
    assert declaration.other_person(olds, news) == replaced


@pytest.mark.parametrize(
    "news",
    [
        pytest.param(BOB | {"role": "member"}, id="role"),
        pytest.param(BOB | {"role": UNKNOWN}, id="unknown role"),
        pytest.param(BOB | {"onDestroy": "keep"}, id="on_destroy"),
        pytest.param(BY_ID, id="named otherwise"),
    ],
)
def test_what_differs_from_the_state(news: dict[str, Any]) -> None:
    olds = declaration.state_of(PERSON, BOB, "member", "admin")
    assert declaration.differs(olds, news)


def test_bookkeeping_is_hidden_from_diffs() -> None:
    outs = declaration.state_of(PERSON, BOB, "member", "admin")
    public = {"email", "userId", "role", "accountId", "priorRole"}
    assert all(key.startswith("__") for key in set(outs) - public)
