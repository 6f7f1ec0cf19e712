"""Single people in a change: what each resource does to its person, and what is judged.

The rules are those of the resources: what an unset role means, whom a delete keeps, and
which role a kept person gets back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from pulumi_cerevox.account import fold_email
from pulumi_cerevox.audit.engine import (
    GIVEN_ROLE,
    EngineResource,
    IncomparableError,
    ResourceKind,
    text_of,
)
from pulumi_cerevox.audit.guard import Limits, Part
from pulumi_cerevox.audit.stack import Transition
from pulumi_cerevox.roster import (
    Guards,
    Person,
    approval_of,
    judge_change,
    plan,
    stricter,
)

_ADMIN, _MEMBER = "admin", "member"
_ID_ALONE = "user "


class Precedence(IntEnum):
    """How much a resource has to say about a person, from least to most."""

    GONE = 0
    """It deletes them."""
    SEEN = 1
    """It declares them, and not their role."""
    RESTORED = 2
    """It lets them go with the role that they had before it."""
    DECLARED = 3
    """It declares their role."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One person on one side of a change.

    Attributes:
        email: Folded; `user ID` where the preview knows no email.
        precedence: How much it counts.
        person: None for one who is deleted.
        keeps: Whether its resource keeps them in the account, as a `User` does. A
            `RoleAssignment` says nothing of that: its person goes with the `User`.
    """

    email: str
    precedence: Precedence
    person: Person | None
    keeps: bool = True


@dataclass(frozen=True, slots=True)
class PersonStep:
    """The effect of one resource's step on its person.

    Attributes:
        step: The step.
        before: Where the old state has its person.
        after: Where the change leaves the people of both states.
        assumed: The role that a new `RoleAssignment` is assumed to change, or a `User`
            that adopts a member. The preview doesn't know which one its person has;
            an assignment would not be there for nothing, and whom a `User` adopts may
            be an admin, so it is taken for the other one.
    """

    step: Transition
    before: tuple[Effect, ...]
    after: tuple[Effect, ...]
    assumed: Effect | None

    @property
    def touches_nobody(self) -> bool:
        """Whether the engine would do something that no person feels."""
        olds = {(one.email, one.person) for one in self.before}
        return self.step.changed and olds == {
            (one.email, one.person) for one in self.after
        }

    @property
    def replaced(self) -> tuple[str, str] | None:
        """The old and the new person, where it names somebody else now."""
        if self.step.old is None or self.step.new is None:
            return None
        old, new = self.before[0].email, self.after[0].email
        return None if old == new else (old, new)


def person_step(step: Transition, emails: Mapping[str, str]) -> PersonStep:
    """Read what a step does to its person.

    Args:
        step: The step.
        emails: The folded emails that other resources know, by user id.

    Raises:
        IncomparableError: an email or a role is unknown or secret.
    """
    assumed = _assumed_before(step)
    return PersonStep(
        step,
        tuple(_named(one, emails) for one in _before(step)),
        tuple(_named(one, emails) for one in _after(step)),
        assumed and _named(assumed, emails),
    )


def is_nameless(email: str) -> bool:
    """Return whether an effect's email is a `user ID`: nobody knows who that is."""
    return email.startswith(_ID_ALONE)


def _named(effect: Effect, emails: Mapping[str, str]) -> Effect:
    if not is_nameless(effect.email):
        return effect
    user_id = effect.email.removeprefix(_ID_ALONE)
    return replace(effect, email=emails.get(user_id, effect.email))


def _before(step: Transition) -> Iterator[Effect]:
    old = step.old
    if old is not None:
        precedence = (
            Precedence.DECLARED
            if old.inputs.get("role") is not None
            else Precedence.SEEN
        )
        yield Effect(_who(old), precedence, Person(_role_now(old), _name(old)))


def _after(step: Transition) -> Iterator[Effect]:
    old, new = step.old, step.new
    if new is not None:
        yield _declared(new, old)
    if old is not None and (new is None or _who(old) != _who(new)):
        yield release(old)


def _assumed_before(step: Transition) -> Effect | None:
    new = step.new
    if new is None or (step.old is not None and _who(step.old) == _who(new)):
        return None
    role = text_of(new, new.inputs, "role")
    if new.kind is ResourceKind.USER and not (
        role == _MEMBER and text_of(new, new.inputs, "onExisting") == "adopt"
    ):
        return None
    other = _MEMBER if role == _ADMIN else _ADMIN
    return Effect(_who(new), Precedence.SEEN, Person(other))


def _declared(new: EngineResource, old: EngineResource | None) -> Effect:
    role = text_of(new, new.inputs, "role")
    if role is not None:
        keeps = new.kind is ResourceKind.USER
        return Effect(_who(new), Precedence.DECLARED, Person(role, _name(new)), keeps)
    same = old is not None and _who(old) == _who(new)
    role = _role_now(old) if old is not None and same else _MEMBER
    return Effect(_who(new), Precedence.SEEN, Person(role, _name(new)))


def release(old: EngineResource) -> Effect:
    """Return what becomes of a person whose resource goes.

    Raises:
        IncomparableError: an email or a role is unknown or secret.
    """
    now = Person(_role_now(old))
    if old.retained:
        return Effect(_who(old), Precedence.RESTORED, now)
    on_destroy = text_of(old, old.outputs, "onDestroy")
    if old.kind is ResourceKind.USER:
        default = "keep" if old.outputs.get("adopted") else "delete"
        if (on_destroy or default) != "keep":
            return Effect(_who(old), Precedence.GONE, None)
    elif on_destroy == "keep":
        return Effect(_who(old), Precedence.RESTORED, now)
    prior = text_of(old, old.outputs, "priorRole")
    given = text_of(old, old.outputs, GIVEN_ROLE)
    restored = prior if prior is not None and now.role == given else now.role
    return Effect(_who(old), Precedence.RESTORED, Person(restored))


def _who(resource: EngineResource) -> str:
    for props in (resource.inputs, resource.outputs):
        email = text_of(resource, props, "email")
        if email is not None:
            return fold_email(email)
    user_id = text_of(resource, resource.inputs, "userId")
    if user_id is None:
        raise IncomparableError(f"{resource.title}: it names nobody")
    return f"{_ID_ALONE}{user_id}"


def _role_now(resource: EngineResource) -> str:
    """Return the role that a state knows the person to have."""
    role = text_of(resource, resource.outputs, "role")
    return role or text_of(resource, resource.inputs, "role") or _MEMBER


def _name(resource: EngineResource) -> str | None:
    if resource.kind is not ResourceKind.USER:
        return None
    return text_of(resource, resource.inputs, "name")


_DECLARING = frozenset({Precedence.SEEN, Precedence.DECLARED})


@dataclass(frozen=True, slots=True)
class Before:
    """The rosters that leave the program in the change that is judged.

    Their guards belong to the account: they count once more, for everybody who was in
    one of them.

    Attributes:
        people: Whom they declare.
        guards: The strictest of theirs; None where no roster leaves.
        spent: The approvals that were used.
    """

    people: Mapping[str, Person] = field(default_factory=dict)
    guards: Guards | None = None
    spent: tuple[str, ...] = ()


def judge_people(
    title: str,
    steps: Sequence[PersonStep],
    limits: Limits,
    approve: str | None,
    declared_elsewhere: Collection[str],
    before: Before,
) -> Part:
    """Judge what becomes of the people of one account's resources.

    Args:
        title: What to call them.
        steps: Each resource's old and new state.
        limits: Of the command line, with the account.
        approve: The approvals that were given.
        declared_elsewhere: Folded emails that rosters declare: nobody of them goes.
        before: The rosters that leave.
    """
    olds, news, assumed = _both_sides(steps, declared_elsewhere)
    guards = limits.of_single_people()
    moved = set(before.people) & set(news) - (set(olds) - assumed)
    if before.guards is not None and moved:
        guards = stricter(before.guards, guards)
        # Whom nobody declares any more stays: a roster that goes removes nobody.
        olds |= before.people
        news = dict(before.people) | news
        assumed -= set(before.people)
    change = plan(olds, news)
    approval = approval_of(change, (), approve, limits.account_id)
    removals = len(change.removals)
    return Part(
        title=title,
        plan=change,
        refusals=tuple(judge_change(guards, change, olds)),
        approval=approval,
        replaced=_replaced(steps, {one.email for one in change.removals}),
        assumed=assumed,
        account_id=limits.account_id,
        removal_limit=(
            "`pulumi up` deletes that many users only with "
            f"CEREVOX_MAX_REMOVALS={removals} in its environment."
        )
        if removals > limits.removal_limit
        else None,
    )


def _both_sides(
    steps: Sequence[PersonStep], declared_elsewhere: Collection[str]
) -> tuple[dict[str, Person], dict[str, Person], frozenset[str]]:
    """Return everybody before and after, and whose role before is not known."""
    olds = _by_person(effect for step in steps for effect in step.before)
    news = _by_person(effect for step in steps for effect in step.after)
    unknown = [one.assumed for one in steps if one.assumed is not None]
    assumed = {one.email: [one] for one in unknown if one.email not in olds}
    olds |= assumed
    # Where two resources disagree, the change is judged as the one that takes more.
    old = {email: _settled(effects, "admin") for email, effects in olds.items()}
    new = {email: _settled(effects, "member") for email, effects in news.items()}
    for email in declared_elsewhere:
        # No resource declares the person any more.
        if email in old and (
            new.get(email) is None
            or not any(one.precedence in _DECLARING for one in news[email])
        ):
            new[email] = old[email]
    return _there(old), _there(new), frozenset(assumed)


def _by_person(effects: Iterable[Effect]) -> dict[str, list[Effect]]:
    found: defaultdict[str, list[Effect]] = defaultdict(list)
    for effect in effects:
        found[effect.email].append(effect)
    return dict(found)


def _settled(effects: Sequence[Effect], in_doubt: str) -> Person | None:
    """Return the person all resources agree on; None if a `User` deletes them."""
    there = [(one.precedence, one.person) for one in effects if one.person is not None]
    kept = any(one.keeps for one in effects if one.precedence in _DECLARING)
    if not kept and len(there) < len(effects):
        return None
    _, best = max(there, key=lambda pair: (pair[0], pair[1].role == in_doubt))
    return Person(best.role, next((one.name for _, one in there if one.name), None))


def _there(people: dict[str, Person | None]) -> dict[str, Person]:
    return {email: one for email, one in people.items() if one is not None}


def _replaced(
    steps: Sequence[PersonStep], removed: Collection[str]
) -> tuple[tuple[str, str], ...]:
    pairs = (step.replaced for step in steps)
    return tuple(pair for pair in pairs if pair is not None and pair[0] in removed)
