"""Read what the engine writes, without Pulumi: resources and their values.

States and previews share these forms.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from typing import Any

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.model import DeclaredPerson
from pulumi_cerevox.roster import Person, membership_of

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SIGNED_HIDDEN = "1b47061264138c4ac30d75fd1eb44270"
"""The signature of a secret."""
_HIDDEN_IN_PREVIEWS = "[secret]"
_UNKNOWN = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


class Unreadable(Enum):
    """A value that can't be compared. It says why."""

    SECRET = "a secret; `pulumi stack export --show-secrets` shows it"  # noqa: S105
    HIDDEN = "a secret, which no preview shows"
    UNKNOWN = "not known before `pulumi up`"
    FOREIGN = "no plain value"


def readable(value: object) -> Any:
    """Return a value in plain form, with `Unreadable` for what can't be read.

    A secret is readable where its plain text was exported (`--show-secrets`).
    """
    if isinstance(value, str):
        return _readable_text(value)
    if isinstance(value, list):
        return [readable(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if _SIGNATURE in value:
        return _readable_signed(value)
    return {key: readable(one) for key, one in value.items()}


def why_unreadable(value: object) -> Unreadable | None:
    """Say why a value, or anything in it, can't be compared; None where all can."""
    return next(_unreadable_in(value), None)


def _unreadable_in(value: object) -> Iterator[Unreadable]:
    if isinstance(value, Unreadable):
        yield value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _unreadable_in(_readable_text(str(key)))
            yield from _unreadable_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from _unreadable_in(one)


def _readable_text(text: str) -> str | Unreadable:
    if text in _UNKNOWN:
        return Unreadable.UNKNOWN
    return Unreadable.HIDDEN if text == _HIDDEN_IN_PREVIEWS else text


def _readable_signed(value: Mapping[str, Any]) -> Any:
    if value[_SIGNATURE] != _SIGNED_HIDDEN:
        return Unreadable.FOREIGN
    plain = value.get("plaintext")
    if not isinstance(plain, str):
        return Unreadable.SECRET
    try:
        return readable(json.loads(plain))
    except json.JSONDecodeError:
        return Unreadable.SECRET


class ShapeError(ValueError):
    """A document is not as the engine writes it; the text says where."""


class ResourceKind(StrEnum):
    """Our resources that declare people; the value is the last part of their type."""

    USER = "User"
    ROLE_ASSIGNMENT = "RoleAssignment"
    ROSTER = "Roster"


_TYPES = {
    f"{start}{kind}": kind
    for start in ("pulumi-python:dynamic/cerevox:", "cerevox:index:")
    for kind in ResourceKind
}
"""The type tokens of the dynamic and the native provider.

`tests/unit/test_public_names.py` pins them.
"""


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
        """Its name for people, such as `User ada`, escaped."""
        return f"{self.kind} {printable(self.name)}"

    @property
    def account_id(self) -> str | None:
        """The account it belongs to, where that is known already."""
        for props in (self.outputs, self.inputs):
            if isinstance(props.get("accountId"), str):
                return str(props["accountId"])
        return None


def kind_in(urn: str) -> ResourceKind | None:
    """Return which resource of ours a URN names; None for all others."""
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
    urn, id_ = state.get("urn"), state.get("id")
    if not isinstance(urn, str) or kind_in(urn) is None:
        raise ShapeError(f"a {kind} has no URN")
    if not isinstance(id_, str | None):
        raise ShapeError(f"the id of a {kind} is no text")
    return EngineResource(
        kind=kind,
        urn=urn,
        id=id_,
        inputs=_properties(state, "inputs"),
        outputs=_properties(state, "outputs"),
        provider=str(state.get("provider") or "").rpartition("::")[0],
        external=bool(state.get("external")),
        leaving=bool(state.get("delete")),
        retained=bool(state.get("retainOnDelete")),
        unfinished=bool(state.get("initErrors") or state.get("pendingReplacement")),
    )


def mapping_at(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the mapping under a key; empty where there is none.

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
    """Return the list of mappings under a key; empty where there is none.

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


GIVEN_ROLE = "__givenRole"
"""The output that says which role a resource gave last."""


class IncomparableError(ValueError):
    """A resource declares something that can't be compared; the text says what."""


def people_of(resource: EngineResource) -> list[DeclaredPerson]:
    """Return the people whom a resource declares.

    Raises:
        IncomparableError: what it declares is secret, unknown, or no declaration.
    """
    if resource.kind is ResourceKind.ROSTER:
        props = resource.outputs if "members" in resource.outputs else resource.inputs
        return [
            DeclaredPerson(
                email=email,
                role=one.role,
                name=one.name,
                resource=f"{resource.kind} {resource.name}",
            )
            for email, one in members_of(resource, props).items()
            if not one.undeclared
        ]
    inputs, outputs = resource.inputs, resource.outputs
    named_by = inputs if "email" in inputs else outputs
    if named_by.get("email") is None:
        raise IncomparableError(
            f"{resource.title}: nobody can tell whom it is about, for it names a "
            "user_id and has no email before `pulumi up`"
        )
    role = text_of(resource, inputs, "role")
    if role is not None:
        role = text_of(resource, outputs, GIVEN_ROLE) or role
    return [
        DeclaredPerson(
            email=str(text_of(resource, named_by, "email")),
            role=role,
            name=text_of(resource, inputs, "name")
            if resource.kind is ResourceKind.USER
            else None,
            resource=f"{resource.kind} {resource.name}",
        )
    ]


def members_of(
    resource: EngineResource, props: Mapping[str, Any], key: str = "members"
) -> dict[str, Person]:
    """Return a roster's people, undeclared ones among them.

    Raises:
        IncomparableError: they are secret or unknown, in part or as a whole.
    """
    members = props.get(key)
    reason = why_unreadable(members)
    if reason is not None:
        raise IncomparableError(told(resource, "members", reason))
    if not isinstance(members, Mapping) or not all(
        isinstance(one, Mapping) for one in members.values()
    ):
        raise IncomparableError(f"{resource.title}: its members are no mapping")
    if not all(
        isinstance(one.get(text), str | None)
        for one in members.values()
        for text in ("role", "name")
    ):
        raise IncomparableError(f"{resource.title}: a member's role or name is no text")
    return membership_of(members)


DAYS = "__days"
"""What a roster keeps of its members' last days, in inputs and outputs."""

_LAST_DAYS = ("until", "roleUntil")


def last_days_in(
    roster: EngineResource, props: Mapping[str, Any]
) -> dict[str, dict[str, str]]:
    """Return the last days of members: `{until?, roleUntil?}` by folded email.

    Raises:
        IncomparableError: they are secret, unknown, or no days.
    """
    days = props.get(DAYS) or {}
    reason = why_unreadable(days)
    try:
        for own in () if reason else days.values():
            for key, day in own.items():
                date.fromisoformat(day)
                if key not in _LAST_DAYS:
                    reason = Unreadable.FOREIGN
    except (AttributeError, TypeError, ValueError):
        reason = Unreadable.FOREIGN
    if reason is not None:
        raise IncomparableError(told(roster, "last days", reason))
    return dict(days)


def text_of(resource: EngineResource, props: Mapping[str, Any], key: str) -> str | None:
    """Return a text; None where there is none.

    Raises:
        IncomparableError: it is secret, unknown, or no text.
    """
    value = props.get(key)
    if value is None or isinstance(value, str):
        return value
    reason = value if isinstance(value, Unreadable) else Unreadable.FOREIGN
    raise IncomparableError(told(resource, key, reason))


def told(resource: EngineResource, what: str, reason: Unreadable) -> str:
    """Say that a part of a resource can't be compared, and why."""
    return f"{resource.title}: {what} can't be compared: {reason.value}"
