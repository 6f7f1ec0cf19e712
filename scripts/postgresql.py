"""Print the folder of PostgreSQL's programs; run a server of one's own with them.

`python -m scripts.postgresql [ROOT]` looks on PATH, then where packages put them (under
another root than `/` where an argument names one). Exit code 1 when there is none: then
it says what to install.
"""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

_ADVICE = """\
no PostgreSQL server for the tests of Pulumi's backends was found (initdb, pg_ctl and
postgres in one folder). Install one, and run it again:
  Debian, Ubuntu   apt-get install postgresql
  Fedora           dnf install postgresql-server
  macOS            brew install postgresql"""
_NEEDED = ("initdb", "pg_ctl", "postgres")
_PACKAGED = (
    *("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin"),
    *("opt/homebrew/opt/postgresql*/bin", "usr/local/opt/postgresql*/bin"),
)
_USER = "cerevox"
_OF_PACKAGES = "postgres"
"""The system's user that packages make: PostgreSQL refuses to run as root."""


class ServerError(Exception):
    """The server could not be started; the text has PostgreSQL's own words."""


def find(initdb: str | None, root: Path = Path("/")) -> Path | None:
    """Return a folder that holds a server's programs, the newest version's first.

    Args:
        initdb: The one on PATH, where there is one; Debian puts none there.
        root: Where the packages' folders are.
    """

    def version(folder: Path) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", str(folder))]

    packaged = [folder for place in _PACKAGED for folder in root.glob(place)]
    packaged.sort(key=version, reverse=True)
    on_path = [] if initdb is None else [Path(initdb).resolve().parent]
    for folder in (*on_path, *packaged):
        if all(os.access(folder / name, os.X_OK) for name in _NEEDED):
            return folder
    return None


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """Run a server in a new folder, and yield the URL that Pulumi takes.

    It listens on a socket in its own folder and on no port, and asks for a password, so
    that the URL holds a secret as it does in real life.
    """
    # Short, since a socket's path is; and another user's pytest folder is closed.
    folder = Path(tempfile.mkdtemp(prefix="cerevox-pg-"))
    as_user = _as_user(folder)
    data, password = folder / "data", secrets.token_urlsafe(12)
    try:
        kept = folder / "password"
        kept.write_text(password)  # the folder is closed to everybody else
        if as_user:
            os.chown(kept, as_user["user"], as_user["group"])
        words = [f"--pgdata={data}", f"--username={_USER}", f"--pwfile={kept}"]
        words += ["--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", "--locale=C"]
        _run([programs / "initdb", *words], as_user)
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
    """Return how to start programs: as root, as the user that the packages made."""
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


def main() -> int:
    """Look for the programs."""
    folder = find(shutil.which("initdb"), Path(*(sys.argv[1:2] or "/")))
    if folder is None:
        print(_ADVICE, file=sys.stderr)
        return 1
    print(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
