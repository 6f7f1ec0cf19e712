"""The day of a run: one for its preview and its update, even over midnight.

Preview and update are two provider hosts of one `pulumi` command. Its day is the day in
UTC on which it began. So an `up` that is confirmed after midnight removes nobody whom
its preview did not show.

No host is told when the command began. On Linux the system knows it: the start time of
the process that listens at the engine's address. On other systems each host uses the
day on which it first asks.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from pulumi_cerevox.account import Role
from pulumi_cerevox.account import Settings as ClientSettings
from pulumi_cerevox.provider import host
from pulumi_cerevox.provider.configuration import Settings
from pulumi_cerevox.provider.host import ProviderError
from pulumi_cerevox.provider.roster_state import (
    DAYS,
    days_move,
    expired_mode,
    undeclared_mode,
)
from pulumi_cerevox.roster import (
    TODAY_VARIABLE,
    DatedMembers,
    Expired,
    Member,
    Undeclared,
    moved_days,
    on_day,
    today_in_utc,
)
from pulumi_cerevox.roster.guards import named

_PROC = Path("/proc")
_LISTENS = "0A"
_STARTED = 19
"""Where the start stands in `/proc/PID/stat`, behind the command in brackets."""


def today(settings: Settings) -> date:
    """Return the day of this run: the one that was set, else the command's first."""
    return settings.today or _first_day(host.address())


def require_real_day(settings: Settings) -> None:
    """Refuse a write while another day is set, unless the API is on this machine.

    Raises:
        ProviderError: `CEREVOX_TODAY` is set, whichever day it names, and the account
            is a real one.
    """
    if settings.today is None:
        return
    if not ClientSettings.of(**settings.client).is_loopback:
        raise ProviderError(
            f"{TODAY_VARIABLE}={settings.today} is set, and the account is a real one: "
            "nothing was written. Another day is for previews, validate, guard and "
            f"audit. Run this without {TODAY_VARIABLE}"
        )


def members_today(
    members: Mapping[str, Mapping[str, Any]], day: Callable[[], date], expired: Expired
) -> DatedMembers:
    """Return members as they count today, and say who is past a last day.

    Args:
        members: Email to `{role?, name?, until?, roleUntil?}`, days as text.
        day: Returns the day of the run; nobody asks it where there are no dates.
        expired: What the roster does about those past their last day.
    """
    found = []
    for email, one in members.items():
        until, role_until = (
            date.fromisoformat(one[key]) if one.get(key) else None
            for key in ("until", "roleUntil")
        )
        role, name = one.get("role") or Role.MEMBER, one.get("name")
        found.append(Member(email, role, name, until=until, role_until=role_until))
    if not any(one.until or one.role_until for one in found):
        return on_day(found, date.min)
    dated = on_day(found, day())
    for line in dated.lines(expired):
        host.warning(line)
    if not dated.until:
        host.info(f"as of {dated.day}: nobody is past their last day")
    return dated


def say_which_days_move(outs: Mapping[str, Any], news: Mapping[str, Any]) -> None:
    """Name the last days that a change of a roster sets, moves or removes.

    Args:
        outs: The state's outputs.
        news: The checked inputs.
    """
    if days_move(outs, news):
        people = outs["members"].keys() & news["members"].keys()
        for line in moved_days(outs[DAYS], news.get(DAYS, {}), people):
            host.info(line)


def say_who_is_still_there(people: Iterable[str], inputs: Mapping[str, Any]) -> None:
    """Name who is past their last day, in the account, and not removed by this run."""
    still = sorted(people)
    if not still:
        return
    said = f"past their last day, and still in the account: {named(still)}"
    is_ignored = undeclared_mode(inputs) is Undeclared.IGNORE
    if expired_mode(inputs) is Expired.REMOVE and not is_ignored:
        said += ". After a refresh the next `up` removes them"
    host.warning(said)


def declared_in(members: object, day: Callable[[], date] | None) -> list[str]:
    """Return whom a program's members declare.

    `ignore_changes` puts the state's members in the program's place, marks and all:
    whom only a read has seen is not declared by that.

    Args:
        members: As the program has them.
        day: Returns the day of the run, where those past their last day go.
    """
    found = []
    for email, one in (members if isinstance(members, Mapping) else {}).items():
        known: Mapping[str, Any] = one if isinstance(one, Mapping) else {}
        until = known.get("until")
        goes = day and isinstance(until, str) and until < day().isoformat()
        if not known.get("undeclared") and not goes:
            found.append(email)
    return found


@cache
def _first_day(address: str) -> date:
    """Return the day on which the command began, else the clock's."""
    began = command_began(address)
    if began is None or began > datetime.now(UTC):
        return today_in_utc()
    return began.date()


def command_began(address: str) -> datetime | None:
    """Return when the process that listens at an address began, if the system says.

    Args:
        address: The engine's.
    """
    inode = _inode(address.rpartition(":")[2])
    if inode is None:
        return None
    for process in _PROC.iterdir():
        # Of another user, or gone by now.
        with suppress(OSError, ValueError, IndexError):
            if process.name.isdigit() and _holds(process, inode):
                status = (process / "stat").read_text("ascii", "replace")
                ticks = int(status.rpartition(")")[2].split()[_STARTED])
                up = time.clock_gettime(time.CLOCK_BOOTTIME)
                age = up - ticks / os.sysconf("SC_CLK_TCK")
                return datetime.now(UTC) - timedelta(seconds=age)
    return None


def _inode(port: str) -> str | None:
    """Return the inode of the socket that listens on a port of this machine."""
    with suppress(OSError, ValueError, IndexError):
        ending = f":{int(port):04X}"
        for table in ("tcp", "tcp6"):
            for line in (_PROC / "net" / table).read_text("ascii").splitlines()[1:]:
                columns = line.split()
                if columns[1].endswith(ending) and columns[3] == _LISTENS:
                    return columns[9]
    return None


def _holds(process: Path, inode: str) -> bool:
    for file in (process / "fd").iterdir():
        with suppress(OSError):
            if str(file.readlink()) == f"socket:[{inode}]":
                return True
    return False
