"""A stack on the real engine; its program is a file of resources."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.engine.workspace import Workspace
from scripts.proof.model.stack import Ending, Outcome, Resources

_PULUMI_YAML = """
name: people
runtime:
  name: python
  options:
    virtualenv: {environment}
"""
_PROGRAM = """
import json
from pathlib import Path

import pulumi_cerevox as cerevox

kinds = {"Roster": cerevox.Roster, "User": cerevox.User}
for name, one in json.loads(Path("resources.json").read_text()).items():
    kinds[one["kind"]](name, **one["arguments"])
"""
_ARGUMENTS = {
    "onDestroy": "on_destroy",
    "onExisting": "on_existing",
    "minAdmins": "min_admins",
    "maxRemovals": "max_removals",
    "maxDemotions": "max_demotions",
}
"""State keys to the program's own words."""


class EngineStack:
    """See the module."""

    def __init__(
        self,
        engine: Path,
        folder: Path,
        environment: Mapping[str, str],
        virtualenv: Path,
    ) -> None:
        """Make a project and an empty stack in a folder, which is emptied first."""
        shutil.rmtree(folder, ignore_errors=True)
        project = folder / "project"
        project.mkdir(parents=True)
        text = _PULUMI_YAML.format(environment=virtualenv)
        (project / "Pulumi.yaml").write_text(text, encoding="utf-8")
        (project / "__main__.py").write_text(_PROGRAM, encoding="utf-8")
        self._program = project / "resources.json"
        self._workspace = Workspace(engine, project, folder, dict(environment))
        self._write({})
        self._run("stack", "init", "model")

    def up(self, program: Resources) -> Outcome:
        """Preview, and carry out."""
        self._write(program)
        preview = self._run("preview")
        if preview.ending is not Ending.DONE:
            return Outcome(Ending.REFUSED, preview.text)
        return self._run("up", "--yes", "--skip-preview")

    def is_settled(self, program: Resources) -> bool:
        """Tell whether a preview shows no change."""
        self._write(program)
        return self._run("preview", "--expect-no-changes").ending is Ending.DONE

    def refresh(self) -> Outcome:
        """Read everything anew."""
        return self._run("refresh", "--yes", "--skip-preview")

    def destroy(self) -> Outcome:
        """Delete everything."""
        return self._run("destroy", "--yes", "--skip-preview")

    def _run(self, *words: str) -> Outcome:
        ran = self._workspace.run(*words)
        ending = Ending.DONE if ran.returncode == 0 else Ending.FAILED
        return Outcome(ending, ran.stdout)

    def _write(self, program: Resources) -> None:
        written = {
            name: {"kind": one.kind, "arguments": _in_python(dict(one.inputs))}
            for name, one in program.items()
        }
        self._program.write_text(json.dumps(written), encoding="utf-8")


def _in_python(inputs: dict[str, Any]) -> dict[str, Any]:
    return {
        _ARGUMENTS.get(key, key): _in_python(value) if key == "guards" else value
        for key, value in inputs.items()
    }
