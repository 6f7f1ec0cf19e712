"""Stacks whose programs are given as resources, on provider hosts and on the engine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from pulumi.dynamic import ResourceProvider

from pulumi_cerevox.provider import RosterProvider, UserProvider
from scripts.engine.provider_host import CallError
from scripts.engine.workspace import ROOT, Workspace
from scripts.proof.model.forked_hosts import ForkedHost

Properties = dict[str, Any]


class Ending(StrEnum):
    """How a command ended."""

    DONE = "done"
    REFUSED = "refused"
    """In the preview: nothing was sent."""
    FAILED = "failed"
    """On the way."""


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    ending: Ending
    text: str = ""


@dataclass(frozen=True)
class Declared:
    """One resource of a program: "Roster" or "User", and its inputs."""

    kind: str
    inputs: Mapping[str, Any]


Resources = Mapping[str, Declared]
"""A program: resources by name."""


class Stack(Protocol):
    """What the machines ask of a stack."""

    def up(self, program: Resources) -> Ended:
        """Preview, and carry out."""

    def is_settled(self, program: Resources) -> bool:
        """Tell whether a preview shows no change."""

    def refresh(self) -> Ended:
        """Read everything anew."""

    def destroy(self) -> Ended:
        """Delete everything."""


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
    """A stack on the real engine; its program reads a file of resources."""

    def __init__(
        self, engine: Path, folder: Path, environment: Mapping[str, str]
    ) -> None:
        """Make a project and an empty stack in a folder, which is emptied first."""
        shutil.rmtree(folder, ignore_errors=True)
        extra = {**environment, "PYTHONPATH": str(ROOT)}
        self._workspace = Workspace.new(engine, folder, extra)
        self._workspace.write(_PROGRAM)
        self._declare({})
        self._run("stack", "init", "model")

    def up(self, program: Resources) -> Ended:
        """Preview, and carry out."""
        self._declare(program)
        preview = self._run("preview")
        if preview.ending is not Ending.DONE:
            return Ended(Ending.REFUSED, preview.text)
        return self._run("up", "--yes", "--skip-preview")

    def is_settled(self, program: Resources) -> bool:
        """Tell whether a preview shows no change."""
        self._declare(program)
        return self._run("preview", "--expect-no-changes").ending is Ending.DONE

    def refresh(self) -> Ended:
        """Read everything anew."""
        return self._run("refresh", "--yes", "--skip-preview")

    def destroy(self) -> Ended:
        """Delete everything."""
        return self._run("destroy", "--yes", "--skip-preview")

    def _run(self, *words: str) -> Ended:
        run = self._workspace.run(*words)
        ending = Ending.DONE if run.returncode == 0 else Ending.FAILED
        return Ended(ending, run.stdout)

    def _declare(self, program: Resources) -> None:
        def in_python(inputs: Mapping[str, Any]) -> Properties:
            return {
                _ARGUMENTS.get(key, key): in_python(one) if key == "guards" else one
                for key, one in inputs.items()
            }

        written = {
            name: {"kind": one.kind, "arguments": in_python(one.inputs)}
            for name, one in program.items()
        }
        file = self._workspace.project / "resources.json"
        file.write_text(json.dumps(written), encoding="utf-8")


_PROVIDERS: dict[str, type[ResourceProvider]] = {
    "Roster": RosterProvider,
    "User": UserProvider,
}


@dataclass(frozen=True)
class _Kept:
    """A resource in the state."""

    kind: str
    id: str
    inputs: Properties
    outputs: Properties


class HostStack:
    """A stack without an engine: provider hosts, and the engine's order of calls.

    A new host for the preview and another one for the update; `check` gets the state's
    inputs, the rest its outputs; deletes come last; after an error nothing new begins.
    """

    def __init__(
        self, environment: Mapping[str, str], config: Mapping[str, str]
    ) -> None:
        """Begin without resources."""
        self._environment = environment
        self._config = config
        self._state: dict[str, _Kept] = {}

    def up(self, program: Resources) -> Ended:
        """Preview, and carry out."""
        preview = self._in_host(lambda host: self._preview(host, program))
        if preview.ending is not Ending.DONE:
            return Ended(Ending.REFUSED, preview.text)
        return self._in_host(lambda host: self._carry_out(host, program))

    def is_settled(self, program: Resources) -> bool:
        """Tell whether a preview shows no change."""
        ops: list[str] = []
        preview = self._in_host(lambda host: ops.extend(self._preview(host, program)))
        is_same = set(ops) <= {"same"} and self._state.keys() <= program.keys()
        return preview.ending is Ending.DONE and is_same

    def refresh(self) -> Ended:
        """Read everything anew."""

        def read_all(host: ForkedHost) -> None:
            for name, kept in list(self._state.items()):
                host.provider = _PROVIDERS[kept.kind]
                id_, outputs, inputs = host.read(kept.id, kept.outputs)
                if id_:
                    self._state[name] = replace(kept, outputs=outputs, inputs=inputs)
                else:
                    del self._state[name]

        return self._in_host(read_all)

    def destroy(self) -> Ended:
        """Delete everything."""
        return self._in_host(lambda host: self._delete(host, list(self._state)))

    def _in_host(self, do: Callable[[ForkedHost], Any]) -> Ended:
        with ForkedHost(self._environment) as host:
            try:
                host.configure(**self._config)
                do(host)
            except CallError as error:
                return Ended(Ending.FAILED, str(error))
            return Ended(Ending.DONE, host.said())

    def _preview(self, host: ForkedHost, program: Resources) -> list[str]:
        return [self._check(host, name, one)[0] for name, one in program.items()]

    def _check(
        self, host: ForkedHost, name: str, declared: Declared
    ) -> tuple[str, Properties]:
        """Check one resource; return what is to be done about it, and its inputs."""
        host.provider = _PROVIDERS[declared.kind]
        kept = self._state.get(name)
        inputs = host.check(dict(declared.inputs), {} if kept is None else kept.inputs)
        if "failures" in inputs:
            raise CallError("\n".join(reason for _, reason in inputs["failures"]))
        if kept is None:
            return "create", inputs
        changes, replaces = host.diff(kept.id, kept.outputs, inputs)
        # The engine compares by itself where the provider leaves it to it.
        is_same = changes == "DIFF_NONE" or (
            changes == "DIFF_UNKNOWN" and _shown(kept.inputs) == _shown(inputs)
        )
        if replaces:
            return "replace", inputs
        return "same" if is_same else "update", inputs

    def _carry_out(self, host: ForkedHost, program: Resources) -> None:
        replaced: list[_Kept] = []
        for name, declared in program.items():
            op, inputs = self._check(host, name, declared)
            kept = self._state.get(name)
            if kept is None or op == "replace":
                replaced += [] if kept is None else [kept]
                id_, outputs = host.create_checked(inputs)
                self._state[name] = _Kept(declared.kind, id_, inputs, outputs)
                continue
            outputs = kept.outputs
            if op == "update":
                outputs = host.update(kept.id, kept.outputs, inputs)
            self._state[name] = replace(kept, inputs=inputs, outputs=outputs)
        for kept in replaced:
            host.provider = _PROVIDERS[kept.kind]
            host.delete(kept.id, kept.outputs)
        self._delete(host, [name for name in self._state if name not in program])

    def _delete(self, host: ForkedHost, names: list[str]) -> None:
        for name in names:
            kept = self._state[name]
            host.provider = _PROVIDERS[kept.kind]
            host.delete(kept.id, kept.outputs)
            del self._state[name]


def _shown(inputs: Properties) -> Properties:
    return {key: value for key, value in inputs.items() if not key.startswith("__")}
