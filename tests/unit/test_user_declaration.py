"""What a `User`'s inputs mean: pure logic."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi.output
import pytest

from pulumi_cerevox.account import AccountUser
from pulumi_cerevox.provider import user_state as declaration
from pulumi_cerevox.provider.new_people import is_like

UNKNOWN: Any = pulumi.output.Unknown()  # type: ignore[no-untyped-call]
ADA: dict[str, Any] = {"email": "ada@example.com", "name": "Ada", "role": "admin"}
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
    ("inputs", "fault"),
    [
        pytest.param({}, "email is missing", id="no email"),
        pytest.param({"email": "ada"}, "email: ", id="no at"),
        pytest.param(
            {"email": "a\u200bda@example.com"},
            "email: contains a character that can't be seen (\\u200b)",
            id="invisible character",
        ),
        pytest.param({"email": 5.0}, "email must be a string", id="number"),
        pytest.param(ADA | {"name": "  "}, "name: ", id="blank name"),
        pytest.param(ADA | {"name": "<{%reset%}>"}, "name: contains", id="colour tag"),
        pytest.param(ADA | {"name": "x" * 101}, "name: ", id="long name"),
        pytest.param(
            ADA | {"role": "owner"}, 'role must be "admin" or "member"', id="role"
        ),
        pytest.param(
            ADA | {"onExisting": "take"},
            'on_existing must be "fail" or "adopt"',
            id="on_existing",
        ),
        pytest.param(
            ADA | {"onDestroy": "drop"},
            'on_destroy must be "delete" or "keep"',
            id="on_destroy",
        ),
    ],
)
def test_each_fault_has_its_sentence(inputs: dict[str, Any], fault: str) -> None:
    found = declaration.faults(inputs)
    assert len(found) == 1
    assert found[0].startswith(fault)


def test_all_faults_come_at_once_and_repeat_no_value() -> None:
    faults = declaration.faults({"email": "canary", "name": "", "role": "canary"})
    assert len(faults) == 3
    assert "canary" not in " ".join(faults)


def test_unknown_values_are_no_faults() -> None:
    assert declaration.faults({"email": UNKNOWN, "role": UNKNOWN}) == []


def test_an_email_that_differs_in_case_alone_keeps_the_old_spelling() -> None:
    inputs = declaration.canonical({"email": " ADA@Example.com "}, ADA)
    assert inputs == {"email": "ada@example.com"}


@pytest.mark.parametrize(
    ("news", "changed"),
    [
        pytest.param(ADA, False, id="equal"),
        pytest.param(ADA | {"name": "Ada L"}, True, id="name"),
        pytest.param(ADA | {"role": UNKNOWN}, True, id="unknown role"),
        pytest.param({"email": "ada@example.com", "name": "Ada"}, True, id="let go"),
        pytest.param(ADA | {"onDestroy": "keep"}, True, id="on_destroy"),
    ],
)
def test_what_differs_from_the_state(news: dict[str, Any], changed: bool) -> None:  # noqa: FBT001
    olds = declaration.state_of(PERSON, ADA, {})
    assert declaration.differs(olds, news) is changed


def test_a_role_that_is_not_managed_is_not_compared() -> None:
    inputs = {"email": "ada@example.com"}
    olds = declaration.state_of(PERSON, inputs, {})
    assert olds["role"] == "admin"
    assert not declaration.differs(olds | {"role": "member"}, inputs)


@pytest.mark.parametrize(
    ("found", "own"),
    [
        pytest.param(PERSON, True, id="as declared, never logged in"),
        pytest.param(
            replace(PERSON, lastlogin="2026-01-01T00:00:00Z"), False, id="logged in"
        ),
        pytest.param(replace(PERSON, name="Somebody"), False, id="other name"),
        pytest.param(replace(PERSON, role="member"), False, id="other role"),
        pytest.param(replace(PERSON, isbanned=True), False, id="banned"),
    ],
)
def test_who_counts_as_an_earlier_try(found: AccountUser, own: bool) -> None:  # noqa: FBT001
    assert is_like(found, ADA) is own


def test_the_order_of_the_managed_fields_is_no_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A field may be appended anywhere: the state of older releases has its order."""
    olds = ADA | {"name": "Ada", "role": "admin", declaration.MANAGED: ["name", "role"]}
    news = ADA | {"name": "Ada", "role": "admin"}
    monkeypatch.setattr(declaration, "MANAGEABLE", ("role", "name"))
    assert not declaration.differs(olds, news)


def test_a_field_of_the_table_is_declared_judged_compared_and_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever adds a field that the account has adds a line to the table."""

    def no_digits(text: str) -> str | None:
        return "firstname: has a digit" if any(map(str.isdigit, text)) else None

    table = {**declaration.FIELDS, "firstname": no_digits}
    monkeypatch.setattr(declaration, "FIELDS", table)
    monkeypatch.setattr(declaration, "MANAGEABLE", tuple(table))
    monkeypatch.setattr(declaration, "INPUTS", (*declaration.INPUTS, "firstname"))
    wanted = ADA | {"firstname": "Ada"}
    assert declaration.faults(wanted | {"firstname": "4da"}) == [
        "firstname: has a digit"
    ]
    assert declaration.faults(wanted | {"firstname": 5}) == [
        "firstname must be a string"
    ]
    live = declaration.state_of(replace(PERSON, firstname="Augusta"), wanted, {})
    assert live["firstname"] == "Augusta"
    assert declaration.differs(live, wanted)
    assert declaration.changed(live, wanted) == {"firstname": "Ada"}
    # A value that somebody took away is drift, and no error.
    none = replace(PERSON, firstname=None)
    assert declaration.differs(declaration.state_of(none, wanted, {}), wanted)
    # Where the program does not manage it, the state has none of it.
    assert "firstname" not in declaration.state_of(PERSON, ADA, {})
