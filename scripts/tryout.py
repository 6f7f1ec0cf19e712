"""Use a release's files on a project in YAML, for `scripts/try-release`.

It runs in a folder with `project`, whose `.venv` has the wheel alone, on a Python that
has the wheel with the emulator.
"""

from __future__ import annotations

import os
import re
import sys
from importlib import metadata
from pathlib import Path

import pulumi_cerevox
from pulumi_cerevox.testing import EmulatorProcess
from scripts.engine.workspace import Workspace, credentials_of


def use_the_wheel(workspace: Workspace, account: EmulatorProcess) -> None:
    """Do what the example's README says."""
    workspace.must("stack", "init", "dev")
    print(workspace.must("up", "--yes"))
    expect(account, 4)
    workspace.must("preview", "--refresh", "--expect-no-changes")


def use_the_plugin(workspace: Workspace, account: EmulatorProcess, dist: Path) -> None:
    """Install the plugin from its file, and go on with it without the wheel's path."""
    environment = workspace.project / ".venv"
    aside = environment.rename(workspace.project.parent / "environment")
    # The official host makes the plugin's environment with pip, which is to find the
    # wheel; our stand-in takes the Python that is named.
    workspace.extra["PIP_FIND_LINKS"] = str(dist / "python")
    workspace.extra["PULUMI_PYTHON_CMD"] = str(aside / "bin" / "python")
    version = metadata.version("pulumi-cerevox")
    [file] = (dist / "files").glob(f"*-v{version}-linux-amd64.tar.gz")
    words = ("plugin", "install", "resource", "cerevox", f"v{version}")
    workspace.must(*words, "--file", str(file))
    program = workspace.project / "Pulumi.yaml"
    text = re.sub(r"^plugins:\n(?: .*\n)+", "", program.read_text(), flags=re.MULTILINE)
    program.write_text(text)
    workspace.must("preview", "--refresh", "--expect-no-changes")
    team = workspace.project / "team.yaml"
    team.write_text(re.sub(r".*eve@example.com.*\n", "", team.read_text()))
    print(workspace.must("up", "--yes"))
    expect(account, 3)


def expect(account: EmulatorProcess, number: int) -> None:
    """End the run where the account has another number of people."""
    people = [user["email"] for user in account.users()]
    if len(people) != number:
        sys.exit(f"try-release: there should be {number} people, not {people}")


def main() -> None:
    """Run both on one stack and an emulated account."""
    dist, engine, yaml = map(Path, sys.argv[1:])
    here = Path.cwd()
    if not Path(pulumi_cerevox.__file__).is_relative_to(here / "tools"):
        sys.exit(f"try-release: {pulumi_cerevox.__file__} is not of the wheel")
    with EmulatorProcess(db=here / "account.db") as account:
        path = os.pathsep.join(map(str, (engine, yaml, os.environ["PATH"])))
        extra = credentials_of(account) | {"PATH": path}
        workspace = Workspace(engine, here / "project", here / "home", extra)
        use_the_wheel(workspace, account)
        use_the_plugin(workspace, account, dist)
    print("try-release: the YAML example runs on the wheel, and on the plugin's file")


if __name__ == "__main__":
    main()
