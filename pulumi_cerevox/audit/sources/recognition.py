"""Recognising a source by its content."""

from __future__ import annotations

from collections.abc import Sequence

from pulumi_cerevox.audit.declared import Declared
from pulumi_cerevox.audit.sources.roster_source import declared_in_roster
from pulumi_cerevox.roster import read_rosters


class SourceError(ValueError):
    """A source can't be used; the text says why, a line for each reason."""


def read_declared(names: Sequence[str]) -> Declared:
    """Read the declared side.

    Args:
        names: Files; several are one roster.

    Raises:
        RosterFileError: a roster has faults.
        SourceError: it is nothing that declares people.
    """
    return declared_in_roster(read_rosters(names), names)
