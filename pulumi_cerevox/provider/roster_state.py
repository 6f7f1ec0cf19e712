"""What a `Roster` keeps in its state, and what the account still lacks. No I/O.

After every step the members in `known` equal those of `inputs.members`, so an update
carries out exactly what its preview compared. Keys that begin with two underscores are
ours. The engine keeps them and leaves them out of every diff.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from pulumi.output import Unknown

from pulumi_cerevox.account import AccountUser, Role, fold_email, printable
from pulumi_cerevox.provider.stack_state import STACK
from pulumi_cerevox.provider.user_state import kept_text, person_key
from pulumi_cerevox.roster import (
    Change,
    ChangeKind,
    Expired,
    Membership,
    Person,
    Plan,
    Undeclared,
    membership_of,
    plan,
)

KNOWN = "__known"
"""Output: the account as the last step left it: `{email: {role, name?, …}}`."""
SIGHTED = "__sighted"
"""Input: undeclared people that a read saw for the first time, and in which phase."""
SPENT = "__spent"
"""Input: the approvals that were used; none of them ever fits again."""
EXPIRED = "__expired"
"""Input: who is declared and past their last day: neither declared nor undeclared."""
DAYS = "__days"
"""Input and output: the last days as text, by folded email: `{until?, roleUntil?}`.

An audit of the stack judges by them on any later day. The output is there without any
last day too: that tells it from a state of 0.1.0, which kept none.
"""
BOUND = "__bound"
"""Output: the account id that the program itself names; `accountId` is the live one."""

NEW_EMAIL = "newEmail"
"""Of a declared person: their email in the account, which they changed."""

PRIOR_ROLE = "priorRole"
"""Of a person in `known`: the role before a resource of the stack gave them one."""

_LAST_DAYS = ("until", "roleUntil")
PLAIN = ("undeclared", "expired", "guards", "onDestroy")
_HIDDEN = (SIGHTED, SPENT, EXPIRED, DAYS)
STACK_NAME = "__stack"
"""Output: the stack's full name: a refresh learns it from nothing else."""


def membership(members: Mapping[str, Mapping[str, Any]]) -> dict[str, Person]:
    """Read people out of `members` or `known`."""
    return membership_of(members)


def properties(people: Membership) -> dict[str, dict[str, Any]]:
    """Write people as `members` keeps them: a name only where it is managed."""
    written: dict[str, dict[str, Any]] = {}
    for email in sorted(people):
        person = people[email]
        entry = written[email] = {"role": person.role}
        if person.name is not None:
            entry["name"] = person.name
        if person.undeclared:
            entry["undeclared"] = True
        if person.new_email is not None:
            entry[NEW_EMAIL] = person.new_email
    return written


def declared(people: Membership) -> dict[str, Person]:
    """Leave out those whom only a read has seen."""
    return {email: one for email, one in people.items() if not one.undeclared}


def followed(
    people: Mapping[str, Mapping[str, Any]], members: Iterable[str]
) -> dict[str, Mapping[str, Any]]:
    """Return people under their new email, where that is declared from now on.

    Whoever changed their email in the account, and is declared so, is the same person:
    nobody leaves and nobody comes.

    Args:
        people: Old `members`, or `known`.
        members: The keys of the new `members`.
    """
    new = set(members)
    result: dict[str, Mapping[str, Any]] = {}
    for email, one in people.items():
        if one.get(NEW_EMAIL) in new and email not in new:
            rest = {key: value for key, value in one.items() if key != NEW_EMAIL}
            result[one[NEW_EMAIL]] = rest
        else:
            result[email] = one
    return result


def followed_ids(
    ids: Mapping[str, str], users: Iterable[AccountUser], members: Container[str]
) -> dict[str, str]:
    """Return by which ids people are found who changed their email in the account.

    Somebody who leaves the roster is found so, too: whoever leaves loses access. But
    not where the roster declares them under their new email from now on.

    Args:
        ids: User id by the email that the roster has declared until now.
        users: The account.
        members: Whom the roster declares from now on, by key.
    """
    now = {user.user_id: person_key(user.email) for user in users}
    return {
        email: user_id
        for email, user_id in ids.items()
        if email in members or now.get(user_id) not in members
    }


def leavers(change: Plan) -> set[str]:
    """Return whom the roster declared until now, and a change removes."""
    return {
        one.email
        for one in change.removals
        if one.before is not None and not one.before.undeclared
    }


def has_unknown(value: object) -> bool:
    """Return whether a preview does not know all of a value yet."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Mapping):
        return any(has_unknown(one) for one in value.values())
    if isinstance(value, list | tuple):
        return any(has_unknown(one) for one in value)
    return False


def undeclared_mode(props: Mapping[str, Any]) -> Undeclared:
    """Return what the roster does about people whom it does not declare."""
    return Undeclared(props.get("undeclared") or Undeclared.REPORT)


def expired_mode(props: Mapping[str, Any]) -> Expired:
    """Return what the roster does about people who are past their last day."""
    return Expired(props.get("expired") or Expired.REPORT)


def expired_in(inputs: Mapping[str, Any]) -> set[str]:
    """Return the folded emails of those whom the roster names past their last day."""
    return set(inputs.get(EXPIRED) or ())


def days_of(members: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return the last days that a program's members have, as `DAYS` keeps them."""
    days = {
        fold_email(email): {key: one[key] for key in _LAST_DAYS if one.get(key)}
        for email, one in members.items()
    }
    return {email: own for email, own in days.items() if own}


def dates_in(
    members: Mapping[str, Mapping[str, Any]], expired: Iterable[str]
) -> dict[str, Any]:
    """Return the hidden inputs about last days; none where nobody has any.

    Args:
        members: As the program has them.
        expired: Who is past their last day.
    """
    found = {EXPIRED: sorted(expired), DAYS: days_of(members)}
    return {key: value for key, value in found.items() if value}


def days_move(outs: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Return whether last days differ. Nobody knows for a state of 0.1.0.

    Args:
        outs: The state's outputs.
        news: The checked inputs.
    """
    return DAYS in outs and outs[DAYS] != news.get(DAYS, {})


def are_settings_same(outs: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Return whether all is as before, leaving people and guards aside."""
    plain = all(outs.get(key) == news.get(key) for key in PLAIN if key != "guards")
    is_bound_same = outs.get(BOUND) == news.get("accountId")
    return plain and is_bound_same and not days_move(outs, news)


def live_membership(
    users: Mapping[str, AccountUser], declared_people: Membership, mode: Undeclared
) -> dict[str, Person]:
    """Return the account as the roster compares it.

    Names count only where they are managed; people who are not declared are marked,
    and left out altogether where they are to be ignored.

    Args:
        users: Everybody by key, as `by_email` has them.
        declared_people: The roster's own.
        mode: What it does about the others.
    """
    live: dict[str, Person] = {}
    for email, user in users.items():
        person = declared_people.get(email)
        if person is not None and not person.undeclared:
            name = None
            if person.name is not None:
                name = kept_text(user.name, person.name)
            now = person_key(user.email)
            moved_to = now if now != email else None
            live[email] = Person(role=str(user.role), name=name, new_email=moved_to)
        elif mode is not Undeclared.IGNORE:
            live[email] = Person(role=str(user.role), undeclared=True)
    return live


def known_of(
    people: Membership,
    ids: Mapping[str, str],
    created: Iterable[str],
    prior_roles: Mapping[str, str],
) -> dict[str, dict[str, Any]]:
    """Write `known`.

    Args:
        people: The account as compared.
        ids: Folded email to user id.
        created: Whom this resource made, folded.
        prior_roles: The role before the stack gave one, of whom that is known.
    """
    known = properties(people)
    made = set(created)
    for email, entry in known.items():
        if email in ids:
            entry["userId"] = ids[email]
        if email in made:
            entry["created"] = True
        if email in prior_roles:
            entry[PRIOR_ROLE] = prior_roles[email]
    return known


def created_in(
    known: Mapping[str, Mapping[str, Any]], ids: Mapping[str, str]
) -> set[str]:
    """Return whom a completed create or update of this resource made.

    Somebody who was removed and made again by hand has another id, and is not ours.

    Args:
        known: The account as the last step left it.
        ids: Folded email to user id, as the account has them now.
    """
    return {
        email
        for email, one in known.items()
        if one.get("created") and one.get("userId") == ids.get(email)
    }


def prior_roles_in(
    known: Mapping[str, Mapping[str, Any]], ids: Mapping[str, str]
) -> dict[str, str]:
    """Return the roles before the stack gave one, of those who are still the same.

    Args:
        known: The account as the last step left it.
        ids: Folded email to user id, as the account has them now.
    """
    return {
        email: one[PRIOR_ROLE]
        for email, one in known.items()
        if PRIOR_ROLE in one and one.get("userId") == ids.get(email)
    }


def prior_roles_of_new(
    inputs: Mapping[str, Any],
    users: Mapping[str, AccountUser],
    known: Mapping[str, Mapping[str, Any]],
) -> dict[str, str]:
    """Return the role before the stack gave one, of people new to the roster."""
    people = declared(membership(inputs["members"]))
    new = (set(people) & set(users)) - set(ids_in(known))
    records = {email: STACK.role(users[email]) for email in new}
    return {
        email: record.prior_role
        for email, record in records.items()
        if record is not None and record.prior_role is not None
    }


def ids_of(users: Mapping[str, AccountUser]) -> dict[str, str]:
    """Return each person's user id by key."""
    return {email: user.user_id for email, user in users.items()}


def ids_in(known: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the user id of everybody whom the roster declared, by key."""
    return {
        email: str(one["userId"])
        for email, one in known.items()
        if "userId" in one and not one.get("undeclared")
    }


def user_ids(known: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the user ids in `known`, also of people whom nobody declared."""
    return [str(one["userId"]) for one in known.values() if "userId" in one]


def outputs(
    inputs: Mapping[str, Any],
    known: dict[str, dict[str, Any]],
    account_id: str,
) -> dict[str, Any]:
    """Return the outputs after a create or an update."""
    people = membership(inputs["members"])
    kept = {key: inputs[key] for key in PLAIN if inputs.get(key) is not None}
    hidden = {key: inputs[key] for key in _HIDDEN if key in inputs}
    bound = inputs.get("accountId")
    return {
        **kept,
        **hidden,
        DAYS: inputs.get(DAYS, {}),
        **({STACK_NAME: STACK.stack} if STACK.stack else {}),
        **({BOUND: bound} if bound else {}),
        "members": properties(declared(people)),
        **summary(known),
        "accountId": account_id,
        KNOWN: known,
    }


def summary(known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the outputs that a program may use: ids by email, and counts."""
    admins = sum(one["role"] == "admin" for one in known.values())
    undeclared = sum(bool(one.get("undeclared")) for one in known.values())
    return {
        "userIds": {
            email: one["userId"] for email, one in known.items() if "userId" in one
        },
        "counts": {
            "members": len(known) - undeclared,
            "admins": admins,
            "undeclared": undeclared,
        },
    }


def inputs_in(outs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that stand behind outputs, with the account as known."""
    kept = {key: outs[key] for key in (*PLAIN, *_HIDDEN) if key in outs}
    if outs.get(BOUND):
        kept["accountId"] = outs[BOUND]
    if not kept.get(DAYS):
        kept.pop(DAYS, None)
    return {**kept, "members": properties(membership(outs[KNOWN]))}


def still_needed(
    changes: Iterable[Change], live: Mapping[str, AccountUser]
) -> list[Change]:
    """Return the changes that the live account still needs, in the same order.

    What somebody did by hand already is not done again; nothing is added but the
    promotion and the name that a person needs who was to be created and is there.
    """
    needed = [
        one for change in changes for one in _needed(change, live.get(change.email))
    ]
    order = list(ChangeKind)
    return sorted(needed, key=lambda change: order.index(change.kind))


def _needed(change: Change, user: AccountUser | None) -> list[Change]:
    if user is None:
        return [change] if change.kind is ChangeKind.CREATE else []
    wanted = change.after
    if change.kind is ChangeKind.CREATE and wanted is not None:
        there = Person(role=str(user.role), name=user.name)
        return [
            one
            for one in plan({change.email: there}, {change.email: wanted}).changes
            # A create never lowers a role (promise 1): the preview did not say so.
            if one.kind in {ChangeKind.PROMOTE, ChangeKind.UPDATE}
        ]
    undone = {
        ChangeKind.PROMOTE: user.role != Role.ADMIN,
        ChangeKind.DEMOTE: user.role == Role.ADMIN,
        ChangeKind.UPDATE: wanted is not None and wanted.name != user.name,
        ChangeKind.REMOVE: True,
    }
    return [change] if undone[change.kind] else []


def surprises(known: Membership, live: Membership) -> dict[str, str]:
    """Say for each person what is live and not what this run leaves in the state.

    Undeclared people are told apart from these, by `undeclared_line`.
    """
    return {
        change.email: _surprise(change, known, live)
        for change in plan(known, live).changes
        if not live.get(change.email, _NOBODY).undeclared
    }


_NOBODY = Person(role=Role.MEMBER)


def _surprise(change: Change, known: Membership, live: Membership) -> str:
    email = printable(change.email)
    if change.kind is ChangeKind.REMOVE:
        role = known[change.email].role
        return (
            f"{printable(email)} ({role}) is not in the account: somebody removed them"
        )
    if change.kind is ChangeKind.UPDATE:
        return f"{printable(email)} has another name in the account than declared"
    was, now = known[change.email].role, live[change.email].role
    return f"{printable(email)} is {now} in the account, not {was}"
