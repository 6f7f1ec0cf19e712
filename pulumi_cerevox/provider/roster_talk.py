"""What a roster says through the engine's own log about the account it looked at."""

from __future__ import annotations

from pulumi_cerevox.provider import engine
from pulumi_cerevox.provider import roster_live as live
from pulumi_cerevox.provider import roster_state as state
from pulumi_cerevox.provider.connection import Connection
from pulumi_cerevox.provider.roster_check import Judgement
from pulumi_cerevox.roster import Change, Undeclared


def say_what_is_live(
    connection: Connection,
    judgement: Judgement,
    sight: live.Sight,
    needed: list[Change],
) -> None:
    """Say what the account is like, read just now, and what nobody declared."""
    people = state.membership(judgement.inputs["members"])
    touched = {change.email for change in needed}
    in_place = len(set(state.declared(people)) & set(sight.by_email) - touched)
    line = live.summary_line(sight, needed, in_place)
    mode = state.undeclared_mode(judgement.inputs)
    found = state.live_membership(sight.users, state.declared(people), mode)
    warn_of(
        connection,
        [
            text
            for email, text in live.surprises(people, found).items()
            if email not in touched
        ],
    )
    strangers = sorted(set(sight.by_email) - set(state.declared(people)))
    if mode is Undeclared.IGNORE or not strangers:
        engine.info(line)
    else:
        told = live.undeclared_line(strangers, sight.by_email)
        engine.warning(f"{line}; {told}")


def warn_of(connection: Connection, surprises: list[str]) -> None:
    """Name what the account has and this run does not touch, once a process."""
    fresh = connection.untold(surprises)
    if fresh:
        engine.warning(
            "the account also differs in what this run does not touch: "
            f"{live.shortened(fresh)}. `pulumi up --refresh` brings it into the preview"
        )
