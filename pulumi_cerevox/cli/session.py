"""The access of a command to the account: the environment's key, or the stored login.

The system's keyring holds a login, one entry for each base URL. One process at a time
uses it. An entry holds both tokens, their expiry and the base URL, never a key or a
password.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import click

from pulumi_cerevox.account import (
    KEY_VARIABLE,
    Account,
    AuthTokens,
    ConfigurationError,
    base_url_or_default,
    checked_base_url,
)

try:
    import fcntl
except ImportError:  # On Windows, where --help still works.
    fcntl = None  # type: ignore[assignment]


@contextmanager
def one_process_at_a_time() -> Iterator[None]:
    """Wait for every other process of this person, and keep them out meanwhile.

    Not to be taken twice by one thread.

    Raises:
        ConfigurationError: The lock file can't be made.
    """
    descriptor = _open_lock()
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _open_lock() -> int:
    fault: str
    try:
        # XDG's folder for what is kept and needs no backup.
        given = os.environ.get("XDG_STATE_HOME")
        folder = (
            Path(given) if given else Path.home() / ".local" / "state"
        ) / "pulumi-cerevox"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(folder / "login.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        fault = f"{error.filename}: {error.strerror}"
    except RuntimeError:
        fault = "there is no home directory"
    raise ConfigurationError(
        f"The stored login can't be locked: {fault}.",
        hint="Set XDG_STATE_HOME to a folder that can be written, or set "
        "CEREVOX_API_KEY instead.",
    )


T = TypeVar("T")

SERVICE = "pulumi-cerevox"
"""The keyring's name for all entries of ours."""

INSTEAD = "Set the environment variable CEREVOX_API_KEY instead."


class KeyringStore:
    """A `TokenStore` in the keyring.

    Every method raises `ConfigurationError` when the extra is not installed, when the
    machine has no keyring, or when the keyring refuses.

    Args:
        base_url: Checked; names the entry.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep every other process out until the end of the block."""
        return one_process_at_a_time()

    def holds(self) -> bool:
        """Return whether there is an entry, readable or not."""
        return self._entry() is not None

    def read(self) -> AuthTokens | None:
        """Return the tokens, `expires_in` counted from now, or None.

        Raises:
            ConfigurationError: The entry is none that this release wrote.
        """
        entry = self._entry()
        return None if entry is None else self._parsed(entry)

    def write(self, tokens: AuthTokens) -> None:
        """Put *tokens* in place of those that were there.

        Raises:
            ConfigurationError: The keyring keeps nothing.
        """
        entry = json.dumps(
            {
                "base_url": self._base_url,
                "access_token": tokens.access_token,
                "refresh_token": tokens.refresh_token,
                # By our own clock: the server's may be set otherwise.
                "ends_at": time.time() + tokens.expires_in,
            }
        )
        _ask(lambda ring: ring.set_password(SERVICE, self._base_url, entry))
        # keyring's own "null" backend takes everything and keeps nothing.
        if self._entry() != entry:
            raise ConfigurationError(
                "The keyring did not keep the login.",
                hint=f"Choose another keyring backend. {INSTEAD}",
            )

    def delete(self) -> None:
        """Delete the entry; one that is not there is deleted already."""
        if self.holds():
            _ask(lambda ring: ring.delete_password(SERVICE, self._base_url))

    def _entry(self) -> str | None:
        entry: str | None = _ask(
            lambda ring: ring.get_password(SERVICE, self._base_url)
        )
        return entry

    def _parsed(self, entry: str) -> AuthTokens:
        try:
            kept = json.loads(entry)
            ends_at = float(kept["ends_at"])
            return AuthTokens(
                access_token=str(kept["access_token"]),
                refresh_token=str(kept["refresh_token"]),
                expires_in=int(max(0.0, ends_at - time.time())),
                token_type="Bearer",  # noqa: S106 - the scheme, no secret
                expires_at=ends_at,
            )
        except (ValueError, TypeError, KeyError, OverflowError):
            pass
        raise ConfigurationError(  # out here: no token on its context
            f"The login stored for {self._base_url} can't be read.",
            hint="Run `pulumi-cerevox login` again.",
        )


def _ask(question: Callable[[ModuleType], T]) -> T:
    """Put *question* to the keyring, and tell what it can't do in our words."""
    keyring = _keyring()
    try:
        return question(keyring)
    except keyring.errors.NoKeyringError:
        fault, hint = "This machine has no keyring to keep a login in.", INSTEAD
    # Each system's backend raises what it likes; its text may repeat the tokens.
    except Exception as error:  # noqa: BLE001
        fault = f"The keyring refused ({type(error).__name__})."
        hint = f"Unlock it, or mend its settings (keyringrc.cfg). {INSTEAD}"
    raise ConfigurationError(fault, hint=hint)


def _keyring() -> ModuleType:
    try:
        import keyring.errors  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        pass
    else:
        return keyring
    raise ConfigurationError(
        "A stored login needs the extra `keyring`.",
        hint="Run `pip install 'pulumi-cerevox[keyring]'`, or set the environment "
        "variable CEREVOX_API_KEY instead.",
    )


base_url_option = click.option(
    "--base-url",
    metavar="URL",
    help="The API's address. Default: CEREVOX_BASE_URL, then the vendor's.",
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
    store = KeyringStore(url)
    try:
        with store.exclusive():
            is_stored = store.holds()
    except ConfigurationError as error:
        raise ConfigurationError(
            f"No Cerevox API key was given. {error.summary}", hint=error.hint
        ) from None
    if not is_stored:
        raise ConfigurationError(
            f"No Cerevox API key was given, and no login is stored for {url}.",
            hint="Set the environment variable CEREVOX_API_KEY, or run "
            "`pulumi-cerevox login`.",
        )
    return Account.from_store(
        store,
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
