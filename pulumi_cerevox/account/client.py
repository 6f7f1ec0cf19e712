"""The Account API as one object, for users and for the other layers."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, NoReturn, Self, Unpack

from pulumi_cerevox.account import calls
from pulumi_cerevox.account.auth import Session, TokenKeeper, find_credential
from pulumi_cerevox.account.errors import NotFoundError, ValidationError
from pulumi_cerevox.account.models import (
    AccountInfo,
    AccountUser,
    AuthTokens,
    BillingInfo,
    Plan,
    UsageStats,
)
from pulumi_cerevox.account.retry import Pace, Retrier
from pulumi_cerevox.account.settings import Settings, SettingsDict
from pulumi_cerevox.account.transport import Transport
from pulumi_cerevox.account.users import Users
from pulumi_cerevox.text import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_cerevox.account.auth import Credential, TokenStore
    from pulumi_cerevox.account.directory import Directory


Day = str | date | None
"""``YYYY-MM-DD`` or an ISO date-time, of which the day counts; or a date."""


def usage_query(start_date: Day, end_date: Day) -> dict[str, str]:
    """Return the query parameters of a range, both days inclusive.

    The names are the documentation's; that they are query parameters is assumed. A
    missing end of the range is that end of the billing period (assumed).

    Raises:
        ValidationError: One is no day, or the start is after the end.
    """
    days = {
        "start_date": _day(start_date, "start_date"),
        "end_date": _day(end_date, "end_date"),
    }
    given = {name: day for name, day in days.items() if day is not None}
    if len(given) == len(days) and given["start_date"] > given["end_date"]:
        raise _bad("start_date", "is after end_date")
    return given


def _day(value: Day, name: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise _bad(name, "is no date like 2025-01-31") from None
    return moment.date().isoformat()


def _bad(name: str, fault: str) -> ValidationError:
    return ValidationError(
        "Validation failed: could not read the usage.", validation_errors={name: fault}
    )


class Account:
    """A client of the Cerevox Account API. Thread-safe.

    Nothing is sent before the first call, which logs in. Every call retries requests
    that are safe to repeat, and every failure is an `AccountError`.

    Args:
        api_key: By default the environment variable ``CEREVOX_API_KEY``.
        email: Log in with email and password instead of a key.
        password: The password to *email*.
        key_source: Where the key came from, for the text of a refused login.
        before_write: Called right before every request that may change the account,
            including retries. An exception from it ends the call.
        settings: `SettingsDict`: base URL, timeouts, parallelism.

    Raises:
        ConfigurationError: An argument is unusable. A missing key is none before the
            first call.
    """

    _base_url = ""  # for the `repr` of one whose arguments were refused

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
        checked = Settings.of(**settings)
        credential = find_credential(api_key, email, password, key_source)
        self._assemble(checked, credential, before_write=before_write)

    @classmethod
    def from_store(
        cls,
        store: TokenStore,
        *,
        before_write: Callable[[], None] | None = None,
        **settings: Unpack[SettingsDict],
    ) -> Self:
        """Make a client that has the tokens of a stored login and no key.

        Args:
            store: Has the tokens, and gets those that replace them.
            before_write: Called right before every request that may change the account.
            settings: As for a client with a key.

        Raises:
            ConfigurationError: An argument is unusable.
        """
        account = cls.__new__(cls)
        checked = Settings.of(**settings)
        cls._assemble(account, checked, None, before_write=before_write, store=store)
        return account

    def _assemble(
        self,
        settings: Settings,
        credential: Credential | None,
        pace: Pace | None = None,
        before_write: Callable[[], None] | None = None,
        store: TokenStore | None = None,
    ) -> None:
        redact = Redactor()
        retrier = Retrier(settings.max_wait_seconds, pace)
        self._base_url = settings.base_url
        self._transport = Transport(settings, redact)
        self._tokens = TokenKeeper(self._transport, retrier, redact, credential, store)
        self._session = Session(self._transport, self._tokens, retrier, before_write)
        self._users = Users(self._session, settings.base_url)
        self._account_id: str | None = None

    def __repr__(self) -> str:
        return f"Account(base_url={self._base_url!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an Account holds a key and connections: it can't be pickled")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. Tokens are not revoked; see `revoke_token`."""
        self._transport.close()

    @property
    def base_url(self) -> str:
        """The address of the API, without a slash at the end."""
        return self._base_url

    @property
    def directory(self) -> Directory:
        """The account's users as last listed; see `Directory`."""
        return self._users.directory

    @property
    def source(self) -> str | None:
        """The credentials in words: "the API key from …". None without any."""
        return self._tokens.source

    @property
    def states_roles(self) -> bool:
        """Whether the API has stated a role so far: dialect documented, not sdk-0.2."""
        return self._users.states_roles

    def get_tokens(self) -> AuthTokens:
        """Return tokens that are good for a while, logging in if need be.

        Raises:
            AuthenticationError: The API refused the credentials.
        """
        return self._tokens.tokens(self._session.begin())

    def login(self, email: str, password: str) -> AuthTokens:
        """Log in as somebody (documented), and act as that user from now on.

        Raises:
            AuthenticationError: The API refused email and password.
        """
        tokens = self._tokens.login(email, password)
        self._account_id = None
        self._users.forget()
        return tokens

    def refresh_token(self, refresh_token: str) -> AuthTokens:
        """Exchange a refresh token for a new pair (documented). The old one is invalid.

        If it was this client's own, or it had none, the client uses the new pair.

        Raises:
            AuthenticationError: The token is not, or no longer, good.
        """
        return self._tokens.refresh(refresh_token)

    def revoke_token(self) -> None:
        """Revoke this client's tokens (documented). The next call logs in again.

        The tokens of a stored login are revoked even if this client never used them.
        """
        self._tokens.revoke()

    def get_account_info(self) -> AccountInfo:
        """Read the account behind the credentials (documented, SDK 0.2)."""
        answer = self._session.call(calls.account_info())
        info = AccountInfo.parse(answer.data, answer.exchange)
        self._users.require_own(info.account_id, answer.exchange)
        self._account_id = info.account_id
        return info

    def get_plan(self) -> Plan:
        """Read the account's plan (SDK 0.2)."""
        answer = self._session.call(calls.plan(self._own_id()))
        return Plan.parse(answer.data, answer.exchange)

    def get_usage(self, start_date: Day = None, end_date: Day = None) -> UsageStats:
        """Read what was used, from *start_date* to *end_date* inclusive (documented).

        Args:
            start_date: ``YYYY-MM-DD``, an ISO date-time of which the day counts, or a
                date. Without it: the start of the billing period (assumed).
            end_date: Likewise the end. The dialect sdk-0.2 ignores both.

        Raises:
            ValidationError: One is no day, or the start is after the end; nothing was
                sent.
        """
        query = usage_query(start_date, end_date)
        answer = self._session.call(calls.usage(self._own_id(), query))
        return UsageStats.parse(answer.data, answer.exchange)

    def get_billing_info(self) -> BillingInfo:
        """Read the bill of the current period (documented; path: assumed).

        Raises:
            NotFoundError: This API has no billing (dialect sdk-0.2).
        """
        try:
            answer = self._session.call(calls.billing(self._own_id()))
        except NotFoundError as error:
            raise error.with_hint(
                "This API (dialect sdk-0.2, probably) has no billing information."
            ) from None
        return BillingInfo.parse(answer.data, answer.exchange)

    def list_users(self) -> list[AccountUser]:
        """List the whole account; always asks the API, and renews the directory.

        Raises:
            ForbiddenError: The key's user is no admin (documented).
            UnexpectedAnswerError: The list is not complete.
        """
        return list(self.directory.refresh())

    def get_user(self, user_id: str) -> AccountUser:
        """Fetch one user from the API.

        Raises:
            NotFoundError: There is none with this id.
        """
        return self._users.get(user_id)

    def create_user(
        self, email: str, role: str = "member", name: str | None = None
    ) -> AccountUser:
        """Create a user (documented). Never sent twice blindly: see `Creation`.

        Args:
            email: Stored as given.
            role: "admin" or "member".
            name: 1 to 100 characters; without it the API's default, or the part
                before the ``@`` where the API wants one.

        Raises:
            ConflictError: The email is taken.
            QuotaExceededError: No seat is left.
            RoleNotAppliedError: They were created, with another role.
            ValidationError: An argument is bad; nothing was sent, or the API says so.
        """
        return self._users.create(email, role, name)

    def update_user(
        self, user_id: str, name: str | None = None, role: str | None = None
    ) -> AccountUser:
        """Change a user's name, role or both (documented); the rest stays.

        Raises:
            LastAdminError: The last admin can't be demoted.
            NotFoundError: There is no such user.
            RoleNotAppliedError: The API kept another role than *role*.
            ValidationError: An argument is bad, or none is given.
        """
        return self._users.update(user_id, name, role)

    def delete_user(self, user_id: str, email: str | None = None) -> None:
        """Delete a user.

        Args:
            user_id: Whom.
            email: Their email, which the API wants as a confirmation (SDK 0.2).
                Without it, it is looked up in the directory.

        Raises:
            NotFoundError: There is no such user, and no earlier try of this very call
                that may have removed them.
            SelfDeleteForbiddenError: It is the key's own user.
            ValidationError: The email is another one's; nothing was deleted.
        """
        self._users.delete(user_id, email)

    def update_current_user(self, name: str) -> AccountUser:
        """Rename the user behind the credentials (SDK 0.2)."""
        return self._users.update_caller(name)

    def get_current_user(self, *, cached: bool = False) -> AccountUser:
        """Return the user behind the credentials (SDK 0.2).

        Args:
            cached: Return the answer of an earlier call of this client, if any.
        """
        return self._users.cached_caller() if cached else self._users.caller()

    def _own_id(self) -> str:
        return self._account_id or self.get_account_info().account_id
