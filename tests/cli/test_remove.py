"""`pulumi-cerevox remove`: who goes, who is refused, and what becomes of the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pulumi_cerevox.account import Account
from pulumi_cerevox.cli import main
from pulumi_cerevox.testing import EmulatorProcess

TEAM = """# People
members:
  - {email: owner@example.com, role: admin}
  - {email: ada@example.com, role: admin}    # on call
  # who comes in March
  - {email: bob@example.com, note: contractor}
"""
LOGGED_IN = "2026-11-01T08:00:00Z"


@pytest.fixture
def people(
    cerevox_environment: EmulatorProcess,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> EmulatorProcess:
    """Run in a folder with a roster file, on an account with three people."""
    for email, role in (("ada@example.com", "admin"), ("bob@example.com", "member")):
        cerevox_environment.add_user(
            email, name=email.partition("@")[0].title(), role=role, lastlogin=LOGGED_IN
        )
    (tmp_path / "team.yaml").write_text(TEAM)
    monkeypatch.chdir(tmp_path)
    return cerevox_environment


def remove(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(main, ["remove", *arguments], input=answer)


def emails(account: Account) -> set[str]:
    return {user.email for user in account.list_users()}


@pytest.mark.usefixtures("people")
def test_who_it_is_is_shown_and_asked(
    cerevox_account: Account,
) -> None:
    refused = remove("BOB@example.com", answer="n\n")
    assert refused.exit_code == 1
    assert "bob@example.com (Bob), member, last login 2026-11-01" in refused.stdout
    assert "nobody was removed" in refused.stderr
    unanswered = remove("bob@example.com")
    assert unanswered.exit_code == 2
    assert "--yes" in unanswered.stderr
    assert "bob@example.com" in emails(cerevox_account)
    agreed = remove("bob@example.com", answer="y\n")
    assert agreed.exit_code == 0
    assert "removed bob@example.com from account " in agreed.stdout
    assert "take them out there too" in agreed.stdout
    assert "bob@example.com" not in emails(cerevox_account)


def test_whoever_has_a_hostile_name_is_shown_escaped(people: EmulatorProcess) -> None:
    hostile = "eve\x1b[2J\u202e@example.com"
    people.add_user(hostile, name="E\x1b[2J", role="member", lastlogin=LOGGED_IN)
    done = remove(hostile, "--yes")
    assert done.exit_code == 0, done.output
    assert r"eve\x1b[2J\u202e@example.com (E\x1b[2J), member" in done.stdout
    assert r"removed eve\x1b[2J\u202e@example.com from account" in done.stdout
    assert all(char.isprintable() or char == "\n" for char in done.output)


@pytest.mark.usefixtures("people")
def test_the_file_s_line_goes_and_nothing_else(
    cerevox_account: Account,
) -> None:
    told = remove("bob@example.com", "--roster", "team.yaml", "--yes")
    assert told.exit_code == 0
    assert "team.yaml:6:13: take bob@example.com out of this file too" in told.stdout
    assert Path("team.yaml").read_text() == TEAM
    again = remove("bob@example.com", "--roster", "team.yaml", "--yes", "--write")
    assert again.exit_code == 0
    assert "is not in account" in again.stdout
    lines = TEAM.splitlines(keepends=True)
    assert Path("team.yaml").read_text() == "".join(lines[:-1])
    unknown = remove("bob@example.com", "--roster", "team.yaml", "--yes")
    assert unknown.exit_code == 2
    assert "nobody in account" in unknown.stderr
    assert emails(cerevox_account) == {"owner@example.com", "ada@example.com"}


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("email", "settings", "guard"),
    [
        pytest.param("owner@example.com", "", "protect_self", id="self"),
        pytest.param(
            "ada@example.com",
            "guards: {required_admins: [ada@example.com]}\n",
            "required_admins",
            id="required",
        ),
        pytest.param(
            "ada@example.com", "guards: {min_admins: 2}\n", "min_admins", id="last"
        ),
        pytest.param(
            "bob@example.com",
            "guards: {max_removals: {count: 0, fraction: 0}}\n",
            "max_removals",
            id="limit",
        ),
    ],
)
def test_a_guard_refuses(
    cerevox_account: Account,
    email: str,
    settings: str,
    guard: str,
) -> None:
    Path("team.yaml").write_text(settings + TEAM)
    before = emails(cerevox_account)
    refused = remove(email, "--roster", "team.yaml", "--yes", "--write")
    assert refused.exit_code == 5
    assert f"refused by guard {guard}" in refused.stderr
    assert "Nobody was removed." in refused.stderr
    assert Path("team.yaml").read_text() == settings + TEAM
    assert emails(cerevox_account) == before


@pytest.mark.usefixtures("people")
def test_a_file_that_cannot_be_edited_stops_it_before_the_account(
    cerevox_account: Account,
) -> None:
    Path("team.yaml").write_text("members:\n  - email: bob@example.com\n")
    refused = remove("bob@example.com", "--roster", "team.yaml", "--yes", "--write")
    assert refused.exit_code == 2
    assert "only member. Nobody was removed" in refused.stderr
    assert "bob@example.com" in emails(cerevox_account)
    Path("team.yaml").write_text("members: 3\n")
    unreadable = remove("bob@example.com", "--roster", "team.yaml", "--yes")
    assert unreadable.exit_code == 2
    assert "team.yaml:1:10" in unreadable.stderr


def test_a_roster_that_is_refused_without_them_is_named(
    people: EmulatorProcess, cerevox_account: Account
) -> None:
    people.add_user("eve@example.com", name="Eve", role="admin", lastlogin=LOGGED_IN)
    Path("team.yaml").write_text("guards: {min_admins: 2}\n" + TEAM)
    removed = remove("ada@example.com", "--roster", "team.yaml", "--yes", "--write")
    assert removed.exit_code == 0
    assert "ada@example.com" not in emails(cerevox_account)
    assert "the roster is refused without them" in removed.stderr


@pytest.mark.usefixtures("people")
def test_another_account_s_key_and_a_bad_key_remove_nobody(
    cerevox_account: Account,
) -> None:
    Path("team.yaml").write_text("account_id: acc_other\n" + TEAM)
    other = remove("bob@example.com", "--roster", "team.yaml", "--yes", "--write")
    assert other.exit_code == 2
    assert "belongs to account acc_other" in other.stderr
    bad = CliRunner(env={"CEREVOX_API_KEY": "cvx_wrong"}).invoke(
        main, ["remove", "bob@example.com", "--yes"]
    )
    assert bad.exit_code == 3
    assert "bob@example.com" in emails(cerevox_account)


@pytest.mark.usefixtures("people")
def test_somebody_whom_the_file_does_not_declare_is_removed_and_the_file_stays(
    cerevox_account: Account,
) -> None:
    text = TEAM.replace("bob@example.com", "cy@example.com")
    Path("team.yaml").write_text(text)
    told = remove("bob@example.com", "--roster", "team.yaml", "--yes", "--write")
    assert told.exit_code == 0
    assert "team.yaml: bob@example.com is not declared there" in told.stdout
    assert Path("team.yaml").read_text() == text
    assert "bob@example.com" not in emails(cerevox_account)


def test_nobody_real_is_removed_while_another_day_is_set() -> None:
    words = ["remove", "bob@example.com", "--yes"]
    env = {
        "CEREVOX_TODAY": "2027-04-01",
        "CEREVOX_BASE_URL": "https://cerevox.invalid/v1",
        "CEREVOX_API_KEY": "no key",
    }
    result = CliRunner().invoke(main, words, env=env)
    assert result.exit_code == 2
    assert "CEREVOX_TODAY is set, and the account is a real one" in result.stderr
