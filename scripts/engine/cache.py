"""The project's own cache, outside every clone and keyed by the engine's version."""

from __future__ import annotations

import fcntl
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.engine import versions
from scripts.engine.report import say


def root() -> Path:
    """Give the cache's folder: PULUMI_CEREVOX_CACHE, or the user's own cache."""
    chosen = os.environ.get("PULUMI_CEREVOX_CACHE")
    if chosen:
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "pulumi-cerevox"


def _keyed(kind: str) -> Path:
    machine = f"{platform.system()}-{platform.machine()}".lower()
    return root() / f"{kind}-{versions.ENGINE}-{machine}"


def installed() -> Path:
    """Give the folder that the official installer installs into."""
    return _keyed("official")


def built() -> Path:
    """Give the folder that holds what was built from Go modules."""
    return _keyed("built")


@contextmanager
def locked() -> Iterator[None]:
    """Let one clone at a time fill the cache; a second waits and finds it full."""
    root().mkdir(parents=True, exist_ok=True)
    with (root() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another run is filling the cache; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
