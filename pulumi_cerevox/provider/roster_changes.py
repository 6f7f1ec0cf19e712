"""Carrying out a roster's changes on the account, step by step, many at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby

from pulumi_cerevox.account import (
    AccountError,
    AccountUser,
    NotFoundError,
    Role,
    RoleNotAppliedError,
    printable,
)
from pulumi_cerevox.provider import engine
from pulumi_cerevox.provider.connection import Connection
from pulumi_cerevox.provider.declared_users import DECLARED_USERS
from pulumi_cerevox.provider.errors import ProviderError
from pulumi_cerevox.provider.escaping import person_key
from pulumi_cerevox.provider.roster_live import MOST_NAMED, by_email
from pulumi_cerevox.roster import Change, ChangeKind, Plan, effective_admins

WRITES_BETWEEN_CHECKS = 20


@dataclass
class Outcome:
    """What became of the changes.

    Attributes:
        done: Those that were made.
        failed: Those that were not, each with the reason.
        not_started: Those of later steps, which never begin after a failure.
        created: Whom this run made, folded.
    """

    done: list[Change] = field(default_factory=list)
    failed: list[tuple[Change, str]] = field(default_factory=list)
    not_started: list[Change] = field(default_factory=list)
    created: set[str] = field(default_factory=set)

    def raise_if_incomplete(self) -> None:
        """Say what was done and what was not.

        Raises:
            ProviderError: a change failed, so later steps never began.
        """
        if self.failed:
            raise ProviderError(self._text())

    def _text(self) -> str:
        total = len(self.done) + len(self.failed) + len(self.not_started)
        lines = [f"{len(self.failed)} of {total} changes failed:"]
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
        lines.append("Run `pulumi up` again: it goes on from here.")
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
    parallelism: int,
) -> Outcome:
    """Make the changes: promote, create, update, demote, remove (promise 4).

    One person's error stops nobody in the same step and everything after it.
    """
    outcome = Outcome()
    for kind, group in groupby(changes, key=lambda change: change.kind):
        step = list(group)
        if outcome.failed:
            outcome.not_started += step
            continue
        before = _acting_admins(connection, connection.account.directory.users())
        _Step(connection, outcome, len(step)).run(kind, step, parallelism)
        if kind is ChangeKind.DEMOTE:
            _keep_enough_admins(connection, step, outcome, min(min_admins, before))
    return outcome


class _Step:
    """One kind of change for many people at a time."""

    def __init__(self, connection: Connection, outcome: Outcome, size: int) -> None:
        self._connection = connection
        self._outcome = outcome
        self._size = size
        self._settled = 0

    def run(self, kind: ChangeKind, changes: list[Change], parallelism: int) -> None:
        write = self._writer(kind)
        live = by_email(self._connection.account.directory.users())
        # A few wait in line, so that no thread is idle while another is slow.
        in_line: deque[tuple[Change, Future[str | None]]] = deque()
        self._tell(kind)
        with ThreadPoolExecutor(max_workers=parallelism) as threads:
            for position, change in enumerate(changes):
                if position % WRITES_BETWEEN_CHECKS == 0:
                    engine.require_alive()
                if len(in_line) == WRITES_BETWEEN_CHECKS:
                    self._record(kind, *in_line.popleft())
                user = live.get(change.email)
                future = threads.submit(self._attempt, write, change, user)
                in_line.append((change, future))
            while in_line:
                self._record(kind, *in_line.popleft())

    def _tell(self, kind: ChangeKind) -> None:
        if self._size > WRITES_BETWEEN_CHECKS:
            engine.progress(f"{kind}: {self._settled} of {self._size}")

    def _record(
        self, kind: ChangeKind, change: Change, ending: Future[str | None]
    ) -> None:
        reason = ending.result()
        if reason is None:
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
        if not DECLARED_USERS.may_remove(user):
            engine.warning(
                f"{printable(change.email)} stays in the account: another resource of "
                "this program declares them now"
            )
            return
        try:
            self._connection.account.delete_user(user.user_id, user.email)
        except NotFoundError:
            return


def _keep_enough_admins(
    connection: Connection, step: list[Change], outcome: Outcome, min_admins: int
) -> None:
    """Read the account again after demotions; promote back when too few are left.

    Somebody else may have demoted or removed an admin at the same time. An account
    that was below the minimum before is not held to more than it had.
    """
    account = connection.account
    users = account.directory.refresh()
    left = _acting_admins(connection, users)
    demoted = {change.email for change in outcome.done if change in step}
    if left >= min_admins or not demoted:
        return
    for user in users:
        if person_key(user.email) in demoted and user.role != Role.ADMIN:
            account.update_user(user.user_id, role=Role.ADMIN)
    reason = (
        f"the account was left with {left} admins who can log in, fewer than the "
        f"{min_admins} it needs (guard min_admins): somebody else took an admin away "
        "at the same time. Promoted back"
    )
    undone = [change for change in outcome.done if change.email in demoted]
    outcome.done = [change for change in outcome.done if change not in undone]
    outcome.failed += [(change, reason) for change in undone]


def _acting_admins(connection: Connection, users: Iterable[AccountUser]) -> int:
    return len(effective_admins(users, connection.caller().user_id))


def plan_of(changes: Sequence[Change]) -> Plan:
    """Give changes as a plan, for the guards and the texts."""
    return Plan(changes=tuple(changes), in_place=0)
