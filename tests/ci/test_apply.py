"""The recipes that apply, on the real engine; and what docs/leavers.md promises."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pulumi_cerevox.testing import EmulatorProcess
from scripts.engine.workspace import Workspace
from tests.ci.gitlab import run_job
from tests.ci.runner import ROOT, Ran, Runner, read

APPLY = ROOT / "examples" / "ci" / "github" / "apply.yml"


@dataclass
class Repository:
    """The branch `main` of a project, and what its pipelines do."""

    runner: Runner
    workspace: Workspace
    emulator: EmulatorProcess

    def declare(self, *people: str) -> None:
        """Merge a roster of the owner and some members."""
        owner = self.emulator.users()[0]["email"]
        lines = [f"  - {{email: {owner}, role: admin}}"]
        lines += [f"  - {{email: {one}@example.com}}" for one in people]
        text = "\n".join(["members:", *lines, ""])
        (self.workspace.project / "team.yaml").write_text(text, encoding="utf-8")

    def preview(self) -> Ran:
        # Each job of a workflow has a machine of its own.
        shutil.rmtree(self.runner.temp / "plan", ignore_errors=True)
        return self.runner.job(APPLY, "preview")

    def apply(self) -> Ran:
        return self.runner.job(APPLY, "apply")

    def audit(self) -> int:
        """Audit the roster against the account; give the exit code."""
        words = ["-m", "pulumi_cerevox.cli", "audit", "team.yaml"]
        return self._run([sys.executable, *words]).returncode

    def command(self, *words: str) -> str:
        """Run the command of this package by hand; return what it printed."""
        done = self._run([sys.executable, "-m", "pulumi_cerevox.cli", *words])
        assert done.returncode == 0, done.stderr
        return done.stdout

    def pulumi(self, *words: str) -> str:
        """Run a command of the engine's by hand; give what it printed."""
        done = self._run(["/usr/bin/env", "pulumi", *words, "--non-interactive"])
        assert done.returncode == 0, done.stdout
        return done.stdout

    def _run(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=self.workspace.project,
            env=self.runner.environment | {"CEREVOX_API_KEY": self.emulator.api_key},
            capture_output=True,
            text=True,
            check=False,
        )

    def people(self) -> set[str]:
        """Return who is in the account besides its owner."""
        return {one["email"].split("@")[0] for one in self.emulator.users()[1:]}


def install_of(job: str) -> str:
    """Return the words by which a job of GitHub's recipe installs."""
    steps = read(APPLY)["jobs"][job]["steps"]
    (words,) = [one["run"] for one in steps if one.get("name") == "Install"]
    return str(words)


def page_command() -> list[str]:
    """Return the words of the command that docs/leavers.md shows."""
    page = (ROOT / "docs" / "leavers.md").read_text(encoding="utf-8")
    (line,) = [one for one in page.splitlines() if "$ pulumi-cerevox remove" in one]
    return line.partition("$ pulumi-cerevox ")[2].split()


@pytest.fixture
def repository(
    runner: Runner,
    engine_folder: Path,
    outer: dict[str, str],
    start_emulator: Callable[..., EmulatorProcess],
    tmp_path: Path,
) -> Repository:
    """A project with the code of this clone, a stack without people, an account."""
    emulator = start_emulator(seed="empty")
    shutil.copytree(
        ROOT / "examples" / "roster",
        runner.checkout,
        ignore=shutil.ignore_patterns(".venv"),
    )
    workspace = Workspace(engine_folder, runner.checkout, tmp_path / "home")
    run = workspace.run("stack", "init", "prod", env={"PATH": outer["PATH"]})
    assert run.returncode == 0, run.stdout
    constraint = tmp_path / "constraint.txt"
    constraint.write_text(f"pulumi-cerevox @ {ROOT.as_uri()}\n")
    runner.environment |= {
        name: value
        for name, value in workspace.environment().items()
        if name.startswith("PULUMI_")
    }
    runner.environment |= {
        "PATH": f"{engine_folder}:{outer['PATH']}",
        "CEREVOX_BASE_URL": emulator.url,
        "PIP_CONSTRAINT": str(constraint),
    }
    runner.contexts["secrets"] = {"CEREVOX_API_KEY": emulator.api_key}
    kept: dict[str, bytes] = {}

    def upload(given: Mapping[str, str]) -> Ran:
        kept[given["name"]] = Path(given["path"]).read_bytes()
        return Ran()

    def download(given: Mapping[str, str]) -> Ran:
        folder = Path(given["path"])
        shutil.rmtree(folder)
        folder.mkdir()
        (folder / "plan.json").write_bytes(kept[given["name"]])
        return Ran()

    runner.actions |= {
        "actions/upload-artifact": upload,
        "actions/download-artifact": download,
    }
    return Repository(runner, workspace, emulator)


def test_what_is_merged_is_applied_and_a_leaver_stays_away(
    repository: Repository,
) -> None:
    # The first merge: made as it was previewed.
    repository.declare("bob", "carol")
    previewed = repository.preview()
    assert previewed.code == 0, previewed.log
    # A job that installs by the same words would bring the same again.
    repository.runner.installed.add(install_of("preview"))
    assert "create 3" in previewed.summary  # a preview does not know who is there
    assert repository.people() == set()
    applied = repository.apply()
    assert applied.code == 0, applied.log
    assert repository.people() == {"bob", "carol"}

    # 17:00: bob is removed at once. Another merge does not bring him back.
    told = repository.command(*page_command(), "--yes")
    assert "take bob@example.com out of this file too" in told
    assert repository.people() == {"carol"}
    assert repository.audit() == 7
    repository.declare("bob", "carol", "dave")
    previewed = repository.preview()
    assert "create 1" in previewed.summary
    assert repository.apply().code == 0
    assert repository.people() == {"carol", "dave"}

    # He leaves the roster: nobody else goes with him, and it is no error.
    repository.declare("carol", "dave")
    previewed = repository.preview()
    assert "remove 1" in previewed.summary
    # Something came between preview and approval that was not reviewed.
    repository.declare("carol", "dave", "mallory")
    stopped = repository.apply()
    assert stopped.code != 0
    assert "violates plan" in stopped.log
    assert repository.people() == {"carol", "dave"}
    repository.declare("carol", "dave")
    assert repository.apply().code == 0
    assert repository.people() == {"carol", "dave"}
    assert repository.audit() == 0

    # A preview that fails stops the run, and says why.
    repository.runner.contexts["secrets"] = {}
    (repository.workspace.project / "team.yaml").write_text("members: [")
    failed = repository.preview()
    assert failed.code == 4
    assert "team.yaml" in failed.log

    apply_on_gitlab(repository)

    # What the page warns of: with a refresh, who is declared is made again.
    repository.emulator.remove_user("dave@example.com")
    up = repository.pulumi("up", "--yes", "--skip-preview")
    assert "not in the account" in up, up
    assert repository.people() == set()
    repository.pulumi("up", "--yes", "--skip-preview", "--refresh")
    assert repository.people() == {"dave"}


def apply_on_gitlab(repository: Repository) -> None:
    """Let GitLab's jobs remove carol, on the same stack."""
    repository.declare("dave")
    there = repository.runner.environment | {
        "CEREVOX_API_KEY": repository.emulator.api_key
    }
    folder = repository.workspace.project
    installed = repository.runner.installed
    gitlab = run_job("preview", folder, there, installed=installed)
    assert gitlab.returncode == 0, gitlab.stdout
    assert "remove 1" in (folder / "guard.md").read_text(encoding="utf-8")
    repository.declare("dave", "mallory")
    stopped = run_job("apply", folder, there, installed=installed)
    assert "violates plan" in stopped.stdout
    assert repository.people() == {"carol", "dave"}
    repository.declare("dave")
    done = run_job("apply", folder, there, installed=installed)
    assert done.returncode == 0, done.stdout
    assert repository.people() == {"dave"}
