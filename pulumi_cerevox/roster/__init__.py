"""The roster: declared state, file format, plan and guards. No Pulumi, no network.

The code that reads and writes files is loaded on first use, so a provider host doesn't
load YAML.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pulumi_cerevox.roster.dates import (
    TODAY_VARIABLE,
    DatedMembers,
    TodayError,
    ending,
    last_days,
    membership_on,
    memberships_on,
    moved_days,
    on_day,
    set_today,
    today_in_utc,
)
from pulumi_cerevox.roster.guards import (
    Approval,
    LiveUser,
    Refusal,
    approval_of,
    effective_admins,
    judge_change,
    judge_live,
    judge_roster,
    refusal_text,
)
from pulumi_cerevox.roster.members import (
    PROGRAM_KEYS,
    MembersError,
    member_faults,
    read_members,
)
from pulumi_cerevox.roster.model import (
    Expired,
    Guards,
    GuardSettingsError,
    Limit,
    Member,
    Membership,
    Person,
    Place,
    Roster,
    RosterGuardsArgs,
    RosterGuardsArgsDict,
    RosterLimitArgs,
    RosterOnDestroy,
    Undeclared,
    membership_of,
    stricter,
)
from pulumi_cerevox.roster.planning import Change, ChangeKind, Plan, digest, plan

if TYPE_CHECKING:
    from pulumi_cerevox.roster.file import (
        RosterFileError,
        parse_roster,
        read_rosters,
        roster_schema,
    )
    from pulumi_cerevox.roster.writing import (
        RosterEditError,
        member_line,
        without_member,
        write_roster,
    )

__all__ = [
    "PROGRAM_KEYS",
    "TODAY_VARIABLE",
    "Approval",
    "Change",
    "ChangeKind",
    "DatedMembers",
    "Expired",
    "GuardSettingsError",
    "Guards",
    "Limit",
    "LiveUser",
    "Member",
    "MembersError",
    "Membership",
    "Person",
    "Place",
    "Plan",
    "Refusal",
    "Roster",
    "RosterEditError",
    "RosterFileError",
    "RosterGuardsArgs",
    "RosterGuardsArgsDict",
    "RosterLimitArgs",
    "RosterOnDestroy",
    "TodayError",
    "Undeclared",
    "approval_of",
    "digest",
    "effective_admins",
    "ending",
    "judge_change",
    "judge_live",
    "judge_roster",
    "last_days",
    "member_faults",
    "member_line",
    "membership_of",
    "membership_on",
    "memberships_on",
    "moved_days",
    "on_day",
    "parse_roster",
    "plan",
    "read_members",
    "read_rosters",
    "refusal_text",
    "roster_schema",
    "set_today",
    "stricter",
    "today_in_utc",
    "without_member",
    "write_roster",
]

_LATER = {
    "member_line": "writing",
    "RosterEditError": "writing",
    "without_member": "writing",
    "RosterFileError": "file",
    "parse_roster": "file",
    "read_rosters": "file",
    "roster_schema": "file",
    "write_roster": "writing",
}


def __getattr__(name: str) -> object:
    """Load what reads or writes files."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_LATER[name]}")
    value: object = getattr(module, name)
    globals()[name] = value
    return value
