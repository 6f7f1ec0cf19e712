"""What was done to an account, by its journal; and what a preview had shown of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from scripts.proof.people import OWNER

Entry = Mapping[str, Any]
"""One request of the emulator's journal."""

_STACK = "pulumi:pulumi:Stack"
_USERS = "/v1/users"
_QUIET = frozenset({"same", "read", "refresh"})


class Deed(NamedTuple):
    """One change to one person: create, rename, promote, demote or remove."""

    kind: str
    email: str


@dataclass
class History:
    """What a journal says about an account.

    Attributes:
        deeds: What was committed, in order; a repetition is there again.
        roles: Who is in the account at the end: email to role.
        fewest_admins: How many admins it had at its worst moment.
        blind_creates: Who was to be created once more without a look.
    """

    roles: dict[str, str]
    deeds: list[Deed] = field(default_factory=list)
    fewest_admins: int = 0
    blind_creates: list[str] = field(default_factory=list)


def is_write(entry: Entry) -> bool:
    """Tell whether a request was meant to change the account."""
    return entry["method"] != "GET" and "/token/" not in entry["path"]


def writes(journal: Iterable[Entry]) -> list[Entry]:
    """Give the writes that were committed."""
    return [entry for entry in journal if entry["committed"] and is_write(entry)]


def replay(
    journal: Iterable[Entry],
    before: Iterable[Mapping[str, Any]],
    after: Iterable[Mapping[str, Any]],
) -> History:
    """Go through the committed writes of a journal.

    Args:
        journal: The requests, in order.
        before: The users at its beginning, as a snapshot has them.
        after: The users at its end: a journal does not tell the id of a new user.
    """
    journal, before, after = list(journal), list(before), list(after)
    emails = {user["user_id"]: user["email"] for user in (*before, *after)}
    history = History({user["email"]: user["role"] for user in before})
    history.fewest_admins = _admins(history.roles)
    history.blind_creates = blind_creates(journal)
    for entry in writes(journal):
        user_id = entry["path"].rpartition("/")[2]
        body = entry["body"] or {}
        email = body.get("email") or emails.get(user_id) or f"the user {user_id}"
        history.deeds += _deeds(entry["method"], email, body)
        _apply(history.roles, entry["method"], email, body)
        history.fewest_admins = min(history.fewest_admins, _admins(history.roles))
    return history


def blind_creates(journal: Iterable[Entry]) -> list[str]:
    """Give the emails of creates that were sent again before anybody looked.

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


def _deeds(method: str, email: str, body: Mapping[str, Any]) -> list[Deed]:
    if method == "POST":
        return [Deed("create", email)]
    if method == "DELETE":
        return [Deed("remove", email)]
    return _edits(email, body)


def _apply(
    roles: dict[str, str], method: str, email: str, body: Mapping[str, Any]
) -> None:
    if method == "DELETE":
        roles.pop(email, None)
    elif method == "POST":
        roles[email] = body.get("role", "member")
    elif "role" in body:
        roles[email] = body["role"]


def _admins(roles: Mapping[str, str]) -> int:
    return sum(role == "admin" for role in roles.values())


def _edits(email: str, fields: Mapping[str, Any]) -> list[Deed]:
    """Name what a change of these fields to these values does."""
    found = []
    if fields.get("name") is not None:
        found.append(Deed("rename", email))
    if fields.get("role") is not None:
        is_promotion = fields["role"] == "admin"
        found.append(Deed("promote" if is_promotion else "demote", email))
    return found


def shown(preview: Mapping[str, Any]) -> set[Deed]:
    """Give what a preview (`--json`) shows.

    Raises:
        ValueError: it shows a kind of step that no scenario should have.
    """
    return {
        deed
        for step in preview["steps"]
        if step["op"] not in _QUIET and f"::{_STACK}::" not in step["urn"]
        for deed in _shown_by(step)
    }


def _shown_by(step: Mapping[str, Any]) -> list[Deed]:
    if step["op"] not in {"create", "update", "delete"}:
        raise ValueError(f"a preview shows {step['op']} of {step['urn']}")
    old = _members(step.get("oldState"))
    new = {} if step["op"] == "delete" else _members(step.get("newState"))
    found = [Deed("create", email) for email in new.keys() - old.keys()]
    found += [Deed("remove", email) for email in old.keys() - new.keys()]
    for email in new.keys() & old.keys():
        changed = {
            key: value
            for key, value in new[email].items()
            if old[email].get(key) != value
        }
        found += _edits(email, changed)
    return found


def _members(resource: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """Give whom a resource declares; never the owner, who is there before any."""
    inputs: Mapping[str, Any] = (resource or {}).get("inputs", {})
    found = inputs.get("members")
    if found is None:
        found = {inputs["email"]: inputs} if "email" in inputs else {}
    return {
        email: {key: one.get(key) for key in ("name", "role")}
        for email, one in found.items()
        if email != OWNER
    }
