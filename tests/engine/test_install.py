"""`pulumi install` in a project whose environment has the package's wheel."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.dynamic_alone("no plugin is looked for")
NewProject = Callable[..., Any]
ROOT = Path(__file__).parent.parent.parent
UV = Path(sys.executable).with_name("uv")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Make an environment with the wheel alone; return its site-packages."""
    wheels = tmp_path / "wheels"
    environment = tmp_path / "environment"
    for command in (
        ("build", "--quiet", "--wheel", "--out-dir", str(wheels), str(ROOT)),
        ("venv", "--quiet", "--python", sys.executable, str(environment)),
    ):
        subprocess.run([UV, *command], check=True)
    (wheel,) = wheels.glob("*.whl")
    python = str(environment / "bin" / "python")
    words = ("pip", "install", "--quiet", "--no-deps", "--python", python, str(wheel))
    subprocess.run([UV, *words], check=True)
    (folder,) = environment.glob("lib/python3*/site-packages")
    return folder


def test_pulumi_install_looks_for_no_plugin_of_this_package(
    new_project: NewProject, installed: Path
) -> None:
    project = new_project(cold=True)
    file = project.workspace.project / "Pulumi.yaml"
    text = file.read_text()
    file.write_text(text.replace(sys.prefix, str(installed.parent.parent.parent)))
    project.pulumi("install", "--no-dependencies")
    (installed / "pulumi_cerevox" / "pulumi-plugin.json").unlink()
    said = project.pulumi("install", "--no-dependencies", expect=1)
    assert "failed to download plugin: cerevox-0.1.0" in said


def test_a_clone_says_so_too(new_project: NewProject) -> None:
    """The environment of `make setup` has the package as an editable install."""
    said = new_project(cold=True).pulumi("install", "--no-dependencies")
    assert "cerevox" not in said
