"""Our resources, as a state or a preview holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.engine.values import readable


class ShapeError(ValueError):
    """A document is not as the engine writes it; the text says where."""


class ResourceKind(StrEnum):
    """Our resources that declare people; the value is the last part of their type."""

    USER = "User"
    ROLE_ASSIGNMENT = "RoleAssignment"
    ROSTER = "Roster"


_TYPES = {f"pulumi-python:dynamic/cerevox:{kind}": kind for kind in ResourceKind}
"""The type tokens; `tests/unit/test_public_names.py` pins them."""


@dataclass(frozen=True, slots=True)
class EngineResource:
    """One resource of ours.

    Attributes:
        kind: Which one.
        urn: Its name in the whole stack.
        id: The provider's id of it; None before it is made.
        inputs: What the program says, without `__provider`; readable.
        outputs: What the provider said, likewise; empty before it is made.
        provider: The provider instance that it belongs to, without the instance's id.
        external: Whether it was only looked up (`User.get`).
        leaving: Whether it is an old copy that is still to be deleted.
        retained: Whether the engine forgets it instead of deleting it.
        unfinished: Whether its create or update was cut off, or its replacement is
            under way.
    """

    kind: ResourceKind
    urn: str
    id: str | None
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    provider: str
    external: bool = False
    leaving: bool = False
    retained: bool = False
    unfinished: bool = False

    @property
    def name(self) -> str:
        """Its name in the program."""
        return self.urn.rpartition("::")[2]

    @property
    def title(self) -> str:
        """What to call it, as in `User ada`; escaped."""
        return f"{self.kind} {printable(self.name)}"

    @property
    def account_id(self) -> str | None:
        """The account it belongs to, where that is known already."""
        for props in (self.outputs, self.inputs):
            if isinstance(props.get("accountId"), str):
                return str(props["accountId"])
        return None


def kind_in(urn: str) -> ResourceKind | None:
    """Give which resource of ours a URN names; None for all others."""
    parts = urn.split("::")
    # The third part lists the types of the parents too, the resource's own last.
    return _TYPES.get(parts[2].rpartition("$")[2]) if len(parts) > 2 else None


def read_resource(state: Mapping[str, Any]) -> EngineResource | None:
    """Read a resource's state; None for one that is none of ours.

    Raises:
        ShapeError: it is not as the engine writes states.
    """
    kind = _TYPES.get(str(state.get("type")))
    if kind is None:
        return None
    urn = state.get("urn")
    if not isinstance(urn, str):
        raise ShapeError(f"a {kind} has no URN")
    return EngineResource(
        kind=kind,
        urn=urn,
        id=state.get("id"),
        inputs=_properties(state, "inputs"),
        outputs=_properties(state, "outputs"),
        provider=str(state.get("provider") or "").rpartition("::")[0],
        external=bool(state.get("external")),
        leaving=bool(state.get("delete")),
        retained=bool(state.get("retainOnDelete")),
        unfinished=bool(state.get("initErrors") or state.get("pendingReplacement")),
    )


def mapping_at(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Give the mapping under a key; empty where there is none.

    Raises:
        ShapeError: something else is there.
    """
    value = document.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ShapeError(f"{key} is no mapping")
    return value


def mappings_at(document: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Give the list of mappings under a key; empty where there is none.

    Raises:
        ShapeError: something else is there.
    """
    value = document.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(
        isinstance(one, Mapping) for one in value
    ):
        raise ShapeError(f"{key} is no list of mappings")
    return list(value)


def _properties(state: Mapping[str, Any], key: str) -> dict[str, Any]:
    written = {
        name: value
        for name, value in mapping_at(state, key).items()
        if name != "__provider"
    }
    try:
        return {name: readable(value) for name, value in written.items()}
    except RecursionError:
        raise ShapeError(f"{key} are nested too deeply") from None
