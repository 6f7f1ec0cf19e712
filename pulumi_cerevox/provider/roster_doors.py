"""The live door of a roster: what the account itself refuses, judged before a write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pulumi_cerevox.provider import roster_live as live
from pulumi_cerevox.provider import roster_state as state
from pulumi_cerevox.provider.connection import Connection
from pulumi_cerevox.provider.errors import GuardError
from pulumi_cerevox.provider.roster_check import undeclared_refusal
from pulumi_cerevox.roster import (
    Approval,
    Change,
    ChangeKind,
    Guards,
    Undeclared,
    judge_live,
)


def guards_of(props: Mapping[str, Any]) -> Guards:
    """Give the guards that inputs or outputs hold."""
    return Guards.from_properties(props.get("guards") or {})


def require_live(
    connection: Connection, guards: Guards, needed: list[Change], approval: Approval
) -> None:
    """Let changes pass on the account as listed.

    Raises:
        GuardError: with all that refuses them.
    """
    info = None
    if any(one.kind is ChangeKind.CREATE for one in needed):
        info = connection.account_info
    sight = live.Sight(users=connection.account.directory.users(), info=info)
    refusals = live_refusals(connection, guards, needed, approval)
    refusals += seats_refusals(needed, sight)
    if refusals:
        raise GuardError("\n".join(refusals))


def live_refusals(
    connection: Connection, guards: Guards, needed: list[Change], approval: Approval
) -> list[str]:
    """Give what the guards refuse on the account as listed."""
    users = live.by_email(connection.account.directory.users())
    keyed = [replace(user, email=key) for key, user in users.items()]
    caller = connection.caller().user_id
    return approval.refusal(judge_live(guards, keyed, caller, needed))


def seats_refusals(needed: list[Change], sight: live.Sight) -> list[str]:
    """Give what is to be said where there are too few free seats."""
    text = live.seats_refusal(needed, sight)
    return [] if text is None else [text]


def strangers_refusals(inputs: Mapping[str, Any], there: Iterable[str]) -> list[str]:
    """Refuse undeclared people in mode `fail`."""
    if state.undeclared_mode(inputs) is not Undeclared.FAIL:
        return []
    people = state.declared(state.membership(inputs["members"]))
    strangers = sorted(set(there) - set(people))
    return [undeclared_refusal(strangers)] if strangers else []
