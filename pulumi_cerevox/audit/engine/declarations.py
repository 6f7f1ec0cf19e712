"""Whom a resource declares: what the program said when it was last applied.

A refresh brings the account into a state's inputs. Where the state keeps what was
declared all the same, that is read: a roster's output `members`, and the role that a
`User` or `RoleAssignment` gave last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.declared import DeclaredPerson
from pulumi_cerevox.audit.engine.resources import EngineResource, ResourceKind
from pulumi_cerevox.audit.engine.values import Unreadable, why_unreadable
from pulumi_cerevox.roster import Person, Undeclared, membership_of

GIVEN_ROLE = "__givenRole"
"""The output that says which role a resource gave last."""


class IncomparableError(ValueError):
    """A resource declares something that can't be compared; the text says what."""


def people_of(resource: EngineResource) -> list[DeclaredPerson]:
    """Give the people whom a resource declares.

    Raises:
        IncomparableError: what it declares is secret, unknown, or no declaration.
    """
    if resource.kind is ResourceKind.ROSTER:
        return _roster_people(resource)
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
            name=_name(resource),
            resource=f"{resource.kind} {resource.name}",
        )
    ]


def members_of(
    resource: EngineResource, props: Mapping[str, Any], key: str = "members"
) -> dict[str, Person]:
    """Give a roster's people, undeclared ones among them.

    Raises:
        IncomparableError: they are secret or unknown, in part or as a whole.
    """
    members = props.get(key)
    reason = why_unreadable(members)
    if reason is not None:
        raise IncomparableError(_told(resource, "members", reason))
    if not isinstance(members, Mapping) or not all(
        isinstance(one, Mapping) for one in members.values()
    ):
        raise IncomparableError(f"{resource.title}: its members are no mapping")
    return membership_of(members)


def undeclared_mode(resource: EngineResource, props: Mapping[str, Any]) -> Undeclared:
    """Give what a roster does about people whom it does not declare.

    Raises:
        IncomparableError: it is unknown, or no mode.
    """
    mode = text_of(resource, props, "undeclared") or Undeclared.REPORT
    try:
        return Undeclared(mode)
    except ValueError:
        raise IncomparableError(
            f"{resource.title}: undeclared is {printable(mode)}, which is no mode"
        ) from None


def text_of(resource: EngineResource, props: Mapping[str, Any], key: str) -> str | None:
    """Give a text; None where there is none.

    Raises:
        IncomparableError: it is secret, unknown, or no text.
    """
    value = props.get(key)
    if value is None or isinstance(value, str):
        return value
    reason = value if isinstance(value, Unreadable) else Unreadable.FOREIGN
    raise IncomparableError(_told(resource, key, reason))


def _roster_people(resource: EngineResource) -> list[DeclaredPerson]:
    # The outputs' members are as declared; the inputs' may be as a refresh saw them.
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


def _name(resource: EngineResource) -> str | None:
    if resource.kind is not ResourceKind.USER:
        return None
    return text_of(resource, resource.inputs, "name")


def _told(resource: EngineResource, what: str, reason: Unreadable) -> str:
    return f"{resource.title}: {what} can't be compared: {reason.value}"
