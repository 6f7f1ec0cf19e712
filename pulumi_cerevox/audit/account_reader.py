"""The actual side of an audit: a client that can send nothing but GET and its login."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from pulumi_cerevox.account import (
    Account,
    AccountError,
    AccountUser,
    AuthenticationError,
    ConfigurationError,
)
from pulumi_cerevox.audit.gaps import Gap, GapKind
from pulumi_cerevox.audit.result import Audited


class WriteRefusedError(RuntimeError):
    """An audit was about to change the account: a fault of this program."""


def refuse_write() -> NoReturn:
    """Stop any request that is no GET; what `Account` asks before it writes.

    Raises:
        WriteRefusedError: always; nothing was sent.
    """
    raise WriteRefusedError("an audit sends GET only; nothing was changed")


@dataclass(frozen=True, slots=True)
class Actual:
    """The account as it is.

    Attributes:
        account: Which one.
        users: Everybody; None where the list could not be read in full.
        gaps: Why not.
    """

    account: Audited
    users: tuple[AccountUser, ...] | None = None
    gaps: tuple[Gap, ...] = ()


def read_account(open_account: Callable[..., Account]) -> Actual:
    """Read the account behind the credentials: one list, one look at the caller.

    Args:
        open_account: Makes the client; it is given `before_write`.
    """
    account = Audited(base_url="")
    try:
        with open_account(before_write=refuse_write) as client:
            account = Audited(base_url=client.base_url)
            users = tuple(client.list_users())
            account_id = client.get_current_user(cached=True).account_id
            account = Audited(client.base_url, account_id)
    except (AuthenticationError, ConfigurationError) as error:
        return Actual(account, gaps=(Gap(GapKind.AUTHENTICATION, str(error)),))
    except AccountError as error:
        return Actual(account, gaps=(Gap(GapKind.ACCOUNT, str(error)),))
    return Actual(account, users)
