"""Declared people out of roster files."""

from __future__ import annotations

from collections.abc import Sequence

from pulumi_cerevox.audit.declared import (
    Declared,
    DeclaredPerson,
    Source,
    SourceKind,
)
from pulumi_cerevox.roster import Member, Roster, Undeclared


def declared_in_roster(roster: Roster, paths: Sequence[str]) -> Declared:
    """Give everybody whom a roster declares.

    Args:
        roster: As read.
        paths: The files, as the user named them.
    """
    return Declared(
        source=Source(SourceKind.ROSTER, tuple(paths)),
        people=tuple(_person(member) for member in roster.members),
        ignores_undeclared=roster.undeclared is Undeclared.IGNORE,
        account_id=roster.account_id,
    )


def _person(member: Member) -> DeclaredPerson:
    return DeclaredPerson(
        email=member.email,
        role=member.role,
        name=member.name,
        until=member.until,
        place=member.place,
    )
