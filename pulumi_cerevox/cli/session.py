"""How a command gets at the account: the environment's key, or the stored login."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from pulumi_cerevox.account import (
    KEY_VARIABLE,
    Account,
    ConfigurationError,
    base_url_or_default,
    checked_base_url,
)
from pulumi_cerevox.login import KeyringStore

if TYPE_CHECKING:
    from collections.abc import Callable

base_url_option = click.option(
    "--base-url",
    metavar="URL",
    help="Of the API; by default CEREVOX_BASE_URL, then the vendor's.",
)


def open_account(
    base_url: str | None = None,
    *,
    before_write: Callable[[], None] | None = None,
    max_wait_seconds: float = 120.0,
) -> Account:
    """Return the client that a command works with.

    The environment's key comes first, as everywhere; then the login that
    `pulumi-cerevox login` stored for the same base URL.

    Args:
        base_url: Without it the environment's, then the vendor's.
        before_write: Called right before every request that may change the account.
        max_wait_seconds: Seconds one call may take with all its repetitions.

    Raises:
        ConfigurationError: There is neither; the text says how to get each.
    """
    if os.environ.get(KEY_VARIABLE, "").strip():
        return Account(
            base_url=base_url,
            before_write=before_write,
            max_wait_seconds=max_wait_seconds,
        )
    url = settled_base_url(base_url)
    return Account.from_store(
        _stored_login(url),
        base_url=url,
        before_write=before_write,
        max_wait_seconds=max_wait_seconds,
    )


def settled_base_url(base_url: str | None) -> str:
    """Return the base URL that counts, checked.

    Raises:
        ConfigurationError: It is no URL to send a key to.
    """
    return checked_base_url(base_url_or_default(base_url))


def _stored_login(base_url: str) -> KeyringStore:
    store = KeyringStore(base_url)
    try:
        with store.exclusive():
            if store.holds():
                return store
    except ConfigurationError as error:
        raise ConfigurationError(
            f"No Cerevox API key was given. {error.summary}", hint=error.hint
        ) from None
    raise ConfigurationError(
        f"No Cerevox API key was given, and no login is stored for {base_url}.",
        hint="Set the environment variable CEREVOX_API_KEY, or run "
        "`pulumi-cerevox login`.",
    )
