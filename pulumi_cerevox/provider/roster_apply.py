"""Carry out a roster's changes on the account, step by step, several at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from pulumi_cerevox.account import (
    AccountError,
    AccountUser,
    NotFoundError,
    Role,
    RoleNotAppliedError,
    printable,
)
from pulumi_cerevox.provider import host
from pulumi_cerevox.provider import roster_state as state
from pulumi_cerevox.provider.configuration import Settings
from pulumi_cerevox.provider.connection import (
    AccountSnapshot,
    Connection,
    by_email,
)
from pulumi_cerevox.provider.host import GuardError, ProviderError, StaleStateError
from pulumi_cerevox.provider.people import DECLARED_USERS
from pulumi_cerevox.provider.roster_check import undeclared_refusal
from pulumi_cerevox.provider.stack_state import STACK
from pulumi_cerevox.provider.user_state import person_key
from pulumi_cerevox.roster import (
    Approval,
    Change,
    ChangeKind,
    Guards,
    Plan,
    Undeclared,
    effective_admins,
    judge_live,
)

MOST_NAMED = 20


def seats_refusal(needed: Sequence[Change], snapshot: AccountSnapshot) -> str | None:
    """Refuse creates that the account has no free seats for, where it tells them."""
    features = snapshot.info.features if snapshot.info else None
    if features is None or features.seats is None:
        return None
    creates = sum(change.kind is ChangeKind.CREATE for change in needed)
    free = features.seats - len(snapshot.users)
    if creates <= free:
        return None
    return (
        f"{creates} people are to be created, but the account has {max(free, 0)} free "
        f"seats of {features.seats}. Creates come before removals: remove first, "
        "in a run of its own, then add; or get more seats"
    )


def summary_line(
    snapshot: AccountSnapshot, needed: Sequence[Change], in_place: int
) -> str:
    """Say in one line what is true of the live account now."""
    account = snapshot.users[0].account_id if snapshot.users else "the account"
    name = snapshot.info.account_name if snapshot.info else None
    counts = Plan(changes=tuple(needed), in_place=in_place).summary()
    title = f"{account} ({printable(name)})" if name else account
    return f"{title}, read just now: {counts}"


def undeclared_line(people: Iterable[str], live: Mapping[str, AccountUser]) -> str:
    """Name who is in the account and not in the roster, admins first."""
    ordered = sorted(people, key=lambda one: (live[one].role != Role.ADMIN, one))
    named = [
        f"{printable(one)} (admin)" if live[one].role == Role.ADMIN else printable(one)
        for one in ordered
    ]
    return f"undeclared {len(named)}: {shortened(named)}"


def shortened(texts: Sequence[str]) -> str:
    """Join the first twenty, and count the rest."""
    shown = ", ".join(texts[:MOST_NAMED])
    rest = len(texts) - MOST_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown


WRITES_BETWEEN_CHECKS = 20


@dataclass
class Outcome:
    """The result of the changes.

    Attributes:
        done: Those that were made.
        failed: Those that were not, each with the reason.
        not_started: Those of later steps, which never begin after a failure.
        created: Whom this run made, folded.
        kept: Who was to be removed and stays, as another resource declares them.
        undone: Demotions after which too few admins were left.
        refusal: What the guard says of these, and what became of each person.
    """

    done: list[Change] = field(default_factory=list)
    failed: list[tuple[Change, str]] = field(default_factory=list)
    not_started: list[Change] = field(default_factory=list)
    created: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    undone: list[Change] = field(default_factory=list)
    refusal: str = ""

    def raise_if_incomplete(self) -> None:
        """Say what was done and what was not.

        Raises:
            StaleStateError: Somebody else took an admin away at the same time.
            ProviderError: A change failed, so later steps never began.
        """
        if self.refusal:
            raise StaleStateError(self._text())
        if self.failed:
            raise ProviderError(self._text())

    def _text(self) -> str:
        failed = len(self.failed) + len(self.undone)
        total = len(self.done) + failed + len(self.not_started)
        lines = [f"{failed} of {total} changes failed:"]
        lines += [f"  {self.refusal}"] if self.refusal else []
        lines += [
            f"  {change.kind} {printable(change.email)}: {reason}"
            for change, reason in self.failed[:MOST_NAMED]
        ]
        if len(self.failed) > MOST_NAMED:
            lines.append(f"  and {len(self.failed) - MOST_NAMED} more")
        lines.append(f"Done: {_counts(self.done)}.")
        if self.not_started:
            lines.append(
                f"Not started, because they come after: {_counts(self.not_started)}."
            )
        lines.append(
            "Run `pulumi up` again: it reads the account first, so its preview shows "
            "what somebody else changed, and it goes on from there."
            if self.refusal
            else "Run `pulumi up` again: it goes on from here."
        )
        return "\n".join(lines)


def _counts(changes: Sequence[Change]) -> str:
    kinds = [
        (kind, sum(change.kind is kind for change in changes)) for kind in ChangeKind
    ]
    return ", ".join(f"{kind} {count}" for kind, count in kinds if count) or "nothing"


def carry_out(
    connection: Connection,
    changes: Sequence[Change],
    *,
    min_admins: int,
    settings: Settings,
    ids: Mapping[str, str] | None = None,
) -> Outcome:
    """Make the changes: promote, create, update, demote, remove (promise 5).

    One person's error stops nobody in the same step and everything after it.

    Args:
        connection: To the account.
        changes: In the order of a plan.
        min_admins: Admins that must be left.
        settings: The host's: the parallelism, and which instance this is.
        ids: User id by declared email, as the roster knows them.
    """
    outcome = Outcome()
    for kind, group in groupby(changes, key=lambda change: change.kind):
        step = list(group)
        if outcome.failed or outcome.refusal:
            outcome.not_started += step
            continue
        before = _acting_admins(connection, connection.account.directory.users())
        _Step(connection, outcome, len(step), settings, ids).run(kind, step)
        if kind is ChangeKind.DEMOTE:
            enough = min(min_admins, before)
            _keep_enough_admins(connection, step, outcome, enough, ids)
    return outcome


class _Step:
    """One kind of change for many people at a time."""

    def __init__(
        self,
        connection: Connection,
        outcome: Outcome,
        size: int,
        settings: Settings,
        ids: Mapping[str, str] | None,
    ) -> None:
        self._connection = connection
        self._outcome = outcome
        self._size = size
        self._settings = settings
        self._ids = ids
        self._settled = 0

    def run(self, kind: ChangeKind, changes: list[Change]) -> None:
        write = self._writer(kind)
        live = by_email(self._connection.account.directory.users(), self._ids)
        # A few wait in line, so that no thread is idle while another is slow.
        in_line: deque[tuple[Change, Future[str | None]]] = deque()
        self._tell(kind)
        with ThreadPoolExecutor(
            max_workers=self._settings.client["parallelism"]
        ) as threads:
            for position, change in enumerate(changes):
                if position % WRITES_BETWEEN_CHECKS == 0:
                    host.require_alive()
                if len(in_line) == WRITES_BETWEEN_CHECKS:
                    self._record(kind, *in_line.popleft())
                user = live.get(change.email)
                future = threads.submit(self._attempt, write, change, user)
                in_line.append((change, future))
            while in_line:
                self._record(kind, *in_line.popleft())

    def _tell(self, kind: ChangeKind) -> None:
        if self._size > WRITES_BETWEEN_CHECKS:
            host.progress(f"{kind}: {self._settled} of {self._size}")

    def _record(
        self, kind: ChangeKind, change: Change, ending: Future[str | None]
    ) -> None:
        reason = ending.result()
        if reason is None:
            if change.email not in self._outcome.kept:
                self._outcome.done.append(change)
        else:
            self._outcome.failed.append((change, reason))
        self._settled += 1
        if self._settled % WRITES_BETWEEN_CHECKS == 0 and self._settled < self._size:
            self._tell(kind)

    def _attempt(
        self,
        write: Callable[[Change, AccountUser | None], None],
        change: Change,
        user: AccountUser | None,
    ) -> str | None:
        """Make one change; give the reason when it failed."""
        try:
            write(change, user)
        except (AccountError, ProviderError) as error:
            return str(error)
        return None

    def _writer(self, kind: ChangeKind) -> Callable[[Change, AccountUser | None], None]:
        return {
            ChangeKind.PROMOTE: self._set_role,
            ChangeKind.CREATE: self._create,
            ChangeKind.UPDATE: self._rename,
            ChangeKind.DEMOTE: self._set_role,
            ChangeKind.REMOVE: self._remove,
        }[kind]

    def _create(self, change: Change, user: AccountUser | None) -> None:
        del user
        wanted = change.after
        if wanted is None:
            return
        account = self._connection.account
        try:
            account.create_user(change.email, role=wanted.role, name=wanted.name)
        except RoleNotAppliedError as error:
            if error.user is not None:
                account.delete_user(error.user.user_id, error.user.email)
            raise
        self._outcome.created.add(change.email)

    def _set_role(self, change: Change, user: AccountUser | None) -> None:
        if user is not None and change.after is not None:
            account = self._connection.account
            account.update_user(user.user_id, role=change.after.role)

    def _rename(self, change: Change, user: AccountUser | None) -> None:
        if user is not None and change.after is not None:
            account = self._connection.account
            account.update_user(user.user_id, name=change.after.name)

    def _remove(self, change: Change, user: AccountUser | None) -> None:
        if user is None:
            return
        is_declared = DECLARED_USERS.declares_user(user, self._settings)
        if is_declared or not DECLARED_USERS.may_remove(user):
            host.warning(
                f"{printable(change.email)} stays in the account as {user.role}: "
                "another resource of this program declares them now"
            )
            self._outcome.kept.add(change.email)
            # The resource that comes after asks what was known of them. Once this
            # update is stored, the state no longer says it.
            STACK.person(user)
            return
        try:
            self._connection.account.delete_user(user.user_id, user.email)
        except NotFoundError:
            return


def _keep_enough_admins(
    connection: Connection,
    step: list[Change],
    outcome: Outcome,
    min_admins: int,
    ids: Mapping[str, str] | None,
) -> None:
    """Read the account again after demotions; promote back when too few are left.

    Somebody else may have demoted or removed an admin at the same time. An account
    that was below the minimum before is not held to more than it had. One promotion
    that fails stops no other.
    """
    account = connection.account
    before = [user.user_id for user in account.directory.users()]
    account.directory.refresh()
    # A new list that lacks somebody proves nothing: they are asked for by their ids.
    users = account.directory.users(before)
    left = _acting_admins(connection, users)
    undone = [change for change in outcome.done if change in step]
    if left >= min_admins or not undone:
        return
    live, back, still = by_email(users, ids), [], []
    for change in undone:
        user = live.get(change.email)
        if user is None:
            continue
        try:
            if user.role != Role.ADMIN:
                account.update_user(user.user_id, role=Role.ADMIN)
            back.append(printable(change.email))
        except (AccountError, ProviderError) as error:
            still.append(f"{printable(change.email)} ({error})")
    outcome.done = [change for change in outcome.done if change not in undone]
    outcome.undone += undone
    outcome.refusal = (
        f"refused by guard min_admins: after the demotions the account had {left} "
        f"admins who can log in, and it needs {min_admins}: somebody else took an "
        f"admin away at the same time. Promoted back: {shortened(back) or 'nobody'}."
    )
    if still:
        outcome.refusal += f" Still without the role admin: {shortened(still)}"


def _acting_admins(connection: Connection, users: Iterable[AccountUser]) -> int:
    return len(effective_admins(users, connection.caller().user_id))


def guards_of(props: Mapping[str, Any]) -> Guards:
    """Return the guards that inputs or outputs hold."""
    return Guards.from_properties(props.get("guards") or {})


def require_live(
    connection: Connection,
    guards: Guards,
    change: Plan,
    users: Mapping[str, AccountUser],
    approval: Approval,
) -> list[Change]:
    """Let changes pass on the account as listed; return those that it still needs.

    Raises:
        GuardError: with all that refuses them.
    """
    needed = state.still_needed(change.changes, users)
    info = None
    if any(one.kind is ChangeKind.CREATE for one in needed):
        info = connection.account_info
    snapshot = AccountSnapshot(users=connection.account.directory.users(), info=info)
    refusals = live_refusals(connection, guards, change, users, approval)
    refusals += seats_refusals(needed, snapshot)
    if refusals:
        raise GuardError("\n".join(refusals))
    return needed


def live_refusals(
    connection: Connection,
    guards: Guards,
    change: Plan,
    users: Mapping[str, AccountUser],
    approval: Approval,
) -> list[str]:
    """Return what the guards refuse on the account as listed.

    A demotion that the account has already is judged all the same: a run that left too
    few admins, and could not promote them back, must not pass when it is repeated.
    """
    demoted = [
        one
        for one in change.demotions
        if one.email in users and users[one.email].role != Role.ADMIN
    ]
    before = {one.email: Role.ADMIN for one in demoted}
    keyed = [
        replace(user, email=key, role=before.get(key, user.role))
        for key, user in users.items()
    ]
    needed = [*state.still_needed(change.changes, users), *demoted]
    refusals = judge_live(guards, keyed, connection.caller().user_id, needed)
    if demoted:
        already = (
            f"{shortened([printable(one.email) for one in demoted])}: without the role "
            "admin already, by an earlier run or by hand. Promote them by hand, or run "
            "`pulumi refresh`: then their demotion is no part of this change"
        )
        refusals = [
            replace(one, text=f"{one.text}. {already}")
            if one.guard == "min_admins"
            else one
            for one in refusals
        ]
    # The roster has whoever changed their email under the old one, by the user id.
    names = {person_key(user.email): key for key, user in users.items()}
    doubled = [
        f"{printable(one.email)} is the email of {printable(names[one.email])} in the "
        "account now: the same person, declared twice. Take the old email out of the "
        "members"
        for one in needed
        if one.kind is ChangeKind.CREATE
        if one.email in names and one.email not in users
    ]
    return [*approval.refusal(refusals), *doubled]


def seats_refusals(needed: list[Change], snapshot: AccountSnapshot) -> list[str]:
    """Return what is to be said where there are too few free seats."""
    text = seats_refusal(needed, snapshot)
    return [] if text is None else [text]


def strangers_refusals(inputs: Mapping[str, Any], strangers: list[str]) -> list[str]:
    """Refuse undeclared people in mode `fail`."""
    if state.undeclared_mode(inputs) is not Undeclared.FAIL or not strangers:
        return []
    return [undeclared_refusal(strangers)]
