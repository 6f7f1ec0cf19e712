"""Names of resources, and programs that hold whatever people are called."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_cerevox.account import AccountUser, fold_email
from pulumi_cerevox.cli.export import people_program, resource_name

PERSON = AccountUser(
    user_id="u-1",
    email="ada@example.com",
    name="Ada",
    role="admin",
    account_id="acc_1",
    isadmin=True,
    isbanned=False,
    lastlogin=None,
)


@pytest.mark.parametrize(
    ("email", "name"),
    [
        pytest.param("Ada.Lovelace@Example.com", "ada.lovelace@example.com", id="case"),
        pytest.param("a+b@example.com", "a+b@example.com", id="plus-tag"),
    ],
)
def test_a_harmless_email_is_its_own_name(email: str, name: str) -> None:
    assert resource_name(email) == name


@pytest.mark.parametrize(
    "email",
    ["a::b@example.com", '"q/u"@example.com', "é@example.com", "-a@example.com"],
)
def test_any_other_gets_a_safe_one(email: str) -> None:
    name = resource_name(email)
    assert name.isascii()
    assert not set(name) & set(":/\"' ")
    assert name != resource_name("b" + email)


@given(st.emails(), st.emails())
def test_two_people_never_share_a_name(one: str, other: str) -> None:
    same = fold_email(one) == fold_email(other)
    assert (resource_name(one) == resource_name(other)) is same


@given(st.text(min_size=1).filter(str.strip))
def test_a_program_says_exactly_what_people_are_called(name: str) -> None:
    program = people_program([replace(PERSON, name=name)], "acc_1")
    (call,) = [
        node
        for node in ast.walk(ast.parse(program))
        if isinstance(node, ast.Call) and node.keywords
    ]
    arguments: dict[str | None, Any] = {
        one.arg: ast.literal_eval(one.value) for one in call.keywords
    }
    assert arguments.get("name", name) == name
    assert arguments["email"] == "ada@example.com"
    assert all(line.isprintable() for line in program.splitlines())
