"""The evidence of the stack's own state when a person moves.

For the engine, a renamed, moved or replaced resource is a create and a delete, and
neither call refers to the other. The state names every resource with the ids of its
people. With it, a create that finds somebody in the account can distinguish a person
who moves from a stranger (promise 6).

`pulumi stack export` works inside a provider's process, without a lock, in a preview
and in the middle of an `up` (run on the engine, CLI 3.259). It takes half a second, so
it runs once in a process, and only when it is needed.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_cerevox.account import AccountUser, fold_email
from pulumi_cerevox.roster import Guards, Person, membership_of
from pulumi_cerevox.text import printable

SELF = "__self"
"""The input by which a resource tells its stack and its own name.

No provider method learns either from the engine. `check` takes the input out, so it
reaches neither the state nor a diff.
"""

PROGRAM = "__program"
"""The input by which a resource tells what the program declares beside it.

A roster has it, and whatever is deleted before it is replaced. `users` are folded
emails, `members` those of other rosters, `rosters` names, `roles` emails or ids.
`check` takes it out as well.
"""

USER, ROLE_ASSIGNMENT, ROSTER = "User", "RoleAssignment", "Roster"

_TYPES = ("pulumi-python:dynamic/cerevox:", "cerevox:index:")
"""The prefixes of our types: of the dynamic provider, of the plugin."""
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_EXPORT = ["pulumi", "stack", "export", "--non-interactive", "--stack"]
_EXPORT_SECONDS = 30.0


@dataclass(frozen=True)
class Record:
    """One resource of the stack, and what it knows about one person.

    Attributes:
        kind: `User`, `RoleAssignment` or `Roster`.
        name: The resource's name in the program.
        account_id: The account that the person is in.
        user_id: The person.
        props: The outputs of a `User` or `RoleAssignment`; the entry of a `Roster`.
            What is secret is left out.
        is_going: Whether an earlier run left its delete to be done.
    """

    kind: str
    name: str
    account_id: str
    user_id: str
    props: Mapping[str, Any] = field(repr=False)
    is_going: bool = False

    @property
    def label(self) -> str:
        """The resource, as messages name it."""
        return f"{self.kind} {printable(self.name)!r}"

    @property
    def is_created(self) -> bool:
        """Whether the stack made the person, rather than found them."""
        if self.kind == ROSTER:
            return bool(self.props.get("created"))
        return self.kind == USER and not self.props.get("adopted")

    @property
    def prior_role(self) -> str | None:
        """The role that the person had before the stack gave one, if that is known."""
        return self.props.get("priorRole")

    def says_where_the_role_goes(self, user: AccountUser, to: str) -> str:
        """Return the message that another resource assigns the person's role now."""
        return (
            f"the role of {printable(user.email)} moves from {self.label} to {to}; the "
            f"prior role, {self.prior_role}, moves along"
        )


@dataclass(frozen=True)
class RosterRecord:
    """A `Roster` of the state.

    Attributes:
        name: Its name in the program.
        account_id: Its account.
        inputs: Its inputs, with members and guards; what is secret is left out.
        ids: User id by the folded email that it declares.
    """

    name: str
    account_id: str
    inputs: Mapping[str, Any] = field(repr=False)
    ids: Mapping[str, str] = field(repr=False)

    @property
    def label(self) -> str:
        """The roster, as messages name it."""
        return f"{ROSTER} {printable(self.name)!r}"

    @property
    def is_readable(self) -> bool:
        """Whether its members are there: an export shows secret ones encrypted."""
        return "members" in self.inputs

    @property
    def people(self) -> dict[str, Person]:
        """The people whom it declares, by folded email."""
        members = membership_of(self.inputs.get("members") or {})
        return {email: one for email, one in members.items() if not one.undeclared}

    @property
    def guards(self) -> Guards:
        """Its guards."""
        return Guards.from_properties(self.inputs.get("guards") or {})


class StackState:
    """The state of the stack that this process works for, read when it is needed."""

    def __init__(self) -> None:
        """Know no stack yet: `learn` tells which one it is."""
        self._lock = threading.Lock()
        self._stack: str | None = None
        self._read = False
        self._people: dict[tuple[str, str], list[Record]] = {}
        self._rosters: list[RosterRecord] = []
        self._creating: list[tuple[str, object]] = []
        self._names: dict[str, str] = {}
        self.is_known = False
        """Whether the state could be read."""

    def learn(self, origin: object, email: object = None) -> str:
        """Learn the stack from a resource's `SELF`; return the resource's own name.

        Args:
            origin: The input; None outside a program of this release.
            email: Whom the resource declares, if that is known.
        """
        stack, _, name = str(origin or "").partition("::")
        if stack:
            with self._lock:
                self._stack = stack
                if isinstance(email, str):
                    self._names[fold_email(email)] = name
        return name

    def person(self, user: AccountUser) -> Record | None:
        """Return the `User` or `Roster` that the person belongs to, if any."""
        return self._first(user, USER, ROSTER)

    def user(self, user: AccountUser) -> Record | None:
        """Return the `User` that declares the person and stays, if any."""
        self._require()
        records = self._people.get((user.account_id, user.user_id), [])
        return next(
            (one for one in records if one.kind == USER and not one.is_going), None
        )

    @property
    def stack(self) -> str | None:
        """The stack's full name, if a resource has told it."""
        return self._stack

    def role(self, user: AccountUser) -> Record | None:
        """Return the resource that knows which role the person had before, if any."""
        found = (self._first(user, one) for one in (ROLE_ASSIGNMENT, USER, ROSTER))
        return next((one for one in found if one and one.prior_role is not None), None)

    def rosters(self, account_id: str | None) -> list[RosterRecord]:
        """Return the account's rosters; all of them where the account is not known."""
        self._require()
        return [one for one in self._rosters if account_id in {None, one.account_id}]

    def was_creating(self, email: str) -> bool:
        """Return whether a create of this person was cut off in an earlier run.

        The engine notes a create before it begins, and removes the note at its end.
        Hence `check` asks this, before the present run has a note of its own.
        A secret email is not to be read there; then the resource's name decides.
        """
        self._require()
        who = fold_email(email)
        return any(
            fold_email(noted) == who
            if isinstance(noted, str)
            else name == self._names.get(who)
            for name, noted in self._creating
        )

    def note(self, record: Record) -> None:
        """Keep what a resource knew of a person whom its delete leaves in the account.

        With delete-before-replace the new resource comes after that.
        """
        with self._lock:
            self._people.setdefault((record.account_id, record.user_id), []).append(
                record
            )

    def _first(self, user: AccountUser, *kinds: str) -> Record | None:
        self._require()
        records = self._people.get((user.account_id, user.user_id), [])
        return next((one for one in records if one.kind in kinds), None)

    def _require(self) -> None:
        with self._lock:
            if self._read or self._stack is None:
                return
            self._read = True
            deployment = _export(self._stack)
            if deployment is None:
                return
            self.is_known = True
            for resource in _ours(deployment.get("resources")):
                for record in _records(resource):
                    key = (record.account_id, record.user_id)
                    self._people.setdefault(key, []).append(record)
                if _kind(resource) == ROSTER:
                    self._rosters.append(_roster(resource))
            for pending in deployment.get("pending_operations") or []:
                if pending.get("type") == "creating":
                    for resource in _ours([pending.get("resource") or {}]):
                        email = (resource.get("inputs") or {}).get("email")
                        self._creating.append((_name(resource), email))


def _export(stack: str) -> Mapping[str, Any] | None:
    """Return the stack's deployment; None where it can't be read."""
    try:
        run = subprocess.run(  # noqa: S603  no shell; the name is the engine's own
            [*_EXPORT, stack],
            capture_output=True,
            check=True,
            timeout=_EXPORT_SECONDS,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
        deployment = json.loads(run.stdout)["deployment"]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return None
    return deployment if isinstance(deployment, Mapping) else None


def _ours(resources: object) -> Iterator[Mapping[str, Any]]:
    for resource in resources if isinstance(resources, list) else []:
        if str(resource.get("type", "")).startswith(_TYPES):
            yield resource


def _kind(resource: Mapping[str, Any]) -> str:
    return str(resource["type"]).rpartition(":")[2]


def _name(resource: Mapping[str, Any]) -> str:
    return str(resource.get("urn", "")).split("::", 3)[-1]


def _without_secrets(props: object) -> dict[str, Any]:
    """Return properties without what the export shows encrypted, at any depth."""
    if not isinstance(props, Mapping):
        return {}
    return {
        key: _without_secrets(value) if isinstance(value, Mapping) else value
        for key, value in props.items()
        if not (isinstance(value, Mapping) and _SIGNATURE in value)
    }


def _records(resource: Mapping[str, Any]) -> Iterator[Record]:
    outputs = _without_secrets(resource.get("outputs"))
    kind, name = _kind(resource), _name(resource)
    account_id = str(outputs.get("accountId"))
    if kind == ROSTER:
        for one in _known(outputs).values():
            yield Record(kind, name, account_id, str(one["userId"]), one)
    elif resource.get("id"):
        going = bool(resource.get("delete"))
        yield Record(kind, name, account_id, str(resource["id"]), outputs, going)


def _roster(resource: Mapping[str, Any]) -> RosterRecord:
    outputs = _without_secrets(resource.get("outputs"))
    return RosterRecord(
        name=_name(resource),
        account_id=str(outputs.get("accountId")),
        inputs=_without_secrets(resource.get("inputs")),
        ids={email: str(one["userId"]) for email, one in _known(outputs).items()},
    )


def _known(outputs: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return whom a roster declares; somebody whom nobody declared is not its own."""
    known = outputs.get("__known")
    return {
        email: one
        for email, one in (known.items() if isinstance(known, Mapping) else ())
        if "userId" in one and not one.get("undeclared")
    }


STACK = StackState()
"""The stack of this process."""
