"""Single people in a preview: all `User`s and `RoleAssignment`s of an account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from pulumi_cerevox.audit.guarding.limits import Limits
from pulumi_cerevox.audit.guarding.result import Part
from pulumi_cerevox.audit.guarding.stands import PersonStep, Stand, Weight
from pulumi_cerevox.roster import Person, approval_of, judge_change, plan

_DECLARING = frozenset({Weight.SEEN, Weight.DECLARED})


def judge_people(
    title: str,
    steps: Sequence[PersonStep],
    limits: Limits,
    approve: str | None,
    declared_elsewhere: Collection[str],
) -> Part:
    """Judge what becomes of the people of one account's resources.

    Args:
        title: What to call them.
        steps: Each resource's old and new state.
        limits: Of the command line.
        approve: The approvals that were given.
        declared_elsewhere: Folded emails that rosters declare: nobody of them goes.
    """
    olds, news, assumed = _both_sides(steps, declared_elsewhere)
    change = plan(olds, news)
    guards = limits.of_single_people()
    approval = approval_of(change, (), approve)
    removals = len(change.removals)
    return Part(
        title=title,
        plan=change,
        refusals=tuple(judge_change(guards, change, olds)),
        approval=approval,
        replaced=_replaced(steps, {one.email for one in change.removals}),
        assumed=assumed,
        fuse=_fuse(removals) if removals > limits.fuse else None,
    )


def _both_sides(
    steps: Sequence[PersonStep], declared_elsewhere: Collection[str]
) -> tuple[dict[str, Person], dict[str, Person], frozenset[str]]:
    """Give everybody before and after, and whose role before is not known."""
    olds = _by_person(stand for step in steps for stand in step.before)
    news = _by_person(stand for step in steps for stand in step.after)
    unknown = [one.assumed for one in steps if one.assumed is not None]
    assumed = {one.email: [one] for one in unknown if one.email not in olds}
    olds |= assumed
    # Where two resources disagree, the change is judged as the one that takes more.
    old = {email: _settled(stands, "admin") for email, stands in olds.items()}
    new = {email: _settled(stands, "member") for email, stands in news.items()}
    for email in declared_elsewhere:
        if email in old and (new.get(email) is None or _leaves(news[email])):
            new[email] = old[email]
    return _there(old), _there(new), frozenset(assumed)


def _by_person(stands: Iterable[Stand]) -> dict[str, list[Stand]]:
    found: defaultdict[str, list[Stand]] = defaultdict(list)
    for stand in stands:
        found[stand.email].append(stand)
    return dict(found)


def _settled(stands: Sequence[Stand], in_doubt: str) -> Person | None:
    """Give the person on whom all resources agree; None where a `User` deletes them."""
    there = [(one.weight, one.person) for one in stands if one.person is not None]
    kept = any(one.keeps for one in stands if one.weight in _DECLARING)
    if not kept and len(there) < len(stands):
        return None
    _, best = max(there, key=lambda pair: (pair[0], pair[1].role == in_doubt))
    return Person(best.role, next((one.name for _, one in there if one.name), None))


def _leaves(stands: Sequence[Stand]) -> bool:
    """Tell whether no resource declares the person any more."""
    return not any(one.weight in _DECLARING for one in stands)


def _there(people: dict[str, Person | None]) -> dict[str, Person]:
    return {email: one for email, one in people.items() if one is not None}


def _replaced(
    steps: Sequence[PersonStep], removed: Collection[str]
) -> tuple[tuple[str, str], ...]:
    pairs = (step.replaced for step in steps)
    return tuple(pair for pair in pairs if pair is not None and pair[0] in removed)


def _fuse(removals: int) -> str:
    return (
        "`pulumi up` deletes that many users only with "
        f"CEREVOX_MAX_REMOVALS={removals} in its environment."
    )
