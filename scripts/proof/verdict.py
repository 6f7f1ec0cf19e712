"""Judge what a run left behind: survived by itself, failed clearly, or wrong."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from scripts.proof.journal import Action, History, People
from scripts.proof.sandbox import Run
from scripts.proof.scenarios import Scenario
from scripts.proof.state import Essence, differences


class Outcome(StrEnum):
    """What a try came to."""

    SURVIVED = "survived by itself"
    FAILED = "failed clearly"
    WRONG = "wrong"


@dataclass(frozen=True)
class Verdict:
    """An outcome, and what is wrong about it, a line each."""

    outcome: Outcome
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Goal:
    """What a scenario must come to, taken from a run without faults.

    `lenient_state` leaves out what only completed runs leave behind, and
    `unproven_state` what only creates leave behind that are known to be ours.
    """

    scenario: Scenario
    state: Essence
    lenient_state: Essence
    shown: frozenset[Action]
    unproven_state: Essence = field(default_factory=dict)

    def is_met_by(self, run: Run) -> bool:
        """Tell whether a run ended as one without faults does."""
        is_there = all(sign in run.output for sign in self.scenario.signs)
        return run.returncode == self.scenario.exit_code and is_there


@dataclass(frozen=True)
class Evidence:
    """What a try left behind: its runs, the account, the stack, and what was done.

    `again` is the run without faults after a failure; None where none was needed.
    """

    first: Run
    again: Run | None
    people: People
    state: Essence
    history: History
    fired: bool = True
    pending: list[str] = field(default_factory=list)
    is_proven: bool = True

    def wanted(self, goal: Goal) -> Essence:
        """Return the state that this must have come to."""
        if not self.is_proven:
            return goal.unproven_state
        return goal.state if self.again is None else goal.lenient_state


def judge(
    goal: Goal, seen: Evidence, *, must_survive: bool, is_lasting: bool = False
) -> Verdict:
    """Judge a case of the fault matrix."""
    faults = [] if seen.fired else ["the fault never happened"]
    if seen.again is not None:
        if must_survive:
            faults.append(f"it had to survive by itself: {seen.first.output}")
        faults += unclear(seen.first, is_lasting=is_lasting)
        if not goal.is_met_by(seen.again):
            faults.append(f"a run without faults failed: {seen.again.output}")
    faults += not_converged(goal, seen)
    if faults:
        return Verdict(Outcome.WRONG, tuple(faults))
    return Verdict(Outcome.SURVIVED if seen.again is None else Outcome.FAILED)


def not_converged(goal: Goal, seen: Evidence) -> list[str]:
    """Say what differs from the declared state, or was done on the way to it."""
    found, wanted = seen.people, goal.scenario.expected
    lines = [
        f"{email} is {found.get(email, 'not there')} in the account, "
        f"not {wanted.get(email, 'absent')}"
        for email in sorted(found.keys() | wanted.keys())
        if found.get(email) != wanted.get(email)
    ]
    lines += differences(seen.state, seen.wanted(goal))
    lines += [f"pending in the state: {one}" for one in seen.pending]
    counts = Counter(seen.history.actions)
    lines += [
        f"{kind} {email}: the preview had not shown it"
        for kind, email in sorted(counts.keys() - goal.shown)
    ]
    lines += [
        f"{action.kind} {action.email} was committed {count} times"
        for action, count in sorted(counts.items())
        # To set a name or a role a second time changes nothing.
        if count > 1 and action.kind in {"create", "remove"}
    ]
    fewest, least = seen.history.fewest_admins, goal.scenario.min_admins
    if fewest < least:
        lines.append(f"the account had {fewest} admins at a moment, not {least}")
    lines += [
        f"create {email} was sent again before anybody looked"
        for email in seen.history.blind_creates
    ]
    return lines


_ERROR = re.compile(r"^\s*(?:error: |pulumi-cerevox: )(?P<text>.*)$", re.MULTILINE)
# What the engine adds to the stack, once a resource has printed its own; and an audit's
# headline, which stands before its gaps.
_HEADLINES = (
    *("update failed", "refresh failed", "preview failed", "destroy failed"),
    "incomplete: ",
)
_RESOURCE = re.compile(r"^  \S.*:$", re.MULTILINE)
"""The line of the diagnostics above all that one resource says."""
_NOT_LOOKED = "the live account was not looked at: "


def unclear(run: Run, *, is_lasting: bool = False) -> list[str]:
    """Say what is not clear about a failure: one message, ours, and no traceback.

    Where the fault lasts, each resource that it stops has one message of its own. A
    preview that can't read the account says so, and is none that failed.
    """
    is_preview = run.output.lstrip().startswith("Previewing") and not any(
        f"{verb} (" in run.output for verb in ("Updating", "Destroying", "Refreshing")
    )
    if run.returncode == 0 and is_preview and _NOT_LOOKED in run.output:
        return []
    lines = []
    if run.returncode == 0:
        lines.append(f"it ended with exit code 0 and without its result: {run.output}")
    if "Traceback" in run.output:
        lines.append(f"it printed a traceback: {run.output}")
    _, _, diagnostics = run.output.rpartition("Diagnostics:")
    said = [
        {text for text in _ERROR.findall(part) if not text.startswith(_HEADLINES)}
        for part in _RESOURCE.split(diagnostics)
    ]
    messages = set().union(*said)
    most = max(map(len, said)) if is_lasting else len(messages)
    if not messages or most > 1:
        lines.append(f"it printed {len(messages)} messages, not one: {run.output}")
    return lines
