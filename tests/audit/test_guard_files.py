"""`guard --base OLD --roster NEW`: two files, and nothing else."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest
from click.testing import CliRunner, Result
from pulumi import RunError

from pulumi_cerevox import Roster
from pulumi_cerevox.cli import main
from pulumi_cerevox.roster import digest, plan, read_rosters

ADA = "{email: ada@example.com, role: admin}"
EVE = "{email: eve@example.com}"
TEAM = [
    "{email: owner@example.com, role: admin}",
    ADA,
    *(f"{{email: user-{number}@example.com}}" for number in range(10)),
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder without a key, a network, or an engine."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("two files need no network")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(socket, "socket", refuse)
    for name in ("CEREVOX_API_KEY", "CEREVOX_APPROVE", "CEREVOX_MAX_REMOVALS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CEREVOX_ACCOUNT_ID", "acc_1")
    return tmp_path


def write(name: str, *members: str, settings: str = "") -> str:
    listed = "".join(f"\n  - {one}" for one in members) or " []"
    Path(name).write_text(f"{settings}\nmembers:{listed}\n", encoding="utf-8")
    return name


def run(*words: str, **env: str) -> Result:
    result = CliRunner().invoke(main, ["guard", *words], env=env)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def guard(*words: str, **env: str) -> Result:
    return run("--base", "old.yaml", "--roster", "new.yaml", *words, **env)


def document(*words: str, **env: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(guard("--format", "json", *words, **env).stdout)
    return found


def removal_of_five() -> str:
    """Write a change that the guards refuse, and give its digest."""
    write("old.yaml", *TEAM)
    write("new.yaml", *TEAM[:7])
    old, new = (read_rosters([name]).membership() for name in ("old.yaml", "new.yaml"))
    return digest(plan(old, new), "acc_1")


def test_a_change_within_the_guards_passes_with_a_report() -> None:
    write("old.yaml", *TEAM, EVE)
    write(
        "new.yaml",
        *TEAM[:-1],
        "{email: eve@example.com, role: admin}",
        "{email: x@y.z}",
    )
    result = guard()
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0] == "passed: promote 1, create 1, update 0, demote 0, remove 1"
    # Who becomes an admin stands at the top.
    assert lines[2] == "Becomes admin (1)"
    assert "member -> admin" in lines[3]
    assert "user-9@example.com" in result.stdout
    assert lines[-2].startswith("approval digest: ")
    assert lines[-1].startswith("plan digest: ")


def test_the_same_file_twice_changes_nothing() -> None:
    write("old.yaml", *TEAM)
    write("new.yaml", *TEAM)
    result = guard()
    assert result.exit_code == 0
    assert "remove 0" in result.stdout


def test_a_mass_removal_is_reported_then_refused_with_the_way_on() -> None:
    token = removal_of_five()
    result = guard()
    assert result.exit_code == 5
    assert "refused: " in result.stdout
    assert "Removed (5)" in result.stdout
    assert f"digest: {token}" in result.stdout
    assert "refused by guard max_removals: 5 of 12 people" in result.stderr
    assert f"CEREVOX_APPROVE={token}" in result.stderr
    assert "`pulumi preview` names another digest" in result.stderr


@pytest.mark.parametrize("way", ["option", "environment"])
def test_an_approval_of_exactly_this_change_lets_it_pass(way: str) -> None:
    token = removal_of_five()
    if way == "option":
        result = guard("--approve", "0" * 16, "--approve", token)
    else:
        result = guard(CEREVOX_APPROVE=f"{'0' * 16}, {token}")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("passed by approval: ")
    assert guard("--approve", "0" * 16).exit_code == 5


def test_nobody_adds_themselves_to_the_admins_in_one_change() -> None:
    allowed = "guards: {{allowed_admins: [owner@example.com, ada@example.com{}]}}"
    write("old.yaml", *TEAM, EVE, settings=allowed.format(""))
    raised = "{email: eve@example.com, role: admin}"
    for settings in (allowed.format(", eve@example.com"), ""):
        write("new.yaml", *TEAM, raised, settings=settings)
        result = guard()
        assert result.exit_code == 5
        assert "refused by guard allowed_admins: not allowed as admin: eve@" in (
            result.stderr
        )
        write("new.yaml", *TEAM, EVE, settings=settings)
        assert guard().exit_code == 0
    write("old.yaml", *TEAM, EVE)
    write("new.yaml", *TEAM, raised)
    assert guard().exit_code == 0


@pytest.mark.parametrize(
    ("taken", "sign"),
    [
        ("undeclared: remove", "undeclared may stand in the first file alone"),
        ("guards: {max_removals: {count: 99}}", "guards may stand in the first file"),
        ("account_id: acc_2", "account_id may stand in the first file alone"),
        ("", '"eve@example.com" may not be an admin here'),
    ],
)
def test_whoever_owns_a_part_does_not_own_the_account(taken: str, sign: str) -> None:
    """Judged, validated and read by a program alike."""
    write("first.yaml", *TEAM)
    write("part.yaml", EVE)
    role = "member" if taken else "admin"
    write("new.yaml", f"{{email: eve@example.com, role: {role}}}", settings=taken)
    sides = ("--base", "first.yaml", "--base", "part.yaml", "--roster", "first.yaml")
    assert run(*sides, "--roster", "part.yaml").exit_code == 0
    judged = run(*sides, "--roster", "new.yaml")
    words = ["validate", "--together", "first.yaml", "new.yaml"]
    checked = CliRunner().invoke(main, words)
    for result in (judged, checked):
        assert result.exit_code == 2
        assert "new.yaml:" in result.stderr
        assert sign in result.stderr
    with pytest.raises(RunError, match=r"new\.yaml"):
        Roster.from_file("team", "first.yaml", "new.yaml")


def test_an_approval_fits_in_one_account_alone() -> None:
    token = removal_of_five()
    assert guard("--approve", token).exit_code == 0
    assert guard("--approve", token, CEREVOX_ACCOUNT_ID="acc_2").exit_code == 5
    for name, members in (("old.yaml", TEAM), ("new.yaml", TEAM[:7])):
        write(name, *members, settings="account_id: acc_2")
    # What the roster says counts before what is around it.
    assert guard("--approve", token).exit_code == 5
    assert guard("--approve", guard("--digest").stdout).exit_code == 0


def test_where_no_account_is_known_there_is_no_digest() -> None:
    token = removal_of_five()
    result = guard("--approve", token, CEREVOX_ACCOUNT_ID=" ")
    assert result.exit_code == 5
    assert "An approval names the account, which is not known here" in result.stderr
    assert "digest: none, for the account is unknown" in result.stdout
    alone = guard("--digest", CEREVOX_ACCOUNT_ID="")
    assert (alone.exit_code, alone.stdout) == (4, "")
    assert "write account_id into the roster, or set CEREVOX_ACCOUNT_ID" in alone.stderr
    write("new.yaml", *TEAM)
    assert guard("--digest", CEREVOX_ACCOUNT_ID="").exit_code == 0


def test_an_approval_of_an_earlier_release_is_named() -> None:
    removal_of_five()
    old, new = (read_rosters([name]).membership() for name in ("old.yaml", "new.yaml"))
    former = digest(plan(old, new), None)
    result = guard("--approve", former)
    assert result.exit_code == 5
    assert f"The approval {former} was printed by an earlier release" in result.stderr


def test_an_approval_that_nothing_needs_is_not_told() -> None:
    write("old.yaml", *TEAM)
    write("new.yaml", *TEAM[:-1])
    token = guard("--digest").stdout.strip()
    result = guard("--approve", token)
    assert result.stdout.startswith("passed: ")


def test_no_approval_lifts_what_locks_the_account() -> None:
    write("old.yaml", *TEAM)
    write("new.yaml", *TEAM[2:])
    token = guard("--digest").stdout.strip()
    result = guard("--approve", token)
    assert result.exit_code == 5
    assert "min_admins" in result.stderr
    assert "CEREVOX_APPROVE" not in result.stderr
    assert "another digest" not in result.stderr


def test_a_change_can_not_lift_a_guard_and_use_it() -> None:
    write("old.yaml", *TEAM)
    lifted = "guards: {max_removals: {count: 100, fraction: 1}}"
    write("new.yaml", *TEAM[:3], settings=lifted)
    result = guard()
    assert result.exit_code == 5
    assert "the guards change" in result.stdout


@pytest.mark.parametrize(
    ("option", "value", "sign"),
    [
        ("--max-removals", "0", "max_removals"),
        ("--max-demotions", "0", "max_demotions"),
        ("--min-admins", "2", "min_admins"),
        ("--required-admin", "ADA@example.com", "required_admins"),
    ],
)
def test_limits_of_the_command_line_are_added(
    option: str, value: str, sign: str
) -> None:
    write("old.yaml", *TEAM)
    write("new.yaml", *TEAM[:1], "{email: ada@example.com}", *TEAM[2:-1])
    assert guard().exit_code == 0
    result = guard(option, value)
    assert result.exit_code == 5
    assert f"refused by guard {sign}" in result.stderr


def test_limits_of_the_command_line_make_nothing_laxer() -> None:
    removal_of_five()
    assert guard("--max-removals", "1000", "--min-admins", "0").exit_code == 5


def test_a_roster_of_another_account_is_refused() -> None:
    write("old.yaml", *TEAM, settings="account_id: acc_1")
    write("new.yaml", *TEAM, settings="account_id: acc_2")
    result = guard()
    assert result.exit_code == 5
    assert "account_id changes from acc_1 to acc_2" in result.stderr


def test_a_new_roster_removes_nobody_and_keeps_to_its_own_guards() -> None:
    write("new.yaml", *TEAM)
    result = run("--base", "/dev/null", "--roster", "new.yaml")
    assert result.exit_code == 0, result.stderr
    assert "create 12" in result.stdout
    assert "Becomes admin (2)" in result.stdout
    write("new.yaml", *TEAM[2:])
    result = run("--base", "/dev/null", "--roster", "new.yaml")
    assert result.exit_code == 5


def test_a_base_that_is_not_there_is_no_new_roster() -> None:
    write("new.yaml", *TEAM)
    result = guard()
    assert result.exit_code == 2
    assert "old.yaml: can't be read" in result.stderr
    assert "--base /dev/null" in result.stderr


def test_a_base_that_is_broken_keeps_nobody_from_judging_the_new_file() -> None:
    """The pull request that mends a broken roster is judged, with a gap."""
    Path("old.yaml").write_text(
        "guards: {required_admins: [ada@example.com], min_admins: 2}\n"
        "members:\n"
        "  - {email: owner@example.com, role: admin}\n"
        "  - {email: ada@example.com, role: admin}\n"
        "  - {email: ADA@example.com}\n"
    )
    write("new.yaml", *TEAM)
    result = guard()
    assert result.exit_code == 4
    assert "the old guards and people are not known" in result.stderr
    assert "old.yaml:5:13" in result.stderr
    assert "/dev/null" not in result.stderr
    assert "create 12" in result.stdout


def test_the_faults_of_both_sides_are_told_at_once() -> None:
    Path("old.yaml").write_text("members: [{email: ada}]")
    Path("new.yaml").write_text("members: [{mail: x@example.com}]")
    result = guard()
    assert result.exit_code == 2
    assert "old.yaml:1:19" in result.stderr
    assert "new.yaml:1:" in result.stderr


def test_several_files_a_side_are_one_roster() -> None:
    for side in ("old", "new"):
        write(f"{side}-a.yaml", *TEAM[:6])
        write(f"{side}-b.yaml", *TEAM[6:] if side == "old" else TEAM[6:-1])
    sides = [
        word
        for side, option in (("old", "--base"), ("new", "--roster"))
        for part in "ab"
        for word in (option, f"{side}-{part}.yaml")
    ]
    result = run(*sides)
    assert result.exit_code == 0, result.stderr
    assert "remove 1" in result.stdout
    # Somebody who moves from one file to the other goes nowhere.
    write("new-a.yaml", *TEAM[:5])
    write("new-b.yaml", *TEAM[5:])
    assert "remove 0" in run(*sides).stdout


def test_the_digest_alone_is_printed_and_judges_nothing() -> None:
    token = removal_of_five()
    result = guard("--digest")
    assert (result.exit_code, result.stdout) == (0, f"{token}\n")


def test_json_says_what_text_and_exit_code_say() -> None:
    token = removal_of_five()
    told = document()
    result = guard()
    assert told["exit_code"] == result.exit_code == 5
    assert told["headline"] == result.stdout.splitlines()[0]
    assert told["digest"] == told["parts"][0]["digest"] == token
    assert told["counts"]["remove"] == len(told["parts"][0]["changes"]) == 5
    change = told["parts"][0]["changes"][0]
    assert change == {
        "kind": "remove",
        "email": "user-5@example.com",
        "before": {"role": "member", "name": None},
        "after": None,
        "replaced_by": None,
        "reason": "no longer declared",
    }
    refusal = told["parts"][0]["refusals"][0]
    assert (refusal["guard"], refusal["approvable"]) == ("max_removals", True)
    assert not refusal["lifted"]
    assert document("--approve", token)["parts"][0]["refusals"][0]["lifted"]
    assert told["version"] == 1


def test_hostile_names_act_nowhere() -> None:
    hostile = (
        '{email: ada@example.com, name: "|`x`<b>@all\\e[31m\\n::error::", role: admin}'
    )
    write("old.yaml", *TEAM)
    write("new.yaml", TEAM[0], hostile, *TEAM[2:])
    console = guard().stdout
    assert "\x1b" not in console
    assert "\n::error" not in console
    markdown = guard("--format", "markdown").stdout
    row = next(line for line in markdown.splitlines() if "ada@" in line)
    assert row.count("|") == 4
    assert "``" in row
    assert guard("--format", "json").stdout.isascii()


def test_markdown_has_the_report_and_the_refusal() -> None:
    token = removal_of_five()
    assert guard("--format", "markdown=guard.md").exit_code == 5
    text = Path("guard.md").read_text()
    assert text.startswith("## Cerevox guard: refused: ")
    assert f"CEREVOX_APPROVE={token}" in text
    assert "| `user-9@example.com` |" in text


def test_long_reports_are_cut_and_counted() -> None:
    many = [f"{{email: p{number}@example.com}}" for number in range(300)]
    write("old.yaml", *TEAM, *many)
    write("new.yaml", *TEAM)
    assert "and 100 more; --format json" in guard().stdout
    markdown = guard("--format", "markdown").stdout
    assert "and 200 more" in markdown


def test_markdown_that_is_too_long_for_a_comment_is_cut_and_says_so() -> None:
    domain = f"{'d' * 60}." * 3 + "example.com"

    def people(prefix: str, name: str) -> list[str]:
        return [f"{{email: {prefix}{n}@{domain}, name: {name}}}" for n in range(100)]

    write("old.yaml", *TEAM, *people("gone", "a"), *people("stay", "b"))
    write("new.yaml", *TEAM, *people("new", "a"), *people("stay", "c"))
    markdown = guard("--format", "markdown").stdout
    assert len(markdown) < 65_536
    assert markdown.endswith("`--format json` has it all.\n")


def test_reports_are_coloured_where_asked_for() -> None:
    removal_of_five()
    assert "\x1b[31mrefused" in guard(FORCE_COLOR="1").stdout
    assert "\x1b" not in guard(FORCE_COLOR="1", NO_COLOR="1").stdout


@pytest.mark.parametrize(
    ("words", "sign"),
    [
        (["--base", "old.yaml"], "--roster goes with --base or --base-ref"),
        (["--base-ref", "main"], "--roster goes with --base or --base-ref"),
        (["--roster", "new.yaml"], "--roster goes with --base or --base-ref"),
        (["--base", "a", "--base-ref", "b", "--roster", "c"], "one of them"),
        (["-", "--base-ref", "a", "--roster", "b"], "not both at once"),
        (["-", "--base", "a", "--roster", "b"], "not both at once"),
        (["--digest", "--format", "json"], "--digest goes with"),
        (["-", "--required-admin", "ada"], "--required-admin: 'ada' has no \"@\""),
        (["--format", "junit"], "there is no format 'junit'; console, json, markdown"),
    ],
)
def test_what_does_not_go_together_is_a_usage_error(
    words: list[str], sign: str
) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert sign in result.stderr


def test_without_a_source_on_a_terminal_it_says_what_to_give(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    with pytest.raises(SystemExit) as ended:
        main(["guard"], prog_name="pulumi-cerevox")
    assert ended.value.code == 2


def test_a_setting_that_is_no_number_is_refused() -> None:
    write("old.yaml", *TEAM)
    write("new.yaml", *TEAM)
    result = guard(CEREVOX_MAX_REMOVALS="many")
    assert result.exit_code == 2
    assert "CEREVOX_MAX_REMOVALS is no whole number" in result.stderr


def test_what_two_files_cannot_show_is_said() -> None:
    write("old.yaml", *TEAM, settings="account_id: acc_1")
    write("new.yaml", *TEAM, settings="undeclared: remove")
    result = guard()
    assert result.exit_code == 0
    assert "undeclared becomes remove: everybody in the account who" in result.stdout
    assert "account_id acc_1 is no longer written down" in result.stdout
    write("old.yaml", *TEAM, settings="undeclared: remove")
    assert "becomes remove" not in guard().stdout


LAST, AFTER = "2027-03-31", "2027-04-01"
OWNER = "{email: owner@example.com, role: admin}"
WAY_OFF = "{email: eve@example.com, until: 2027-05-31}"


@pytest.mark.parametrize(
    ("old", "new", "expired", "changes"),
    [
        ("until: 2027-03-31", "until: 2027-03-31", "report", []),
        ("until: 2027-03-31", "until: 2027-03-31", "remove", []),
        ("until: 2027-12-31", "until: 2027-03-31", "report", []),
        ("until: 2027-12-31", "until: 2027-03-31", "remove", ["remove"]),
        ("until: 2027-03-31", "until: 2027-12-31", "report", ["create"]),
        ("until: 2027-03-31", "until: 2027-03-31, role: admin", "report", []),
        (
            "role: admin, role_until: 2027-03-31",
            "role: admin, role_until: 2027-12-31",
            "report",
            ["promote"],
        ),
        (
            "role: admin, role_until: 2027-12-31",
            "role: admin, role_until: 2027-03-31",
            "report",
            ["demote"],
        ),
        (None, "until: 2027-03-31", "report", []),
        (None, "until: 2027-04-01", "report", ["create"]),
    ],
)
def test_a_change_counts_by_the_last_days(
    old: str | None, new: str, expired: str, changes: list[str]
) -> None:
    before = [] if old is None else [f"{{email: bob@example.com, {old}}}"]
    write("old.yaml", OWNER, *before, settings=f"expired: {expired}")
    after = f"{{email: bob@example.com, {new}}}"
    write("new.yaml", OWNER, after, settings=f"expired: {expired}")
    (part,) = document(CEREVOX_TODAY=AFTER)["parts"]
    assert [one["kind"] for one in part["changes"]] == changes


def test_whoever_is_past_their_last_day_or_near_it_is_named() -> None:
    bob = "{email: bob@example.com, until: 2027-03-31}"
    write("old.yaml", OWNER, bob, WAY_OFF)
    write("new.yaml", OWNER, bob, WAY_OFF, settings="expired: remove")
    said = guard("--expiring-days", "90", CEREVOX_TODAY=AFTER)
    assert "expired becomes remove" in said.stdout
    text = " ".join(said.stdout.split())
    assert f"as of {AFTER}: new.yaml:4:" in text
    assert f"the last day of bob@example.com was {LAST}" in text
    assert "the last day of eve@example.com is 2027-05-31, 60 days on" in text
    assert f"as of {AFTER} (CEREVOX_TODAY)" in said.stderr
    assert "eve@example.com" not in guard(CEREVOX_TODAY=AFTER).stdout
    assert "bob@example.com" not in guard(CEREVOX_TODAY=LAST).stdout


def test_a_last_day_that_moves_is_named() -> None:
    write("old.yaml", OWNER, "{email: bob@example.com, until: 2027-03-31}", WAY_OFF)
    new = "{email: Bob@Example.com, until: 2037-03-31}"
    write("new.yaml", OWNER, new, "{email: new@example.com, until: 2027-05-31}")
    text = " ".join(guard("--max-removals", "9", CEREVOX_TODAY=LAST).stdout.split())
    assert (
        f"last days change: bob@example.com: until {LAST} -> until 2037-03-31" in text
    )
    # Of those who come or go, the change itself is told.
    assert "2027-05-31" not in text
