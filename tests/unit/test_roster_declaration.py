"""What a program may give as a `Roster`'s members: one reader, every fault at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

import pulumi_cerevox as cerevox
from pulumi_cerevox.account import Role
from pulumi_cerevox.provider import RosterProvider
from pulumi_cerevox.roster import MembersError, read_members

ADA = "ada@example.com"


def read(members: object) -> dict[str, dict[str, Any]]:
    return read_members(members, lambda value: isinstance(value, pulumi.Output))


@pytest.mark.parametrize(
    "members",
    [
        pytest.param([{"email": " ADA@Example.com", "role": "admin"}], id="list"),
        pytest.param(({"email": ADA, "role": Role.ADMIN, "name": None},), id="tuple"),
        pytest.param({ADA: "admin"}, id="role"),
        pytest.param({"ADA@example.com": {"role": "admin"}}, id="mapping"),
        pytest.param({ADA: {"email": "Ada@Example.com", "role": "admin"}}, id="twice"),
    ],
)
def test_the_forms_of_members(members: object) -> None:
    assert read(members) == {ADA: {"role": "admin"}}


FAULTS = [
    pytest.param([{"name": "Ada"}], "number 1: email is missing", id="no email"),
    pytest.param([{"email": None}], "number 1: email is missing", id="None"),
    pytest.param([{"email": 5}], "number 1: email must be text, not a num", id="5"),
    pytest.param(
        [{"email": ADA, "name": 123}], f"{ADA}: name must be text, not a num", id="123"
    ),
    pytest.param({ADA: {"name": ["A"]}}, "name must be text, not a list", id="list"),
    pytest.param(
        {ADA: {"email": "bob@example.com"}},
        f'{ADA}: has another email inside: "bob@example.com". Give one of them',
        id="two emails",
    ),
    pytest.param({ADA: {"email": 5}}, "another email inside: a number", id="inside"),
    pytest.param({ADA: 5}, f"{ADA}: must be a member or a role, not a num", id="value"),
    pytest.param([ADA], "number 1: must be a member with an email", id="text"),
    pytest.param({5: "admin"}, "number 5: email must be text", id="key"),
    pytest.param({ADA: "owner"}, f'{ADA}: role must be "admin" or', id="role"),
    pytest.param(
        [{"email": ADA, "rolle": "admin"}],
        'there is no rolle; did you mean "role"?; a member has',
        id="unknown key",
    ),
    pytest.param([{"email": "ada"}], 'ada: has no "@"', id="no at"),
    pytest.param(
        [{"email": ADA, "until": "2027-W01-1"}], "until must be a date, YY", id="week"
    ),
    pytest.param({ADA: {"until": 20270331}}, "until must be a date, YY", id="whole"),
    pytest.param(
        {ADA: {"role": "admin", "role_until": "soon"}},
        "role_until must be a date, YYYY-MM-DD",
        id="role_until",
    ),
    pytest.param(
        {ADA: {"role_until": "2027-03-31"}},
        'role_until may stand beside role "admin" alone',
        id="role_until of a member",
    ),
    pytest.param({ADA: {"reviewed": "May"}}, "reviewed must be a date", id="reviewed"),
    pytest.param({ADA: {"name": " "}}, "name: is empty or only", id="blank"),
    pytest.param({ADA: {"name": "<{%reset%}>"}}, "name: contains", id="tag"),
    pytest.param(
        [{"email": ADA}, {"email": "ADA@example.com"}],
        "ADA@example.com: is in the roster twice",
        id="twice",
    ),
    pytest.param("ada", "a list of members or a mapping by email, not str", id="str"),
    pytest.param(5, "a list of members or a mapping by email, not int", id="int"),
]


@pytest.mark.parametrize(("members", "fault"), FAULTS)
@pytest.mark.usefixtures("cerevox_mocks")
def test_each_fault_of_a_program_is_refused_in_the_preview(
    members: Any, fault: str
) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        cerevox.Roster("team", members=members)
    assert fault in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_all_faults_come_at_once() -> None:
    with pytest.raises(MembersError) as caught:
        read([{"email": "ada"}, {"name": "Bob"}, {"email": ADA, "role": "owner"}])
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == [
        "roster member ada",
        "roster member number 2",
        f"roster member {ADA}",
    ]


@pytest.mark.usefixtures("cerevox_mocks")
def test_members_may_be_objects_under_an_email() -> None:
    args = cerevox.RosterMemberArgs
    with pytest.raises(pulumi.RunError, match="another email inside"):
        cerevox.Roster("team", members={ADA: args(email="bob@example.com")})
    cerevox.Roster("team", members={ADA: args(email=ADA, role="admin")})


def test_a_value_that_the_program_learns_late_is_judged_in_the_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CEREVOX_API_KEY", raising=False)
    provider = RosterProvider()
    config = SimpleNamespace(config=SimpleNamespace(_props={}))
    provider.configure(config)  # type: ignore[arg-type]
    members = {ADA: {"role": "admin", "name": 123.0}, "bob@x": {"role": "boss"}}
    failures = provider.check({}, {"members": members}).failures
    assert [one.reason for one in failures] == [
        f"member {ADA}: name must be text, not a number",
        'member bob@x: has no domain with a dot after the "@"',
        'member bob@x: role must be "admin" or "member"',
    ]


def test_last_days_are_read_as_text() -> None:
    day = date(2027, 3, 31)
    days = {"role_until": day, "until": day, "reviewed": day}
    members = [{"email": ADA, "role": "admin", **days}]
    read_days = dict.fromkeys(("until", "roleUntil", "reviewed"), "2027-03-31")
    assert read(members) == {ADA: {"role": "admin", **read_days}}
    assert read({ADA: {"role": "admin", **read_days}}) == read(members)


@pytest.mark.usefixtures("cerevox_mocks")
def test_a_file_that_is_not_there_is_told_with_the_folder() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        cerevox.Roster.from_file("team", "nobody.yaml")
    assert f"(looked for in {Path.cwd()})" in str(caught.value)
