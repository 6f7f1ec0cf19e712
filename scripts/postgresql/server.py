"""A PostgreSQL server of one's own, which ends with its block.

It listens on a socket in its own folder and on no port, and asks for a password, so
that the URL holds a secret as it does in real life.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

_USER = "cerevox"
_OF_PACKAGES = "postgres"
"""The system's user that packages make: PostgreSQL refuses to run as root."""


class ServerError(Exception):
    """The server could not be started; the text has PostgreSQL's own words."""


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """Run a server in a new folder; give the URL that Pulumi takes.

    Raises:
        ServerError: It did not start.
    """
    # Short, since a socket's path is; and another user's pytest folder is closed.
    folder = Path(tempfile.mkdtemp(prefix="cerevox-pg-"))
    as_user = _as_user(folder)
    data, password = folder / "data", secrets.token_urlsafe(12)
    try:
        _initialise(programs, data, password, as_user)
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        words = ["-D", str(data), "-l", str(folder / "log"), "-o", options, "-w"]
        _run([programs / "pg_ctl", *words, "start"], as_user)
        try:
            query = urlencode({"host": str(folder), "sslmode": "disable"})
            yield f"postgres://{_USER}:{password}@/postgres?{query}"
        finally:
            stop = ["-D", str(data), "-m", "immediate", "-w", "stop"]
            _run([programs / "pg_ctl", *stop], as_user)
    finally:
        shutil.rmtree(folder)


def _as_user(folder: Path) -> dict[str, Any]:
    """Give how to start programs: as root, as the user that the packages made."""
    if os.geteuid() != 0:
        return {}
    try:
        user = pwd.getpwnam(_OF_PACKAGES)
    except KeyError:
        raise ServerError(
            f"PostgreSQL does not run as root, and there is no user {_OF_PACKAGES!r}; "
            f"make one: useradd --system {_OF_PACKAGES}"
        ) from None
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _initialise(
    programs: Path, data: Path, password: str, as_user: dict[str, Any]
) -> None:
    kept = data.with_name("password")
    kept.write_text(password)  # the folder is closed to everybody else
    if as_user:
        os.chown(kept, as_user["user"], as_user["group"])
    words = [f"--pgdata={data}", f"--username={_USER}", f"--pwfile={kept}"]
    words += ["--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", "--locale=C"]
    _run([programs / "initdb", *words], as_user)


def _run(words: list[str | Path], as_user: dict[str, Any]) -> None:
    # The log is a file: a server that kept our pipe would never let us go on.
    with tempfile.TemporaryFile() as log:
        run = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
            cwd="/",
            **as_user,
        )
        log.seek(0)
        if run.returncode != 0:
            raise ServerError(log.read().decode("utf-8", "replace"))
