"""The account behind the credentials: login, rights, binding, dialect."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from pulumi_cerevox.account import (
    Account,
    AccountError,
    AuthenticationError,
    ConfigurationError,
    ForbiddenError,
    printable,
)
from pulumi_cerevox.doctor.check import Check, Fault, fail, ok, warning

ACCOUNT_VARIABLE = "CEREVOX_ACCOUNT_ID"


def check_account(open_account: Callable[[], Account]) -> Iterator[Check]:
    """Log in and look around; ends after the first thing that can't be read."""
    name = "login"
    try:
        with open_account() as account:
            account.get_tokens()
            yield ok(name, f"the API takes {account.source}")
            name = "account"
            yield _account(account)
            name = "rights"
            yield from _user(account)
    except AccountError as error:
        yield _failed(name, error)


def _account(account: Account) -> Check:
    info = account.get_account_info()
    called = f" ({printable(info.account_name)})" if info.account_name else ""
    shown = f"{info.account_id}{called}"
    bound = os.environ.get(ACCOUNT_VARIABLE, "").strip()
    if bound and bound != info.account_id:
        return fail(
            "account",
            f"{ACCOUNT_VARIABLE} binds to account {printable(bound)}, and this is "
            f"account {shown}.",
            f"Use a key of account {printable(bound)}, or correct {ACCOUNT_VARIABLE}.",
            Fault.KEY,
        )
    if info.status not in {None, "active"}:
        return fail(
            "account",
            f"{shown} is {printable(str(info.status))}: it can be read, not changed.",
            "Settle it with the vendor.",
            Fault.OTHER,
        )
    return ok("account", shown)


def _user(account: Account) -> Iterator[Check]:
    user = account.get_current_user()
    who = printable(user.email)
    if user.role == "admin":
        yield ok("rights", f"{who} is an admin")
    else:
        yield fail(
            "rights",
            f"{who} is a {user.role}: only an admin may change users, or list them.",
            "Use an admin's key, or have an admin make this user one.",
            Fault.KEY,
        )
    yield _dialect(states_roles=account.states_roles)


def _dialect(*, states_roles: bool) -> Check:
    if states_roles:
        return ok("dialect", "documented")
    return warning(
        "dialect",
        "sdk-0.2: this API states no roles, and has no call that sets one.",
        "Set roles on the vendor's site, and declare only those that are there.",
    )


def _failed(name: str, error: AccountError) -> Check:
    told = f"{error.summary} {error.exchange}".strip()
    if isinstance(error, AuthenticationError | ConfigurationError | ForbiddenError):
        return fail(name, told, error.hint, Fault.KEY)
    mend = error.hint or "Try again in a while; if it stays so, ask the vendor."
    return fail(name, told, mend, Fault.API)
