"""A clock that is ahead by the seconds in the file CLOCK_AHEAD names, if it is there.

A test puts this folder on PYTHONPATH: each Python that starts then is so much later.
`time.time` is left alone: gRPC counts its deadlines by it.
"""

import datetime as dt
import os
import time
from datetime import datetime
from pathlib import Path

_file = Path(os.environ["CLOCK_AHEAD"])
if _file.exists():
    _ahead = float(_file.read_text())
    _gettime = time.clock_gettime

    class _Later(datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + dt.timedelta(seconds=_ahead)

    time.clock_gettime = lambda clock: _gettime(clock) + _ahead
    dt.datetime = _Later  # type: ignore[misc]
    _file.with_name("late").touch()
