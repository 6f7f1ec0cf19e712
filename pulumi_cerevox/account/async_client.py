"""The Account API for asyncio: `Account`, with every call in its own thread.

This module sends nothing itself, because `Account` is thread-safe. Retries, tokens, the
directory and the promises about secrets are those of `Account`.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, Self, TypeVar, Unpack

from pulumi_cerevox.account.client import Account
from pulumi_cerevox.account.retry import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_cerevox.account.auth import Credential, TokenStore
    from pulumi_cerevox.account.client import Day
    from pulumi_cerevox.account.models import (
        AccountInfo,
        AccountUser,
        AuthTokens,
        BillingInfo,
        Plan,
        UsageStats,
    )
    from pulumi_cerevox.account.settings import Settings, SettingsDict

P = ParamSpec("P")
T = TypeVar("T")

_given_up: ContextVar[threading.Event] = ContextVar("given_up")
"""Set once nobody awaits the call any more that runs in this context."""


class AsyncAccount:
    """`Account` with methods to await: the same arguments, results and errors.

    At most *parallelism* calls run at a time, the others wait their turn. Calls may
    be awaited from several tasks of one event loop; they share login and directory.

    A cancelled call (`Task.cancel`, `asyncio.timeout`, Ctrl-C) ends for its caller at
    once. If it had not begun, nothing is sent. If it had, the request that is under
    way is carried out: a read is merely not waited for, and **a write may have been
    made**, so look before you repeat it. No further request of that call changes the
    account, neither a repetition nor the next step.

    Args:
        api_key: As in `Account`, like all others.
        email: Log in with email and password instead of a key.
        password: The password to *email*.
        key_source: Where the key came from, for the text of a refused login.
        before_write: Called right before every request that may change the account,
            in the thread that sends it.
        settings: `SettingsDict`; *parallelism* is calls at a time as well.

    Raises:
        ConfigurationError: An argument is unusable. A missing key is none before the
            first call.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        email: str | None = None,
        password: str | None = None,
        key_source: str | None = None,
        before_write: Callable[[], None] | None = None,
        **settings: Unpack[SettingsDict],
    ) -> None:
        self._account = _InterruptibleAccount(
            api_key,
            email=email,
            password=password,
            key_source=key_source,
            before_write=partial(_before_write, before_write),
            **settings,
        )
        self._threads: ThreadPoolExecutor | None = None
        self._awaited: set[asyncio.Future[Any]] = set()

    def __repr__(self) -> str:
        return f"Async{self._account!r}"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "an AsyncAccount holds a key and connections: it can't be pickled"
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections, once the calls that somebody awaits have ended.

        Cancelled calls are not waited for; the ones that wait before a repetition
        give up. As with `Account`, a later call opens new connections.
        """
        while self._awaited:
            await asyncio.wait(self._awaited)
        threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=False)
        self._account.close()

    @property
    def base_url(self) -> str:
        """The address of the API, without a slash at the end."""
        return self._account.base_url

    @property
    def source(self) -> str | None:
        """The credentials in words, see `Account.source`."""
        return self._account.source

    @property
    def states_roles(self) -> bool:
        """Whether the API has stated a role so far; see `Account.states_roles`."""
        return self._account.states_roles

    async def get_tokens(self) -> AuthTokens:
        """Return tokens that are good for a while; see `Account.get_tokens`."""
        return await self._run(self._account.get_tokens)

    async def login(self, email: str, password: str) -> AuthTokens:
        """Log in as somebody; see `Account.login`."""
        return await self._run(self._account.login, email, password)

    async def refresh_token(self, refresh_token: str) -> AuthTokens:
        """Exchange a refresh token; see `Account.refresh_token`."""
        return await self._run(self._account.refresh_token, refresh_token)

    async def revoke_token(self) -> None:
        """End this client's tokens; see `Account.revoke_token`."""
        await self._run(self._account.revoke_token)

    async def get_account_info(self) -> AccountInfo:
        """Read the account; see `Account.get_account_info`."""
        return await self._run(self._account.get_account_info)

    async def get_plan(self) -> Plan:
        """Read the account's plan; see `Account.get_plan`."""
        return await self._run(self._account.get_plan)

    async def get_usage(
        self, start_date: Day = None, end_date: Day = None
    ) -> UsageStats:
        """Read what was used in a range of days; see `Account.get_usage`."""
        return await self._run(self._account.get_usage, start_date, end_date)

    async def get_billing_info(self) -> BillingInfo:
        """Read the current bill; see `Account.get_billing_info`."""
        return await self._run(self._account.get_billing_info)

    async def list_users(self) -> list[AccountUser]:
        """List the whole account; see `Account.list_users`."""
        return await self._run(self._account.list_users)

    async def get_user(self, user_id: str) -> AccountUser:
        """Fetch one user; see `Account.get_user`."""
        return await self._run(self._account.get_user, user_id)

    async def create_user(
        self, email: str, role: str = "member", name: str | None = None
    ) -> AccountUser:
        """Create a user; see `Account.create_user`."""
        return await self._run(self._account.create_user, email, role, name)

    async def update_user(
        self, user_id: str, name: str | None = None, role: str | None = None
    ) -> AccountUser:
        """Change a user's name, role or both; see `Account.update_user`."""
        return await self._run(self._account.update_user, user_id, name, role)

    async def delete_user(self, user_id: str, email: str | None = None) -> None:
        """Delete a user; see `Account.delete_user`."""
        await self._run(self._account.delete_user, user_id, email)

    async def update_current_user(self, name: str) -> AccountUser:
        """Rename the user behind the credentials; see `Account.update_current_user`."""
        return await self._run(self._account.update_current_user, name)

    async def get_current_user(self, *, cached: bool = False) -> AccountUser:
        """Return the user behind the credentials; see `Account.get_current_user`."""
        return await self._run(self._account.get_current_user, cached=cached)

    async def _run(
        self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Await *work*, done in a thread and in a copy of the caller's context."""
        given_up = threading.Event()
        context = copy_context()
        context.run(_given_up.set, given_up)
        if self._threads is None:
            self._account.open()
            self._threads = ThreadPoolExecutor(self._account.parallelism, "cerevox")
        future: asyncio.Future[T] = asyncio.get_running_loop().run_in_executor(
            self._threads, partial(context.run, work, *args, **kwargs)
        )
        self._awaited.add(future)
        try:
            return await future
        except asyncio.CancelledError:
            given_up.set()
            raise
        finally:
            self._awaited.discard(future)


class _GivenUpError(Exception):
    """Ends, in its thread, a call that nobody awaits any more."""


class _InterruptibleAccount(Account):
    """An account whose waits before repetitions end when it is closed."""

    def _assemble(
        self,
        settings: Settings,
        credential: Credential | None,
        pace: Pace | None = None,
        before_write: Callable[[], None] | None = None,
        store: TokenStore | None = None,
    ) -> None:
        self.parallelism = settings.parallelism
        self._closed = threading.Event()
        pace = pace or Pace(sleep=self._sleep)
        super()._assemble(settings, credential, pace, before_write, store)

    def open(self) -> None:
        """Let calls wait again."""
        self._closed.clear()

    def close(self) -> None:
        """Close the connections, and wake who waits: only given-up calls do."""
        self._closed.set()
        super().close()

    def _sleep(self, seconds: float) -> None:
        if self._closed.wait(seconds):
            raise _GivenUpError


def _before_write(hook: Callable[[], None] | None) -> None:
    if _given_up.get().is_set():
        raise _GivenUpError
    if hook is not None:
        hook()
