"""The live account beside a roster's plan: what is still to do, what else differs."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pulumi_cerevox.account import (
    AccountError,
    AccountInfo,
    AccountUser,
    Role,
    printable,
)
from pulumi_cerevox.provider.connection import Connection
from pulumi_cerevox.provider.errors import ProviderError
from pulumi_cerevox.provider.escaping import person_key
from pulumi_cerevox.roster import (
    Change,
    ChangeKind,
    Membership,
    Person,
    Plan,
    plan,
)

LOOK_SECONDS = 5.0
MOST_NAMED = 20


@dataclass
class Sight:
    """What one look at the account saw.

    Attributes:
        users: Everybody in it.
        info: The account itself.
        failure: Why it could not be seen; then the rest is empty.
        refused: Whether that was a refusal of ours, such as a foreign account.
    """

    users: tuple[AccountUser, ...] = ()
    info: AccountInfo | None = None
    failure: str | None = None
    refused: bool = False
    by_email: dict[str, AccountUser] = field(default_factory=dict)


def look(connection: Connection, owner: str | None) -> Sight:
    """Look at the account for at most five seconds: a preview must not hang.

    A look that is late goes on in its thread and still fills the directory.
    """
    sight = Sight(failure=f"it did not answer within {LOOK_SECONDS:g} seconds")
    done = threading.Event()

    def see() -> None:
        try:
            connection.require_account(owner, "this roster")
            sight.users = connection.account.directory.users()
            sight.info = connection.account_info
        except AccountError as error:
            sight.failure = str(error)
        except ProviderError as error:
            sight.failure, sight.refused = str(error), True
        else:
            sight.by_email = by_email(sight.users)
            sight.failure = None
        done.set()

    threading.Thread(target=see, name="look-at-account", daemon=True).start()
    if done.wait(LOOK_SECONDS):
        return sight
    return Sight(failure=f"it did not answer within {LOOK_SECONDS:g} seconds")


def by_email(users: Iterable[AccountUser]) -> dict[str, AccountUser]:
    """Give everybody by the key that a roster has them under."""
    return {person_key(user.email): user for user in users}


def still_needed(
    changes: Iterable[Change], live: Mapping[str, AccountUser]
) -> list[Change]:
    """Give the changes that the live account still needs, in the same order.

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


def seats_refusal(needed: Sequence[Change], sight: Sight) -> str | None:
    """Refuse creates that the account has no free seats for, where it tells them."""
    features = sight.info.features if sight.info else None
    if features is None or features.max_users is None:
        return None
    creates = sum(change.kind is ChangeKind.CREATE for change in needed)
    free = features.max_users - len(sight.users)
    if creates <= free:
        return None
    return (
        f"{creates} people are to be created, but the account has {max(free, 0)} free "
        f"seats of {features.max_users}. Creates come before removals: remove first, "
        "in a run of its own, then add; or get more seats"
    )


def summary_line(sight: Sight, needed: Sequence[Change], in_place: int) -> str:
    """Say in one line what is true of the live account now."""
    account = sight.users[0].account_id if sight.users else "the account"
    name = sight.info.account_name if sight.info else None
    counts = Plan(changes=tuple(needed), in_place=in_place).summary()
    title = f"{account} ({printable(name)})" if name else account
    return f"{title}, read just now: {counts}"


def undeclared_line(people: Iterable[str], live: Mapping[str, AccountUser]) -> str:
    """Name who is in the account and not in the roster, admins first."""
    ordered = sorted(people, key=lambda one: (live[one].role != Role.ADMIN, one))
    named = [
        f"{printable(one)} (admin)" if live[one].role == Role.ADMIN else printable(one)
        for one in ordered
    ]
    return f"undeclared {len(named)}: {shortened(named)}"


def shortened(texts: Sequence[str]) -> str:
    """Join the first twenty, and count the rest."""
    shown = ", ".join(texts[:MOST_NAMED])
    rest = len(texts) - MOST_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown


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
        return f"{email} ({role}) is not in the account: somebody removed them"
    if change.kind is ChangeKind.UPDATE:
        return f"{email} has another name in the account than declared"
    was, now = known[change.email].role, live[change.email].role
    return f"{email} is {now} in the account, not {was}"
