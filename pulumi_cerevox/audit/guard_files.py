"""Judge a change of roster files: two versions of them, or files and a commit.

This reads only the files. It needs no key and no engine, and runs no code of a pull
request.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pulumi_cerevox.account import fold_email, printable
from pulumi_cerevox.audit.guard import (
    GuardResult,
    Limits,
    Part,
    changed_roster,
    changed_settings,
    new_roster,
    settings_of,
)
from pulumi_cerevox.audit.guard_base import (
    BaseError,
    BaseRosters,
    RosterPathError,
    read_base_rosters,
)
from pulumi_cerevox.roster import (
    Expired,
    Refusal,
    Roster,
    RosterFileError,
    Undeclared,
    ending,
    last_days,
    memberships_on,
    moved_days,
    on_day,
    read_rosters,
    today_in_utc,
)

NOTHING = os.devnull
"""The base of a roster that is new."""

_CAVEAT = (
    "(Files know no approvals: where this very change was approved and made before, "
    "`pulumi preview` names another digest.)"
)


def judge_files(
    base: Sequence[str] | BaseRosters,
    roster: Sequence[str],
    limits: Limits,
    *,
    approve: str | None = None,
) -> GuardResult:
    """Judge a change of rosters.

    Args:
        base: The old files, `/dev/null` alone for none; or those of a commit.
        roster: The new files.
        limits: Of the command line.
        approve: The approvals that were given.

    An old file that is there and can't be read does not keep the new one from being
    judged. What its guards say is not known, so the judgement has a gap.

    Raises:
        RosterFileError: with every fault of either side; the new one can't be judged,
            or an old file does not exist.
    """
    if isinstance(base, BaseRosters):
        given, names = base, list(base.contents) or [NOTHING]
    else:
        given, names = BaseRosters(), list(base)
    old, new, gaps = _read(names, roster, given.contents)
    title = f"Roster {' + '.join(roster)}"
    guards = limits.over(new.guards)
    former = None if old is None else old.account_id
    account_id = new.account_id or former or limits.account_id
    today = limits.today or today_in_utc()
    if old is None:
        part = new_roster(title, on_day(new.members, today).people, guards)
    else:
        part = changed_roster(
            title,
            *memberships_on(old, new, today),
            (limits.over(old.guards), guards),
            account_id=account_id,
            approve=approve,
        )
        notes = (*part.notes, *_notes(old, new))
        part = _with_account_judged(
            replace(part, notes=notes, caveat=_CAVEAT), old, new
        )
    dates = [
        f"as of {today}: {one.member.place}: {one}"
        for one in ending(new.members, today, limits.expiring_days)
    ]
    part = replace(
        part,
        notes=(*given.notes, *part.notes, *dates),
        account_id=account_id,
        settings=changed_settings(
            None if old is None else settings_of(old), settings_of(new)
        ),
    )
    return GuardResult(sources=(*names, *roster), parts=(part,), gaps=gaps)


def judge_commit(
    ref: str, roster: Sequence[str], limits: Limits, *, approve: str | None = None
) -> GuardResult:
    """Judge a change of rosters since a commit.

    Where the commit can't be read, the new files are judged without their old guards,
    and that is a gap.

    Args:
        ref: The commit, as git takes it.
        roster: The new files.
        limits: Of the command line.
        approve: The approvals that were given.

    Raises:
        RosterFileError: with every fault of either side; the new one can't be judged.
    """
    try:
        base = read_base_rosters(ref, roster)
    except RosterPathError as error:
        return GuardResult(sources=(ref, *roster), gaps=(str(error),))
    except BaseError as error:
        result = judge_files([NOTHING], roster, limits)
        gap = f"the old guards and people are not known: {error}"
        return replace(result, sources=(ref, *roster), gaps=(gap, *result.gaps))
    return judge_files(base, roster, limits, approve=approve)


def _read(
    base: Sequence[str], roster: Sequence[str], contents: Mapping[str, bytes]
) -> tuple[Roster | None, Roster, tuple[str, ...]]:
    """Read both sides, and say what of the old one can't be read.

    The faults of both sides are told at once where the new one can't be judged.
    """
    faults: list[str] = []
    old = new = None
    gaps: tuple[str, ...] = ()
    if list(base) != [NOTHING]:
        try:
            old = read_rosters(base, contents, is_old=True)
        except RosterFileError as error:
            # `Path.exists` raises for a name that is too long; a broken link is there.
            if all(one in contents or os.path.lexists(one) for one in base):
                told = "; ".join(error.faults)
                gaps = (f"the old guards and people are not known: {told}",)
            faults += error.faults
    if faults and not gaps:
        faults.append(f"for a roster that is new: --base {NOTHING}")
    try:
        new = read_rosters(roster)
    except RosterFileError as error:
        raise RosterFileError([*faults, *error.faults]) from None
    if faults and not gaps:
        raise RosterFileError(faults)
    return old, new, gaps


def _notes(old: Roster, new: Roster) -> Iterator[str]:
    """Say what the change allows that the plan does not show."""
    was, now = ({fold_email(who.email) for who in one.members} for one in (old, new))
    yield from moved_days(last_days(old.members), last_days(new.members), was & now)
    if new.undeclared is Undeclared.REMOVE and old.undeclared is not Undeclared.REMOVE:
        yield (
            "undeclared becomes remove: everybody in the account who is not declared "
            "goes, once a run has seen them. Files don't know whom; `pulumi preview "
            "--refresh` does"
        )
    if new.expired is Expired.REMOVE and old.expired is not Expired.REMOVE:
        yield (
            "expired becomes remove: from now on each `pulumi up` removes whoever is "
            "past their last day"
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
