"""The guards: rules that refuse a roster, a change of it, or the writes to the account.

Each check returns all its refusals. An empty list lets the change pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pulumi_cerevox.account import login_time
from pulumi_cerevox.roster.model import ADMIN, Guards, Membership
from pulumi_cerevox.roster.planning import Change, ChangeKind, Plan, digest
from pulumi_cerevox.text import fold_email, printable

MOST_NAMED = 20


@dataclass(frozen=True)
class Refusal:
    """One guard's refusal.

    Attributes:
        guard: Its name, as in the settings.
        text: Numbers, people (the first 20, then the count), and the way on.
        people: Everybody concerned, folded and sorted.
        approvable: Whether an approval by digest lifts it. Only the two limits can
            be lifted so; nothing lifts the others but their own settings.
    """

    guard: str
    text: str
    people: tuple[str, ...]
    approvable: bool


def refusal_text(
    refusals: Iterable[Refusal],
    *,
    digest: str | None,
    setting: str = "CEREVOX_APPROVE",
) -> str:
    """Return all refusals as one message.

    Args:
        refusals: What the checks said; what two of them say of the same people is
            told once.
        digest: The one that would approve this change; None where no approval can
            be given here.
        setting: The environment variable for approvals.
    """
    told: list[Refusal] = []
    for refusal in refusals:
        if not any(
            refusal.guard == one.guard and set(refusal.people) <= set(one.people)
            for one in told
        ):
            told.append(refusal)
    lines = [f"refused by guard {one.guard}: {one.text}" for one in told]
    lasting = sorted({one.guard for one in told if not one.approvable})
    if digest is None or len(lasting) == len({one.guard for one in told}):
        return "\n".join(lines)
    if lasting:
        lines.append(f"No approval lifts {' or '.join(lasting)}; settle that first.")
    else:
        lines.append(
            "If exactly this is meant, allow it once: "
            f"{setting}={digest} in the environment, or "
            f"`pulumi config set cerevox:approve {digest}`."
        )
    return "\n".join(lines)


def named(people: Sequence[str]) -> str:
    """Name the first twenty people, and count the rest."""
    shown = ", ".join(printable(one) for one in people[:MOST_NAMED])
    rest = len(people) - MOST_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown


class LiveUser(Protocol):
    """A user in the account, as far as the guards need it."""

    @property
    def user_id(self) -> str:
        """Opaque id."""

    @property
    def email(self) -> str:
        """As the account has it."""

    @property
    def name(self) -> str:
        """As the account has it."""

    @property
    def role(self) -> str:
        """Either "admin" or "member"."""

    @property
    def isbanned(self) -> bool:
        """Whether they can't log in."""

    @property
    def lastlogin(self) -> str | None:
        """Time of the last login, as sent; see `login_time`."""


AnyUser = TypeVar("AnyUser", bound=LiveUser)


def effective_admins(users: Iterable[AnyUser], caller_id: str) -> list[AnyUser]:
    """Return the admins who can act: not banned, and seen to log in or calling now."""
    return [one for one in users if one.role == ADMIN and can_act(one, caller_id)]


def can_act(user: LiveUser, caller_id: str) -> bool:
    """Return whether a user can log in, as far as anybody can know."""
    has_come = login_time(user.lastlogin) is not None or user.user_id == caller_id
    return has_come and not user.isbanned


_TAKING = (ChangeKind.DEMOTE, ChangeKind.REMOVE)


def judge_roster(guards: Guards, new: Membership) -> list[Refusal]:
    """Judge a roster alone: without an account, without what was declared before.

    Args:
        guards: The settings.
        new: The membership; people marked as undeclared don't count.
    """
    declared = {email: one for email, one in new.items() if not one.undeclared}
    admins = {email for email, one in declared.items() if one.role == ADMIN}
    rules = (
        _empty(guards, declared),
        _too_few_declared(guards, admins),
        _not_declared_admins(guards, admins),
        _foreign_admins(guards, admins),
        _foreign_domains(guards, declared),
    )
    return [refusal for rule in rules for refusal in rule]


def judge_change(guards: Guards, change: Plan, old: Membership) -> list[Refusal]:
    """Judge a change of a membership.

    Args:
        guards: The settings: the stricter of old and new ones.
        change: The plan from the old membership to the new one.
        old: The old membership, undeclared people included.
    """
    admins = {email for email, one in old.items() if one.role == ADMIN}
    gained = {one.email for one in change.changes if _makes_admin(one)}
    lost = admins & _taken(change.changes)
    rules = (
        _required_lost(guards, change.changes),
        _foreign_admins(guards, gained),
        _too_few_left(guards, (admins | gained) - lost, lost),
        _limits(guards, change.changes, len(old), len(admins)),
    )
    return [refusal for rule in rules for refusal in rule]


def judge_live(
    guards: Guards,
    users: Sequence[LiveUser],
    caller_id: str,
    changes: Sequence[Change],
) -> list[Refusal]:
    """Judge what is about to be done to the account as it is now.

    Args:
        guards: The settings: the stricter of old and new ones.
        users: Everybody in the account.
        caller_id: The user whose key is used.
        changes: What would really be done: without what is so already.
    """
    taken = _taken(changes)
    folded = [(fold_email(user.email), user) for user in users]
    acting = {email for email, one in folded if can_act(one, caller_id)}
    admins = {email for email, one in folded if one.role == ADMIN}
    promoted = {one.email for one in changes if one.kind is ChangeKind.PROMOTE}
    lost = acting & admins & taken
    left = (acting & (admins | promoted)) - taken
    callers = [email for email, one in folded if one.user_id == caller_id]
    rules = (
        _caller_taken(guards, callers, taken),
        _required_lost(guards, changes),
        _foreign_admins(guards, {one.email for one in changes if _makes_admin(one)}),
        _too_few_left(guards, left, lost, acting=True),
        _limits(guards, changes, len(folded), len(admins)),
    )
    return [refusal for rule in rules for refusal in rule]


def _taken(changes: Iterable[Change]) -> set[str]:
    return {one.email for one in changes if one.kind in _TAKING}


def _makes_admin(change: Change) -> bool:
    is_gain = change.kind in {ChangeKind.PROMOTE, ChangeKind.CREATE}
    return is_gain and change.after is not None and change.after.role == ADMIN


def _empty(guards: Guards, declared: Membership) -> Iterator[Refusal]:
    if not declared and not guards.allow_empty:
        yield Refusal(
            "allow_empty",
            "the roster declares nobody. Declare at least one person, or set "
            "allow_empty and min_admins: 0 in a change of its own if that is meant",
            (),
            approvable=False,
        )


def _too_few_declared(guards: Guards, admins: set[str]) -> Iterator[Refusal]:
    if len(admins) < guards.min_admins:
        people = tuple(sorted(admins))
        who = f" ({named(people)})" if people else ""
        yield Refusal(
            "min_admins",
            f"the roster declares {_count(len(admins), 'admin')}{who}; the minimum "
            f"is {guards.min_admins}. Declare more people with role: admin",
            people,
            approvable=False,
        )


def _not_declared_admins(guards: Guards, admins: set[str]) -> Iterator[Refusal]:
    missing = tuple(sorted(set(guards.required_admins) - admins))
    if missing:
        yield Refusal(
            "required_admins",
            f"not declared as admin: {named(missing)}. Declare them with role: admin, "
            "or take them out of required_admins in a change of its own",
            missing,
            approvable=False,
        )


def _foreign_admins(guards: Guards, admins: set[str]) -> Iterator[Refusal]:
    people = tuple(sorted(admins - set(guards.allowed_admins)))
    if guards.allowed_admins and people:
        yield Refusal(
            "allowed_admins",
            f"not allowed as admin: {named(people)}. Declare them with role: member, "
            "or add them to allowed_admins in a change of its own",
            people,
            approvable=False,
        )


def _foreign_domains(guards: Guards, declared: Membership) -> Iterator[Refusal]:
    allowed = set(guards.allowed_domains)
    people = tuple(
        sorted(one for one in declared if one.rpartition("@")[2] not in allowed)
    )
    if allowed and people:
        yield Refusal(
            "allowed_domains",
            f"{_count(len(people), 'email')} outside {named(guards.allowed_domains)}: "
            f"{named(people)}. Correct the emails, or allow the domain",
            people,
            approvable=False,
        )


def _caller_taken(
    guards: Guards, callers: list[str], taken: set[str]
) -> Iterator[Refusal]:
    people = tuple(one for one in callers if one in taken)
    if guards.protect_self and people:
        yield Refusal(
            "protect_self",
            f"{named(people)} would be removed or demoted, and is the user whose API "
            "key runs this. Use another admin's key",
            people,
            approvable=False,
        )


def _required_lost(guards: Guards, changes: Iterable[Change]) -> Iterator[Refusal]:
    people = tuple(sorted(_taken(changes) & set(guards.required_admins)))
    if people:
        yield Refusal(
            "required_admins",
            f"would be removed or demoted: {named(people)}. Declare them with role: "
            "admin, or take them out of required_admins in a change of its own",
            people,
            approvable=False,
        )


def _too_few_left(
    guards: Guards, left: set[str], lost: set[str], *, acting: bool = False
) -> Iterator[Refusal]:
    """Refuse what takes admins away from too few, not what finds them too few.

    Who is promoted in the same change counts as left, but makes up for nobody while
    there are too few: what a first run may do, the run after a crash may do as well.
    """
    if not lost or len(left) >= guards.min_admins:
        return
    people = tuple(sorted(lost))
    who, way = "admins", "Declare other admins first"
    if acting:
        who = "admins who can log in"
        way = (
            "Promote somebody who has logged in, and is not banned, first: people who "
            "were invited and never came don't count"
        )
    yield Refusal(
        "min_admins",
        f"of {len(left) + len(lost)} {who}, {len(left)} would be left; the minimum "
        f"is {guards.min_admins}. To be removed or demoted: {named(people)}. "
        f"{way}",
        people,
        approvable=False,
    )


def _limits(
    guards: Guards, changes: Sequence[Change], people: int, admins: int
) -> Iterator[Refusal]:
    limits = (
        ("max_removals", guards.max_removals, ChangeKind.REMOVE, people, "people"),
        ("max_demotions", guards.max_demotions, ChangeKind.DEMOTE, admins, "admins"),
    )
    for guard, limit, kind, there, noun in limits:
        who = tuple(sorted(one.email for one in changes if one.kind is kind))
        if len(who) > limit.allows(there):
            yield Refusal(
                guard,
                f"{len(who)} of {there} {noun} would be {kind}d; one change may {kind} "
                f"{limit.allows(there)} (count {limit.count}, fraction "
                f"{limit.fraction:g}): {named(who)}. Take smaller steps, or approve "
                "this one",
                who,
                approvable=True,
            )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@dataclass(frozen=True)
class Approval:
    """The approval of one change, and whether it was given.

    Every check of a run takes the same one: the limits of the declaration and those of
    the live account are told apart by nobody who reads a refusal.

    Attributes:
        digest: Of everybody whom the change removes or demotes; None where it does
            neither, or where the account is not known. A check that meets fewer of them
            takes it as well.
        given: Whether the user set it for this run.
        hint: What to know where it is not given.
    """

    digest: str | None = None
    given: bool = False
    hint: str | None = None

    def refusal(self, refusals: Iterable[Refusal]) -> list[str]:
        """Return the text of what this leaves of the refusals, if anything."""
        left = [one for one in refusals if not (self.given and one.approvable)]
        texts = [refusal_text(left, digest=self.digest)] if left else []
        if texts and self.hint and all(one.approvable for one in left):
            texts[0] += f"\n{self.hint}"
        return texts


_NO_ACCOUNT = (
    "An approval names the account, which is not known here: write account_id into the "
    "roster, or set CEREVOX_ACCOUNT_ID."
)


def approval_of(
    change: Plan, spent: Sequence[str], setting: str | None, account_id: str | None
) -> Approval:
    """Look for the approval of a change.

    Args:
        change: All that was planned, also what the live account no longer needs.
        spent: The approvals that were used before; none of them fits again.
        setting: The digests that the user gave, separated by commas or spaces.
        account_id: The account, so that none fits in another one. None where nobody
            knows it: then nothing can be approved.
    """
    if not change.removals and not change.demotions:
        return Approval()
    if account_id is None:
        return Approval(hint=_NO_ACCOUNT)
    uses = 0
    while (token := digest(change, account_id, uses=uses)) in spent:
        uses += 1
    given = (setting or "").replace(",", " ").split()
    former = (digest(change, None, uses=one) for one in range(len(spent) + 1))
    outdated = next((one for one in former if one in given), None)
    hint = None
    if outdated is not None and token not in given:
        hint = (
            f"The approval {outdated} was printed by an earlier release. It names no "
            "account, so it counts no more."
        )
    return Approval(token, given=token in given, hint=hint)
