"""What a release says of itself agrees: version, address, tag and CHANGELOG."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import copy

import pytest

from scripts.release import COPIES, OWNERS, ROOT, VERSIONS, Release

Edit = Callable[[str, str, str], None]
NOW = Release().version
# What is generated, true of one version for ever, or made up for a test.
ELSEWHERE = ("uv.lock", "CHANGELOG.md", "pyproject.toml", "tests/", "benchmarks/")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a copy of the files that a release looks at."""
    for name in ("pyproject.toml", "CHANGELOG.md", *COPIES):
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, target)
    return tmp_path


@pytest.fixture
def edit(project: Path) -> Edit:
    """Return a function that replaces a text of a file once."""

    def replace(name: str, old: str, new: str) -> None:
        text = (project / name).read_text("utf-8")
        assert old in text
        (project / name).write_text(text.replace(old, new, 1), "utf-8")

    return replace


def tracked() -> list[str]:
    command = ["/usr/bin/env", "git", "ls-files"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in run.stdout.split() if not name.startswith(ELSEWHERE)]


def test_the_project_agrees_with_itself() -> None:
    assert Release().faults() == []


def test_no_other_file_has_the_address_or_the_version() -> None:
    for name in set(tracked()) - set(COPIES):
        text = (ROOT / name).read_text("utf-8", errors="replace")
        found = [*OWNERS.finditer(text), *VERSIONS.finditer(text)]
        assert not found, f"{name} has {found[0][0]}"


def test_a_new_version_and_address_are_one_edit_and_one_command(
    project: Path, edit: Edit
) -> None:
    old = Release(project)
    edit("pyproject.toml", f'version = "{old.version}"', 'version = "7.8.9rc1"')
    edit("pyproject.toml", old.repository, "https://github.com/acme/pulumi-cerevox")
    assert any("scripts.release write" in fault for fault in Release(project).faults())
    assert Release(project).write() == list(COPIES)
    assert Release(project).stale() == []
    for name in COPIES:
        text = (project / name).read_text("utf-8")
        assert old.action not in text
        assert old.version not in text
    guard = (project / "examples/ci/github/guard.yml").read_text("utf-8")
    assert "uses: acme/pulumi-cerevox@v7.8.9rc1\n" in guard


def close_version(project: Path) -> str:
    """Move what is unreleased into the version; return the version."""
    version = Release(project).version
    text = (project / "CHANGELOG.md").read_text("utf-8")
    head, _, rest = text.partition(f"## [{version}]")
    begin, title, _ = head.partition("## [Unreleased]\n")
    whole = f"{begin}{title}\n## [{version}]{rest}"
    (project / "CHANGELOG.md").write_text(whole, "utf-8")
    return version


def test_a_tag_is_released_only_where_everything_says_the_same(
    project: Path, edit: Edit
) -> None:
    version = close_version(project)
    assert Release(project).faults(f"v{version}") == []
    [fault] = Release(project).faults(version)
    assert fault == f"the tag is {version}, pyproject.toml says {version}"
    edit("CHANGELOG.md", "## [Unreleased]\n", "## [Unreleased]\n\n- A change.\n")
    [fault] = Release(project).faults(f"v{version}")
    assert fault == "CHANGELOG.md: [Unreleased] has changes that no version has"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (f"## [{NOW}] -", "## [0.0.9] -", "begins with ['Unreleased', '0.0.9']"),
        (f"## [{NOW}] - 2", f"## [{NOW}] - x", f"{NOW} has no date like 2026-12-31"),
        (f"## [{NOW}] - 2", f"## [{NOW}]\n\n2", f"{NOW} has no date like 2026-12-31"),
        (f"\n[{NOW}]: ../../", f"\n[{NOW}]: ", f"lacks the line `[{NOW}]: ../../"),
        (f"v{NOW}...HEAD", "v0.0.9...HEAD", f"../../compare/v{NOW}...HEAD"),
    ],
)
def test_a_changelog_that_does_not_fit_is_named(
    project: Path, edit: Edit, old: str, new: str, fault: str
) -> None:
    edit("CHANGELOG.md", old, new)
    assert any(fault in one for one in Release(project).faults())


def test_the_notes_of_a_release_are_its_part_of_the_changelog(project: Path) -> None:
    text = "\n## [7.0.0] - 2026-12-31\n\n- New.\n\n## [6.0.0] - 2026-11-30\n\n- Old.\n"
    links = "\n[7.0.0]: ../../compare/v6.0.0...v7.0.0\n"
    (project / "CHANGELOG.md").write_text(f"# Changelog\n{text}{links}")
    release = Release(project)
    release.version = "7.0.0"
    assert release.notes() == "- New."
    release.version = "6.0.0"
    assert release.notes() == "- Old."
