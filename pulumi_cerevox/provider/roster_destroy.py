"""The destroy of a roster that removes whom it made.

Its preview can't refuse, so everything is judged here, before the first write.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_cerevox.account import AccountUser, printable
from pulumi_cerevox.provider import engine
from pulumi_cerevox.provider import roster_live as live
from pulumi_cerevox.provider import roster_state as state
from pulumi_cerevox.provider.configuration import Settings
from pulumi_cerevox.provider.connection import Connection
from pulumi_cerevox.provider.declared_users import DECLARED_USERS
from pulumi_cerevox.provider.errors import GuardError
from pulumi_cerevox.provider.roster_changes import carry_out
from pulumi_cerevox.provider.roster_doors import guards_of, require_live
from pulumi_cerevox.roster import (
    Change,
    Membership,
    Person,
    approval_of,
    judge_change,
    plan,
)


def remove_created(
    connection: Connection, settings: Settings, props: Mapping[str, Any]
) -> None:
    """Remove whom this roster made, within the guards.

    Args:
        connection: To the roster's own account.
        settings: Those of the run: the approval, the parallelism.
        props: The roster's outputs.

    Raises:
        GuardError: A guard refuses it; nothing was removed.
    """
    people = state.membership(props[state.KNOWN])
    users = live.by_email(connection.account.directory.users())
    created = _created_here(settings, props, users)
    ids = {email: user.user_id for email, user in users.items()}
    mine = created & state.created_in(props[state.KNOWN], ids)
    # Whoever is gone is approved too: a destroy that broke off half-way goes on with
    # the approval that it had.
    approval = approval_of(
        plan(people, _without(people, created)),
        list(props.get(state.SPENT) or []),
        settings.approve,
    )
    guards = guards_of(props)
    change = plan(people, _without(people, mine))
    refusals = approval.refusal(judge_change(guards, change, people))
    if refusals:
        raise GuardError("\n".join(refusals))
    needed = live.still_needed(change.changes, users)
    require_live(connection, guards, needed, approval)
    _say_who_goes(needed)
    carry_out(
        connection,
        needed,
        min_admins=guards.min_admins,
        parallelism=settings.parallelism,
    ).raise_if_incomplete()


def _created_here(
    settings: Settings, props: Mapping[str, Any], users: Mapping[str, AccountUser]
) -> set[str]:
    """Give whom this resource made and no other one of the program stands for."""
    return {
        email
        for email, one in props[state.KNOWN].items()
        if one.get("created")
        # Another resource of the program, a renamed roster say, declares them.
        and not (email in users and _is_declared(settings, users[email], email))
    }


def _is_declared(settings: Settings, user: AccountUser, email: str) -> bool:
    return DECLARED_USERS.has(user) or DECLARED_USERS.declares(
        email, user.account_id, settings
    )


def _say_who_goes(removals: list[Change]) -> None:
    """Name whom a destroy is about to remove: no preview of it has shown them.

    With `--target` the engine shows nothing of the program either, so that a roster
    with a new name, which declares the same people, is not seen.
    """
    if removals:
        people = live.shortened([printable(change.email) for change in removals])
        engine.warning(
            f"this roster goes, and with it {len(removals)} whom it made "
            f'(on_destroy="remove_created"): {people}'
        )


def _without(people: Membership, leaving: set[str]) -> dict[str, Person]:
    return {email: one for email, one in people.items() if email not in leaving}
