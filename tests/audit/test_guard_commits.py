"""`guard --base-ref REF --roster FILE`: the old file, out of real git repositories."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pulumi_cerevox.cli import main

GUARDED = "guards: {required_admins: [ada@example.com]}\n"
OWNER = "  - {email: owner@example.com, role: admin}\n"
ADA = "  - {email: ada@example.com, role: admin}\n"
REST = "".join(f"  - {{email: p{number}@example.com}}\n" for number in range(38))
TEAM = f"{GUARDED}members:\n{OWNER}{ADA}{REST}"
FEWER = f"members:\n{OWNER}"
"""38 removals, the required admin's among them, and no guards any more."""


@pytest.fixture(autouse=True)
def _own_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for side in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{side}_NAME", "A")
        monkeypatch.setenv(f"GIT_{side}_EMAIL", "a@example.com")
    for place in ("GLOBAL", "SYSTEM"):
        monkeypatch.setenv(f"GIT_CONFIG_{place}", os.devnull)
    for name in ("CEREVOX_API_KEY", "CEREVOX_APPROVE", "CEREVOX_MAX_REMOVALS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "origin").mkdir()
    monkeypatch.chdir(tmp_path / "origin")
    git("init", "--quiet", "--initial-branch", "main")
    git("config", "uploadpack.allowFilter", "true")


def git(*words: str) -> str:
    run = subprocess.run(
        ["git", *words],  # noqa: S607  git as people have it
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()


def commit(**files: str | None) -> None:
    """Commit files, a `/` written as `__`; None takes one away."""
    for name, text in files.items():
        path = Path(f"{name.replace('__', '/')}.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", "a change")


def clone(*words: str) -> None:
    """Clone what was committed, and go there; the origin is away from then on."""
    origin = Path.cwd()
    subprocess.run(
        ["git", "clone", "--quiet", *words, origin.as_uri(), "../clone"],  # noqa: S607
        check=True,
    )
    os.chdir("../clone")
    origin.rename(origin.with_name("away"))


def guard(*files: str, ref: str = "HEAD^") -> Result:
    words = [word for file in files or ("team.yaml",) for word in ("--roster", file)]
    result = CliRunner().invoke(main, ["guard", "--base-ref", ref, *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def not_judged(result: Result, *said: str) -> None:
    assert result.exit_code == 4, result.output
    assert result.stdout.startswith("incomplete: 1 gap")
    told = " ".join(result.stderr.split())
    assert all(one in told for one in said), told


def refused(result: Result) -> None:
    assert result.exit_code == 5, result.output
    assert "required_admins" in result.stderr
    assert "remove 39" in result.stdout


def test_the_old_file_and_its_guards_are_those_of_the_commit() -> None:
    commit(team=TEAM)
    commit(team=FEWER)
    refused(guard())
    refused(guard(ref=git("rev-parse", "HEAD^")))
    assert guard(ref="HEAD").exit_code == 0
    Path("sub").mkdir()
    os.chdir("sub")
    not_judged(guard("../team.yaml"), "inside the repository")


def test_a_file_in_a_folder_is_named_from_where_the_command_runs() -> None:
    commit(people__team=TEAM)
    commit(people__team=FEWER)
    refused(guard("people/team.yaml"))
    refused(guard("./people//team.yaml"))
    os.chdir("people")
    refused(guard())


def test_a_file_that_the_commit_lacks_is_new() -> None:
    commit(readme="nobody: 1")
    commit(team=TEAM)
    result = guard()
    assert result.exit_code == 0, result.output
    assert "create 40" in result.stdout
    assert "new, for HEAD^ lacks it: team.yaml" in result.stdout


def test_a_new_file_in_what_was_a_file_is_new() -> None:
    commit(people="nobody: 1")
    Path("people.yaml").rename("people")
    commit()
    Path("people").unlink()
    commit(people__team=TEAM)
    assert guard("people/team.yaml").exit_code == 0


def test_a_roster_that_is_renamed_keeps_its_guards() -> None:
    commit(team=TEAM, other="members_of: [nobody]", list="- members")
    commit(team=None, other=None, list=None, people__all=FEWER)
    result = guard("people/all.yaml")
    refused(result)
    assert "this change takes away team.yaml" in " ".join(result.stdout.split())
    git("mv", "people/all.yaml", "again.yaml")
    assert guard("again.yaml", ref="HEAD").exit_code == 0


def test_a_roster_that_becomes_a_link_to_the_new_one_keeps_its_guards() -> None:
    commit(team=TEAM)
    commit(all=FEWER)
    Path("team.yaml").unlink()
    Path("team.yaml").symlink_to("all.yaml")
    refused(guard("all.yaml"))


def test_a_renamed_roster_that_can_not_be_read_is_a_gap() -> None:
    commit(team=f"{TEAM}  - {{email: ADA@example.com}}\n")
    commit(team=None, all=FEWER)
    not_judged(guard("all.yaml"), "the old guards and people are not known")


def test_one_of_several_files_may_be_new() -> None:
    commit(a=TEAM)
    commit(b="members:\n  - {email: zoe@example.com}\n")
    result = guard("a.yaml", "b.yaml")
    assert result.exit_code == 0, result.output
    assert "create 1" in result.stdout


def test_a_clone_that_is_whole() -> None:
    commit(team=TEAM)
    commit(team=FEWER)
    clone()
    refused(guard())


def test_a_clone_that_is_shallow() -> None:
    commit(team=TEAM)
    commit(team=FEWER)
    commit()
    clone("--depth", "2")
    assert guard().exit_code == 0
    not_judged(guard(ref="HEAD~2"), "which is shallow", "fetch-depth: 2", "GIT_DEPTH")


@pytest.mark.parametrize("kept", ["blob:none", "tree:0"])
def test_a_clone_without_blobs_or_trees_whose_origin_is_away(kept: str) -> None:
    commit(people__team=TEAM)
    commit(people__team=FEWER)
    clone("--filter", kept)
    not_judged(guard("people/team.yaml"), "the old guards and people are not known")


def test_a_clone_without_blobs_knows_all_the_same_which_file_is_new() -> None:
    commit(readme="nobody: 1")
    commit(team=TEAM)
    clone("--filter", "blob:none")
    assert guard().exit_code == 0


def test_a_renamed_roster_whose_old_file_is_away() -> None:
    commit(team=TEAM)
    commit(team=None, all=FEWER)
    clone("--filter", "blob:none")
    not_judged(guard("all.yaml"), "team.yaml", "clone without --filter")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("/etc/passwd", "inside the repository"),
        ("../origin/team.yaml", "inside the repository"),
        ("people/../team.yaml", "inside the repository"),
        ("", "inside the repository"),
        ("linked/team.yaml", "linked is a link"),
        ("link.yaml", "link.yaml is a link"),
        ("nested/team.yaml", "is a repository of its own"),
    ],
)
def test_a_path_that_git_can_not_follow(file: str, said: str) -> None:
    commit(team=TEAM, people__team=TEAM)
    Path("linked").symlink_to("people")
    Path("link.yaml").symlink_to("team.yaml")
    git("init", "--quiet", "nested")
    Path("nested/team.yaml").write_text(FEWER)
    result = guard(file, ref="HEAD")
    not_judged(result, said)
    assert "create 0" in result.stdout


def test_what_was_a_link_in_the_commit_is_not_new() -> None:
    commit(people__team=TEAM)
    Path("linked").symlink_to("people")
    Path("link.yaml").symlink_to("people/team.yaml")
    commit()
    for link in (Path("linked"), Path("link.yaml")):
        link.unlink()
    shutil.copytree("people", "linked")
    Path("linked/team.yaml").write_text(FEWER)
    Path("link.yaml").write_text(FEWER)
    not_judged(guard("linked/team.yaml", ref="HEAD"), "in the commit linked is a link")
    not_judged(guard("link.yaml", ref="HEAD"), "in the commit link.yaml is a link")


@pytest.mark.parametrize("ref", ["nowhere", "--help", "", "HEAD:team.yaml", "0" * 40])
def test_a_commit_that_is_none(ref: str) -> None:
    commit(team=TEAM)
    result = guard(ref=ref)
    not_judged(result, "names no commit of this repository")
    assert "create 40" in result.stdout


def test_outside_of_a_repository(tmp_path: Path) -> None:
    os.chdir(tmp_path)
    Path("team.yaml").write_text(TEAM)
    not_judged(guard(), "not a git repository")


def test_a_repository_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container; git says itself what to do."""
    commit(team=TEAM)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    not_judged(guard(), "dubious ownership", "safe.directory")


def test_without_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    commit(team=TEAM)
    monkeypatch.setenv("PATH", str(tmp_path))
    not_judged(guard(), "there is no `git` on PATH")


def test_a_new_file_that_is_broken_is_bad_input() -> None:
    commit(team=TEAM)
    Path("team.yaml").write_text("members: [")
    assert guard(ref="HEAD").exit_code == 2
    Path("team.yaml").unlink()
    assert guard(ref="HEAD").exit_code == 2


def test_machines_are_told_the_same() -> None:
    commit(team=TEAM)
    commit(team=FEWER)
    words = ["--base-ref", "HEAD^", "--roster", "team.yaml", "--format", "json"]
    result = CliRunner().invoke(main, ["guard", *words])
    document: dict[str, Any] = json.loads(result.stdout)
    assert document["verdict"] == "refused"
    assert document["sources"] == ["HEAD^:team.yaml", "team.yaml"]
