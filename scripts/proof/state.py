"""Compare what stacks' states say, without what differs from run to run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scripts.proof.journal import OWNER

_OURS = ("pulumi-python:dynamic/cerevox:", "cerevox:index:")
# `__sighted` names the engine's address; a login changes `lastLogin`.
_PASSING = frozenset({"__provider", "__sighted", "lastLogin"})
# A person whom a failed run made does not count as made by the resource (design).
_OF_COMPLETED_RUNS = frozenset({"created"})
# Whose create nobody can prove is taken over, and kept at a destroy (docs/moves.md).
_OF_PROVEN_CREATES = frozenset({"created", "adopted"})

ABSENT = "absent"

Essence = dict[str, Any]
"""Resource name to its type, id, inputs and outputs, with emails for user ids."""


def pending(state: Mapping[str, Any]) -> list[str]:
    """Name the operations that the state holds as begun and not ended."""
    return [
        f"{one['type']} {one['resource']['urn']}"
        for one in state.get("pending_operations") or []
    ]


def essence(
    state: Mapping[str, Any],
    users: Iterable[Mapping[str, Any]],
    *,
    strict: bool = True,
    is_proven: bool = True,
) -> Essence:
    """Return what must be equal after two runs of one scenario.

    Args:
        state: As `read_stack` returns it.
        users: The account's users, as a snapshot has them.
        strict: Compare also what a resource keeps of completed runs alone.
        is_proven: Compare also what a resource keeps of creates that are its own.
    """
    names = {user["user_id"]: f"id of {user['email']}" for user in users}
    dropped = _PASSING if strict else _PASSING | _OF_COMPLETED_RUNS
    if not is_proven:
        dropped |= _OF_PROVEN_CREATES
    return {
        resource["urn"].rpartition("::")[2]: {
            key: _kept(resource.get(key), names, dropped)
            for key in ("type", "id", "inputs", "outputs")
        }
        for resource in state.get("resources") or []
        if resource["type"].startswith(_OURS)
    }


def _kept(value: Any, names: Mapping[str, str], dropped: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {
            key: _kept(one, names, dropped)
            for key, one in value.items()
            if key not in dropped
        }
    if isinstance(value, list):
        return [_kept(one, names, dropped) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def known_ids(state: Mapping[str, Any]) -> set[str]:
    """Return the ids of all users that the state's resources stand for."""
    ids = set()
    for resource in state.get("resources") or []:
        if resource["type"].endswith(":User"):
            ids.add(resource["id"])
        elif resource["type"].endswith(":Roster"):
            ids |= set(resource["outputs"]["userIds"].values())
    return ids


def roles_in(state: Essence) -> dict[str, str]:
    """Return the role of everybody whom a state stands for, without the owner."""
    roles: dict[str, str] = {}
    for resource in state.values():
        inputs = resource["inputs"]
        members = inputs.get("members") or {inputs.get("email"): resource["outputs"]}
        roles |= {email: one["role"] for email, one in members.items()}
    roles.pop(OWNER, None)
    return roles


def differences(found: Any, wanted: Any, where: str = "the state") -> list[str]:
    """Name what differs between two states, one line for each value."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return [
            line
            for key in sorted(found.keys() | wanted.keys())
            for line in differences(
                found.get(key, ABSENT), wanted.get(key, ABSENT), f"{where}.{key}"
            )
        ]
    return [] if found == wanted else [f"{where} is {found}, not {wanted}"]
