"""The script of a GitLab job, run as GitLab's runner runs it: one shell, `set -e`."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Collection
from pathlib import Path
from typing import Any

from tests.ci.runner import ROOT, read

RECIPE = ROOT / "examples" / "ci" / "gitlab" / ".gitlab-ci.yml"
_NEW_FOLDER = "tools=$(mktemp -d)"
_INSTALL = '(cd "$tools" && python -m venv . && bin/pip install '


def run_job(
    name: str,
    folder: Path,
    environment: dict[str, str],
    *,
    tools: str = "",
    installed: Collection[str] = (),
) -> subprocess.CompletedProcess[str]:
    """Run a job of the recipe; the environment stands for GitLab's own variables.

    Args:
        name: Its name.
        folder: The checkout.
        environment: GitLab's variables.
        tools: An environment that has the package; without it the job makes its own.
        installed: Lines that an earlier job has run in this checkout.
    """
    document = read(RECIPE)
    job = _with_what_it_extends(document, document[name])
    lines = [*job.get("before_script", []), *job["script"]]
    lines = [line for line in lines if line not in installed]
    if tools:
        made = lines.index(_NEW_FOLDER)
        assert lines[made + 1].startswith(_INSTALL)
        lines[made : made + 2] = [f"tools={shlex.quote(tools)}"]
    variables = document["variables"] | job.get("variables", {})
    return subprocess.run(
        ["/usr/bin/env", "bash", "-eo", "pipefail", "-c", "\n".join(lines)],
        cwd=folder,
        env=variables | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _with_what_it_extends(document: Any, job: Any) -> Any:
    return document[job["extends"]] | job if "extends" in job else job
