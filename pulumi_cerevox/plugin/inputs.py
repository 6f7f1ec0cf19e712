"""The plugin's checks of inputs, before a resource's own check.

In a Python program, the classes of `resources/` do these checks in the program's
process. Other languages have no such classes, so the plugin does them here: names of
properties, the two forms of a roster's members, and two resources over one person.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pulumi.output import Unknown

from pulumi_cerevox.account import fold_email
from pulumi_cerevox.provider import host, people
from pulumi_cerevox.provider.configuration import NAMESPACE, SETTINGS
from pulumi_cerevox.provider.role_assignment import INPUTS as ROLE_INPUTS
from pulumi_cerevox.provider.roster_state import NEW_EMAIL, SIGHTED, has_unknown
from pulumi_cerevox.provider.stack_state import PROGRAM, ROLE_ASSIGNMENT, ROSTER, SELF
from pulumi_cerevox.provider.stack_state import USER as USER_KIND
from pulumi_cerevox.provider.user_state import INPUTS as USER_INPUTS
from pulumi_cerevox.resources.conflicts import (
    TAKES,
    Claim,
    twice_text,
    two_rosters_text,
)
from pulumi_cerevox.roster import MembersError, Undeclared, read_members
from pulumi_cerevox.text import printable

if TYPE_CHECKING:
    from pulumi_cerevox.plugin.server import Urn

Inputs = dict[str, Any]
INPUTS: Mapping[str, tuple[str, ...]] = {
    USER_KIND: USER_INPUTS,
    ROLE_ASSIGNMENT: ROLE_INPUTS,
    ROSTER: ("members", "guards", "undeclared", "expired", "onDestroy", "accountId"),
}
OUTPUTS: Mapping[str, tuple[str, ...]] = {
    USER_KIND: ("role", "userId", "accountId", "adopted", "priorRole", "lastLogin"),
    ROLE_ASSIGNMENT: ("email", "userId", "accountId", "priorRole"),
    ROSTER: ("userIds", "counts", "accountId"),
}
"""What is known once a resource has been created; an input of the same name is known
before."""
_OF_MEMBERS = ("userIds", "counts")
_NATIVE = "native"
"""A setting of Python programs alone: whether their classes use the plugin."""
_OWN_SETTINGS = SETTINGS | {"apiKeyEnv"}


def config_faults(names: Collection[str], *, is_default: bool) -> list[str]:
    """Name the settings that there are not, each with the nearest that there is.

    Args:
        names: What was given.
        is_default: Whether it is the stack's config. A project of our name has keys of
            its own there, so only what is near to a setting is taken for one.
    """
    known = sorted(SETTINGS | {_NATIVE} if is_default else _OWN_SETTINGS)
    found = []
    for name in sorted(set(names) - set(known)):
        near = get_close_matches(name, known, n=1, cutoff=0.8 if is_default else 0.6)
        place = f"{NAMESPACE}:" if is_default else ""
        if near:
            found.append(
                f"{place}{printable(name)} is no setting of this provider; "
                f"{place}{near[0]} is one"
            )
        elif not is_default:
            found.append(
                f"{printable(name)} is no setting of this provider; there are "
                f"{', '.join(known)}"
            )
    return found


def prepared(kind: str, news: Inputs) -> tuple[Inputs, list[str]]:
    """Return the inputs as a resource's check takes them, and what is wrong."""
    allowed = INPUTS[kind]
    faults = []
    for name in sorted(news):
        if name not in allowed and not name.startswith("__"):
            near = get_close_matches(name, allowed, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            faults.append(
                f"{kind} has no property {printable(name)}: {meant}It has "
                f"{', '.join(allowed)}"
            )
    if kind == ROSTER and "members" in news and not faults:
        try:
            return {**news, "members": _members(news["members"])}, []
        except MembersError as error:
            return news, [str(error)]
    return news, faults


def expected(kind: str, olds: Inputs, news: Inputs) -> Inputs:
    """Return the outputs that a create or an update is going to have, for a preview.

    The engine calls both in a preview, too, where a provider answers its handshake
    (run on the engine, CLI 3.259): nothing may be asked or written then.

    Args:
        kind: Of the resource.
        olds: The outputs before; empty for a create.
        news: The checked inputs.
    """
    unknown = Unknown()  # type: ignore[no-untyped-call]  # the SDK has no types
    if not olds:
        return dict.fromkeys(OUTPUTS[kind], unknown) | news
    changing = olds.get("members") != news.get("members")
    later = dict.fromkeys(_OF_MEMBERS, unknown) if kind == ROSTER and changing else {}
    return olds | later | news


def _members(members: object) -> Any:
    """Return members by email; unknown where a list does not tell every email yet."""
    if isinstance(members, Unknown):
        return members
    if isinstance(members, Mapping):
        # With `ignoreChanges` the engine sends those of the state, marks and all.
        kept = {
            email: one
            for email, one in members.items()
            if isinstance(one, Unknown)
            or (isinstance(one, Mapping) and one.get("undeclared"))
        }
        own = {
            email: {key: one[key] for key in one if key != NEW_EMAIL}
            if isinstance(one, Mapping)
            else one
            for email, one in members.items()
            if email not in kept
        }
        known = read_members(own, has_unknown)
        return known | {fold_email(email): one for email, one in kept.items()}
    if isinstance(members, list) and any(
        has_unknown(one.get("email") if isinstance(one, Mapping) else one)
        for one in members
    ):
        return Unknown()  # type: ignore[no-untyped-call]  # the SDK has no types
    return read_members(members, has_unknown)


def shown(inputs: Inputs) -> Inputs:
    """Return a roster's inputs without whom a read has seen: every diff would show it.

    The notes of the phase have it instead. In Python programs the SDK hides it.
    """
    return {key: value for key, value in inputs.items() if key != SIGHTED}


def note_sighted(urn: Urn, outputs: Inputs) -> None:
    """Note whom a read of a roster has seen for the first time, for this phase."""
    seen = outputs.get(SIGHTED) or {}
    with people.of_this_phase().transaction() as notes:
        for email in seen.get("who") or ():
            notes.add(_sighted_line(urn, email))


def sighted(urn: Urn, olds: Inputs) -> Inputs:
    """Return the input that says whom a read of this phase has seen first."""
    members = olds.get("members")
    if urn.kind != ROSTER or not isinstance(members, Mapping):
        return {}
    with people.of_this_phase().transaction() as notes:
        who = [email for email in members if notes.has(_sighted_line(urn, email))]
    return {SIGHTED: {"by": host.address(), "who": who}} if who else {}


def _sighted_line(urn: Urn, email: str) -> str:
    # The file that the hosts share names nobody.
    text = f"sighted\0{urn.text}\0{email}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Claims:
    """The declarations by URN, to refuse two resources over one person.

    The engine starts a plugin for each provider instance, so these are the claims of
    one account.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._lock = threading.Lock()
        self._holders: dict[tuple[str, str], tuple[str, str]] = {}
        self._users: set[str] = set()
        self._rosters: set[str] = set()

    def enter(self, urn: str, kind: str, name: str, news: Inputs) -> list[str]:
        """Register a resource's declaration. Return why it is refused, if it is."""
        claim = Claim(kind)
        if claim is Claim.USER and news.get("role") is not None:
            claim = Claim.USER_WITH_ROLE
        holder = (urn, f"{claim} {name!r}")
        with self._lock:
            if kind == ROSTER:
                self._rosters.add(name)
                return self._enter_roster(holder, news)
            people = [
                fold_email(value)
                for value in (news.get("email"), news.get("userId"))
                if isinstance(value, str)
            ]
            if kind == USER_KIND:
                self._users.update(people)
            return self._take(holder, claim, people)

    def users(self) -> list[str]:
        """Return the folded emails that `User`s have declared so far."""
        with self._lock:
            return sorted(self._users)

    def rosters(self) -> list[str]:
        """Return the names of the rosters so far."""
        with self._lock:
            return sorted(self._rosters)

    def _enter_roster(self, holder: tuple[str, str], news: Inputs) -> list[str]:
        urn, label = holder
        if news.get("undeclared") != Undeclared.IGNORE:
            other = self._holders.setdefault(("", "account"), holder)
            if other[0] != urn:
                return [two_rosters_text(other[1], label)]
        members = news.get("members")
        people = list(members) if isinstance(members, Mapping) else []
        return self._take(holder, Claim.ROSTER, people)

    def _take(
        self, holder: tuple[str, str], claim: Claim, people: list[str]
    ) -> list[str]:
        wanted = [(who, part) for who in people for part in sorted(TAKES[claim])]
        for one in wanted:
            other = self._holders.get(one, holder)
            if other[0] != holder[0]:
                # The engine does not tell whether an email is a secret.
                return [twice_text("the same person", other[1], holder[1])]
        self._holders.update(dict.fromkeys(wanted, holder))
        return []


def what_the_program_says(urn: Urn, claims: Claims) -> Inputs:
    """Return the inputs by which a Python program tells its stack and its neighbours.

    The neighbours are those that the engine has shown so far. The stack has no
    organisation here: `pulumi stack export` takes the one of the project's folder.
    """
    said: Inputs = {SELF: f"{urn.stack}::{urn.name}"}
    if urn.kind == ROSTER:
        said[PROGRAM] = {"users": claims.users(), "rosters": claims.rosters()}
    return said
