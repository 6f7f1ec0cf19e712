"""One process at a time: a lock file that the system frees when its holder dies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pulumi_cerevox.account import ConfigurationError


@contextmanager
def one_process_at_a_time() -> Iterator[None]:
    """Wait for every other process of this person, and keep them out meanwhile.

    Not to be taken twice by one thread.

    Raises:
        ConfigurationError: The lock file can't be made.
    """
    import fcntl  # noqa: PLC0415 - not there on Windows, where --help still works

    descriptor = _opened()
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _opened() -> int:
    fault: str
    try:
        folder = _state_folder() / "pulumi-cerevox"
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


def _state_folder() -> Path:
    """Give the folder of XDG for what is kept and need not be backed up."""
    given = os.environ.get("XDG_STATE_HOME")
    return Path(given) if given else Path.home() / ".local" / "state"
