"""A stack without an engine: provider hosts, and the engine's order of calls.

A new host for the preview and another one for the update; `check` gets the state's
inputs, the rest its outputs; deletes come last; after an error nothing new begins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pulumi.dynamic import ResourceProvider

from pulumi_cerevox.provider import RosterProvider, UserProvider
from scripts.engine.provider_host import CallError
from scripts.proof.model.forked_hosts import ForkedHost
from scripts.proof.model.stack import Declared, Ending, Outcome, Resources

Properties = dict[str, Any]

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


@dataclass(frozen=True)
class _Step:
    """What a preview found for one resource."""

    name: str
    kind: str
    op: str
    inputs: Properties


class _RefusedError(Exception):
    """A check refused the program."""


class HostStack:
    """See the module."""

    def __init__(
        self, environment: Mapping[str, str], config: Mapping[str, str]
    ) -> None:
        """Begin without resources."""
        self._environment = environment
        self._config = config
        self._state: dict[str, _Kept] = {}

    def up(self, program: Resources) -> Outcome:
        """Preview, and carry out."""
        try:
            self._in_host(lambda host: self._steps(host, program))
        except (_RefusedError, CallError) as error:
            return Outcome(Ending.REFUSED, str(error))
        try:
            said = self._in_host(lambda host: self._carried_out(host, program))
        except (_RefusedError, CallError) as error:
            return Outcome(Ending.FAILED, str(error))
        return Outcome(Ending.DONE, said)

    def is_settled(self, program: Resources) -> bool:
        """Tell whether a preview shows no change."""
        steps = self._in_host(lambda host: self._steps(host, program))
        return all(step.op == "same" for step in steps) and not self._dropped(program)

    def refresh(self) -> Outcome:
        """Read everything anew."""
        try:
            self._in_host(self._read_all)
        except CallError as error:
            return Outcome(Ending.FAILED, str(error))
        return Outcome(Ending.DONE)

    def destroy(self) -> Outcome:
        """Delete everything."""
        try:
            self._in_host(lambda host: self._delete(host, list(self._state)))
        except CallError as error:
            return Outcome(Ending.FAILED, str(error))
        return Outcome(Ending.DONE)

    def _in_host(self, do: Callable[[ForkedHost], Any]) -> Any:
        with ForkedHost(self._environment) as host:
            host.configure(**self._config)
            return do(host)

    def _dropped(self, program: Resources) -> list[str]:
        return [name for name in self._state if name not in program]

    def _steps(self, host: ForkedHost, program: Resources) -> list[_Step]:
        return [self._step(host, name, one) for name, one in program.items()]

    def _step(self, host: ForkedHost, name: str, declared: Declared) -> _Step:
        host.provider = _PROVIDERS[declared.kind]
        kept = self._state.get(name)
        old_inputs = {} if kept is None else kept.inputs
        inputs = host.check(dict(declared.inputs), old_inputs)
        if "failures" in inputs:
            raise _RefusedError("\n".join(reason for _, reason in inputs["failures"]))
        op = "create" if kept is None else _op(host, kept, inputs)
        return _Step(name, declared.kind, op, inputs)

    def _carried_out(self, host: ForkedHost, program: Resources) -> str:
        replaced: list[tuple[str, _Kept]] = []
        for name, declared in program.items():
            step = self._step(host, name, declared)
            if step.op == "replace":
                replaced.append((name, self._state[name]))
            self._apply(host, step)
        for _, kept in replaced:
            host.provider = _PROVIDERS[kept.kind]
            host.delete(kept.id, kept.outputs)
        self._delete(host, self._dropped(program))
        return host.said()

    def _apply(self, host: ForkedHost, step: _Step) -> None:
        host.provider = _PROVIDERS[step.kind]
        kept = self._state.get(step.name)
        if kept is None or step.op == "replace":
            id_, outputs = host.create_checked(step.inputs)
            self._state[step.name] = _Kept(step.kind, id_, step.inputs, outputs)
            return
        outputs = kept.outputs
        if step.op == "update":
            outputs = host.update(kept.id, kept.outputs, step.inputs)
        self._state[step.name] = replace(kept, inputs=step.inputs, outputs=outputs)

    def _read_all(self, host: ForkedHost) -> None:
        for name, kept in list(self._state.items()):
            host.provider = _PROVIDERS[kept.kind]
            id_, outputs, inputs = host.read(kept.id, kept.outputs)
            if not id_:
                del self._state[name]
                continue
            self._state[name] = replace(kept, outputs=outputs, inputs=inputs)

    def _delete(self, host: ForkedHost, names: list[str]) -> None:
        for name in names:
            kept = self._state[name]
            host.provider = _PROVIDERS[kept.kind]
            host.delete(kept.id, kept.outputs)
            del self._state[name]


def _op(host: ForkedHost, kept: _Kept, inputs: Properties) -> str:
    changes, replaces = host.diff(kept.id, kept.outputs, inputs)
    if replaces:
        return "replace"
    if changes == "DIFF_NONE":
        return "same"
    # The engine compares by itself where the provider leaves it to it.
    is_same = _compared(kept.inputs) == _compared(inputs)
    return "same" if changes == "DIFF_UNKNOWN" and is_same else "update"


def _compared(inputs: Properties) -> Properties:
    return {key: value for key, value in inputs.items() if not key.startswith("__")}
