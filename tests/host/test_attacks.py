"""Attacks by pull request: `validate`, `guard` and the preview refuse each of them.

The account has an owner of the first file, who decides, and one of the second, who owns
a part of the people and wants more. `validate` knows no file before the change, so what
only the old guards refuse is refused by `guard` and the preview alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pulumi import RunError

from pulumi_cerevox import Roster
from pulumi_cerevox.cli import main
from pulumi_cerevox.roster import RosterFileError, read_rosters

FIRST = """\
guards: {allowed_admins: [owner@example.com, ada@example.com]}
undeclared: report
members:
  - {email: owner@example.com, role: admin}
  - {email: ada@example.com, role: admin}
"""
PART = "members:\n  - {email: eve@example.com}\n  - {email: bob@example.com}\n"
EVE_ADMIN = PART.replace("eve@example.com", "eve@example.com, role: admin")
MALLORY = PART + "  - {email: mallory@example.com, role: admin}\n"
WITH_EVE = FIRST.replace("ada@example.com]", "ada@example.com, eve@example.com]")
UNGUARDED = FIRST.partition("\n")[2]
RAISED = "  - {email: mallory@example.com, role: admin}\n"
BAD_FILE, REFUSED = 2, 5


@dataclass
class Attack:
    """A pull request: both files after it, and what refuses it."""

    name: str
    sign: str
    first: str = FIRST
    part: str = PART
    files: tuple[str, ...] = ("first.yaml", "part.yaml")
    needs_old: bool = False


ALONE = "may stand in the first file alone"
NO_ADMIN = "may not be an admin here"
GUARD = "refused by guard allowed_admins: not allowed as admin: "
ATTACKS = [
    *(
        Attack(
            f"the part says {key}: {value}",
            f"{key} {ALONE}",
            part=f"{key}: {value}\n{PART}",
        )
        for key, value in (
            ("undeclared", "remove"),
            ("undeclared", "ignore"),
            ("expired", "remove"),
            ("on_destroy", "remove_created"),
            ("account_id", "acc_other"),
            ("guards", "{max_removals: {count: 99, fraction: 1}}"),
            ("guards", "{allowed_admins: [eve@example.com]}"),
            ("guards", "{min_admins: 0, protect_self: false}"),
        )
    ),
    Attack("the part makes its owner an admin", NO_ADMIN, part=EVE_ADMIN),
    Attack("the part adds an admin", NO_ADMIN, part=MALLORY),
    Attack(
        "the part names itself the first",
        NO_ADMIN,
        part=f"guards: {{allowed_admins: [eve@example.com]}}\n{EVE_ADMIN}",
        first=UNGUARDED.partition("\n")[2],
        files=("part.yaml", "first.yaml"),
    ),
    Attack(
        "somebody allows and makes themselves in the first file",
        f"{GUARD}mallory@example.com",
        first=WITH_EVE.replace("eve@", "mallory@") + RAISED,
        needs_old=True,
    ),
    Attack(
        "somebody allows themselves in the first file and is raised in the part",
        f"{GUARD}eve@example.com",
        first=WITH_EVE,
        part=EVE_ADMIN,
        needs_old=True,
    ),
    Attack(
        "the list goes, and somebody is made an admin",
        f"{GUARD}mallory@example.com",
        first=UNGUARDED + RAISED,
        needs_old=True,
    ),
    Attack(
        "the list is empty, and somebody is made an admin",
        f"{GUARD}mallory@example.com",
        first=f"guards: {{allowed_admins: []}}\n{UNGUARDED}{RAISED}",
        needs_old=True,
    ),
    Attack(
        "the part brings its own list as the only file",
        f"{GUARD}eve@example.com",
        part=f"guards: {{allowed_admins: [eve@example.com]}}\n{EVE_ADMIN}",
        files=("part.yaml",),
        needs_old=True,
    ),
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with the two files as they were."""
    monkeypatch.chdir(tmp_path)
    for name in ("CEREVOX_API_KEY", "CEREVOX_APPROVE", "CEREVOX_ACCOUNT_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, text in (("first.yaml", FIRST), ("part.yaml", PART)):
        Path(name).write_text(text)
        Path(f"old-{name}").write_text(text)
    return tmp_path


def properties(*files: str) -> dict[str, Any]:
    """Return what `Roster.from_file` declares."""
    roster = read_rosters(files)
    members = {one.email: {"role": one.role} for one in roster.members}
    guards = roster.guards.to_properties()
    return {"members": members, "guards": guards, "undeclared": roster.undeclared}


def commanded(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, words)
    return result.exit_code, result.stderr


@pytest.fixture
def previewed(roster_host: Callable[..., Any]) -> Callable[..., str]:
    """Return the text with which a preview refuses files; "" where it does not."""
    host = roster_host()
    olds = host.check(properties("old-first.yaml", "old-part.yaml"))
    assert "failures" not in olds

    def preview(*files: str) -> str:
        try:
            news = properties(*files)
        except RosterFileError:
            with pytest.raises(RunError) as caught:
                Roster.from_file("team", *files)
            return str(caught.value)
        failures = host.check(news, olds).get("failures", [])
        return "\n".join(text for _, text in failures)

    return preview


def judged(*files: str) -> tuple[int, str]:
    sides = ["--base", "old-first.yaml", "--base", "old-part.yaml"]
    return commanded("guard", *sides, *(f"--roster={file}" for file in files))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: one.name)
def test_an_attack_is_refused(attack: Attack, previewed: Callable[..., str]) -> None:
    Path("first.yaml").write_text(attack.first)
    Path("part.yaml").write_text(attack.part)
    code, told = commanded("validate", "--together", *attack.files)
    assert (code, attack.sign in told) == (
        (0, False) if attack.needs_old else (BAD_FILE, True)
    )
    code, told = judged(*attack.files)
    assert code == (REFUSED if attack.needs_old else BAD_FILE)
    assert attack.sign in told
    assert attack.sign in previewed(*attack.files)


def test_whoever_decides_may_do_the_same_in_two_changes(
    previewed: Callable[..., str],
) -> None:
    Path("first.yaml").write_text(WITH_EVE)
    assert judged("first.yaml", "part.yaml")[0] == 0
    assert not previewed("first.yaml", "part.yaml")
    Path("old-first.yaml").write_text(WITH_EVE)
    Path("part.yaml").write_text(EVE_ADMIN)
    assert commanded("validate", "--together", "first.yaml", "part.yaml")[0] == 0
    assert judged("first.yaml", "part.yaml")[0] == 0
