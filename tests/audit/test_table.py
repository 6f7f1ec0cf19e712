"""Account by roster: exit code, text and JSON of each case come from one result."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pulumi_cerevox.cli import main
from pulumi_cerevox.testing import EmulatorProcess
from tests.audit.conftest import Auditor

Write = Callable[..., str]
Prepare = Callable[[EmulatorProcess], object]


@dataclass
class Case:
    """An account and a roster, and what the audit must say of them."""

    name: str
    code: int
    verdict: str
    kinds: list[str] = field(default_factory=list)
    account: Prepare = lambda _: None
    members: tuple[str, ...] = ()
    without: str = "nobody"
    settings: str = ""
    options: tuple[str, ...] = ()
    today: str = ""


def fault(**rule: Any) -> Prepare:
    return lambda emulator: emulator.add_fault(**{"method": "GET", **rule})


CASES = [
    Case("in sync", 0, "in_sync"),
    Case("missing", 7, "drift", ["missing"], members=("{email: eve@example.com}",)),
    Case("undeclared", 7, "drift", ["undeclared"], without="bob@"),
    Case(
        "undeclared, ignored by the roster",
        0,
        "in_sync",
        without="bob@",
        settings="undeclared: ignore\n",
    ),
    Case(
        "undeclared, ignored by the roster and asked for",
        7,
        "drift",
        ["undeclared"],
        without="bob@",
        settings="undeclared: ignore\n",
        options=("--whole-account",),
    ),
    Case(
        "changed role",
        7,
        "drift",
        ["changed.role"],
        account=lambda emulator: emulator.patch_user("bob@example.com", role="admin"),
    ),
    Case(
        "changed name",
        7,
        "drift",
        ["changed.name"],
        account=lambda emulator: emulator.patch_user("ada@example.com", name="Eve"),
    ),
    Case(
        "a name that nobody manages",
        0,
        "in_sync",
        account=lambda emulator: emulator.patch_user("bob@example.com", name="Robert"),
    ),
    Case(
        "case-only difference",
        0,
        "in_sync",
        without="bob@",
        members=("{email: BOB@Example.COM}",),
    ),
    Case(
        "duplicate in the roster",
        2,
        "",
        members=("{email: BOB@example.com}",),
    ),
    Case(
        "dormant",
        0,
        "in_sync",
        ["dormant"],
        account=lambda emulator: emulator.patch_user(
            "bob@example.com", lastlogin="2020-01-01T00:00:00Z"
        ),
        options=("--dormant-days", "365"),
    ),
    Case(
        "dormant, and that counts",
        7,
        "drift",
        ["dormant"],
        account=lambda emulator: emulator.patch_user(
            "bob@example.com", lastlogin="2020-01-01T00:00:00Z"
        ),
        options=("--dormant-days", "365", "--fail-on", "dormant"),
    ),
    Case(
        "never logged in",
        0,
        "in_sync",
        ["never_logged_in"],
        account=lambda emulator: emulator.patch_user("bob@example.com", lastlogin=None),
    ),
    Case(
        "never logged in, in other words",
        0,
        "in_sync",
        ["never_logged_in"],
        account=lambda emulator: emulator.patch_user(
            "bob@example.com", lastlogin="0001-01-01T00:00:00Z"
        ),
        options=("--dormant-days", "365"),
    ),
    Case(
        "banned",
        0,
        "in_sync",
        ["banned"],
        account=lambda emulator: emulator.patch_user("bob@example.com", isbanned=True),
    ),
    Case(
        "banned, and that counts",
        7,
        "drift",
        ["banned"],
        account=lambda emulator: emulator.patch_user("bob@example.com", isbanned=True),
        options=("--fail-on", "banned"),
    ),
    Case(
        "expired",
        7,
        "drift",
        ["expired"],
        without="bob@",
        members=("{email: bob@example.com, until: 2024-12-31}",),
    ),
    Case(
        "expired and gone",
        0,
        "in_sync",
        members=("{email: eve@example.com, until: 2024-12-31}",),
    ),
    Case(
        "expired, with another role",
        7,
        "drift",
        ["expired"],
        without="bob@",
        members=("{email: bob@example.com, role: admin, until: 2024-12-31}",),
    ),
    Case(
        "still an admin",
        7,
        "drift",
        ["expired.role"],
        without="bob@",
        members=("{email: bob@example.com, role: admin, role_until: 2024-12-31}",),
        account=lambda emulator: emulator.patch_user("bob@example.com", role="admin"),
    ),
    Case(
        "an admin no more",
        0,
        "in_sync",
        without="bob@",
        members=("{email: bob@example.com, role: admin, role_until: 2024-12-31}",),
    ),
    Case(
        "expiring, and that counts",
        7,
        "drift",
        ["expiring"],
        without="bob@",
        members=("{email: bob@example.com, until: 9999-12-30}",),
        options=("--expiring-days", "36500", "--fail-on", "expiring"),
        today="9999-12-01",
    ),
    Case(
        "expired on another day",
        7,
        "drift",
        ["expired"],
        without="bob@",
        members=("{email: bob@example.com, until: 2999-12-30}",),
        today="2999-12-31",
    ),
    Case(
        "403 on the list",
        4,
        "incomplete",
        account=fault(path="/users", status=403, times=9),
    ),
    Case(
        "500 half-way",
        4,
        "incomplete",
        account=fault(path="/users/me", status=500, times=99),
    ),
    Case(
        "malformed answer",
        4,
        "incomplete",
        account=fault(path="/users", action="malformed_json", times=99),
    ),
    Case(
        "key refused",
        3,
        "unauthenticated",
        account=lambda emulator: emulator.revoke_keys(),
    ),
    Case(
        "another account",
        4,
        "incomplete",
        settings="account_id: acc_other\n",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_exit_code_text_and_json_agree(
    case: Case,
    account: EmulatorProcess,
    roster: Write,
    run: Auditor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CEREVOX_TODAY", case.today)
    source = roster(*case.members, without=case.without, settings=case.settings)
    case.account(account)
    audit = run(source, *case.options)
    assert audit.code == case.code, audit.result.output
    if case.code == 2:
        assert audit.document == {}
        assert "team.yaml:5:13: " in audit.result.stderr
        return
    assert audit.document["verdict"] == case.verdict
    assert audit.document["exit_code"] == case.code
    assert audit.kinds == case.kinds
    assert audit.document["headline"] in audit.result.stdout
    assert ("in sync" in audit.result.stdout) is (case.verdict == "in_sync")
    assert bool(audit.document["gaps"]) is (case.code in {3, 4})
    for gap in audit.document["gaps"]:
        assert gap["text"] in audit.told


def test_every_admin_that_nobody_declared_comes_first(
    account: EmulatorProcess, roster: Write, run: Auditor
) -> None:
    account.add_user("aaa@example.com", role="member")
    account.add_user("zoe@example.com", role="admin")
    account.patch_user("bob@example.com", role="admin")
    audit = run(roster("{email: eve@example.com}"))
    found = [(one["kind"], one["email"]) for one in audit.document["findings"]]
    assert found[:4] == [
        ("undeclared", "zoe@example.com"),
        ("changed.role", "bob@example.com"),
        ("undeclared", "aaa@example.com"),
        ("missing", "eve@example.com"),
    ]


def test_a_changed_role_gives_both_values_and_the_line(
    account: EmulatorProcess, roster: Write, run: Auditor
) -> None:
    account.patch_user("bob@example.com", role="admin")
    [finding] = run(roster()).document["findings"]
    assert (finding["declared"], finding["actual"]) == ("member", "admin")
    assert finding["place"] == {"path": "team.yaml", "line": 4, "column": 13}
    assert "team.yaml:4" in finding["fix"]


def test_drift_can_be_reported_without_failing(roster: Write, run: Auditor) -> None:
    source = roster(without="bob@")
    assert run(source, "--exit-zero").code == 0
    assert run(source, "--exit-zero").document["exit_code"] == 7


def test_exit_zero_hides_no_unread_account(
    account: EmulatorProcess, roster: Write, run: Auditor
) -> None:
    account.add_fault(method="GET", path="/users", status=403, times=9)
    assert run(roster(), "--exit-zero").code == 4


def test_an_audit_sends_get_and_its_login_alone(
    account: EmulatorProcess, roster: Write, run: Auditor
) -> None:
    run(roster("{email: eve@example.com}", without="bob@"), "--dormant-days", "1")
    calls = [(one["method"], one["path"]) for one in account.journal()]
    assert {path for method, path in calls if method != "GET"} == {"/v1/token/login"}
    assert [path for method, path in calls if method == "GET"].count("/v1/users") == 1


def test_two_audits_differ_in_their_date_alone(roster: Write, run: Auditor) -> None:
    source = roster("{email: eve@example.com}", without="bob@")
    first, second = run(source).document, run(source).document
    assert {**first, "date": ""} == {**second, "date": ""}


def test_a_public_log_names_nobody(
    account: EmulatorProcess, roster: Write, run: Auditor
) -> None:
    account.patch_user("ada@example.com", name="Eve Example")
    account.add_user("mallory@example.com", role="admin", name="Mallory M")
    source = roster("{email: eve@example.com}", without="bob@")
    audit = run(source, "--redact")
    everything = json.dumps(audit.document) + audit.result.output
    assert audit.code == 7
    for told in ("mallory", "Mallory", "bob@", "eve@", "Eve Example", "Lovelace"):
        assert told not in everything
    assert run(source, "--redact").document["findings"] == audit.document["findings"]


def test_several_reports_need_files(roster: Write, account: EmulatorProcess) -> None:
    del account
    arguments = ["audit", roster(), "--format", "json", "--format", "console"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "json and console would be mixed on stdout" in result.stderr


def test_an_unknown_format_names_those_there_are(roster: Write) -> None:
    result = CliRunner().invoke(main, ["audit", roster(), "--format", "pdf"])
    assert result.exit_code == 2
    assert "there is no format 'pdf'; console, json, markdown" in result.stderr


def test_a_format_with_an_empty_file_is_refused(roster: Write) -> None:
    result = CliRunner().invoke(main, ["audit", roster(), "--format", "json="])
    assert result.exit_code == 2
    assert "json= names no file" in result.stderr


def test_a_report_that_could_not_be_written_is_an_error(
    roster: Write, account: EmulatorProcess
) -> None:
    del account
    arguments = ["audit", roster(), "--format", "json=nowhere/audit.json"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert "could not write nowhere/audit.json: No such file" in result.stderr


def test_without_a_source_the_command_says_what_one_is() -> None:
    result = CliRunner().invoke(main, ["audit"])
    assert result.exit_code == 2
    assert "name a SOURCE" in result.stderr


@pytest.mark.parametrize("login", ["last week", "2999-01-01T00:00:00Z"])
def test_a_login_that_is_no_time_makes_the_question_of_dormancy_open(
    account: EmulatorProcess, roster: Write, run: Auditor, login: str
) -> None:
    account.patch_user("bob@example.com", lastlogin=login)
    assert run(roster()).code == 0
    audit = run(roster(), "--dormant-days", "30")
    assert audit.code == 4
    assert "of 1 people is no time in the past" in audit.told


@pytest.mark.parametrize(
    ("fault", "code"),
    [("list_total", 4), ("list_has_more", 4), ("list_206", 4), ("list_next", 0)],
)
def test_half_a_list_is_never_the_whole_account(
    account: EmulatorProcess, roster: Write, run: Auditor, fault: Any, code: int
) -> None:
    account.add_fault(action=fault, times=9)
    assert run(roster()).code == code


def test_a_report_for_machines_leaves_its_words_to_stderr(
    account: EmulatorProcess, roster: Write
) -> None:
    account.add_fault(method="GET", path="/users", status=403, times=9)
    arguments = ["audit", roster(), "--format", "json"]
    result = CliRunner().invoke(main, arguments)
    assert json.loads(result.stdout)["verdict"] == "incomplete"
    assert "pulumi-cerevox: incomplete: 1 gap" in result.stderr
    assert "403" in result.stderr


@pytest.mark.parametrize("taken", ["team.yaml", "./known.yaml"])
def test_no_report_is_written_over_what_is_read(
    roster: Write, run: Auditor, taken: str
) -> None:
    source = roster()
    Path("known.yaml").write_text("rules: []\n")
    before = Path(taken).read_text()
    audit = run(source, "--ignore", "known.yaml", "--format", f"markdown={taken}")
    assert audit.code == 2
    assert "would be written over a file that is read" in audit.result.stderr
    assert Path(taken).read_text() == before
