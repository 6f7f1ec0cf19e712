"""What keeps single `User`s from locking an account, or from emptying it by mistake.

These are judged at the last door, right before a write: deletes come one by one, and
a preview of `destroy` can refuse nothing. The guards of a whole roster stand above.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pulumi_cerevox.account import AccountUser, Directory
from pulumi_cerevox.provider.errors import GuardError
from pulumi_cerevox.roster import effective_admins

MIN_ADMINS = 1


class AdminGuard:
    """Refuses to delete or demote the caller, or the last admin who can act."""

    def __init__(self, directory: Directory, caller: Callable[[], AccountUser]) -> None:
        """Watch one account's directory."""
        self._directory = directory
        self._caller = caller
        self._lock = threading.Lock()
        self._leaving: set[str] = set()

    @contextmanager
    def losing(self, user: AccountUser, deed: str) -> Iterator[None]:
        """Hold the guard while an admin is deleted or demoted.

        Two threads may each take one of the last two admins: whoever is on the way
        out no longer counts for the other.

        Args:
            user: Who is to lose the admin role, or to be deleted.
            deed: `delete` or `demote`, for the message.

        Raises:
            GuardError: the user is the caller, or nobody could administer any more.
        """
        with self._lock:
            self._judge(user, deed)
            self._leaving.add(user.user_id)
        try:
            yield
        finally:
            with self._lock:
                self._leaving.discard(user.user_id)

    def _judge(self, user: AccountUser, deed: str) -> None:
        caller = self._caller()
        if user.user_id == caller.user_id:
            raise GuardError(
                f"refused to {deed} {user.email}: this is the user whose API key runs "
                "this program (guard protect_self). Use another admin's key; or set "
                'on_destroy="keep" and run `pulumi up` before they leave the program; '
                "where they are being replaced already: `pulumi state delete` the old"
            )
        admins = effective_admins(self._directory.users(), caller.user_id)
        staying = [
            admin
            for admin in admins
            if admin.user_id not in self._leaving and admin.user_id != user.user_id
        ]
        counts = any(admin.user_id == user.user_id for admin in admins)
        if counts and len(staying) < MIN_ADMINS:
            raise GuardError(
                f"refused to {deed} {user.email}: the account would have "
                f"{len(staying)} admins who can log in; it needs {MIN_ADMINS} "
                "(guard min_admins). Promote somebody first"
            )


class RemovalFuse:
    """Blows when one run deletes more users than it was told it may.

    A fuse and no guard: deletes come one by one, so those before it are gone, and
    it says who they are.
    """

    def __init__(self, limit: int) -> None:
        """Allow `limit` deletes in this process."""
        self._limit = limit
        self._lock = threading.Lock()
        self._going: list[str] = []
        self._gone: list[str] = []

    @contextmanager
    def deleting(self, email: str) -> Iterator[None]:
        """Count one delete; one that fails does not count.

        Raises:
            GuardError: the limit is reached; the text names who is gone.
        """
        with self._lock:
            if len(self._gone) + len(self._going) >= self._limit:
                raise GuardError(self._refusal(email))
            self._going.append(email)
        try:
            yield
        except BaseException:
            with self._lock:
                self._going.remove(email)
            raise
        with self._lock:
            self._going.remove(email)
            self._gone.append(email)

    def _refusal(self, email: str) -> str:
        gone = f"; deleted in this run: {', '.join(self._gone)}" if self._gone else ""
        going = f"; being deleted: {', '.join(self._going)}" if self._going else ""
        return (
            f"refused to delete {email}: one run may delete {self._limit} users"
            f"{gone}{going}. If more are meant to go, allow it for this run: "
            "CEREVOX_MAX_REMOVALS=NUMBER pulumi up (or destroy), or set "
            "cerevox:maxRemovals in the stack's config before an up"
        )
