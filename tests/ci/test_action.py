"""action.yml: its steps, run as a runner runs them, on a real Git and account."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_cerevox.testing import EmulatorProcess
from tests.ci.pull_request import PullRequest
from tests.ci.runner import ROOT, Ran, Runner

Commit = Callable[..., Path]
MARKER = "<!-- Sticky Pull Request Commentpulumi-cerevox: guard/prod -->"
TEAM = """\
members:
  - {email: ada@example.com, role: admin}
  - {email: grace@example.com, role: admin}
  - {email: bob@example.com}
"""
MORE = TEAM + "  - {email: carol@example.com}\n"
WITHOUT_ADA = TEAM.replace("  - {email: ada@example.com, role: admin}\n", "")
GUARDED = "guards: {required_admins: [ada@example.com]}\n"


def guard(runner: Runner, **inputs: str) -> Ran:
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    base = {"command": "guard", "stack": "prod", "package": "pulumi-cerevox"}
    return runner.action(base | given)


def test_a_change_that_passes(
    runner: Runner, commit: Commit, pull_request: PullRequest
) -> None:
    commit({"team.yaml": TEAM})
    commit({"team.yaml": MORE})
    ran = guard(runner)
    assert (ran.code, ran.commands) == (0, [])
    assert ran.summary.startswith("## Cerevox guard: passed: promote 0, create 1, ")
    assert "carol@example.com" in ran.log
    (body,) = pull_request.comments
    assert body == f"{ran.summary}\n{MARKER}"
    reports = Path(ran.outputs.pop("reports"))
    document = json.loads((reports / "guard.json").read_text())
    assert ran.outputs == {
        "exit-code": "0",
        "verdict": "passed",
        "digest": document["digest"],
        "plan-digest": document["plan_digest"],
        "changes": "1",
    }
    assert (reports / "guard.md").read_text() == ran.summary
    for digest in (document["digest"], document["plan_digest"]):
        assert f"`{digest}`" in body


def test_a_change_that_is_refused_is_reported_before_the_job_fails(
    runner: Runner, commit: Commit, pull_request: PullRequest
) -> None:
    commit({"team.yaml": GUARDED + TEAM})
    commit({"team.yaml": WITHOUT_ADA})
    ran = guard(runner)
    assert ran.code == 5
    assert ran.names[-2:] == ["Comment", "Verdict"]
    assert ran.outputs["verdict"] == "refused"
    assert "required_admins" in ran.summary
    assert "required_admins" in pull_request.comments[0]


def test_an_approval_lets_exactly_this_change_pass(
    runner: Runner, commit: Commit
) -> None:
    members = "".join(f"  - {{email: p{one}@example.com}}\n" for one in range(20))
    commit({"team.yaml": TEAM + members})
    commit({"team.yaml": TEAM})
    runner.environment["CEREVOX_ACCOUNT_ID"] = "acc_1"
    refused = guard(runner)
    assert refused.code == 5
    runner.environment["CEREVOX_APPROVE"] = refused.outputs["digest"]
    passed = guard(runner)
    assert passed.code == 0
    assert "passed by approval" in passed.summary


def test_where_nothing_changes_there_is_no_comment_but_an_old_one_is_corrected(
    runner: Runner, commit: Commit, pull_request: PullRequest
) -> None:
    commit({"team.yaml": TEAM})
    commit({"readme.md": "nobody"})
    assert guard(runner).code == 0
    assert pull_request.comments == []
    commit({"team.yaml": MORE})
    guard(runner)
    commit({"readme.md": "nobody at all"})
    assert guard(runner).code == 0
    (body,) = pull_request.comments
    assert "create 0" in body


def test_it_compares_with_what_the_pull_request_is_merged_into(
    runner: Runner, commit: Commit, outer: dict[str, str]
) -> None:
    folder = commit({"team.yaml": TEAM})

    def git(*words: str) -> None:
        subprocess.run(
            ["/usr/bin/env", "git", *words], cwd=folder, env=outer, check=True
        )

    git("switch", "--quiet", "--create", "change")
    commit(
        {"team.yaml": TEAM.replace("bob@example.com}", "bob@example.com, name: Bob}")}
    )
    git("switch", "--quiet", "main")
    people = "members:\n  - {email: zoe@example.com}\n"
    commit({"team.yaml": people + TEAM.removeprefix("members:\n")})
    git("merge", "--quiet", "--no-edit", "change")
    ran = guard(runner)
    assert ran.outputs["changes"] == "1"
    assert "remove 0" in ran.summary


def test_several_files_in_a_folder_and_a_new_one_among_them(
    runner: Runner, commit: Commit
) -> None:
    other = "members:\n  - {email: zoe@example.com}\n"
    commit({"people/a.yaml": TEAM})
    commit({"people/b c.yaml": other})
    ran = guard(runner, roster="a.yaml\nb c.yaml\n\n", working_directory="people")
    assert ran.code == 0
    assert ran.outputs["changes"] == "1"


def test_a_preview_in_place_of_two_files(runner: Runner, commit: Commit) -> None:
    commit({"preview.json": '{"steps": ['})
    ran = guard(runner, preview="preview.json")
    assert ran.code == 4
    assert ran.outputs["verdict"] == "error"


def test_options_are_passed_on_word_by_word(runner: Runner, commit: Commit) -> None:
    commit({"team.yaml": MORE})
    commit({"team.yaml": TEAM})
    assert guard(runner, arguments="--max-removals\n0\n").code == 5
    assert guard(runner).code == 0


def test_a_command_that_there_is_not_is_an_annotation(
    runner: Runner, commit: Commit
) -> None:
    commit({"team.yaml": TEAM})
    ran = guard(runner, command="apply")
    assert ran.code == 2
    assert len(ran.commands) == 1
    assert ran.commands[0].endswith("command is guard or audit.")


@pytest.mark.parametrize("arguments", ["--help", "--format\njson=elsewhere\n--help"])
def test_no_report_is_never_a_pass(
    runner: Runner, commit: Commit, arguments: str
) -> None:
    commit({"team.yaml": TEAM})
    commit({"team.yaml": WITHOUT_ADA})
    ran = guard(runner, arguments=arguments)
    assert (ran.code, ran.outputs["verdict"]) == (4, "error")
    assert "wrote no report, so nothing was judged" in ran.commands[0]
    assert "no judgement, exit code 4" in ran.summary


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"base_ref": "HEAD^7"}, "names no commit of this repository"),
        ({"base_ref": "--help"}, "names no commit of this repository"),
        ({"roster": "/etc/passwd"}, "inside the repository"),
        ({"roster": "linked/team.yaml"}, "linked is a link"),
    ],
)
def test_a_roster_that_only_seems_to_be_new_is_not_judged(
    runner: Runner, commit: Commit, inputs: dict[str, str], said: str
) -> None:
    """What else keeps git from showing the old file: tests/audit has the table."""
    commit({"team.yaml": TEAM, "people/team.yaml": TEAM})
    folder = commit({"team.yaml": MORE, "people/team.yaml": WITHOUT_ADA})
    (folder / "linked").symlink_to("people")
    ran = guard(runner, **inputs)
    assert (ran.code, ran.outputs["verdict"]) == (4, "incomplete")
    assert said in ran.log
    assert said in " ".join(ran.summary.split())


def test_a_clone_that_lacks_the_old_roster_does_not_pass(
    runner: Runner, commit: Commit, outer: dict[str, str]
) -> None:
    """`actions/checkout` without fetch-depth takes the last commit alone."""
    commit({"team.yaml": GUARDED + TEAM})
    folder = commit({"team.yaml": WITHOUT_ADA})
    whole = folder.rename(folder.with_name("whole"))
    subprocess.run(
        ["/usr/bin/env", "git", "clone", "-q", "--depth=1", whole.as_uri(), folder],
        env=outer,
        check=True,
    )
    ran = guard(runner)
    assert ran.code == 4
    assert "fetch-depth: 2" in ran.summary


def test_a_judgement_that_was_not_made_replaces_the_one_before(
    runner: Runner, commit: Commit, pull_request: PullRequest
) -> None:
    commit({"team.yaml": TEAM})
    commit({"team.yaml": MORE})
    guard(runner)
    commit({"team.yaml": "members: ["})
    ran = guard(runner)
    assert ran.code == 2
    assert "team.yaml:2:1: " in ran.log
    (body,) = pull_request.comments
    assert "## Cerevox guard: no judgement, exit code 2" in body
    assert "carol" not in body
    assert ran.outputs["verdict"] == "error"


def test_a_roster_that_was_taken_away(runner: Runner, commit: Commit) -> None:
    commit({"team.yaml": TEAM})
    commit({"team.yaml": None})
    ran = guard(runner)
    assert ran.code == 2
    assert "team.yaml" in ran.log


def test_a_fork_s_token_may_not_write_and_the_verdict_stands(
    runner: Runner, commit: Commit, pull_request: PullRequest
) -> None:
    commit({"team.yaml": TEAM})
    commit({"team.yaml": MORE})
    pull_request.refusal = "Resource not accessible by integration"
    ran = guard(runner)
    assert ran.code == 0
    error, warning = ran.commands
    assert error == "::error::Resource not accessible by integration"
    assert warning.startswith("::warning title=pulumi-cerevox::The comment was not")
    assert "pull-requests: write" in warning


def test_no_comment_and_no_summary_where_none_is_wanted(
    runner: Runner, commit: Commit, pull_request: PullRequest
) -> None:
    commit({"team.yaml": TEAM})
    commit({"team.yaml": MORE})
    ran = guard(runner, comment="false", summary="false")
    assert "Comment" not in ran.names
    assert (ran.summary, pull_request.comments) == ("", [])
    runner.contexts["github"]["event"] = {"schedule": "17 3 * * *"}
    assert "Comment" not in guard(runner).names


HOSTILE = (
    "](x) `` ```|<img src=x> @acme/admins",
    "::error::owned $(touch owned) `touch owned` ##[error]owned",
    "\\n::set-output name=a::b\\n<!-- Sticky Pull Request Commentguard/prod -->",
)


def test_names_are_text_and_nothing_else(
    runner: Runner, commit: Commit, pull_request: PullRequest
) -> None:
    folder = commit({"team.yaml": TEAM})
    name = "$(touch owned) `touch owned` ;team.yaml"
    people = "".join(
        f'  - {{email: eve{number}@example.com, role: admin, name: "{one}"}}\n'
        for number, one in enumerate(HOSTILE)
    )
    commit({name: TEAM + people})
    ran = guard(runner, roster=f"{name}\n::error::x\n")
    assert ran.code == 2
    ran = guard(runner, roster=name)
    assert (ran.code, ran.commands) == (0, [])
    assert all(f"eve{number}@" in pull_request.comments[0] for number in range(3))
    assert not list(folder.rglob("owned"))
    for stack in ("$(touch owned) --> prod", "prod\nverdict=passed"):
        ran = guard(runner, stack=stack)
        assert (ran.code, len(ran.commands)) == (2, 1)
        assert "stack is no name" in ran.log
        assert ran.outputs["verdict"] == "error"
        assert "-->" not in ran.summary
    assert not list(folder.rglob("owned"))


TRAP = "open(__file__.rpartition('/')[0] + '/owned', 'w').close()\n"
MODULES = (
    "json", "pathlib", "pip", "venv", "ensurepip", "yaml", "click", "requests",
    "sitecustomize", "usercustomize", "pulumi_cerevox", "setuptools", "sys", "re",
)  # fmt: skip


def test_it_installs_the_code_beside_it_and_runs_none_of_the_checkout(
    runner: Runner, commit: Commit
) -> None:
    (runner.temp / "pulumi-cerevox").unlink()
    commit({"team.yaml": TEAM})
    traps = {f"{name}.py": TRAP for name in MODULES}
    folder = commit({"team.yaml": MORE, **traps})
    # The trap works: what `python -m` does in such a folder.
    subprocess.run([sys.executable, "-m", "pip"], cwd=folder, check=False)
    (folder / "owned").unlink()
    ran = guard(runner, package="", python=sys.executable)
    assert ran.code == 0, ran.log
    assert not list(folder.rglob("owned"))
    version = (ROOT / "pyproject.toml").read_text().split('version = "')[1]
    shown = subprocess.run(
        [runner.temp / "pulumi-cerevox/bin/pulumi-cerevox", "--version"],
        cwd=runner.temp,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert version.partition('"')[0] in shown


def test_a_python_that_is_too_old_says_what_to_run_before(
    runner: Runner, commit: Commit
) -> None:
    folder = commit({"team.yaml": TEAM})
    old = folder / "old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    ran = guard(runner, python=str(old))
    assert ran.code == 1
    assert ran.commands[0].endswith("run actions/setup-python before.")
    assert ran.names == ["Install pulumi-cerevox"]


@pytest.fixture
def account(
    runner: Runner, start_emulator: Callable[..., EmulatorProcess]
) -> EmulatorProcess:
    emulator = start_emulator(seed="empty")
    runner.environment["CEREVOX_BASE_URL"] = emulator.url
    return emulator


def audit(runner: Runner, account: EmulatorProcess, **inputs: str) -> Ran:
    base = {
        "command": "audit",
        "package": "pulumi-cerevox",
        "api-key": account.api_key,
    }
    return runner.action(base | inputs)


def test_an_audit_of_drift(
    runner: Runner, commit: Commit, account: EmulatorProcess, pull_request: PullRequest
) -> None:
    owner = account.users()[0]["email"]
    commit({"team.yaml": f"members:\n  - {{email: {owner}, role: admin}}\n"})
    assert audit(runner, account).code == 0
    assert pull_request.comments == []
    account.add_user("eve@example.com", name="::error::owned", role="admin")
    ran = audit(runner, account)
    assert ran.code == 7
    assert account.api_key not in ran.log
    assert ran.outputs["verdict"] == "drift"
    assert ran.outputs["changes"] == "1"
    assert ran.outputs["digest"] == ""
    assert {command.partition("::")[2][:5] for command in ran.commands} == {"error"}
    assert "::error::owned" not in ran.commands
    assert ran.summary.startswith("## Cerevox audit: drift")
    assert "Commentpulumi-cerevox: audit -->" in pull_request.comments[0]
    reports = Path(ran.outputs["reports"])
    assert {one.name for one in reports.glob("audit.*")} >= {
        "audit.csv", "audit.html", "audit.json", "audit.md", "audit.sarif", "audit.xml",
    }  # fmt: skip
    assert "eve@example.com" not in audit(runner, account, arguments="--redact").summary


def test_an_audit_without_a_good_key_is_not_in_sync(
    runner: Runner, commit: Commit, account: EmulatorProcess
) -> None:
    commit({"team.yaml": TEAM})
    account.revoke_keys()
    ran = audit(runner, account)
    assert ran.code == 3
    assert ran.outputs["verdict"] == "unauthenticated"


def test_the_key_may_come_from_the_step_s_environment(
    runner: Runner, commit: Commit, account: EmulatorProcess
) -> None:
    owner = account.users()[0]["email"]
    commit({"team.yaml": f"members:\n  - {{email: {owner}, role: admin}}\n"})
    runner.environment["CEREVOX_API_KEY"] = account.api_key
    assert audit(runner, account, **{"api-key": ""}).code == 0
