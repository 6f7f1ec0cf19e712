"""One account in one process: its client, its caller, and the removals so far.

Each provider class has its own `configure()`, and four threads share each class. What
they have in common is kept here, by URL and key.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pulumi_cerevox import account as api
from pulumi_cerevox.account import (
    AccountError,
    AccountInfo,
    AccountUser,
    Directory,
    ForbiddenError,
)
from pulumi_cerevox.provider import host, people
from pulumi_cerevox.provider.configuration import Settings, misspelt, read_settings
from pulumi_cerevox.provider.host import ForeignAccountError, GuardError, ProviderError
from pulumi_cerevox.provider.run_day import require_real_day
from pulumi_cerevox.provider.user_state import person_key
from pulumi_cerevox.roster import effective_admins

MIN_ADMINS = 1


class AdminGuard:
    """Refuses to delete or demote the caller, or the last admin who can act."""

    def __init__(self, directory: Directory, caller: Callable[[], AccountUser]) -> None:
        """Watch one account's directory."""
        self._directory = directory
        self._caller = caller
        self._leaving = people.Leaving("admins")

    @contextmanager
    def losing(self, user: AccountUser, action: str) -> Iterator[None]:
        """Hold the guard while an admin is deleted or demoted.

        Two threads, or two hosts, may each take one of the last two admins: whoever is
        on the way out no longer counts for the other.

        Args:
            user: Who is to lose the admin role, or to be deleted.
            action: `delete` or `demote`, for the message.

        Raises:
            GuardError: the user is the caller, or nobody could administer any more.
        """
        caller = self._caller()
        if user.user_id == caller.user_id:
            raise GuardError(
                f"refused to {action} {user.email}: this is the user whose API key "
                "runs this program (guard protect_self). Use another admin's key; or "
                'set on_destroy="keep" and run `pulumi up` before they leave the '
                "program; where they are being replaced already: `pulumi state delete` "
                "the old"
            )
        admins = effective_admins(self._directory.users(), caller.user_id)
        with people.of_this_phase().transaction() as notes:
            self._judge(user, action, admins, self._leaving.others(notes, user))
            self._leaving.begin(notes, user)
        try:
            yield
        except BaseException:
            self._leaving.undo(user)
            raise

    def _judge(
        self,
        user: AccountUser,
        action: str,
        admins: Iterable[AccountUser],
        leaving: set[str],
    ) -> None:
        there = {admin.user_id for admin in admins}
        staying = [
            user_id
            for user_id in there - {user.user_id}
            if self._leaving.token(user_id) not in leaving
        ]
        if user.user_id in there and len(staying) < MIN_ADMINS:
            raise GuardError(
                f"refused to {action} {user.email}: the account would have "
                f"{len(staying)} admins who can log in; it needs {MIN_ADMINS} "
                "(guard min_admins). Promote somebody first"
            )


class RemovalLimit:
    """Refuses to delete more users in one run than it was told it may.

    A limit and no guard: deletes come one by one, so those before it are gone, and
    it says who they are. It holds for all hosts of a run together.
    """

    def __init__(self, limit: int) -> None:
        """Allow `limit` deletes in this run."""
        self._limit = limit
        self._lock = threading.Lock()
        self._emails: list[str] = []
        self._leaving = people.Leaving("deleted")

    @contextmanager
    def deleting(self, user: AccountUser) -> Iterator[None]:
        """Count one delete; one that fails does not count.

        Raises:
            GuardError: the limit is reached; the text names who is gone.
        """
        with people.of_this_phase().transaction() as notes:
            others = len(self._leaving.others(notes, user))
            if others >= self._limit:
                raise GuardError(self._refusal(user, others))
            self._leaving.begin(notes, user)
        with self._lock:
            self._emails.append(user.email)
        try:
            yield
        except BaseException:
            self._leaving.undo(user)
            with self._lock:
                self._emails.remove(user.email)
            raise

    def _refusal(self, user: AccountUser, others: int) -> str:
        with self._lock:
            emails = list(self._emails)
        gone = f"; deleted in this run: {', '.join(emails)}" if emails else ""
        elsewhere = others - len(emails)
        if elsewhere > 0:
            gone += f"; through other Provider instances: {elsewhere}"
        return (
            f"refused to delete {user.email}: one run may delete {self._limit} users"
            f"{gone}. If more are meant to go, allow it for this run: "
            "CEREVOX_MAX_REMOVALS=NUMBER pulumi up (or destroy), or set "
            "cerevox:maxRemovals in the stack's config before an up"
        )


LOOK_SECONDS = 5.0
"""How long a preview waits for the account at most."""

_connections: dict[tuple[str | None, str], Connection] = {}
_connections_lock = threading.Lock()


class Connection:
    """The account behind one key.

    Attributes:
        account: The client; its directory answers every read of this process.
        removal_limit: Counts the users that this run has deleted.
        admins: Refuses what would take the account's administration away.
    """

    def __init__(self, settings: Settings) -> None:
        """Make the client; nothing is sent before the first call."""
        self._settings = settings
        # The face loads the client here: a preview that sends nothing loads no HTTP.
        self.account = api.Account(
            api_key=settings.api_key,
            key_source=settings.key_source,
            before_write=self._before_write,
            **settings.client,
        )
        self.removal_limit = RemovalLimit(settings.max_removals)
        self.admins = AdminGuard(self.account.directory, self.caller)
        self._told: set[str] = set()
        self._told_lock = threading.Lock()
        if settings.key_note:
            host.info(settings.key_note)

    def _before_write(self) -> None:
        require_real_day(self._settings)
        host.require_alive()

    def caller(self) -> AccountUser:
        """Return the user whose key this is; asked once."""
        return self.account.get_current_user(cached=True)

    @cached_property
    def account_info(self) -> AccountInfo:
        """Return the account's name and seats; asked once."""
        return self.account.get_account_info()

    def everybody(self, known: Iterable[str]) -> tuple[AccountUser, ...]:
        """Return everybody in the account; who is not listed is asked for by id.

        Args:
            known: User ids of whom a roster knows.
        """
        directory = self.account.directory
        listed = len(directory.users())
        users = directory.users(known)
        if len(users) > listed:
            host.warning(
                f"the API's list of users lacks {len(users) - listed} people who are "
                "in the account: they were found by their ids. People whom this roster "
                "does not know may be missing as well. Refresh again"
            )
        return users

    def untold(self, lines: Iterable[str]) -> list[str]:
        """Return the lines not said yet, and count them as said."""
        with self._told_lock:
            fresh = [line for line in lines if line not in self._told]
            self._told.update(fresh)
        return fresh

    def require_account(self, owner: str | None, subject: str) -> str:
        """Make sure that the key belongs to the right account, and return its id.

        Args:
            owner: The account that the resource remembers; None for a new one.
            subject: Whom the resource is about, for the message.

        Raises:
            ForeignAccountError: the key's account is another one (promise 6).
        """
        live = self.caller().account_id
        bound = self._settings.account_id
        if owner is not None and owner != live:
            raise ForeignAccountError(
                f"{subject} belongs to account {owner}, but the API key from "
                f"{self._settings.key_source} belongs to account {live}. Nothing was "
                "read or changed. Use a key of the right account for this stack"
            )
        if bound is not None and bound != live:
            raise ForeignAccountError(
                f"this stack is bound to account {bound} "
                f"({self._settings.account_source}), but the API key from "
                f"{self._settings.key_source} belongs to account {live}. Nothing was "
                f"done for {subject}"
            )
        return live

    def refuse_foreign(self, owner: str, subject: str) -> None:
        """Refuse a key of another account already in the preview, if it can be seen.

        A preview must neither hang nor need the API, so an answer that does not come,
        or not in time, refuses nothing: the first request will tell.

        Raises:
            ForeignAccountError: the key's account is another one (promise 6).
        """
        if self._first_look.seen(LOOK_SECONDS):
            self.require_account(owner, subject)

    @cached_property
    def snapshot(self) -> AccountSnapshot:
        """The account as the previews of new users see it, read once in a process."""
        return look(self, None, "this program")

    @cached_property
    def _first_look(self) -> _FirstLook:
        return _FirstLook(self.caller)


def by_email(
    users: Iterable[AccountUser], ids: Mapping[str, str] | None = None
) -> dict[str, AccountUser]:
    """Return everybody by the key that a roster has them under.

    Somebody whose user id is known stays under the email that is declared for them,
    also when they have changed it in the account: the id decides (promise 9).

    Args:
        users: The account.
        ids: User id by declared email, as the roster knows them.
    """
    keyed = {person_key(user.email): user for user in users}
    by_id = {user.user_id: key for key, user in keyed.items()}
    for email, user_id in (ids or {}).items():
        # Where somebody else has the old email now, the emails decide.
        if email not in keyed and user_id in by_id:
            keyed[email] = keyed.pop(by_id[user_id])
    return keyed


@dataclass
class AccountSnapshot:
    """The account, as one look saw it.

    Attributes:
        users: Everybody in it.
        info: The account itself.
        failure: Why it could not be seen; then the rest is empty.
        refused: Whether the failure refuses every write as well.
        forbidden: Whether the key's user may not see it, and not another account's key.
    """

    users: tuple[AccountUser, ...] = ()
    info: AccountInfo | None = None
    failure: str | None = None
    refused: bool = False
    forbidden: bool = False
    by_email: dict[str, AccountUser] = field(default_factory=dict)


def look(connection: Connection, owner: str | None, subject: str) -> AccountSnapshot:
    """Look at the account for at most five seconds: a preview must not hang.

    A look that is late goes on in its thread and still fills the directory.
    """
    snapshot = AccountSnapshot(
        failure=f"it did not answer within {LOOK_SECONDS:g} seconds"
    )
    done = threading.Event()

    def see() -> None:
        try:
            connection.require_account(owner, subject)
            snapshot.users = connection.account.directory.users()
            snapshot.info = connection.account_info
        except ForbiddenError as error:
            snapshot.failure = str(error)
            snapshot.refused = snapshot.forbidden = True
        except AccountError as error:
            snapshot.failure = str(error)
        except ProviderError as error:
            snapshot.failure, snapshot.refused = str(error), True
        else:
            snapshot.by_email = by_email(snapshot.users)
            snapshot.failure = None
        done.set()

    threading.Thread(target=see, name="look-at-account", daemon=True).start()
    if done.wait(LOOK_SECONDS):
        features = snapshot.info.features if snapshot.info else None
        if features and features.max_users is not None and features.seats is None:
            line = (
                f"the API says that the account has {features.max_users} seats, which "
                "can't be: nobody checks whether there is a free one"
            )
            for told in connection.untold([line]):
                host.warning(told)
        return snapshot
    return AccountSnapshot(failure=f"it did not answer within {LOOK_SECONDS:g} seconds")


class _FirstLook:
    """Asks one thing, once, in a thread of its own."""

    def __init__(self, ask: Callable[[], object]) -> None:
        self._ask = ask
        self._done = threading.Event()
        self._answered = self._late = False
        threading.Thread(target=self._run, name="first-look", daemon=True).start()

    def seen(self, seconds: float) -> bool:
        """Wait for the answer, the first time only. Return whether there is one."""
        if not self._late:
            self._late = not self._done.wait(seconds)
        return self._answered

    def _run(self) -> None:
        with suppress(AccountError, ProviderError):
            self._ask()
            self._answered = True
        self._done.set()


def connect(settings: Settings) -> Connection:
    """Return the connection for these settings, the same one for the same account.

    Raises:
        ProviderError: the key that was asked for can't be had.
    """
    if settings.key_fault:
        raise ProviderError(settings.key_fault)
    digest = hashlib.sha256((settings.api_key or "").encode()).hexdigest()
    key = (settings.base_url, digest)
    with _connections_lock:
        if key not in _connections:
            _connections[key] = Connection(settings)
        return _connections[key]


class AccountCalls:
    """The engine's calls for one kind of resource; `configure_with` is the first."""

    _settings: Settings

    def configure_with(self, bag: Mapping[str, Any]) -> None:
        """Read the settings; a missing key is no fault before the first request."""
        for line in misspelt(bag):
            host.warning(line)
        self._settings = read_settings(bag.get)
        if self._settings.instance:
            # Before anybody is deleted; a program without instances has one host.
            people.of_this_phase().warn_if_alone()

    def connection(self) -> Connection:
        """Return this process's one connection to the account.

        Raises:
            ProviderError: the key that was asked for can't be had.
        """
        return connect(self._settings)

    def refuse_foreign(self, owner: str | None, subject: str) -> None:
        """Refuse in a preview what an explicit instance's key must not touch.

        Editing an instance, or moving a resource to another one, shows every resource
        as unchanged (run on the engine): without this, two keys that were swapped
        would pass an `up` that changes nothing, and stay.

        Args:
            owner: The account that the resource remembers.
            subject: Whom the resource is about, for the message.

        Raises:
            ForeignAccountError: the key's account is another one (promise 6).
        """
        settings = self._settings
        if owner is not None and settings.instance and settings.api_key:
            connect(settings).refuse_foreign(owner, subject)
