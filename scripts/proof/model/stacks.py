"""Stacks whose programs are given as resources, on provider hosts and on the engine."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from pulumi.dynamic import ResourceProvider

from pulumi_cerevox.provider import RoleProvider, RosterProvider, UserProvider
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
    """One resource of a program.

    Attributes:
        kind: "Roster", "User" or "RoleAssignment".
        inputs: Its inputs.
        replaced: Whether a replacement is forced: "" (no), or whether the old resource
            is deleted "after" or "before" the new one is made. On hosts only.
    """

    kind: str
    inputs: Mapping[str, Any]
    replaced: str = ""


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
        self,
        engine: Path,
        folder: Path,
        environment: Mapping[str, str],
        *,
        native: bool = False,
    ) -> None:
        """Make a project and an empty stack in a folder, which is emptied first."""
        shutil.rmtree(folder, ignore_errors=True)
        extra = {**environment, "PYTHONPATH": str(ROOT)}
        self._workspace = Workspace.new(engine, folder, extra, native=native)
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
    "RoleAssignment": RoleProvider,
}
_STACK = "organization/people/model"
_TYPE = "pulumi-python:dynamic/cerevox:"
_SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105  the mark, not a secret


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

    Attributes:
        state: Its resources by name; whoever keeps a copy may restore it.
        secrets: Emails that the stored state holds encrypted.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        config: Mapping[str, str],
        folder: Path | None = None,
    ) -> None:
        """Begin without resources.

        Args:
            environment: Of the hosts.
            config: The stack's.
            folder: Where a `pulumi` stands in for the CLI whose `stack export` shows
                the state in the midst of a run. Without it no host learns the stack.
        """
        self._environment = dict(environment)
        self._config = config
        self.state: dict[str, _Kept] = {}
        self.secrets: set[str] = set()
        self._folder = folder
        if folder is not None:
            cli = folder / "pulumi"
            cli.write_text(f"#!/bin/sh\ncat {folder}/state.json\n", encoding="utf-8")
            cli.chmod(0o755)
            self._environment["PATH"] = f"{folder}:{os.environ['PATH']}"

    def up(self, program: Resources, targets: Collection[str] = ()) -> Ended:
        """Preview, and carry out.

        Args:
            program: In the order in which the resources are registered.
            targets: The resources that alone are looked at; by default all.
        """
        preview = self._in_host(lambda host: self._preview(host, program, targets))
        if preview.ending is not Ending.DONE:
            return Ended(Ending.REFUSED, preview.text)
        ended = self._in_host(lambda host: self._carry_out(host, program, targets))
        return Ended(ended.ending, f"{preview.text}\n{ended.text}")

    def is_settled(self, program: Resources) -> bool:
        """Tell whether a preview shows no change."""
        ops: list[str] = []
        preview = self._in_host(lambda host: ops.extend(self._preview(host, program)))
        is_same = set(ops) <= {"same"} and self.state.keys() <= program.keys()
        return preview.ending is Ending.DONE and is_same

    def refresh(self) -> Ended:
        """Read everything anew."""

        def read_all(host: ForkedHost) -> None:
            for name, kept in list(self.state.items()):
                host.provider = _PROVIDERS[kept.kind]
                id_, outputs, inputs = host.read(kept.id, kept.outputs)
                if id_:
                    self.state[name] = replace(kept, outputs=outputs, inputs=inputs)
                else:
                    del self.state[name]

        return self._in_host(read_all)

    def destroy(self) -> Ended:
        """Delete everything."""
        return self._in_host(lambda host: self._delete(host, list(self.state)))

    def _in_host(self, do: Callable[[ForkedHost], Any]) -> Ended:
        self._write_state([])
        with ForkedHost(self._environment) as host:
            try:
                host.configure(**self._config)
                do(host)
            except CallError as error:
                return Ended(Ending.FAILED, str(error))
            return Ended(Ending.DONE, host.said())

    def _preview(
        self, host: ForkedHost, program: Resources, targets: Collection[str] = ()
    ) -> list[str]:
        return [
            self._check(host, name, program)[0]
            for name in program
            if not targets or name in targets
        ]

    def _check(
        self, host: ForkedHost, name: str, program: Resources
    ) -> tuple[str, Properties]:
        """Check one resource; return what is to be done about it, and its inputs."""
        declared = program[name]
        host.provider = _PROVIDERS[declared.kind]
        kept = self.state.get(name)
        if kept is not None and kept.kind != declared.kind:
            kept = None  # another type, so another resource
        news = {**declared.inputs, **self._origin(name, program)}
        inputs = host.check(news, {} if kept is None else kept.inputs)
        if "failures" in inputs:
            raise CallError("\n".join(reason for _, reason in inputs["failures"]))
        if kept is None:
            return "create", inputs
        if declared.replaced:
            return "replace", self._checked_anew(host, news)
        changes, replaces = host.diff(kept.id, kept.outputs, inputs)
        # The engine compares by itself where the provider leaves it to it.
        is_same = changes == "DIFF_NONE" or (
            changes == "DIFF_UNKNOWN" and _shown(kept.inputs) == _shown(inputs)
        )
        if replaces:
            return "replace", self._checked_anew(host, news)
        return "same" if is_same else "update", inputs

    @staticmethod
    def _checked_anew(host: ForkedHost, news: Properties) -> Properties:
        """Check a replacement as the engine does: once more, without the old inputs."""
        inputs = host.check(news)
        if "failures" in inputs:
            raise CallError("\n".join(reason for _, reason in inputs["failures"]))
        return inputs

    def _origin(self, name: str, program: Resources) -> Properties:
        """Return what a resource of a real program tells of itself."""
        if self._folder is None:
            return {}
        told: Properties = {"__self": f"{_STACK}::{name}"}
        emails: dict[str, list[str]] = {"User": [], "RoleAssignment": [], "Roster": []}
        for other, one in program.items():
            emails[one.kind].append(one.inputs.get("email", other))
        if program[name].kind == "Roster":
            members = [
                email
                for other, one in program.items()
                if one.kind == "Roster" and other != name
                for email in one.inputs["members"]
            ]
            told["__program"] = {
                "users": emails["User"],
                "rosters": emails["Roster"],
                "members": members,
            }
        elif program[name].replaced == "before":
            roles = emails["RoleAssignment"]
            told["__program"] = {"users": emails["User"], "roles": roles}
        return told

    def _write_state(self, going: list[tuple[str, _Kept]]) -> None:
        """Show the state as it is in the midst of a run; some are yet to be deleted."""
        if self._folder is None:
            return
        resources = [
            {
                "urn": f"urn:pulumi:model::people::{_TYPE}{kept.kind}::{name}",
                "type": f"{_TYPE}{kept.kind}",
                "id": kept.id,
                "inputs": self._encrypted(kept.inputs),
                "outputs": self._encrypted(kept.outputs),
                "delete": is_going,
            }
            for is_going, pairs in ((False, self.state.items()), (True, going))
            for name, kept in pairs
        ]
        text = json.dumps({"deployment": {"resources": resources}})
        (self._folder / "state.json").write_text(text, encoding="utf-8")

    def _encrypted(self, properties: Properties) -> Properties:
        return {
            key: {_SECRET: "…"} if isinstance(one, str) and one in self.secrets else one
            for key, one in properties.items()
        }

    def _carry_out(
        self, host: ForkedHost, program: Resources, targets: Collection[str] = ()
    ) -> None:
        going: list[tuple[str, _Kept]] = []
        for name, declared in program.items():
            if targets and name not in targets:
                continue
            op, inputs = self._check(host, name, program)
            kept = self.state.get(name)
            if kept is None or op in {"create", "replace"}:
                if kept is not None and declared.replaced == "before":
                    host.delete(kept.id, kept.outputs)
                    del self.state[name]
                elif kept is not None:
                    going.append((name, kept))
                id_, outputs = host.create_checked(inputs)
                self.state[name] = _Kept(declared.kind, id_, inputs, outputs)
            else:
                outputs = kept.outputs
                if op == "update":
                    outputs = host.update(kept.id, kept.outputs, inputs)
                self.state[name] = replace(kept, inputs=inputs, outputs=outputs)
            self._write_state(going)
        for _, kept in going:
            host.provider = _PROVIDERS[kept.kind]
            host.delete(kept.id, kept.outputs)
        leaving = self.state.keys() - program.keys()
        self._delete(host, sorted(leaving & set(targets) if targets else leaving))

    def _delete(self, host: ForkedHost, names: list[str]) -> None:
        for name in names:
            kept = self.state[name]
            host.provider = _PROVIDERS[kept.kind]
            host.delete(kept.id, kept.outputs)
            del self.state[name]


def _shown(inputs: Properties) -> Properties:
    return {key: value for key, value in inputs.items() if not key.startswith("__")}
