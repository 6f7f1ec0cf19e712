"""A change of roster files: what is on the branch against what it comes from.

Nothing but the files is read: no key, no engine, no code of a pull request.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.guarding.judging import changed_roster, new_roster
from pulumi_cerevox.audit.guarding.limits import Limits
from pulumi_cerevox.audit.guarding.result import GuardResult, Part
from pulumi_cerevox.roster import (
    Refusal,
    Roster,
    RosterFileError,
    Undeclared,
    read_rosters,
)

NOTHING = os.devnull
"""The base of a roster that is new."""

_CAVEAT = (
    "(Files know no approvals: where this very change was approved and made before, "
    "`pulumi preview` names another digest.)"
)


def judge_files(
    base: Sequence[str],
    roster: Sequence[str],
    limits: Limits,
    *,
    approve: str | None = None,
) -> GuardResult:
    """Judge a change of rosters.

    Args:
        base: The old files; `/dev/null` alone for none.
        roster: The new files.
        limits: Of the command line.
        approve: The approvals that were given.

    Raises:
        RosterFileError: with every fault of either side.
    """
    old, new = _read(base, roster)
    title = f"Roster {' + '.join(roster)}"
    guards = limits.over(new.guards)
    if old is None:
        part = new_roster(title, new.membership(), guards)
    else:
        part = changed_roster(
            title,
            old.membership(),
            new.membership(),
            (limits.over(old.guards), guards),
            approve=approve,
        )
        notes = (*part.notes, *_notes(old, new))
        part = _with_account_judged(
            replace(part, notes=notes, caveat=_CAVEAT), old, new
        )
    return GuardResult(sources=(*base, *roster), parts=(part,))


def _read(base: Sequence[str], roster: Sequence[str]) -> tuple[Roster | None, Roster]:
    """Read both sides; the faults of both are told at once."""
    faults: list[str] = []
    old = new = None
    if list(base) != [NOTHING]:
        try:
            old = read_rosters(base)
        except RosterFileError as error:
            faults += error.faults
            faults.append(f"for a roster that is new: --base {NOTHING}")
    try:
        new = read_rosters(roster)
    except RosterFileError as error:
        faults += error.faults
    if faults or new is None:
        raise RosterFileError(faults)
    return old, new


def _notes(old: Roster, new: Roster) -> Iterator[str]:
    """Say what the change opens the door to, and two files can't show."""
    if new.undeclared is Undeclared.REMOVE and old.undeclared is not Undeclared.REMOVE:
        yield (
            "undeclared becomes remove: everybody in the account who is not declared "
            "goes, once a run has seen them. Files don't know whom; `pulumi preview "
            "--refresh` does"
        )
    if old.account_id and not new.account_id:
        yield (
            f"account_id {printable(old.account_id)} is no longer written down: the "
            "file refuses no other account from here on"
        )


def _with_account_judged(part: Part, old: Roster, new: Roster) -> Part:
    if not (old.account_id and new.account_id) or old.account_id == new.account_id:
        return part
    refusal = Refusal(
        "account_id",
        f"account_id changes from {printable(old.account_id)} to "
        f"{printable(new.account_id)}: a roster belongs to one account and is never "
        "moved. Declare another roster for the other account",
        (),
        approvable=False,
    )
    return replace(part, refusals=(*part.refusals, refusal))
