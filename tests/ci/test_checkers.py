"""Action, recipes and workflows, judged by other people's checkers."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ci.runner import ACTION, ROOT, read

EXAMPLES = ROOT / "examples" / "ci"
SCRIPTS = sorted((ROOT / "scripts" / "action").glob("*.sh"))
COMMANDS = [
    ROOT / "scripts" / name
    for name in ("build-release", "check-wheel", "setup", "try-release")
]
OWN = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
WORKFLOWS = [*sorted((EXAMPLES / "github").glob("*.yml")), *OWN]
GITLAB = EXAMPLES / "gitlab" / ".gitlab-ci.yml"
TOOLS = Path(sys.prefix) / "bin"

Check = Callable[[Path], subprocess.CompletedProcess[str]]


def run(*command: str | Path, given: str | None = None) -> Any:
    return subprocess.run(
        command, input=given, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="session")
def actionlint() -> Path:
    """Find or make it; never skip."""
    made = run(sys.executable, "-m", "scripts.actionlint")
    assert made.returncode == 0, made.stderr
    return Path(made.stdout.strip())


@pytest.fixture
def linted(actionlint: Path) -> Check:
    def check(path: Path) -> Any:
        return run(actionlint, "-no-color", "-shellcheck", TOOLS / "shellcheck", path)

    return check


def fits_its_schema(path: Path) -> Any:
    kind = {ACTION.name: "actions", GITLAB.name: "gitlab"}.get(path.name, "workflows")
    if path in FORMS:
        kind = "issue-config" if path.stem == "config" else "issue-forms"
    schema = "vendor.gitlab-ci" if kind == "gitlab" else f"vendor.github-{kind}"
    words: list[str | Path] = ["--builtin-schema", schema, path]
    if kind == "gitlab":
        words += ["--data-transform", "gitlab-ci"]
    return run(TOOLS / "check-jsonschema", *words)


def is_safe(path: Path) -> Any:
    config = Path(__file__).with_name("zizmor.yml")
    words = ["--offline", "--no-progress", "--color=never", "--persona=auditor"]
    # Own workflows name each action by its commit, as zizmor asks by itself.
    if path not in OWN:
        words = [*words[:-1], "--config", str(config)]
    return run(TOOLS / "zizmor", *words, path)


def shell_scripts(path: Path) -> Iterator[str]:
    """Return the scripts of the action or of GitLab's jobs, as they are run."""
    document = read(path)
    if path == ACTION:
        yield from (step["run"] for step in document["runs"]["steps"] if "run" in step)
    else:
        for job in document.values():
            if isinstance(job, dict) and {"script", "before_script"} & set(job):
                words = [*job.get("before_script", []), *job.get("script", [])]
                yield "\n".join(words)


def is_sound_shell(script: str) -> Any:
    return run(TOOLS / "shellcheck", "--shell=bash", "-", given=f"set -e\n{script}")


@pytest.mark.parametrize(
    "path", [ACTION, *WORKFLOWS, GITLAB, *FORMS], ids=lambda one: one.name
)
def test_each_file_fits_its_schema(path: Path) -> None:
    found = fits_its_schema(path)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("path", [ACTION, *WORKFLOWS], ids=lambda one: one.name)
def test_nothing_from_outside_gets_into_a_script_and_no_right_is_too_many(
    path: Path,
) -> None:
    found = is_safe(path)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda one: one.name)
def test_actionlint_has_nothing_to_say(linted: Check, path: Path) -> None:
    found = linted(path)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(("path", "number"), [(ACTION, 6), (GITLAB, 6)])
def test_shellcheck_has_nothing_to_say(path: Path, number: int) -> None:
    scripts = list(shell_scripts(path))
    assert len(scripts) == number
    for script in scripts:
        found = is_sound_shell(script)
        assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("path", [*SCRIPTS, *COMMANDS], ids=lambda one: one.name)
def test_shellcheck_has_nothing_to_say_about_a_script(path: Path) -> None:
    found = run(TOOLS / "shellcheck", path)
    assert found.returncode == 0, found.stdout


def test_no_script_of_the_action_is_longer_than_a_line_but_in_a_file() -> None:
    lines = [script.count("\n") for script in shell_scripts(ACTION)]
    assert lines == [0, 0, 1, 0, 1, 0]
    named = set(re.findall(r"scripts/action/\w+\.sh", ACTION.read_text("utf-8")))
    assert named == {str(one.relative_to(ROOT)) for one in SCRIPTS}


def test_each_checker_finds_something_where_there_is_something(
    linted: Check, tmp_path: Path
) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    text = (EXAMPLES / "github" / "guard.yml").read_text(encoding="utf-8")

    def changed(old: str, new: str) -> Path:
        assert old in text
        path = folder / "guard.yml"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return path

    found = linted(changed("github.event.pull_request.number", "steps.none.outcome"))
    assert "steps" in found.stdout
    assert fits_its_schema(changed("runs-on:", "runs-at:")).returncode == 1
    last = "      # A commit is safer"
    injected = "      - run: echo ${{ github.event.pull_request.title }}\n"
    assert "template-injection" in is_safe(changed(last, injected + last)).stdout
    target = changed("  pull_request:", "  pull_request_target:")
    assert "dangerous-triggers" in is_safe(target).stdout
    assert "SC2086" in is_sound_shell("echo $1").stdout
