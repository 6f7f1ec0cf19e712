"""A whole preview, judged: each roster for itself, single people by their account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from pulumi_cerevox.account import fold_email, printable
from pulumi_cerevox.audit.engine.declarations import IncomparableError, people_of
from pulumi_cerevox.audit.engine.preview import Preview, Transition, read_preview
from pulumi_cerevox.audit.engine.resources import ResourceKind
from pulumi_cerevox.audit.guarding.limits import Limits
from pulumi_cerevox.audit.guarding.previewed_people import judge_people
from pulumi_cerevox.audit.guarding.previewed_rosters import judge_roster_step
from pulumi_cerevox.audit.guarding.result import GuardResult, Part
from pulumi_cerevox.audit.guarding.stands import (
    PersonStep,
    is_nameless,
    person_step,
)
from pulumi_cerevox.roster import ChangeKind


def judge_preview(
    document: Mapping[str, Any],
    name: str,
    limits: Limits,
    *,
    approve: str | None = None,
) -> GuardResult:
    """Judge what a preview says that `pulumi up` would do.

    Args:
        document: What `pulumi preview --json` printed.
        name: The file, as the user named it.
        limits: Of the command line.
        approve: The approvals that were given.

    Raises:
        ShapeError: it is no preview.
    """
    judgement = _Judgement(read_preview(document), limits, approve)
    judgement.judge()
    return GuardResult(
        sources=(name,),
        parts=tuple(judgement.parts),
        untouched=tuple(judgement.untouched),
        gaps=tuple(judgement.gaps),
    )


class _Judgement:
    def __init__(self, preview: Preview, limits: Limits, approve: str | None) -> None:
        self._preview = preview
        self._limits = limits
        self._approve = approve
        self._emails = _emails_by_id(preview.transitions)
        self.parts: list[Part] = []
        self.untouched: list[str] = []
        self.gaps: list[str] = list(preview.faults)

    def judge(self) -> None:
        """Judge every resource once."""
        rosters: list[Transition] = []
        people: defaultdict[str, list[Transition]] = defaultdict(list)
        homes = _Homes(self._preview.transitions)
        for step in self._preview.transitions:
            if step.resource.kind is ResourceKind.ROSTER:
                rosters.append(step)
            else:
                people[homes.of(step)].append(step)
        for step in rosters:
            if step.changed:
                self._judge_roster(step, people.get(homes.of(step), []))
        for home, steps in people.items():
            title = "Users" if len(people) == 1 else f"Users of {home}"
            theirs = [one for one in rosters if homes.of(one) == home]
            self._judge_people(title, self._readable(steps), theirs)

    def _judge_roster(self, step: Transition, people: list[Transition]) -> None:
        try:
            part = judge_roster_step(
                step, self._limits, self._approve, _declared_by(people)
            )
        except IncomparableError as error:
            self.gaps.append(str(error))
            return
        if part.is_silent:
            self.untouched.append(step.resource.title)
        else:
            self.parts.append(part)

    def _readable(self, steps: list[Transition]) -> list[PersonStep]:
        """Leave out whom nobody can compare, and say so."""
        readable = []
        for step in steps:
            try:
                readable.append(person_step(step, self._emails))
            except IncomparableError as error:
                # Who stays as they are need not be known.
                if step.changed:
                    self.gaps.append(str(error))
        return readable

    def _judge_people(
        self, title: str, steps: list[PersonStep], rosters: list[Transition]
    ) -> None:
        part = judge_people(
            title, steps, self._limits, self._approve, _declared_by(rosters)
        )
        self._require_all_admins(part)
        self._require_names(part)
        self.untouched += [
            one.step.resource.title for one in steps if one.touches_nobody
        ]
        if not part.is_silent:
            self.parts.append(part)

    def _require_all_admins(self, part: Part) -> None:
        """Refuse to count admins who may not all be in the preview."""
        loses_admins = any(
            change.before is not None
            and change.before.role == "admin"
            and change.kind in {ChangeKind.REMOVE, ChangeKind.DEMOTE}
            for change in part.plan.changes
        )
        if loses_admins and self._limits.min_admins and not self._preview.shows_all:
            self.gaps.append(
                f"{part.title}: --min-admins can't be judged, for this preview leaves "
                "out who stays as they are: pulumi preview --json --show-sames"
            )

    def _require_names(self, part: Part) -> None:
        """Refuse to say that somebody whom nobody knows is no required admin."""
        lost = (*part.plan.demotions, *part.plan.removals)
        nameless = [one.email for one in lost if is_nameless(one.email)]
        if nameless and self._limits.required_admins:
            self.gaps.append(
                f"{part.title}: --required-admin can't be judged, for this preview "
                f"doesn't know who {printable(', '.join(nameless))} is. Name them by "
                "email in the program"
            )


def _emails_by_id(steps: Iterable[Transition]) -> dict[str, str]:
    """Give the folded emails that the states know, by user id."""
    states = [state for step in steps for state in (step.old, step.new) if state]
    pairs = [
        (state.outputs.get("email"), state.outputs.get("userId")) for state in states
    ]
    for state in states:
        ids = state.outputs.get("userIds")
        pairs += ids.items() if isinstance(ids, Mapping) else ()
    return {
        user_id: fold_email(email)
        for email, user_id in pairs
        if isinstance(email, str) and isinstance(user_id, str)
    }


def _declared_by(steps: list[Transition]) -> set[str]:
    """Give whom resources keep in the account after the change, as far as is known."""
    found: set[str] = set()
    for step in steps:
        if step.new is None or step.new.kind is ResourceKind.ROLE_ASSIGNMENT:
            continue
        try:
            found |= {fold_email(one.email) for one in people_of(step.new)}
        except IncomparableError:
            continue
    return found


class _Homes:
    """The account that each resource belongs to.

    One that is not made yet has the account of its provider; where nothing of that
    provider was made yet, the provider stands for the account.
    """

    def __init__(self, steps: Iterable[Transition]) -> None:
        self._accounts = {
            state.provider: state.account_id
            for step in steps
            for state in (step.old, step.new)
            if state is not None and state.account_id is not None
        }

    def of(self, step: Transition) -> str:
        resource = step.resource
        if step.old is not None and step.old.account_id is not None:
            return step.old.account_id
        name = resource.provider.rpartition("::")[2]
        return self._accounts.get(resource.provider) or name or "default"
