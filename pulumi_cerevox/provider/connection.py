"""One account as one process sees it: its client, its caller, its removals so far.

Each provider class has a `configure()` of its own, and four threads share each of
them; what they have in common hangs here, keyed by URL and key.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pulumi import dynamic

from pulumi_cerevox.account import AccountError, AccountInfo, AccountUser, Directory
from pulumi_cerevox.provider import host, people
from pulumi_cerevox.provider.configuration import Settings, misspelt, read_settings
from pulumi_cerevox.provider.host import ForeignAccountError, GuardError, ProviderError
from pulumi_cerevox.roster import effective_admins
from pulumi_cerevox.text import printable

if TYPE_CHECKING:
    from pulumi_cerevox.account import Account


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
    def losing(self, user: AccountUser, action: str) -> Iterator[None]:
        """Hold the guard while an admin is deleted or demoted.

        Two threads may each take one of the last two admins: whoever is on the way
        out no longer counts for the other.

        Args:
            user: Who is to lose the admin role, or to be deleted.
            action: `delete` or `demote`, for the message.

        Raises:
            GuardError: the user is the caller, or nobody could administer any more.
        """
        with self._lock:
            self._judge(user, action)
            self._leaving.add(user.user_id)
        try:
            yield
        finally:
            with self._lock:
                self._leaving.discard(user.user_id)

    def _judge(self, user: AccountUser, action: str) -> None:
        caller = self._caller()
        if user.user_id == caller.user_id:
            raise GuardError(
                f"refused to {action} {printable(user.email)}: this is the user whose "
                "API key runs "
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
                f"refused to {action} {printable(user.email)}: the account would have "
                f"{len(staying)} admins who can log in; it needs {MIN_ADMINS} "
                "(guard min_admins). Promote somebody first"
            )


class RemovalLimit:
    """Blows when one run deletes more users than it was told it may.

    A limit and no guard: deletes come one by one, so those before it are gone, and
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
            f"refused to delete {printable(email)}: one run may delete {self._limit} "
            "users"
            f"{gone}{going}. If more are meant to go, allow it for this run: "
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
            before_write=host.require_alive,
        )
        self.removal_limit = RemovalLimit(settings.max_removals)
        self.admins = AdminGuard(self.account.directory, self.caller)
        self._told: set[str] = set()
        self._told_lock = threading.Lock()
        if settings.key_note:
            host.info(settings.key_note)

    def caller(self) -> AccountUser:
        """Return the user whose key this is; asked once."""
        return self.account.get_current_user(cached=True)

    @cached_property
    def account_info(self) -> AccountInfo:
        """Return the account's name and seats; asked once."""
        return self.account.get_account_info()

    def untold(self, lines: Iterable[str]) -> list[str]:
        """Return the lines not said yet, and count them as said."""
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


class AccountProvider(dynamic.ResourceProvider):
    """A provider class without state of its own until the host configures it."""

    # There is no secret in the pickle: it is a module's path and a class's name.
    serialize_as_secret_always = False

    _settings: Settings

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Read the settings; a missing key is no fault before the first request."""
        host.install()
        host.end_with_engine()
        bag = _bag(req.config)
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


def _bag(config: dynamic.Config) -> Mapping[str, Any]:
    """Return the bag that the engine gave the host, under the very names in it.

    `Config.get` puts the project's name before a name without a colon, and the inputs
    of an explicit instance have none (SDK 3.272, run on the engine).
    """
    bag: Mapping[str, Any] = config._props  # noqa: SLF001
    return bag
