"""Where PostgreSQL's programs lie on a machine."""

from __future__ import annotations

import os
import re
from pathlib import Path

_NEEDED = ("initdb", "pg_ctl", "postgres")
_PACKAGED = (
    *("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin"),
    *("opt/homebrew/opt/postgresql*/bin", "usr/local/opt/postgresql*/bin"),
)


def find(initdb: str | None, root: Path = Path("/")) -> Path | None:
    """Give a folder that holds a server's programs, the newest version's first.

    Args:
        initdb: The one on PATH, where there is one; Debian puts none there.
        root: Where the packages' folders are.
    """
    packaged = [folder for place in _PACKAGED for folder in root.glob(place)]
    packaged.sort(key=_version, reverse=True)
    on_path = [] if initdb is None else [Path(initdb).resolve().parent]
    return next(filter(_complete, (*on_path, *packaged)), None)


def _complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in _NEEDED)


def _version(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(folder))]
