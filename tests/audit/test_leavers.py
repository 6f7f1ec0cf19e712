"""`audit --directory`: who works here no more, and what is no evidence of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_cerevox.testing import EmulatorProcess
from tests.audit.conftest import Auditor

LEFT = "not_in_directory"
EVERYBODY = "owner@example.com\nada@example.com\nbob@example.com\n"


def directory(text: str | bytes, name: str = "people.csv") -> str:
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param(f"email\n{EVERYBODY}", [], id="complete"),
        pytest.param(
            "Email,Status\r\nowner@example.com,\r\nADA@Example.com,Active\r\n"
            "bob@example.com,terminated\r\n",
            ["bob@example.com"],
            id="another-case-and-a-status",
        ),
        pytest.param(
            "email\nowner@example.com\nada@example.com\n",
            ["bob@example.com"],
            id="gone",
        ),
        pytest.param(
            "email,aliases\nowner@example.com,\nada.l@example.com,\n"
            'b@example.com,"bob@example.com; ada@example.com"\n',
            [],
            id="aliases",
        ),
        pytest.param(
            '\ufeff{"email": "owner@example.com", "id": 7}\n\n'
            '{"email": "ada@example.com", "status": null}\n'
            '{"email": "x@example.com", "aliases": ["bob@example.com"]}\n',
            [],
            id="json-lines",
        ),
        pytest.param(
            "email,status\nowner@example.com,\nada@example.com,\n"
            "bob@example.com,active\nbob@example.com,left\n",
            [],
            id="who-came-back",
        ),
    ],
)
def test_who_left_is_a_finding(
    roster: Callable[..., str], run: Auditor, text: str, left: list[str]
) -> None:
    audit = run(roster(), "--directory", directory(text))
    assert audit.document["gaps"] == []
    found = [one["email"] for one in audit.document["findings"] if one["kind"] == LEFT]
    assert found == left
    assert audit.code == (7 if left else 0)


def test_an_email_in_its_other_spelling_is_the_same_person(
    roster: Callable[..., str], run: Auditor, account: EmulatorProcess
) -> None:
    account.add_user("zoe@xn--bcher-kva.example", name="Zoe", role="member")
    source = roster("{email: zoe@bücher.example}")
    audit = run(
        source, "--directory", directory(f"email\n{EVERYBODY}Zoe@BÜCHER.example\n")
    )
    assert LEFT not in audit.kinds
    assert audit.code == 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("email\n", "lists nobody", id="header-alone"),
        pytest.param("email\nowner@example.com\n", "knows 1 of 3", id="halved"),
        pytest.param("mail\nada@example.com\n", "no column `email`", id="column"),
        pytest.param(b"email\n\xff@example.com\n", "is no UTF-8", id="encoding"),
        pytest.param(
            f"email,status\n{EVERYBODY}", "line 2: has not 2 columns", id="cut"
        ),
        pytest.param('email\n"ada@example.com', "unexpected end of data", id="quote"),
        pytest.param('{"email": "ada@example.com"', "line 1: is no JSON", id="json"),
        pytest.param('{"email": 7}', "no `email` that is text", id="type"),
        pytest.param(None, "can't be read: No such file", id="missing"),
    ],
)
def test_a_directory_that_can_not_be_believed_is_a_gap(
    roster: Callable[..., str], run: Auditor, text: str | bytes | None, why: str
) -> None:
    name = "none.csv" if text is None else directory(text)
    audit = run(roster(), "--directory", name)
    assert audit.code == 4
    assert LEFT not in audit.kinds
    (gap,) = audit.document["gaps"]
    assert why in gap["text"]
    assert "nobody is said to have left" in gap["text"]


def test_undeclared_people_who_left_are_named_too_and_no_status_is_believed_raw(
    roster: Callable[..., str], run: Auditor, account: EmulatorProcess
) -> None:
    account.add_user("eve@example.com", name="Eve", role="admin")
    people = "".join(f"{line},\n" for line in EVERYBODY.split())
    text = f"email,status\n{people}eve@example.com,\x1b[2Jgone\n"
    audit = run(roster(), "--directory", directory(text))
    assert audit.kinds == ["undeclared", LEFT]
    assert "\x1b[2J" not in audit.result.output
    assert r"listed in the directory as \x1b[2jgone" in audit.told


def test_the_directory_is_not_written_over(
    roster: Callable[..., str], run: Auditor
) -> None:
    name = directory(f"email\n{EVERYBODY}", "audit.json")
    audit = run(roster(), "--directory", name)
    assert audit.code == 2
