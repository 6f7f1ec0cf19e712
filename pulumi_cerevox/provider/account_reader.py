"""The account as a program may read it: nothing in here can change anything."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from pulumi_cerevox.account import (
    Account,
    AccountInfo,
    AccountUser,
    BillingInfo,
    Plan,
    UsageStats,
)
from pulumi_cerevox.provider.configuration import Settings
from pulumi_cerevox.provider.errors import ForeignAccountError, ProviderError
from pulumi_cerevox.provider.program_run import PerRun

T = TypeVar("T")


class AccountReader:
    """The reading calls of one account, each asked once. Thread-safe.

    The client is kept inside and none of its writing calls is passed on, so a data
    source sends GET and logs in, and that is all.
    """

    def __init__(self, settings: Settings) -> None:
        """Make the client; nothing is sent before the first call."""
        self._account = Account(
            api_key=settings.api_key,
            base_url=settings.base_url,
            request_timeout=settings.request_timeout,
            max_wait_seconds=settings.max_wait_seconds,
            parallelism=settings.parallelism,
            key_source=settings.key_source,
        )
        self._lock = threading.RLock()
        self._answers: dict[object, Any] = {}

    def current_user(self) -> AccountUser:
        """Give the user whose key this is."""
        return self._once("caller", self._account.get_current_user)

    def account_info(self) -> AccountInfo:
        """Give the account."""
        return self._once("account", self._account.get_account_info)

    def plan(self) -> Plan:
        """Give the account's plan."""
        return self._once("plan", self._account.get_plan)

    def billing_info(self) -> BillingInfo:
        """Give the current bill."""
        return self._once("billing", self._account.get_billing_info)

    def usage(self, start_date: str | None, end_date: str | None) -> UsageStats:
        """Give what was used in a range of days."""
        return self._once(
            ("usage", start_date, end_date),
            lambda: self._account.get_usage(start_date, end_date),
        )

    def users(self, *, anew: bool) -> tuple[AccountUser, ...]:
        """Give everybody.

        Args:
            anew: List again: the program waited for a change of its own.
        """
        directory = self._account.directory
        return directory.refresh() if anew else directory.users()

    def user_by_id(self, user_id: str) -> AccountUser | None:
        """Give one user; None when the API says that there is none."""
        return self._account.directory.by_id(user_id)

    def user_by_email(self, email: str, *, anew: bool) -> AccountUser | None:
        """Give one user; None when not listed.

        Args:
            email: In any spelling.
            anew: A miss lists again however often; otherwise once in a program.
        """
        directory = self._account.directory
        found = directory.by_email(email, relist_on_miss=not anew)
        if found is None and anew:
            directory.refresh()
            found = directory.by_email(email, relist_on_miss=False)
        return found

    def _once(self, what: object, ask: Callable[[], T]) -> T:
        with self._lock:
            if what not in self._answers:
                self._answers[what] = ask()
            answer: T = self._answers[what]
            return answer


_readers: PerRun[dict[tuple[str | None, str | None], AccountReader]] = PerRun(dict)
_readers_lock = threading.Lock()


def reader_for(settings: Settings) -> AccountReader:
    """Give the program's one reader for an address and key.

    Raises:
        ForeignAccountError: the key is not the bound account's (promise 6).
        ProviderError: the key that was asked for can't be had.
    """
    if settings.key_fault:
        raise ProviderError(settings.key_fault)
    readers = _readers.current()
    with _readers_lock:
        key = (settings.base_url, settings.api_key)
        reader = readers.get(key) or AccountReader(settings)
        readers[key] = reader
    _require_bound(reader, settings)
    return reader


def _require_bound(reader: AccountReader, settings: Settings) -> None:
    if settings.account_id is None:
        return
    live = reader.current_user().account_id
    if live != settings.account_id:
        raise ForeignAccountError(
            f"this program is bound to account {settings.account_id} "
            f"({settings.account_source}), but the API key from {settings.key_source} "
            f"belongs to account {live}"
        )
