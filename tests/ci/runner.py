"""The shell steps of a workflow or of the action, run as GitHub's runner runs them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.ci.expressions import evaluate, filled

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
_STOP = re.compile(r"::stop-commands::(\S+)")
_SHELLS = {
    "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
    None: ["bash", "-e"],
}


def read(path: Path) -> Any:
    """Read a workflow: `on` is a word there, and not a truth."""
    return yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506


@dataclass
class Ran:
    """What became of a list of steps."""

    code: int = 0
    log: str = ""
    summary: str = ""
    names: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def commands(self) -> list[str]:
        """The lines that the runner obeys."""
        obeyed: list[str] = []
        stop = None
        for line in self.log.splitlines():
            if stop is not None:
                stop = None if line == f"::{stop}::" else stop
            elif found := _STOP.fullmatch(line):
                stop = found[1]
            elif line.lstrip().startswith("::") or "##[" in line:
                obeyed.append(line)
        return obeyed


Action = Callable[[Mapping[str, str]], Ran]


@dataclass
class Runner:
    """A machine with a checkout.

    Attributes:
        checkout: The folder that the steps begin in.
        temp: RUNNER_TEMP.
        environment: What its processes begin with.
        contexts: `github`, `secrets`, `vars`, `needs`.
        actions: What stands for `uses: NAME@…`; unknown ones are refused.
        installed: Scripts of steps to leave out: an earlier job has installed the same
            into this checkout already.
    """

    checkout: Path
    temp: Path
    environment: dict[str, str]
    contexts: dict[str, Any]
    actions: dict[str, Action] = field(default_factory=dict)
    installed: set[str] = field(default_factory=set)

    def action(self, given: Mapping[str, str]) -> Ran:
        """Run this repository's action with some inputs."""
        document = read(ACTION)
        assert not set(given) - set(document["inputs"])
        inputs = {
            name: filled(given.get(name, one.get("default", "")), self.contexts)
            for name, one in document["inputs"].items()
        }
        steps: dict[str, Any] = {}
        contexts = self.contexts | {"inputs": inputs, "steps": steps}
        ran = self._run(document["runs"]["steps"], contexts, {})
        ran.outputs = {
            name: filled(one["value"], contexts)
            for name, one in document["outputs"].items()
        }
        return ran

    def job(self, workflow: Path, name: str) -> Ran:
        """Run a job of a workflow."""
        document = read(workflow)
        job = document["jobs"][name]
        contexts = self.contexts | {"steps": {}}
        environment = {**document.get("env", {}), **job.get("env", {})}
        ran = self._run(job["steps"], contexts, environment)
        ran.outputs = {
            key: filled(value, contexts)
            for key, value in job.get("outputs", {}).items()
        }
        return ran

    def _run(
        self, steps: list[Any], contexts: dict[str, Any], outer: dict[str, str]
    ) -> Ran:
        ran = Ran()
        functions = {"cancelled": lambda: False}
        for step in steps:
            condition = step.get("if", "").strip().removeprefix("${{")
            condition = condition.removesuffix("}}")
            if ran.code and "cancelled()" not in condition:
                continue
            if condition and not evaluate(condition, contexts, functions):
                continue
            ran.names.append(step.get("name") or step.get("uses"))
            one = self._step(step, contexts, outer)
            if step.get("continue-on-error") != "true":
                ran.code = ran.code or one.code
            ran.log += one.log
            ran.summary += one.summary
            if "id" in step:
                outcome = "failure" if one.code else "success"
                contexts["steps"][step["id"]] = {
                    "outputs": one.outputs,
                    "outcome": outcome,
                }
        return ran

    def _step(
        self, step: Any, contexts: Mapping[str, Any], outer: dict[str, str]
    ) -> Ran:
        own = outer | step.get("env", {})
        environment = {key: filled(value, contexts) for key, value in own.items()}
        if "uses" in step:
            given = {
                key: filled(value, contexts)
                for key, value in step.get("with", {}).items()
            }
            before = self.environment
            self.environment = before | environment
            try:
                return self.actions[step["uses"].partition("@")[0]](given)
            finally:
                self.environment = before
        assert "${{" not in step["run"], "an expression in a script"
        if step["run"] in self.installed:
            return Ran()
        folder = filled(step.get("working-directory", "."), contexts)
        return self._shell(step, environment, self.checkout / folder)

    def _shell(self, step: Any, environment: dict[str, str], folder: Path) -> Ran:
        script, output, summary = (
            self.temp / name for name in ("_step.sh", "_output", "_summary")
        )
        script.write_text(step["run"], encoding="utf-8")
        output.write_bytes(b"")
        summary.write_bytes(b"")
        told = {
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_WORKSPACE": str(self.checkout),
            "RUNNER_TEMP": str(self.temp),
        }
        done = subprocess.run(
            [*_SHELLS[step.get("shell")], str(script)],
            cwd=folder,
            env=self.environment | told | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        pairs = (line.partition("=") for line in output.read_text("utf-8").splitlines())
        return Ran(
            done.returncode,
            done.stdout,
            summary.read_text("utf-8"),
            outputs={key: value for key, _, value in pairs},
        )
