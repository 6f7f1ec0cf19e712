"""Judge one roster in a preview by its old and its new state."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pulumi_cerevox.audit.engine import (
    DAYS,
    EngineResource,
    IncomparableError,
    last_days_in,
    members_of,
    text_of,
    why_unreadable,
)
from pulumi_cerevox.audit.guard import (
    Limits,
    Part,
    Settings,
    changed_roster,
    changed_settings,
    new_roster,
    removal,
    settings_of,
)
from pulumi_cerevox.audit.guard_people import Before
from pulumi_cerevox.audit.stack import Transition
from pulumi_cerevox.roster import (
    Guards,
    Plan,
    Roster,
    RosterOnDestroy,
    moved_days,
)
from pulumi_cerevox.text import camel

KNOWN = "__known"
"""The output that holds the account as the last step left it."""
SPENT = "__spent"
"""The input that holds the approvals that were used."""


def judge_roster_step(
    step: Transition,
    limits: Limits,
    approve: str | None,
    taken: Collection[str],
    before: Before,
) -> Part:
    """Judge what becomes of one roster.

    Args:
        step: Its old and new state.
        limits: Of the command line, with the account.
        approve: The approvals that were given.
        taken: Folded emails that other resources of the program declare; they outlive
            a roster that goes.
        before: The rosters that leave, for one that is new.

    Raises:
        IncomparableError: members or guards are unknown or secret.
    """
    part = _judged_people(step, limits, approve, taken, before)
    settings = None
    with suppress(IncomparableError):
        settings = changed_settings(_settings(step.old), _settings(step.new))
    return replace(part, account_id=limits.account_id, settings=settings)


def _judged_people(
    step: Transition,
    limits: Limits,
    approve: str | None,
    taken: Collection[str],
    before: Before,
) -> Part:
    resource = step.resource
    if step.new is None:
        return _let_go(resource, limits, approve, taken)
    new = members_of(step.new, step.new.inputs)
    guards = limits.over(guards_in(step.new))
    if step.old is None and before.guards is not None:
        stays = {who: one for who, one in before.people.items() if who in taken}
        return changed_roster(
            _title(resource),
            before.people,
            stays | dict(new),
            (limits.over(before.guards), guards),
            spent=before.spent,
            account_id=limits.account_id,
            approve=approve,
        )
    if step.old is None:
        return new_roster(_title(resource), new, guards)
    part = changed_roster(
        _title(resource),
        members_of(step.old, step.old.inputs),
        new,
        (limits.over(guards_in(step.old)), guards),
        spent=spent_in(step.old.inputs),
        account_id=limits.account_id,
        approve=approve,
    )
    if DAYS not in step.old.outputs:  # a state of 0.1.0, which kept none
        return part
    old_days = last_days_in(step.old, step.old.outputs)
    new_days = last_days_in(step.new, step.new.inputs)
    people = new.keys() & members_of(step.old, step.old.inputs).keys()
    return replace(part, notes=(*part.notes, *moved_days(old_days, new_days, people)))


def _let_go(
    resource: EngineResource,
    limits: Limits,
    approve: str | None,
    declared_elsewhere: Collection[str],
) -> Part:
    on_destroy = text_of(resource, resource.outputs, "onDestroy")
    if on_destroy != RosterOnDestroy.REMOVE_CREATED or resource.retained:
        return Part(
            _title(resource),
            Plan((), 0),
            notes=("the roster goes; everybody in it stays in the account",),
        )
    people = members_of(resource, resource.outputs, KNOWN)
    known: Mapping[str, Any] = resource.outputs[KNOWN]
    left = {
        email: one
        for email, one in people.items()
        if not known[email].get("created") or email in declared_elsewhere
    }
    return removal(
        _title(resource),
        people,
        left,
        limits.over(guards_in(resource)),
        spent=spent_in(resource.outputs),
        account_id=limits.account_id,
        approve=approve,
    )


def guards_in(resource: EngineResource) -> Guards:
    """Return the guards of a roster.

    Raises:
        IncomparableError: they are secret, unknown or no guards.
    """
    written = resource.inputs.get("guards") or {}
    reason = why_unreadable(written)
    if reason is not None or not isinstance(written, Mapping):
        told = reason.value if reason else "no mapping"
        raise IncomparableError(f"{resource.title}: its guards are {told}")
    try:
        return Guards.from_properties(written)
    except ValueError as error:
        raise IncomparableError(f"{resource.title}: guards: {error}") from None


def _settings(state: EngineResource | None) -> Settings | None:
    """Return what a roster says beside who is in it; None where there is none.

    Raises:
        IncomparableError: some of it is secret or unknown.
    """
    if state is None:
        return None
    settings = settings_of(Roster((), guards_in(state)))
    written = {key: text_of(state, state.inputs, camel(key)) for key in settings}
    return {**settings, **{key: one for key, one in written.items() if one}}


def spent_in(props: Mapping[str, Any]) -> list[str]:
    """Return the approvals that a roster used up."""
    spent = props.get(SPENT)
    return [str(one) for one in spent] if isinstance(spent, list) else []


def _title(resource: EngineResource) -> str:
    return f"{resource.kind} {resource.name}"
