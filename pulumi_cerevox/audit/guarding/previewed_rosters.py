"""Rosters in a preview: the old inputs against the new ones, as `check` judges them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pulumi_cerevox.audit.engine.declarations import (
    IncomparableError,
    members_of,
    text_of,
)
from pulumi_cerevox.audit.engine.preview import Transition
from pulumi_cerevox.audit.engine.resources import EngineResource
from pulumi_cerevox.audit.engine.values import why_unreadable
from pulumi_cerevox.audit.guarding.judging import (
    changed_roster,
    new_roster,
    removal,
)
from pulumi_cerevox.audit.guarding.limits import Limits
from pulumi_cerevox.audit.guarding.result import Part
from pulumi_cerevox.roster import Guards, Plan, RosterOnDestroy

KNOWN = "__known"
"""The output that holds the account as the last step left it."""
SPENT = "__spent"
"""The input that holds the approvals that were used."""


def judge_roster_step(
    step: Transition,
    limits: Limits,
    approve: str | None,
    declared_elsewhere: Collection[str],
) -> Part:
    """Judge what becomes of one roster.

    Args:
        step: Its old and new state.
        limits: Of the command line.
        approve: The approvals that were given.
        declared_elsewhere: Folded emails that other resources of the program declare;
            they outlive a roster that goes.

    Raises:
        IncomparableError: members or guards are unknown or secret.
    """
    resource = step.resource
    if step.new is None:
        return _let_go(resource, limits, approve, declared_elsewhere)
    new = members_of(step.new, step.new.inputs)
    guards = limits.over(_guards(step.new))
    if step.old is None:
        return new_roster(_title(resource), new, guards)
    return changed_roster(
        _title(resource),
        members_of(step.old, step.old.inputs),
        new,
        (limits.over(_guards(step.old)), guards),
        spent=_spent(step.old.inputs),
        approve=approve,
    )


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
        limits.over(_guards(resource)),
        spent=_spent(resource.outputs),
        approve=approve,
    )


def _guards(resource: EngineResource) -> Guards:
    written = resource.inputs.get("guards") or {}
    reason = why_unreadable(written)
    if reason is not None or not isinstance(written, Mapping):
        told = reason.value if reason else "no mapping"
        raise IncomparableError(f"{resource.title}: its guards are {told}")
    try:
        return Guards.from_properties(written)
    except ValueError as error:
        raise IncomparableError(f"{resource.title}: guards: {error}") from None


def _spent(props: Mapping[str, Any]) -> list[str]:
    spent = props.get(SPENT)
    return [str(one) for one in spent] if isinstance(spent, list) else []


def _title(resource: EngineResource) -> str:
    return f"{resource.kind} {resource.name}"
