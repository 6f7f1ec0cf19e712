"""Read from an account's journal what was done, and from a preview what was shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

OWNER = "owner@example.com"
"""The owner of the emulator's seed `empty`, whose key runs everything."""

Entry = Mapping[str, Any]
"""One request of the emulator's journal."""

_USERS = "/v1/users"


class Person(NamedTuple):
    """One person in an account."""

    name: str
    role: str = "member"


People = Mapping[str, Person]
"""By email."""


def people_of(
    users: Iterable[Mapping[str, Any]], *, with_owner: bool = False
) -> dict[str, Person]:
    """Return the people among the emulator's users, by default without the owner."""
    people: dict[str, Person] = {}
    for user in users:
        email = user["email"].lower()
        if email in people:
            raise RuntimeError(f"{email} is in the account twice")
        people[email] = Person(user["name"], user["role"])
    if not with_owner:
        people.pop(OWNER, None)
    return people


class Action(NamedTuple):
    """One change to one person: create, rename, promote, demote or remove."""

    kind: str
    email: str


class Request(NamedTuple):
    """The `nth` request of a method to a route, from 1."""

    method: str
    route: str
    nth: int
    is_write: bool

    def __str__(self) -> str:
        """Write it as the report names it."""
        return f"{self.method} {self.route.removeprefix('/v1')} #{self.nth}"


@dataclass
class History:
    """What a journal says about an account.

    Attributes:
        roles: Who is in the account at the end: email to role.
        actions: What was committed, in order; a repetition is there again.
        fewest_admins: How many admins it had at its worst moment.
        blind_creates: Who was created a second time before anybody looked.
    """

    roles: dict[str, str]
    actions: list[Action] = field(default_factory=list)
    fewest_admins: int = 0
    blind_creates: list[str] = field(default_factory=list)


def is_write(entry: Entry) -> bool:
    """Tell whether a request was meant to change the account."""
    return entry["method"] != "GET" and "/token/" not in entry["path"]


def writes(journal: Iterable[Entry]) -> list[Entry]:
    """Return the writes that were committed."""
    return [entry for entry in journal if entry["committed"] and is_write(entry)]


def requests_of(journal: Iterable[Entry]) -> list[Request]:
    """Number the requests of a journal, by method and route."""
    counts: Counter[tuple[str, str]] = Counter()
    found = []
    for entry in journal:
        key = (entry["method"], entry["route"])
        counts[key] += 1
        found.append(Request(*key, counts[key], is_write(entry)))
    return found


def replay(
    journal: Iterable[Entry],
    before: Iterable[Mapping[str, Any]],
    after: Iterable[Mapping[str, Any]],
) -> History:
    """Go through the committed writes of a journal.

    The users before and after are as snapshots have them: a journal does not tell the
    id of a new user.
    """
    journal, before = list(journal), list(before)
    emails = {user["user_id"]: user["email"] for user in (*before, *after)}
    roles = {user["email"]: user["role"] for user in before}
    actions: list[Action] = []
    admins = [list(roles.values()).count("admin")]
    for entry in writes(journal):
        user_id = entry["path"].rpartition("/")[2]
        body = entry["body"] or {}
        email = body.get("email") or emails.get(user_id) or f"the user {user_id}"
        if entry["method"] == "POST":
            actions.append(Action("create", email))
            roles[email] = body.get("role", "member")
        elif entry["method"] == "DELETE":
            actions.append(Action("remove", email))
            roles.pop(email, None)
        else:
            actions += _edits(email, body)
            if "role" in body:
                roles[email] = body["role"]
        admins.append(list(roles.values()).count("admin"))
    return History(roles, actions, min(admins), _blind_creates(journal))


def _blind_creates(journal: Iterable[Entry]) -> list[str]:
    """Return the emails of creates that were sent again before anybody looked.

    After a fault it is not known whether a create was carried out, unless the API
    refused it with 429. An email is there once, so the emulator itself would refuse
    the second create; a real API may not.
    """
    found: list[str] = []
    unclear: set[str] = set()
    for entry in journal:
        if (entry["method"], entry["path"]) == ("GET", _USERS):
            unclear.clear()
        elif (entry["method"], entry["path"]) == ("POST", _USERS):
            email = str((entry["body"] or {}).get("email"))
            if email in unclear:
                found.append(email)
            if entry.get("fault") is not None and entry.get("status") != 429:
                unclear.add(email)
    return found


def _edits(email: str, fields: Mapping[str, Any]) -> list[Action]:
    """Name what it does to somebody to set these fields."""
    found = []
    if fields.get("name") is not None:
        found.append(Action("rename", email))
    if fields.get("role") is not None:
        kind = "promote" if fields["role"] == "admin" else "demote"
        found.append(Action(kind, email))
    return found


def shown(preview: Mapping[str, Any]) -> set[Action]:
    """Return the actions that a preview (`--json`) shows."""
    found: set[Action] = set()
    for step in preview["steps"]:
        op, urn = step["op"], step["urn"]
        if op in {"same", "read", "refresh"} or "::pulumi:pulumi:Stack::" in urn:
            continue
        if op not in {"create", "update", "delete"}:
            raise ValueError(f"a preview shows {op} of {urn}")
        old = _declared(step.get("oldState"))
        new = {} if op == "delete" else _declared(step.get("newState"))
        found |= {Action("create", email) for email in new.keys() - old.keys()}
        found |= {Action("remove", email) for email in old.keys() - new.keys()}
        for email in new.keys() & old.keys():
            changed = new[email].items() - old[email].items()
            found.update(_edits(email, dict(changed)))
    return found


def _declared(resource: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """Return whom a resource declares; never the owner, who is there before any."""
    inputs: Mapping[str, Any] = (resource or {}).get("inputs", {})
    found = inputs.get("members")
    if found is None:
        found = {inputs["email"]: inputs} if "email" in inputs else {}
    return {
        email: {key: one.get(key) for key in ("name", "role")}
        for email, one in found.items()
        if email != OWNER
    }
