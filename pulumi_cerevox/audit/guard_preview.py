"""Judge a whole preview: each roster by itself, single people by their account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pulumi_cerevox.account import fold_email, printable
from pulumi_cerevox.audit.engine import (
    EngineResource,
    IncomparableError,
    ResourceKind,
    members_of,
    people_of,
    text_of,
)
from pulumi_cerevox.audit.guard import GuardResult, Limits, Part
from pulumi_cerevox.audit.guard_people import (
    Before,
    PersonStep,
    is_nameless,
    judge_people,
    person_step,
    release,
)
from pulumi_cerevox.audit.guard_rosters import (
    guards_in,
    judge_roster_step,
    spent_in,
)
from pulumi_cerevox.audit.stack import (
    Preview,
    Transition,
    left_over,
    read_preview,
)
from pulumi_cerevox.roster import (
    ChangeKind,
    Guards,
    Person,
    approval_of,
    judge_change,
    plan,
    stricter,
)


def judge_preview(
    document: Mapping[str, Any],
    name: str,
    limits: Limits,
    *,
    approve: str | None = None,
    state: Sequence[EngineResource] | None = None,
) -> GuardResult:
    """Judge what a preview says that `pulumi up` would do.

    Args:
        document: What `pulumi preview --json` printed.
        name: The file, as the user named it.
        limits: Of the command line.
        approve: The approvals that were given.
        state: The resources of the stack, before the change: they tell who stays as
            they are, and whose delete an earlier run left to be done.

    Raises:
        ShapeError: it is no preview.
    """
    preview = read_preview(document)
    if state is not None:
        preview = _completed(preview, state)
    judgement = _Judgement(preview, limits, approve, left_over(state or ()))
    judgement.judge()
    return GuardResult(
        sources=(name,),
        parts=tuple(judgement.parts),
        untouched=tuple(judgement.untouched),
        gaps=tuple(judgement.gaps),
        let_go=tuple(judgement.let_go),
    )


def _completed(preview: Preview, state: Sequence[EngineResource]) -> Preview:
    """Add the resources that a preview leaves out because they stay as they are."""
    steps = preview.transitions
    shown = {
        one.urn
        for step in steps
        for one in (step.resource, step.old, step.new)
        if one is not None
    }
    here = {_stack(urn) for urn in shown}
    there = {_stack(one.urn) for one in state}
    if here and there and not here & there:
        fault = (
            f"--state is of {printable(', '.join(sorted(there)))}, and the preview of "
            f"{printable(', '.join(sorted(here)))}"
        )
        return replace(preview, faults=(*preview.faults, fault))
    same = tuple(
        Transition(one, one, one, changed=False)
        for one in state
        if not one.leaving and one.urn not in shown
    )
    return replace(preview, transitions=(*steps, *same), shows_all=True)


def _stack(urn: str) -> str:
    """Return project and stack of a URN."""
    stack, project = urn.split("::")[:2]
    return f"{project}/{stack.removeprefix('urn:pulumi:')}"


class _Judgement:
    def __init__(
        self,
        preview: Preview,
        limits: Limits,
        approve: str | None,
        leaving: Sequence[EngineResource],
    ) -> None:
        self._leaving = leaving
        self._preview = preview
        self._limits = limits
        self._approve = approve
        # The states know these emails, by user id.
        states = [
            state
            for step in preview.transitions
            for state in (step.old, step.new)
            if state
        ]
        pairs = [
            (state.outputs.get("email"), state.outputs.get("userId"))
            for state in states
        ]
        for state in states:
            ids = state.outputs.get("userIds")
            pairs += ids.items() if isinstance(ids, Mapping) else ()
        self._emails = {
            user_id: fold_email(email)
            for email, user_id in pairs
            if isinstance(email, str) and isinstance(user_id, str)
        }
        self._homes = _Homes(preview.transitions)
        self.parts: list[Part] = []
        self.untouched: list[str] = []
        self.let_go: list[str] = []
        self.gaps: list[str] = list(preview.faults)

    def judge(self) -> None:
        """Judge every resource once."""
        rosters: list[Transition] = []
        people: defaultdict[str, list[Transition]] = defaultdict(list)
        homes = self._homes
        for step in self._preview.transitions:
            if step.resource.kind is ResourceKind.ROSTER:
                rosters.append(step)
            else:
                people[homes.of(step)].append(step)
        leaving: defaultdict[str, list[Transition]] = defaultdict(list)
        for step in rosters:
            if step.new is None:
                leaving[homes.of(step)].append(step)
        before = {home: self._before(steps) for home, steps in leaving.items()}
        for step in rosters:
            if step.changed:
                others = [*people.get(homes.of(step), [])]
                others += [one for one in rosters if one is not step]
                self._judge_roster(step, others, before.get(homes.of(step), Before()))
        for home, steps in people.items():
            title = "Users" if len(people) == 1 else f"Users of {home}"
            theirs = [one for one in rosters if homes.of(one) == home]
            self._judge_people(title, steps, theirs, before.get(home, Before()))
        self._judge_left_over()

    def _before(self, steps: Sequence[Transition]) -> Before:
        """Return what the rosters that leave declare; what can't be read is a gap."""
        people: dict[str, Person] = {}
        guards: Guards | None = None
        spent: list[str] = []
        for step in steps:
            try:
                members = members_of(step.resource, step.resource.inputs)
                own = guards_in(step.resource)
            except IncomparableError as error:
                self.gaps.append(str(error))
                continue
            people |= {who: one for who, one in members.items() if not one.undeclared}
            guards = stricter(guards, own)
            spent += spent_in(step.resource.inputs)
        return Before(people, guards, tuple(spent))

    def _judge_left_over(self) -> None:
        """Show whom the next run deletes or demotes for an earlier one."""
        declared = _declared_by(list(self._preview.transitions))
        olds = [one.old for one in self._preview.transitions if one.old is not None]
        shown = {(one.urn, one.id) for one in olds if one.leaving}
        before, after = {}, {}
        for resource in self._leaving:
            if (resource.urn, resource.id) in shown:
                continue
            try:
                left = release(resource)
                role = text_of(resource, resource.outputs, "role")
            except IncomparableError:
                self.gaps.append(
                    f"{resource.title}: an earlier run left its delete to be done, "
                    "and the state does not tell whose"
                )
                continue
            # An assignment's delete takes the role from whom a User declares, too.
            if resource.kind is ResourceKind.USER and left.email in declared:
                continue
            before[left.email] = Person(role or "member")
            if left.person is not None:
                after[left.email] = left.person
        change = plan(before, after)
        if not change.is_empty:
            guards = self._limits.of_single_people()
            accounts = {one.account_id for one in self._leaving}
            account_id = accounts.pop() if len(accounts) == 1 else None
            self.parts.append(
                Part(
                    "left over from an earlier run",
                    change,
                    tuple(judge_change(guards, change, before)),
                    approval_of(change, (), self._approve, account_id),
                    account_id=account_id,
                )
            )

    def _limits_at(self, step: Transition) -> Limits:
        """Return the limits with the account of a resource, which approvals name."""
        known = self._homes.account(step)
        return replace(self._limits, account_id=known or self._limits.account_id)

    def _judge_roster(
        self, step: Transition, others: list[Transition], before: Before
    ) -> None:
        try:
            part = judge_roster_step(
                step,
                self._limits_at(step),
                self._approve,
                _declared_by(others),
                before,
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
        self,
        title: str,
        transitions: list[Transition],
        rosters: list[Transition],
        before: Before,
    ) -> None:
        steps = self._readable(transitions)
        limits = self._limits_at(transitions[0])
        part = judge_people(
            title, steps, limits, self._approve, _declared_by(rosters), before
        )
        self._require_all_admins(part)
        self._require_names(part)
        untouched = [one for one in steps if one.touches_nobody]
        self.untouched += map(_told, untouched)
        gone = [one for one in untouched if one.step.new is None]
        self.let_go += [one.after[0].email for one in gone]
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


def _told(step: PersonStep) -> str:
    """Name a resource that touches nobody; who stays when it goes, with which role."""
    title = step.step.resource.title
    stays = step.after[0] if step.after else None
    if step.step.new is not None or stays is None or stays.person is None:
        return title
    who = printable(stays.email)
    role = printable(stays.person.role)
    return f"{title} (it goes, and {who} stays in the account as {role})"


def _declared_by(steps: list[Transition]) -> set[str]:
    """Return whom resources keep in the account after the change, if known."""
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

    def account(self, step: Transition) -> str | None:
        """Return the account of a resource, if it is known."""
        if step.old is not None and step.old.account_id is not None:
            return step.old.account_id
        return self._accounts.get(step.resource.provider)

    def of(self, step: Transition) -> str:
        """Return the account of a resource, or what stands for it."""
        name = step.resource.provider.rpartition("::")[2]
        return self.account(step) or name or "default"
