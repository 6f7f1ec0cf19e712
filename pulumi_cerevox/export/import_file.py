"""The file for `pulumi import --file`: users taken into a state without a single read.

The engine's import can't call a Python dynamic provider, so each entry carries inputs
and outputs, both with `__provider` (CLI 3.254 or newer).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pulumi.dynamic.dynamic import serialize_provider

from pulumi_cerevox.account import AccountUser
from pulumi_cerevox.export.people_program import manageable_name
from pulumi_cerevox.export.resource_names import resource_name
from pulumi_cerevox.provider import UserProvider
from pulumi_cerevox.provider.user_declaration import state_of

TYPE = "pulumi-python:dynamic/cerevox:User"
COMMAND = "pulumi import --file {file} --generate-code=false --protect=false --yes"


def import_file(users: Iterable[AccountUser]) -> dict[str, Any]:
    """Give the document; it matches the program that `people_program` writes."""
    provider: str = serialize_provider(UserProvider())
    return {"resources": [_entry(user, provider) for user in users]}


def _entry(user: AccountUser, provider: str) -> dict[str, Any]:
    inputs: dict[str, Any] = {"email": user.email, "role": str(user.role)}
    name = manageable_name(user)
    if name is not None:
        inputs["name"] = name
    inputs["onExisting"] = "adopt"
    kept = {"adopted": True, "priorRole": str(user.role)}
    outputs = state_of(user, inputs, kept)
    return {
        "type": TYPE,
        "name": resource_name(user.email),
        "id": user.user_id,
        "inputs": inputs | {"__provider": provider},
        "outputs": {
            key: value
            for key, value in (outputs | {"__provider": provider}).items()
            if value is not None
        },
    }
