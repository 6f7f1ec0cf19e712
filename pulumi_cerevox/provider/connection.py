"""One account as one process sees it: its client, its caller, its removals so far.

Each provider class has a `configure()` of its own, and four threads share each of
them; what they have in common hangs here, keyed by URL and key.
"""

from __future__ import annotations

import hashlib
import threading

from pulumi_cerevox.account import Account, AccountUser
from pulumi_cerevox.provider import engine
from pulumi_cerevox.provider.configuration import Settings
from pulumi_cerevox.provider.errors import ForeignAccountError
from pulumi_cerevox.provider.user_guards import AdminGuard, RemovalFuse

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
        self._settings = settings
        self.account = Account(
            api_key=settings.api_key,
            base_url=settings.base_url,
            request_timeout=settings.request_timeout,
            max_wait_seconds=settings.max_wait_seconds,
            parallelism=settings.parallelism,
            key_source=settings.key_source,
        )
        self.fuse = RemovalFuse(settings.max_removals)
        self.admins = AdminGuard(self.account.directory, self.caller)
        if settings.key_note:
            engine.info(settings.key_note)

    def caller(self) -> AccountUser:
        """Give the user whose key this is; asked once."""
        return self.account.get_current_user(cached=True)

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
                f"this stack is bound to account {bound} (cerevox:accountId), but the "
                f"API key from {self._settings.key_source} belongs to account {live}. "
                f"Nothing was done for {subject}"
            )
        return live


def connect(settings: Settings) -> Connection:
    """Give the connection for these settings, the same one for the same account."""
    digest = hashlib.sha256((settings.api_key or "").encode()).hexdigest()
    key = (settings.base_url, digest)
    with _connections_lock:
        if key not in _connections:
            _connections[key] = Connection(settings)
        return _connections[key]
