"""A roster file that declares an account exactly as it is."""

from __future__ import annotations

from collections.abc import Iterable

from pulumi_cerevox.account import AccountUser
from pulumi_cerevox.export.people_program import manageable_name
from pulumi_cerevox.roster import Member, Roster, write_roster


def roster_file(users: Iterable[AccountUser], account_id: str) -> str:
    """Write the file: same account, same bytes; an `up` with it writes nothing."""
    members = tuple(
        Member(email=user.email, role=str(user.role), name=manageable_name(user))
        for user in users
    )
    return write_roster(Roster(members=members, account_id=account_id))
