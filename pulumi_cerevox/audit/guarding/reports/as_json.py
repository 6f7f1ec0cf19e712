"""The judgement of a guard as JSON."""

from __future__ import annotations

import json
from typing import Any

from pulumi_cerevox.audit.guarding.result import GuardResult, Part, worst_first
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.roster import Change, Person

VERSION = 1


def render(result: GuardResult, look: Look) -> str:
    """Give the JSON, in ASCII: nothing in it acts."""
    del look
    return json.dumps(to_document(result), indent=2) + "\n"


def to_document(result: GuardResult) -> dict[str, Any]:
    """Give the judgement as what JSON holds; keys are in a fixed order."""
    return {
        "version": VERSION,
        "verdict": result.verdict.value,
        "exit_code": result.exit_code,
        "headline": result.headline,
        "sources": list(result.sources),
        "digest": result.digest,
        "expected_digest": result.expected,
        "counts": {kind.value: number for kind, number in result.counts.items()},
        "parts": [_part(part) for part in result.parts],
        "untouched": list(result.untouched),
        "gaps": list(result.gaps),
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "title": part.title,
        "digest": part.approval.digest,
        "approved": part.is_approved,
        "changes": [_change(part, one) for one in worst_first(part.plan.changes)],
        "refusals": [
            {
                "guard": one.guard,
                "text": one.text,
                "people": list(one.people),
                "approvable": one.approvable,
                "lifted": one not in part.standing,
            }
            for one in part.refusals
        ],
        "notes": list(part.all_notes),
    }


def _change(part: Part, change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "email": change.email,
        "before": _person(change.before),
        "after": _person(change.after),
        "replaced_by": dict(part.replaced).get(change.email),
        "reason": change.reason,
    }


def _person(person: Person | None) -> dict[str, Any] | None:
    return None if person is None else {"role": person.role, "name": person.name}
