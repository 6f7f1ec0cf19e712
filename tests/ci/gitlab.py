"""The script of a GitLab job, run as GitLab's runner runs it: one shell, `set -e`."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from tests.ci.runner import ROOT, read

RECIPE = ROOT / "examples" / "ci" / "gitlab" / ".gitlab-ci.yml"


def run_job(
    name: str, folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a job of the recipe; the environment stands for GitLab's own variables."""
    document = read(RECIPE)
    job = _with_what_it_extends(document, document[name])
    lines = [*job.get("before_script", []), *job["script"]]
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
