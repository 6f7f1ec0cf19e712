"""`pulumi-cerevox diff`: who came, went or changed between two days."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pulumi_cerevox.cli import main
from pulumi_cerevox.testing import EmulatorProcess
from tests.audit.conftest import Auditor
from tests.audit.samples import HOSTILE_NAMES

Write = Callable[..., str]
OLD = """\
members:
  - {email: ada@example.com, name: Ada, role: admin}
  - {email: bob@example.com, role: admin}
  - {email: carol@example.com}
  - {email: dan@example.com, name: Dan}
  - {email: Eve@example.com, name: Evelyn}
  - {email: henry@example.com}
"""
NEW = """\
members:
  - {email: ada@example.com, role: admin, note: the boss}
  - {email: bob@example.com}
  - {email: dan@example.com, name: Daniel, role: admin}
  - {email: eve@example.com, name: Eve}
  - {email: frank@example.com, role: admin}
  - {email: grace@example.com}
  - {email: henry@example.com, name: Henry}
"""
STACKS = Path(__file__).parents[1] / "data" / "stacks"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.yaml").write_text(OLD)
    Path("new.yaml").write_text(NEW)


def diff(*words: str, given: str | None = None) -> Result:
    result = CliRunner().invoke(main, ["diff", *words], input=given)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def document(*words: str) -> dict[str, Any]:
    result = diff(*words, "--format", "json")
    told: dict[str, Any] = json.loads(result.stdout)
    assert told["exit_code"] == result.exit_code
    assert told["headline"] in result.stderr
    return told


def kinds(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["email"], one["kind"]) for one in told["differences"]]


def test_two_rosters_differ_by_who_came_went_and_changed() -> None:
    told = document("old.yaml", "new.yaml")
    assert kinds(told) == [
        ("dan@example.com", "promote"),
        ("frank@example.com", "create"),
        ("carol@example.com", "remove"),
        ("bob@example.com", "demote"),
        ("grace@example.com", "create"),
        ("eve@example.com", "update"),
    ]
    assert told["headline"] == "2 came, 1 went, 3 changed; 2 the same"
    assert told["exit_code"] == 7
    dan = told["differences"][0]
    assert dan["before"] == {"role": "member", "name": "Dan"}
    assert dan["after"] == {"role": "admin", "name": "Daniel"}


def test_the_text_says_it_in_words() -> None:
    result = diff("old.yaml", "new.yaml")
    assert result.exit_code == 7
    assert result.stdout.splitlines() == [
        "2 came, 1 went, 3 changed; 2 the same",
        "old.yaml against new.yaml",
        "- dan@example.com: member became admin; the name was Dan",
        "- frank@example.com: came, as admin",
        "- carol@example.com: went; was member",
        "- bob@example.com: admin became member",
        "- grace@example.com: came, as member",
        "- eve@example.com: the name was Evelyn",
    ]


def test_there_is_a_table_for_pull_requests() -> None:
    text = diff("old.yaml", "new.yaml", "--format", "markdown").stdout
    assert "| `carol@example.com` | went; was `member` |" in text


def test_no_difference_is_0_and_asked_for_zero_is_too() -> None:
    same = diff("old.yaml", "old.yaml")
    assert (same.exit_code, same.stdout.splitlines()[0]) == (
        0,
        "no difference; 6 the same",
    )
    assert diff("old.yaml", "new.yaml", "--exit-zero").exit_code == 0


def test_one_side_may_be_stdin() -> None:
    result = diff("-", "new.yaml", given=OLD)
    assert result.stdout.splitlines()[1] == "- against new.yaml"
    assert result.exit_code == 7
    both = diff("-", "-", given=OLD)
    assert both.exit_code == 2
    assert "there is one stdin" in both.stderr


def test_two_audits_differ_by_who_was_in_the_account(
    account: EmulatorProcess, roster: Write, run: Auditor
) -> None:
    source = roster()
    run(source, "--all")
    Path("audit.json").rename("monday.json")
    account.patch_user("bob@example.com", email="robert@example.com")
    account.patch_user("ada@example.com", role="member")
    account.add_user("mallory@example.com", role="member")
    run(source, "--all")
    told = document("monday.json", "audit.json")
    assert kinds(told) == [
        ("ada@example.com", "demote"),
        ("mallory@example.com", "create"),
        ("robert@example.com", "email"),
    ]
    assert told["differences"][-1]["was"] == "bob@example.com"
    text = diff("monday.json", "audit.json").stdout
    assert "- robert@example.com: the email was bob@example.com" in text
    # Who is declared against who was there.
    assert ("bob@example.com", "remove") in kinds(document(source, "audit.json"))


def test_a_stack_says_whom_it_declares() -> None:
    stack = str(STACKS / "users.json")
    assert document(stack, stack)["headline"] == "no difference; 5 the same"
    secret = document(str(STACKS / "secret.json"), stack)
    assert secret["exit_code"] == 4
    assert secret["headline"].startswith("incomplete: ")


def test_an_audit_without_everybody_is_refused(roster: Write, run: Auditor) -> None:
    run(roster())
    result = diff("audit.json", "old.yaml")
    assert result.exit_code == 2
    assert "this audit lists findings alone; make it with" in result.stderr


def test_an_audit_with_gaps_is_never_without_a_difference(
    account: EmulatorProcess, roster: Write, run: Auditor
) -> None:
    account.add_fault(method="GET", path="/users", status=403, times=9)
    run(roster(), "--all")
    assert document("audit.json", "audit.json")["exit_code"] == 4


@pytest.mark.parametrize(
    ("old", "new", "sign"),
    [
        (
            "account_id: acc_1\n" + OLD,
            "account_id: acc_2\n" + NEW,
            "about account acc_",
        ),
        ("members: [1]\n", NEW, "old.yaml:1:11: "),
        ("", NEW, "old.yaml: is empty"),
        ('{"verdict": "drift"}', NEW, "is no audit in version 1"),
    ],
)
def test_what_cannot_be_compared_is_told(old: str, new: str, sign: str) -> None:
    Path("old.yaml").write_text(old)
    Path("new.yaml").write_text(new)
    result = diff("old.yaml", "new.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert sign in result.stderr


def test_one_redacted_side_is_told(roster: Write, run: Auditor) -> None:
    run(roster(), "--all", "--redact")
    Path("audit.json").rename("hidden.json")
    run(roster(), "--all")
    result = diff("hidden.json", "audit.json")
    assert result.exit_code == 2
    assert "the emails of one side are redacted" in result.stderr
    assert diff("hidden.json", "hidden.json").exit_code == 0


@pytest.mark.parametrize("form", ["console", "json", "markdown"])
def test_a_name_does_nothing(
    account: EmulatorProcess, roster: Write, run: Auditor, form: str
) -> None:
    # The emulator's own JSON holds no half of a surrogate pair.
    names = [name for name in HOSTILE_NAMES if name.isascii()]
    for number, name in enumerate(names):
        account.add_user(f"p{number}@example.com", name=name, role="member")
    run(roster(), "--all")
    Path("audit.json").rename("monday.json")
    for number in range(len(names)):
        account.patch_user(f"p{number}@example.com", name="harmless")
    run(roster(), "--all")
    text = diff("monday.json", "audit.json", "--format", f"{form}=-").stdout
    assert len(text.splitlines()) > len(names)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert not any(line.startswith("::error::") for line in text.splitlines())
    if form == "markdown":
        outside = "".join(re.split("`+[^`]*`+", text))
        assert "<" not in outside


def test_the_recipe_keeps_the_history_of_an_account_in_git(
    account: EmulatorProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "audit.md").read_text()
    block = page.split("Run this each night")[1].split("```")[1]
    recipe = re.findall(r"^\$ (.*)", block, re.MULTILINE)
    assert len(recipe) == 5
    bin_folder = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{bin_folder}{os.pathsep}{os.environ['PATH']}")
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Robot")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "robot@example.com")

    def shell(script: str, folder: Path) -> str:
        return subprocess.run(
            ["/bin/sh", "-ec", script],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    shell("git init -q --bare origin.git; git clone -q origin.git clone", tmp_path)
    clone = tmp_path / "clone"
    shell("git commit -q --allow-empty -m begin; git push -q -u origin HEAD", clone)
    night = "\n".join(recipe[:-1])
    shell(night, clone)
    shell(night, clone)
    account.add_user("mallory@example.com", role="member")
    account.remove_user("bob@example.com")
    told = shell("\n".join(recipe), clone)
    assert "- mallory@example.com: came, as member" in told
    assert "- bob@example.com: went; was member" in told
    # A night without a change makes no commit.
    assert shell("git log --oneline", tmp_path / "origin.git").count("\n") == 3
