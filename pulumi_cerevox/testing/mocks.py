"""Mocks for `pulumi.runtime.set_mocks` that know this package's resources."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.settings import set_root_resource

_TYPES = ("pulumi-python:dynamic/cerevox:", "cerevox:index:")
"""The prefixes of our types: of the dynamic provider, of the native one."""
_OURS = "__"


class CerevoxMocks(Mocks):
    """Records each resource, and answers as an account without surprises would.

    Attributes:
        resources: Every registered resource, in order: type, name and inputs.
    """

    def __init__(self, account_id: str = "acc_mocked") -> None:
        """Be the account with this id."""
        self.account_id = account_id
        self.resources: list[MockResourceArgs] = []

    def declared(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the inputs of our resources of a kind, such as `User`, by name."""
        return {
            one.name: _visible(one.inputs)
            for one in self.resources
            if one.typ.startswith(_TYPES) and one.typ.endswith(f":{kind}")
        }

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Return the id and the outputs of a resource as a first `up` would."""
        self.resources.append(args)
        if not args.typ.startswith(_TYPES):
            return f"{args.name}_id", dict(args.inputs)
        outputs = _visible(args.inputs) | {"accountId": self.account_id}
        if args.typ.endswith(":Roster"):
            return self.account_id, outputs | _roster_outputs(outputs)
        user_id = outputs.get("userId") or _user_id(str(outputs.get("email")))
        defaults = {"role": "member", "adopted": False, "userId": user_id}
        return user_id, defaults | outputs

    def call(self, args: MockCallArgs) -> Any:
        """Answer a function of another provider with what it was given."""
        return dict(args.args)


def begin_mocked_run() -> CerevoxMocks:
    """Begin a run of its own with new mocks: no stack is left of the one before."""
    try:
        asyncio.get_event_loop()
    except (RuntimeError, DeprecationWarning):  # as the Python and its warnings go
        asyncio.set_event_loop(asyncio.new_event_loop())
    set_root_resource(None)  # type: ignore[arg-type]
    mocks = CerevoxMocks()
    set_mocks(mocks, preview=False)
    return mocks


def _visible(inputs: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in inputs.items()
        if not key.startswith(_OURS) and value is not None
    }


def _roster_outputs(inputs: dict[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = inputs.get("members") or {}
    admins = sum(one.get("role") == "admin" for one in members.values())
    return {
        "userIds": {email: _user_id(email) for email in members},
        "counts": {"members": len(members), "admins": admins, "undeclared": 0},
    }


def _user_id(email: str) -> str:
    return "user-" + hashlib.sha256(email.casefold().encode()).hexdigest()[:12]
