"""An existing account, exported and taken over on the real engine without a change."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

NewProject = Callable[..., Any]
FROM_FILE = 'cerevox.Roster.from_file("team", "team.yaml")'
HOSTILE = [
    "quote\" and 'quote'",
    "slash/back\\slash",
    "emoji 😀",
    "\u05d0\u05d1\u05d2 \u202eevil",
    "yes",
    "null: # - {",
    "tab\tline\nbreak",
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "Owner<{%reset%}>",
    "<{%no such colour%}>",
]


def export(project: Any, form: str, *options: str) -> str:
    """Run `pulumi-cerevox export` for the project's account."""
    command = [sys.executable, "-m", "pulumi_cerevox.cli", "export", "--format", form]
    run = subprocess.run(
        [*command, *options],
        env=os.environ | project.workspace.extra,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


def add_hostile(project: Any) -> None:
    """Add people whose names and emails are hard to write down."""
    for number, name in enumerate(HOSTILE):
        project.emulator.add_user(
            email=f"hostile-{number}@example.com", name=name, role="member"
        )
    project.emulator.add_user(
        email='"q/u:o$te"+tag@Example.com', name="Quoted", role="admin"
    )


def write(project: Any, name: str, text: str) -> None:
    (project.workspace.project / name).write_text(text, encoding="utf-8")


def writes(project: Any) -> int:
    """Count what was written to the account."""
    return sum(
        request["method"] != "GET" and "/token/" not in request["path"]
        for request in project.emulator.journal()
    )


@pytest.mark.both_providers
@pytest.mark.parametrize("people", [1, 150])
def test_an_imported_account_shows_no_change(
    new_project: NewProject, people: int, *, native: bool
) -> None:
    project = new_project(users=people - 1)
    if people > 1:
        add_hostile(project)
    options = ["--native"] if native else []
    write(project, "import.json", export(project, "import", *options))
    write(project, "__main__.py", export(project, "python"))
    project.pulumi(
        "import",
        "--file",
        "import.json",
        "--generate-code=false",
        "--protect=false",
        "--yes",
        "--skip-preview",
    )
    extra = len(HOSTILE) + 1 if people > 1 else 0
    assert len(project.resources()) == people + extra
    project.pulumi("preview", "--refresh", "--expect-no-changes")
    assert writes(project) == 0


def test_an_exported_program_adopts_everybody(new_project: NewProject) -> None:
    project = new_project(users=4)
    add_hostile(project)
    write(project, "__main__.py", export(project, "python"))
    project.up()
    assert writes(project) == 0
    project.pulumi("preview", "--refresh", "--expect-no-changes")
    project.pulumi("destroy", "--yes")
    assert writes(project) == 0


@pytest.mark.parametrize("people", [1, 500])
def test_an_exported_roster_writes_nothing(
    new_project: NewProject, people: int
) -> None:
    project = new_project(FROM_FILE, users=people - 1)
    if people > 1:
        add_hostile(project)
    text = export(project, "roster")
    assert export(project, "roster") == text
    write(project, "team.yaml", text)
    count = people + (len(HOSTILE) + 1 if people > 1 else 0)
    preview, _ = project.preview_and_up()
    assert f"{count} in place" in preview
    assert writes(project) == 0
    project.pulumi("preview", "--expect-no-changes")
    project.pulumi("refresh", "--preview-only", "--expect-no-changes")
