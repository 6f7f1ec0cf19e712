"""`pulumi-cerevox validate`: exit codes, what is told where."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pulumi_cerevox.cli import main

GOOD = """\
guards: {min_admins: 2}
members:
  - {email: ada@example.com, role: admin}
  - {email: grace@example.com, role: admin}
  - {email: bob@example.com}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def validate(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["validate", *arguments])


def write(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")


def test_a_good_file_gives_one_line_and_0() -> None:
    write("team.yaml", GOOD)
    result = validate("team.yaml")
    assert result.exit_code == 0
    assert result.stdout == "team.yaml: 3 members, 2 admins: ok\n"
    assert result.stderr == ""


def test_all_faults_of_all_files_go_to_stderr_with_2() -> None:
    write("a.yaml", "members: [{email: ada}, {email: a@x.org, rol: admin}]")
    write("b.yaml", GOOD)
    result = validate("a.yaml", "b.yaml", "none.yaml")
    assert result.exit_code == 2
    assert result.stdout.splitlines() == [
        "a.yaml: 2 faults",
        "b.yaml: 3 members, 2 admins: ok",
        "none.yaml: 1 fault",
    ]
    assert result.stderr.splitlines() == [
        'a.yaml:1:19: email: "ada" has no "@"',
        'a.yaml:1:42: members[1]: unknown key "rol"; did you mean "role"?',
        (
            "none.yaml: can't be read: No such file or directory "
            f"(looked for in {Path.cwd()})"
        ),
    ]


def test_a_roster_that_its_own_guards_refuse_gives_5() -> None:
    write("team.yaml", GOOD.replace("min_admins: 2", "min_admins: 3"))
    result = validate("team.yaml")
    assert result.exit_code == 5
    assert result.stdout == "team.yaml: 3 members, 2 admins: refused\n"
    assert result.stderr.startswith("team.yaml: refused by guard min_admins: the ros")


def test_faults_weigh_more_than_refusals() -> None:
    write("bad.yaml", "x")
    write("empty.yaml", "members: []")
    assert validate("bad.yaml", "empty.yaml").exit_code == 2
    assert validate("empty.yaml", "bad.yaml").exit_code == 2


def test_files_are_judged_apart_or_together() -> None:
    write("admins.yaml", GOOD)
    write("others.yaml", "members: [{email: eve@example.com}]")
    apart = validate("admins.yaml", "others.yaml")
    assert apart.exit_code == 5
    assert "--together" in apart.stderr
    together = validate("--together", "admins.yaml", "others.yaml")
    assert together.exit_code == 0
    assert together.stdout == "admins.yaml + others.yaml: 4 members, 2 admins: ok\n"


def test_a_passed_last_day_is_a_warning() -> None:
    write("team.yaml", GOOD + "  - {email: eve@example.com, until: 2020-01-31}\n")
    result = validate("team.yaml")
    assert result.exit_code == 0
    assert result.stderr == (
        "team.yaml:6:13: warning: the last day of eve@example.com was 2020-01-31\n"
    )


def test_no_file_is_bad_flags() -> None:
    assert validate().exit_code == 2


def test_hostile_file_names_are_escaped() -> None:
    write("a\x1b[2J\n.yaml", "x")
    result = validate("a\x1b[2J\n.yaml")
    assert "\x1b" not in result.output
    assert len(result.output.splitlines()) == 2


def test_it_needs_neither_key_nor_pulumi(folder: Path) -> None:
    write("team.yaml", GOOD)
    program = (
        "import sys\n"
        "sys.modules['pulumi'] = None\n"
        "from pulumi_cerevox.cli import main\n"
        "main(['validate', 'team.yaml'])\n"
    )
    clean = {key: one for key, one in os.environ.items() if "CEREVOX" not in key}
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=clean | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")


DATED = """\
members:
  - {email: ada@example.com, role: admin}
  - {email: bob@example.com, until: 2027-03-31}
  - {email: cy@example.com, role: admin, role_until: 2027-04-02}
"""


@pytest.mark.parametrize(
    ("today", "days", "said"),
    [
        ("2027-03-31", "0", []),
        ("2027-04-01", "0", ["the last day of bob@example.com was 2027-03-31"]),
        (
            "2027-03-30",
            "4",
            [
                "the last day of bob@example.com is 2027-03-31, 1 day on",
                "the last day of cy@example.com as an admin is 2027-04-02, 3 days on",
            ],
        ),
        (
            "9999-12-31",
            "36500",
            [
                "the last day of bob@example.com was 2027-03-31",
                "the last day of cy@example.com as an admin was 2027-04-02",
            ],
        ),
    ],
)
def test_whose_last_day_has_passed_or_soon_will(
    monkeypatch: pytest.MonkeyPatch, today: str, days: str, said: list[str]
) -> None:
    write("team.yaml", DATED)
    monkeypatch.setenv("CEREVOX_TODAY", today)
    result = validate("team.yaml", "--expiring-days", days)
    assert result.exit_code == 0
    first, *lines = result.stderr.splitlines()
    assert first == f"as of {today} (CEREVOX_TODAY)"
    assert len(lines) == len(said)
    for line, text in zip(lines, said, strict=True):
        assert text in line


@pytest.mark.parametrize(
    ("expired", "counted"),
    [("report", "3 members, 1 admin"), ("remove", "2 members, 1 admin")],
)
def test_the_people_counted_are_those_whom_the_guards_judge(
    monkeypatch: pytest.MonkeyPatch, expired: str, counted: str
) -> None:
    write("team.yaml", f"expired: {expired}\nguards: {{min_admins: 2}}\n{DATED}")
    monkeypatch.setenv("CEREVOX_TODAY", "2027-04-03")
    result = validate("team.yaml")
    assert result.exit_code == 5
    assert "guard min_admins: the roster declares 1 admin" in result.stderr
    assert result.stdout == f"team.yaml: {counted}: refused\n"


@pytest.mark.parametrize("today", ["2027-W01-1", "soon", "2027-02-30"])
def test_a_day_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, today: str
) -> None:
    write("team.yaml", DATED)
    monkeypatch.setenv("CEREVOX_TODAY", today)
    result = validate("team.yaml")
    assert result.exit_code == 2
    assert "CEREVOX_TODAY must be a date, YYYY-MM-DD" in result.stderr
