"""Peak memory of the provider host and of the program while a command runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

_SECONDS_BETWEEN_LOOKS = 0.1
_MIB = 1024 * 1024


@dataclass(slots=True)
class Peaks:
    """The most memory that was resident, in MiB; 0 where nobody looked."""

    host: float = 0.0
    program: float = 0.0


@contextmanager
def watched(*, enabled: bool) -> Iterator[Peaks]:
    """Look at this process's descendants now and then."""
    peaks = Peaks()
    if not enabled:
        yield peaks
        return
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(peaks, done))
    watcher.start()
    try:
        yield peaks
    finally:
        done.set()
        watcher.join()


def _watch(peaks: Peaks, done: threading.Event) -> None:
    me = psutil.Process()
    while not done.wait(_SECONDS_BETWEEN_LOOKS):
        for process in me.children(recursive=True):
            with suppress(psutil.Error):
                _note(peaks, process)


def _note(peaks: Peaks, process: psutil.Process) -> None:
    command = " ".join(process.cmdline())
    resident = process.memory_info().rss / _MIB
    if "pulumi.dynamic" in command:
        peaks.host = max(peaks.host, resident)
    elif "pulumi-language-python-exec" in command:
        peaks.program = max(peaks.program, resident)
