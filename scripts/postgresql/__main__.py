"""Print the folder of PostgreSQL's programs; say what to install without one.

Looked for on PATH, then where packages put them (under another root than `/` where an
argument names one). Exit code 1 when there is none.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from scripts.postgresql.programs import find

_ADVICE = """\
no PostgreSQL server for the tests of Pulumi's backends was found (initdb, pg_ctl and
postgres in one folder). Install one, and run it again:
  Debian, Ubuntu   apt-get install postgresql
  Fedora           dnf install postgresql-server
  macOS            brew install postgresql"""


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
