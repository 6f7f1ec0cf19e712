"""The account's users as last listed: one list call serves every read."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from pulumi_cerevox.account.errors import (
    AccountError,
    NotFoundError,
    UnexpectedAnswerError,
)
from pulumi_cerevox.text import fold_email, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pulumi_cerevox.account.models import AccountUser


T = TypeVar("T")


class SharedCall(Generic[T]):
    """Runs one call at a time, and shares each among all who asked before it began.

    Nobody gets the result of a call that began before they asked: whoever wrote
    something and then asks sees their own write. An error is shared likewise.
    """

    def __init__(self) -> None:
        self._running = threading.Lock()
        self._guard = threading.Lock()
        self._boarding: _Flight[T] | None = None

    def run(self, fetch: Callable[[], T]) -> T:
        """Return the result of a `fetch()` that begins after this moment.

        Raises:
            AccountError: What `fetch` raised, to each who shares it.
        """
        with self._guard:
            leads = self._boarding is None
            flight = self._boarding or _Flight()
            self._boarding = flight
        if leads:
            self._fly(flight, fetch)
        return flight.landed()

    def _fly(self, flight: _Flight[T], fetch: Callable[[], T]) -> None:
        try:
            with self._running:
                self._close_door(flight)
                flight.fly(fetch)
        finally:  # also when Ctrl-C comes while it waits: nobody waits for ever
            self._close_door(flight)
            flight.end()

    def _close_door(self, flight: _Flight[T]) -> None:
        """Let nobody join *flight* any more."""
        with self._guard:
            if self._boarding is flight:
                self._boarding = None


class _Flight(Generic[T]):
    """One call and its outcome."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._result: list[T] = []
        self._error: AccountError | None = None

    def fly(self, fetch: Callable[[], T]) -> None:
        try:
            self._result.append(fetch())
        except AccountError as error:
            self._error = error

    def end(self) -> None:
        self._done.set()

    def landed(self) -> T:
        self._done.wait()
        if self._error is not None:
            raise copy.copy(self._error)  # one traceback for each thread
        if not self._result:
            raise RuntimeError("a shared call was interrupted in another thread")
        return self._result[0]


_SHOWN = 5


class Directory:
    """The users of one account, kept current by our own writes. Thread-safe.

    The first read lists the account; many threads that ask at once cause one list.

    Args:
        fetch_list: Lists the account's users.
        fetch_user: Fetches one by id; `NotFoundError` where there is none.
        fetch_caller: Gives the user behind the credentials.
    """

    def __init__(
        self,
        fetch_list: Callable[[], Sequence[AccountUser]],
        fetch_user: Callable[[str], AccountUser],
        fetch_caller: Callable[[], AccountUser],
    ) -> None:
        self._fetch_list = fetch_list
        self._fetch_user = fetch_user
        self._fetch_caller = fetch_caller
        self._loads: SharedCall[None] = SharedCall()
        self._relists: SharedCall[None] = SharedCall()
        self._lists: SharedCall[tuple[AccountUser, ...]] = SharedCall()
        self._lock = threading.Lock()
        self._people: _People | None = None
        self._writes: list[Callable[[_People], None]] | None = None
        self._relisted = False

    def users(self) -> tuple[AccountUser, ...]:
        """Return everybody, in the API's order; those we created since come last.

        Raises:
            AccountError: The account could not be listed in full.
        """
        self._load()
        with self._lock:
            return self._people.all() if self._people else ()

    def by_id(self, user_id: str) -> AccountUser | None:
        """Return one user; None only when the API itself says there is none.

        Raises:
            AccountError: It could not be found out.
        """
        self._load()
        return self.known(user_id) or self._fetched(user_id)

    def known(self, user_id: str) -> AccountUser | None:
        """Return one user as far as is known already; nothing is sent."""
        with self._lock:
            return self._people.by_id.get(user_id) if self._people else None

    def by_email(
        self, email: str, *, relist_on_miss: bool = True
    ) -> AccountUser | None:
        """Return the user with this email, by folding; None when not listed.

        Args:
            email: In any spelling.
            relist_on_miss: List again when it is not there, once in the life of the
                directory. `refresh` lists as often as it is called.

        Raises:
            AccountError: The account could not be listed in full.
        """
        just_listed = self._load()
        folded = fold_email(email)
        found = self._listed(folded)
        if found or just_listed or self._relisted or not relist_on_miss:
            return found
        self._relists.run(self._relist_once)
        return self._listed(folded)

    def refresh(self) -> tuple[AccountUser, ...]:
        """List anew, and give everybody as of a moment after this call was made.

        Threads that ask while another list is under way share the one after it.

        Raises:
            UnexpectedAnswerError: The list lacks the caller, names one person twice,
                or names somebody of another account; the directory stays as it was.
            AccountError: The account could not be listed.
        """
        return self._lists.run(self._listed_anew)

    def put(self, user: AccountUser) -> None:
        """Note that *user* was created or changed."""
        self._write(lambda people: people.put(user))

    def remove(self, user_id: str) -> None:
        """Note that a user is gone."""
        self._write(lambda people: people.remove(user_id))

    def forget(self) -> None:
        """Know nobody any more: the credentials changed."""
        with self._lock:
            self._people = None
            self._relisted = False

    def _load(self) -> bool:
        """List, unless that was done; tell whether it was just now."""
        with self._lock:
            is_loaded = self._people is not None
        if not is_loaded:
            self._loads.run(self._load_once)
        return not is_loaded

    def _load_once(self) -> None:
        with self._lock:
            is_loaded = self._people is not None
        if not is_loaded:
            self.refresh()

    def _relist_once(self) -> None:
        if not self._relisted:
            self.refresh()
            self._relisted = True

    def _listed_anew(self) -> tuple[AccountUser, ...]:
        with self._lock:
            self._writes = []
        try:
            people = _People(self._fetch_list())
            people.must_have(self._fetch_caller())
            with self._lock:
                # The list may be older than what we wrote while it was under way.
                for write in self._writes:
                    write(people)
                self._people = people
                return people.all()
        finally:
            with self._lock:
                self._writes = None

    def _write(self, write: Callable[[_People], None]) -> None:
        with self._lock:
            if self._people is not None:
                write(self._people)
            if self._writes is not None:
                self._writes.append(write)

    def _listed(self, folded: str) -> AccountUser | None:
        with self._lock:
            return self._people.with_email(folded) if self._people else None

    def _fetched(self, user_id: str) -> AccountUser | None:
        try:
            user = self._fetch_user(user_id)
        except NotFoundError:
            return None
        self.put(user)
        return user


class _People:
    """Users by id and by folded email; the directory's lock guards it."""

    def __init__(self, users: Iterable[AccountUser]) -> None:
        self.by_id: dict[str, AccountUser] = {}
        self._ids: dict[str, str] = {}
        doubles = [user for user in users if not self._added(user)]
        if doubles:
            raise _named_twice(doubles)

    def all(self) -> tuple[AccountUser, ...]:
        return tuple(self.by_id.values())

    def with_email(self, folded: str) -> AccountUser | None:
        user_id = self._ids.get(folded)
        return None if user_id is None else self.by_id[user_id]

    def put(self, user: AccountUser) -> None:
        same_email = self._ids.get(fold_email(user.email))
        if same_email not in {None, user.user_id}:
            self.remove(str(same_email))
        before = self.by_id.get(user.user_id)
        if before is not None:
            self._ids.pop(fold_email(before.email), None)
        self.by_id[user.user_id] = user
        self._ids[fold_email(user.email)] = user.user_id

    def remove(self, user_id: str) -> None:
        user = self.by_id.pop(user_id, None)
        if user is not None:
            self._ids.pop(fold_email(user.email), None)

    def must_have(self, caller: AccountUser) -> None:
        others = [user for user in self.all() if user.account_id != caller.account_id]
        if others:
            raise UnexpectedAnswerError(
                f"The list of users has {len(others)} of another account than "
                f"{caller.account_id}: {printable(others[0].email)} of account "
                f"{others[0].account_id}.",
                hint="Nobody is read or changed on such a list; try again.",
            )
        if caller.user_id not in self.by_id:
            raise UnexpectedAnswerError(
                f"The list of users was cut: it has {len(self.by_id)} and lacks "
                f"{printable(caller.email)}, who asked for it.",
                hint="Nobody is taken for gone on such a list; try again.",
            )

    def _added(self, user: AccountUser) -> bool:
        folded = fold_email(user.email)
        if user.user_id in self.by_id or folded in self._ids:
            return False
        self.by_id[user.user_id] = user
        self._ids[folded] = user.user_id
        return True


def _named_twice(doubles: Sequence[AccountUser]) -> UnexpectedAnswerError:
    names = ", ".join(printable(user.email, 80) for user in doubles[:_SHOWN])
    more = len(doubles) - _SHOWN
    rest = f" and {more} more" if more > 0 else ""
    return UnexpectedAnswerError(
        f"The list of users names one person twice: {names}{rest}.",
        hint="Emails are compared without case. Remove one of the two by hand.",
    )
