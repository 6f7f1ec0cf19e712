"""The preview check of a roster: judge its declaration before anything is done."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from typing import Any

from pulumi_cerevox.account import AccountUser, printable
from pulumi_cerevox.provider import host
from pulumi_cerevox.provider import roster_apply as live
from pulumi_cerevox.provider import roster_state as state
from pulumi_cerevox.provider.connection import Connection
from pulumi_cerevox.provider.run_day import members_today, say_who_is_still_there
from pulumi_cerevox.provider.stack_state import ROSTER, STACK, RosterRecord
from pulumi_cerevox.provider.user_state import person_key
from pulumi_cerevox.roster import (
    PROGRAM_KEYS,
    Approval,
    Change,
    ChangeKind,
    DatedMembers,
    Expired,
    Guards,
    Membership,
    Person,
    Plan,
    RosterOnDestroy,
    Undeclared,
    approval_of,
    judge_change,
    judge_roster,
    member_faults,
    plan,
    stricter,
    today_in_utc,
)


@dataclass
class Judgement:
    """The result of `check`.

    Attributes:
        inputs: The inputs as the state keeps them.
        refusals: Why the change is refused; each is a complete text.
        plan: What an update or create is to do.
        approval: What allows the plan's removals and demotions.
        guards: The guards that count: the stricter of old and new.
    """

    inputs: dict[str, Any]
    refusals: list[str] = field(default_factory=list)
    plan: Plan = field(default_factory=lambda: Plan(changes=(), in_place=0))
    approval: Approval = field(default_factory=Approval)
    guards: Guards = field(default_factory=Guards)


@dataclass(frozen=True)
class Predecessor:
    """The roster, or rosters, that a new one takes the place of.

    Attributes:
        name: Its label, for messages.
        people: Whom it declares.
        guards: Its guards; of several the strictest.
        spent: The approvals that were used.
        elsewhere: Those of its people whom `User`s of the program declare from now on.
        is_readable: Whether its people are known: secret ones are not.
    """

    name: str
    people: Membership
    guards: Guards
    spent: tuple[str, ...]
    elsewhere: Membership
    is_readable: bool


def predecessor(
    rosters: Sequence[RosterRecord], name: str, program: Mapping[str, Any]
) -> Predecessor | None:
    """Return the roster of the state that a new one takes the place of, if any.

    Args:
        rosters: The account's, in the state.
        name: The new roster's name. One of the same name was moved or is replaced.
        program: What the program declares beside it, see `PROGRAM`.
    """
    staying = set(program.get("rosters") or ()) - {name}
    leaving = [one for one in rosters if one.name not in staying]
    if not leaving:
        return None
    people = {email: who for one in leaving for email, who in one.people.items()}
    users = set(program.get("users") or ())
    return Predecessor(
        name=", ".join(one.label for one in leaving),
        people=people,
        guards=reduce(stricter, [one.guards for one in leaving]),
        spent=tuple(
            dict.fromkeys(
                str(digest)
                for one in leaving
                for digest in one.inputs.get(state.SPENT) or ()
            )
        ),
        elsewhere={email: one for email, one in people.items() if email in users},
        is_readable=all(one.is_readable for one in leaving),
    )


_JUDGED_BY = ("members", "guards", "undeclared", "expired")
_UNKNOWN = (
    "members, guards or modes are not known yet in this preview: nothing could judge "
    "who would be removed or demoted. Make what they come from first: "
    "pulumi up --target URN-OF-THEIR-SOURCE"
)


def judge(
    olds: Mapping[str, Any],
    news: Mapping[str, Any],
    *,
    phase: str,
    approve: str | None,
    today: Callable[[], date] = today_in_utc,
    belongs_elsewhere: Callable[[str], bool] = lambda _: False,
    before: Callable[[], Predecessor | None] = lambda: None,
    account: Callable[[], str | None] = lambda: None,
) -> Judgement:
    """Judge a declaration against the one in the state.

    Args:
        olds: The state's inputs; empty for a new roster.
        news: The program's inputs.
        phase: The engine's address, which tells this phase from every other.
        approve: Digests that were approved, separated by commas or spaces.
        today: Returns the day of this run.
        belongs_elsewhere: Tells whether a `User` declares an undeclared person.
        before: Returns the roster that a new one takes the place of, if any.
        account: Returns the account of a roster that is bound to none, if it is known.
    """
    inputs = {key: value for key, value in news.items() if value is not None}
    faults = _members_faults(inputs.get("members"))
    faults += _choice_fault(inputs, "undeclared", tuple(Undeclared))
    faults += _choice_fault(inputs, "expired", tuple(Expired))
    faults += _choice_fault(inputs, "onDestroy", tuple(RosterOnDestroy))
    if not state.has_unknown(inputs.get("guards")):
        try:
            _guards(inputs)
        except ValueError as error:
            faults.append(f"guards: {error}")
    if faults:
        return Judgement(inputs, faults)
    if any(state.has_unknown(inputs.get(key)) for key in _JUDGED_BY):
        # A roster that exists can't be judged blindly; a new one removes nobody.
        return Judgement(inputs, [_UNKNOWN] if olds else [])
    refusal = _account_refusal(olds, inputs)
    if refusal is not None:
        return Judgement(inputs, [refusal])
    mode = state.expired_mode(inputs)
    if mode is Expired.REPORT:
        inputs.pop("expired", None)  # a state of an earlier release has none
    members = _declared_alone(inputs["members"])
    dated = members_today(members, today, mode)
    inputs |= state.dates_in(members, dated.expired)
    inputs["members"] = state.properties(dated.people)
    if not olds:
        return _judge_new(inputs, dated, before(), approve, account)
    return _judge_change(
        olds, inputs, dated, phase, approve, belongs_elsewhere, account
    )


def _judge_new(
    inputs: dict[str, Any],
    dated: DatedMembers,
    before: Predecessor | None,
    approve: str | None,
    account: Callable[[], str | None],
) -> Judgement:
    """Judge a new roster; the guards of the one before it count as well.

    Guards belong to the account: whoever renames, moves or splits a roster is not
    free of them in that run.
    """
    guards = _guards(inputs)
    new = state.membership(inputs["members"])
    if before is None:
        texts = Approval().refusal(judge_roster(guards, new))
        return Judgement(inputs, texts, plan({}, new), guards=guards)
    own, guards = guards, stricter(before.guards, guards)
    # A create removes nobody, whoever is past their last day among them.
    staying = dict(before.elsewhere) | dated.staying(before.people) | new
    change = plan(before.people, staying)
    account_id = _account_of(change, inputs, account)
    approval = approval_of(change, before.spent, approve, account_id)
    spent = [*before.spent, *([approval.digest] if approval.given else [])]
    if spent:
        inputs[state.SPENT] = spent
    if not before.is_readable:
        host.warning(
            f"this roster takes the place of {before.name}, whose members are a secret "
            "in the state: its guards can't be judged for this change. Keep the "
            'resource, by aliases=[Alias(name="OLD NAME")], and they are'
        )
    refusals = judge_roster(own, new) + judge_change(guards, change, before.people)
    texts = [
        f"this roster takes the place of {before.name}, whose guards count: {text}"
        for text in approval.refusal(refusals)
    ]
    return Judgement(inputs, texts, plan({}, new), approval, guards)


def _judge_change(
    olds: Mapping[str, Any],
    inputs: dict[str, Any],
    dated: DatedMembers,
    phase: str,
    approve: str | None,
    belongs_elsewhere: Callable[[str], bool],
    account: Callable[[], str | None],
) -> Judgement:
    named = [*dated.people, *dated.expired]
    old = state.membership(state.followed(olds["members"], named))
    # A changed email that a refresh has stored is no difference of this change.
    declared = {
        email: replace(one, new_email=old[email].new_email) if email in old else one
        for email, one in state.membership(inputs["members"]).items()
    }
    if state.expired_mode(inputs) is Expired.REPORT:
        declared |= dated.staying(state.declared(old))
    guards = stricter(_guards(olds), _guards(inputs))
    new = declared | _carried_over(
        olds, old, declared, inputs, phase, belongs_elsewhere
    )
    change = plan(old, new)
    spent = [str(one) for one in olds.get(state.SPENT) or []]
    inputs |= {key: olds[key] for key in (state.SPENT, state.SIGHTED) if key in olds}
    inputs["members"] = state.properties(new)
    result = Judgement(inputs, plan=change, guards=guards)
    account_id = _account_of(change, inputs, account)
    result.approval = approval_of(change, spent, approve, account_id)
    if result.approval.given:
        inputs[state.SPENT] = [*spent, result.approval.digest]
    refusals = [*judge_roster(guards, declared), *judge_change(guards, change, old)]
    result.refusals += result.approval.refusal(refusals)
    if state.undeclared_mode(inputs) is Undeclared.FAIL:
        people = sorted(who for who in new if new[who].undeclared)
        people = [one for one in people if one not in dated.expired]
        people = [one for one in people if not belongs_elsewhere(one)]
        result.refusals += [undeclared_refusal(people)] if people else []
    return result


def _account_of(
    change: Plan, inputs: Mapping[str, Any], account: Callable[[], str | None]
) -> str | None:
    """Return the account that an approval of the change names, if it is known.

    Nobody is asked where the change takes nobody anything.
    """
    bound = inputs.get("accountId")
    if isinstance(bound, str) and not state.has_unknown(bound):
        return bound
    return account() if change.removals or change.demotions else None


def _carried_over(
    olds: Mapping[str, Any],
    old: Mapping[str, Person],
    declared: Mapping[str, Person],
    inputs: Mapping[str, Any],
    phase: str,
    belongs_elsewhere: Callable[[str], bool],
) -> dict[str, Person]:
    """Return the undeclared people who stay in the state's members.

    Under `remove` they are dropped, so removed, unless this very phase saw them for
    the first time: nobody goes in the run that first saw them (promise 3). Nor does
    anybody for whom a `User` stands. Whoever is past their last day goes by `expired`.
    """
    expired = state.expired_in(inputs)
    removes_expired = state.expired_mode(inputs) is Expired.REMOVE
    removes_others = state.undeclared_mode(inputs) is Undeclared.REMOVE
    sighted = olds.get(state.SIGHTED) or {}
    fresh = set(sighted.get("who") or []) if sighted.get("by") == phase else set()
    return {
        email: one
        for email, one in old.items()
        if one.undeclared and email not in declared
        if not (removes_expired if email in expired else removes_others)
        or email in fresh
        or belongs_elsewhere(email)
    }


def undeclared_refusal(people: list[str]) -> str:
    """Refuse because of people who are in the account and not in the roster."""
    named = ", ".join(printable(one) for one in people[:20])
    rest = f" and {len(people) - 20} more" if len(people) > 20 else ""
    return (
        f'undeclared="fail": in the account but not in the roster: {named}{rest}. '
        "Declare them, remove them from the account, or set "
        'undeclared="report". Where a User of this program is about to adopt one of '
        "them, apply that first: pulumi up --target URN-OF-THE-USER"
    )


def _guards(inputs: Mapping[str, Any]) -> Guards:
    return Guards.from_properties(inputs.get("guards") or {})


def _choice_fault(
    inputs: Mapping[str, Any], key: str, allowed: tuple[str, ...]
) -> list[str]:
    value = inputs.get(key)
    if value is None or value in allowed or state.has_unknown(value):
        return []
    choices = ", ".join(f'"{choice}"' for choice in allowed)
    return [f"{key} must be one of {choices}"]


def _members_faults(members: object) -> list[str]:
    if members is None:
        return ["members is missing; an empty roster is `members=[]`"]
    if state.has_unknown(members) and not isinstance(members, Mapping):
        return []
    if not isinstance(members, Mapping):
        return ["members must be a list of members or a mapping by email"]
    faults = []
    for email, one in members.items():
        # What a read has marked in them comes back with `ignore_changes`.
        written = {"email": email}
        if isinstance(one, Mapping):
            written |= {key: one.get(key) for key in PROGRAM_KEYS if key != "email"}
        elif not state.has_unknown(one):
            faults.append(
                f"member {printable(email)}: must have the keys role and name"
            )
        faults += [
            f"member {printable(email)}: {fault}"
            for fault in member_faults(written, state.has_unknown)
        ]
    return faults


def _declared_alone(
    members: Mapping[str, Mapping[str, Any]],
) -> dict[str, Mapping[str, Any]]:
    """Leave out whom only a read has seen.

    `ignore_changes` puts the state's old members in the program's place, marks and
    all; they must not become declared by that.
    """
    return {who: one for who, one in members.items() if not one.get("undeclared")}


def _account_refusal(olds: Mapping[str, Any], inputs: Mapping[str, Any]) -> str | None:
    was, now = olds.get("accountId"), inputs.get("accountId")
    if state.has_unknown(now):
        return None  # the update judges it, when it is known
    if was and now and was != now:
        return (
            f"account_id changes from {was} to {now}: a roster belongs to one account "
            "and is never moved. Declare another roster for the other account"
        )
    return None


def say_what_is_live(
    connection: Connection,
    judgement: Judgement,
    users: Mapping[str, AccountUser],
    strangers: Sequence[str],
    line: str,
    touched: set[str],
) -> None:
    """Say what the account is like, read just now, and what nobody declared.

    Args:
        connection: What was said before is known there.
        judgement: Of the declaration.
        users: Everybody by key.
        strangers: The keys of those whom nobody declares.
        line: The account and the counts.
        touched: Whom this run changes.
    """
    people = state.membership(judgement.inputs["members"])
    mode = state.undeclared_mode(judgement.inputs)
    found = state.live_membership(users, state.declared(people), mode)
    expired = state.expired_in(judgement.inputs)
    say_who_is_still_there(expired & set(users) - touched, judgement.inputs)
    warn_of(
        connection,
        [
            text
            for email, text in state.surprises(people, found).items()
            if email not in touched | expired
        ],
    )
    if mode is Undeclared.IGNORE or not strangers:
        host.info(line)
    else:
        told = live.undeclared_line(strangers, users)
        host.warning(f"{line}; {told}")


def warn_of(connection: Connection, surprises: list[str]) -> None:
    """Name what the account has and this run does not touch, once a process."""
    fresh = connection.untold(surprises)
    if fresh:
        host.warning(
            "the account also differs in what this run does not touch: "
            f"{live.shortened(fresh)}. `pulumi up --refresh` brings it into the preview"
        )


def say_who_left_under_another_email(
    users: Iterable[AccountUser], ids: Mapping[str, str], members: Iterable[str]
) -> None:
    """Name who is no longer declared and stays: the account has another email of them.

    Args:
        users: Everybody in the account.
        ids: User id by declared email, as the roster knew them before this run.
        members: Who is declared now, by key.
    """
    declared_now = set(members)
    gone = {one: email for email, one in ids.items() if email not in declared_now}
    for user in users:
        old = gone.get(user.user_id)
        is_declared = person_key(user.email) in declared_now
        if old is not None and old != person_key(user.email) and not is_declared:
            host.warning(
                f"{printable(old)} was not removed: the same person by their id "
                f"is in the account as {printable(user.email)}. Declare them under "
                "that email, or remove them by hand"
            )


def say_whose_email_changed(
    connection: Connection,
    users: Mapping[str, AccountUser],
    leaving: Container[str] = (),
) -> None:
    """Name people who changed their email in the account: the id decides.

    Args:
        connection: What was said before is known there.
        users: Everybody by key.
        leaving: Whom this change takes out of the roster.
    """
    changed = [
        f"{printable(email)} has the email {printable(user.email)} in the account now: "
        "the same person by their id, "
        + (
            "so they are removed, as the roster no longer declares them"
            if email in leaving
            else "so nobody is invited or removed. Declare them under the new email"
        )
        for email, user in users.items()
        if person_key(user.email) != email
    ]
    for line in connection.untold(changed):
        host.warning(line)


def say_who_moves(change: Plan, users: Mapping[str, AccountUser], name: str) -> None:
    """Name those whom the roster takes over from another resource of the stack."""
    for one in change.of(ChangeKind.CREATE):
        if one.email not in users:
            continue
        user, to = users[one.email], f"{ROSTER} {printable(name)!r}"
        record, role = STACK.person(user), STACK.role(user)
        if record is not None and record.kind != ROSTER:
            host.info(
                f"{printable(one.email)} moves from {record.label} to {to}: the same "
                "person"
            )
        elif record is None and role is not None:
            host.info(role.says_where_the_role_goes(user, to))


def say_who_is_banned(
    needed: Iterable[Change], users: Mapping[str, AccountUser]
) -> None:
    """Name new admins who can't log in: they do not count for `min_admins`."""
    banned = [
        printable(one.email)
        for one in needed
        if one.kind is ChangeKind.PROMOTE and users[one.email].isbanned
    ]
    if banned:
        host.warning(
            f"{live.shortened(banned)}: to be admin, and banned in the account. Who is "
            "banned can't log in, and does not count for min_admins"
        )
