"""One account as one process sees it: its client, its caller, its removals so far.

Each provider class has a `configure()` of its own, and four threads share each of
them; what they have in common hangs here, keyed by URL and key.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from pulumi_cerevox.account import AccountError, AccountInfo, AccountUser
from pulumi_cerevox.provider import engine
from pulumi_cerevox.provider.configuration import Settings
from pulumi_cerevox.provider.errors import ForeignAccountError, ProviderError
from pulumi_cerevox.provider.user_guards import AdminGuard, RemovalFuse

if TYPE_CHECKING:
    from pulumi_cerevox.account import Account

LOOK_SECONDS = 5.0
"""How long a preview waits for the account at most."""

_connections: dict[tuple[str | None, str], Connection] = {}
_connections_lock = threading.Lock()


class Connection:
    """The account behind one key.

    Attributes:
        account: The client; its directory answers every read of this process.
        fuse: Counts the users that this run has deleted.
        admins: Refuses what would take the account's administration away.
    """

    def __init__(self, settings: Settings) -> None:
        """Make the client; nothing is sent before the first call."""
        # Here, for a preview that sends nothing should not wait for an HTTP library.
        from pulumi_cerevox.account import Account  # noqa: PLC0415

        self._settings = settings
        self.account: Account = Account(
            api_key=settings.api_key,
            base_url=settings.base_url,
            request_timeout=settings.request_timeout,
            max_wait_seconds=settings.max_wait_seconds,
            parallelism=settings.parallelism,
            key_source=settings.key_source,
            before_write=engine.require_alive,
        )
        self.fuse = RemovalFuse(settings.max_removals)
        self.admins = AdminGuard(self.account.directory, self.caller)
        self._told: set[str] = set()
        self._told_lock = threading.Lock()
        if settings.key_note:
            engine.info(settings.key_note)

    def caller(self) -> AccountUser:
        """Give the user whose key this is; asked once."""
        return self.account.get_current_user(cached=True)

    @cached_property
    def account_info(self) -> AccountInfo:
        """Give the account's name and seats; asked once."""
        return self.account.get_account_info()

    def untold(self, lines: Iterable[str]) -> list[str]:
        """Give the lines that this process has not said yet, and take them as said."""
        with self._told_lock:
            fresh = [line for line in lines if line not in self._told]
            self._told.update(fresh)
        return fresh

    def require_account(self, owner: str | None, subject: str) -> str:
        """Make sure that the key belongs to the right account, and give its id.

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
    def _first_look(self) -> _FirstLook:
        return _FirstLook(self.caller)


class _FirstLook:
    """Asks one thing, once, in a thread of its own."""

    def __init__(self, ask: Callable[[], object]) -> None:
        self._ask = ask
        self._done = threading.Event()
        self._answered = self._late = False
        threading.Thread(target=self._run, name="first-look", daemon=True).start()

    def seen(self, seconds: float) -> bool:
        """Wait for the answer, the first time only; tell whether there is one."""
        if not self._late:
            self._late = not self._done.wait(seconds)
        return self._answered

    def _run(self) -> None:
        with suppress(AccountError, ProviderError):
            self._ask()
            self._answered = True
        self._done.set()


def connect(settings: Settings) -> Connection:
    """Give the connection for these settings, the same one for the same account.

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
