"""The errors of the Account API: one tree, drawn here.

::

    AccountError
    ├── ConfigurationError          no key, a bad base URL, a setting out of range
    ├── AuthenticationError         401; its text contains "authentication"
    ├── ForbiddenError              403; its text contains "forbidden"
    │   ├── SelfDeleteForbiddenError    error_type self_delete_forbidden
    │   └── AccountSuspendedError       error_type account_suspended
    ├── NotFoundError               404
    ├── ConflictError               409: the email is taken
    │   └── LastAdminError              error_type last_admin
    ├── ValidationError             400, 422, or found before anything was sent
    ├── QuotaExceededError          402: no seat left
    ├── RateLimitedError            429
    ├── ServerError                 5xx
    ├── ConnectionFailedError       no connection, or it broke
    ├── TimedOutError               no answer in time
    └── UnexpectedAnswerError       not JSON, wrong shape, a redirect, too big
        └── RoleNotAppliedError         the API kept another role than asked for

The two words "authentication" and "forbidden" are what the documentation's own
example looks for. No exception of ``requests`` or ``urllib3`` leaves this package,
and no error holds a key or a token: neither in its text nor in its chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pulumi_cerevox.text import printable, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_cerevox.account.models import AccountUser


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what was answered, as far as an error may tell.

    Attributes:
        method: HTTP method.
        path: Path below the base URL, without the query.
        status: HTTP status; None when there was no answer.
        request_id: The answer's ``x-request-id`` (SDK 0.2).
        error_type: The answer's own word for the error (SDK 0.2).
        words: The API's text: escaped, without secrets, at most 300 characters.
        retry_after: Seconds that the API asks to wait.
        date: The answer's ``Date``, when it was sent by the API's clock; as sent.
    """

    method: str | None = None
    path: str | None = None
    status: int | None = None
    request_id: str | None = None
    error_type: str | None = None
    words: str = ""
    retry_after: float | None = None
    date: str | None = None

    def __str__(self) -> str:
        """Say ``POST /users answered 409 (conflict): "…" [request req_…].``."""
        if self.method is None:
            return ""
        told = f"{self.method} {self.path}"
        told += " got no answer" if self.status is None else f" answered {self.status}"
        if self.error_type:
            told += f" ({self.error_type})"
        if self.words:
            told += f': "{self.words}"'
        if self.request_id:
            told += f" [request {self.request_id}]"
        return told + "."


NO_EXCHANGE = Exchange()


class AccountError(Exception):
    """Anything that went wrong with the Account API.

    ``str()`` is a few plain sentences on one line: what happened and to whom, the
    request and its status, the API's own words, the request id, what to do next.

    Args:
        summary: One sentence: what happened, to whom.
        exchange: The request and the answer; nothing when none was sent.
        hint: What to do next, as a sentence.

    Attributes:
        sent: False when the request surely did not reach the API.
        effort: How often and how long it was tried, once it was given up.
    """

    sent: bool = True
    effort: str = ""

    def __init__(
        self, summary: str, exchange: Exchange = NO_EXCHANGE, *, hint: str = ""
    ) -> None:
        super().__init__(summary)
        self.summary = summary
        self.exchange = exchange
        self.hint = hint

    def __str__(self) -> str:
        parts = (self.summary, str(self.exchange), self._detail(), self.effort)
        # Here the message leaves the program: whatever it quotes is escaped.
        return visible(" ".join(part for part in (*parts, self.hint) if part))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.args, self.__dict__)

    def _detail(self) -> str:
        """Say what a subclass knows beyond the exchange, as a sentence."""
        return ""

    @property
    def status(self) -> int | None:
        """HTTP status of the answer, None without one."""
        return self.exchange.status

    @property
    def method(self) -> str | None:
        """HTTP method of the request, None when nothing was to be sent."""
        return self.exchange.method

    @property
    def path(self) -> str | None:
        """Path of the request below the base URL."""
        return self.exchange.path

    @property
    def request_id(self) -> str | None:
        """The ``x-request-id`` to quote to the vendor's support."""
        return self.exchange.request_id

    @property
    def error_type(self) -> str | None:
        """The API's own word for the error, for example ``last_admin``."""
        return self.exchange.error_type

    @property
    def retry_after(self) -> float | None:
        """Seconds the API asks to wait before the next request."""
        return self.exchange.retry_after

    @property
    def gave_up(self) -> bool:
        """Whether the call's budget of time is used up: nobody tries again."""
        return bool(self.effort)

    def with_hint(self, hint: str) -> Self:
        """Add a sentence on what to do next, and return the error itself."""
        self.hint = f"{self.hint} {hint}".strip()
        return self


def _rebuilt(
    kind: type[AccountError], args: tuple[Any, ...], state: Mapping[str, Any]
) -> AccountError:
    """Copy or unpickle an error without its constructor."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigurationError(AccountError):
    """The client can't be used as it was set up; nothing was sent."""


class AuthenticationError(AccountError):
    """401: no, wrong, expired or revoked credentials; or a removed user's."""


class ForbiddenError(AccountError):
    """403: the credentials are good and don't suffice."""


class SelfDeleteForbiddenError(ForbiddenError):
    """403 ``self_delete_forbidden``: nobody removes themselves."""


class AccountSuspendedError(ForbiddenError):
    """403 ``account_suspended``: reads work, writes don't."""


class NotFoundError(AccountError):
    """404: no such user, account or path."""


class ConflictError(AccountError):
    """409: the email is taken, or another state stands against it."""


class LastAdminError(ConflictError):
    """409 ``last_admin``: the account's last admin can't be demoted."""


class ValidationError(AccountError):
    """400 or 422, or an argument that was found bad before anything was sent.

    Attributes:
        validation_errors: What is wrong, by field name; escaped.
    """

    def __init__(
        self,
        summary: str,
        exchange: Exchange = NO_EXCHANGE,
        *,
        hint: str = "",
        validation_errors: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(summary, exchange, hint=hint)
        self.validation_errors: dict[str, str] = dict(validation_errors or {})

    def _detail(self) -> str:
        faults = "; ".join(f"{k}: {v}" for k, v in self.validation_errors.items())
        return f"{printable(faults)}." if faults else ""


class QuotaExceededError(AccountError):
    """402: the account's plan has no seat left."""


class RateLimitedError(AccountError):
    """429: too many requests; ``retry_after`` in seconds, where the API tells."""


class ServerError(AccountError):
    """5xx: the API failed."""


class ConnectionFailedError(AccountError):
    """There was no connection, or it broke before the answer was complete.

    Attributes:
        lasting: Waiting won't mend it (a certificate that does not verify, a fault of
            this machine).
        unresolved: The host name was not found: rarely mended by waiting.
        tls: There was a server, and no secure connection to it.
    """

    lasting: bool = False
    unresolved: bool = False
    tls: bool = False


class TimedOutError(AccountError):
    """The API did not answer, or not completely, within the timeout."""


class UnexpectedAnswerError(AccountError):
    """The answer is none that this client understands.

    Attributes:
        malformed: It was no JSON at all, so the next one may be well.
    """

    malformed: bool = False


class RoleNotAppliedError(UnexpectedAnswerError):
    """The call went through and the role is not the one asked for.

    Attributes:
        user: The user as the API has them now.
    """

    user: AccountUser

    @classmethod
    def of(cls, user: AccountUser, asked: str, exchange: Exchange) -> Self:
        """Say that *user* has another role than *asked*."""
        error = cls(
            f"The role was not applied: {printable(user.email)} was to be {asked} "
            f"and is {user.role}.",
            exchange,
            hint="This API (dialect sdk-0.2, probably) has no call that sets a role: "
            "set it on the vendor's site, or leave the role out of the declaration.",
        )
        error.user = user
        return error
