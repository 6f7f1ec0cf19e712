"""The file through which the provider hosts of one engine phase tell each other notes.

The engine runs a host, a process of its own, for each `Provider` instance. Nothing but
the engine's address is the same in all of them, so the file is named by that. An
address is used again, by another engine on the same port; hence each host holds a
shared lock on the file for as long as it lives, and the kernel lets go of it however
the process ends. A file that nobody holds is left over, and is removed before the next
host begins one. That is sound, because within a phase

- nobody's notes are lost: what is noted of the program's resources is noted by the
  hosts of the program's instances, and the engine ends those with the phase (read in
  its provider registry, CLI 3.259);
- nothing old is believed: the engine kills its hosts, and those of a killed engine end
  by themselves within seconds (`host.attach`).

The folder's own lock is held for each step, so that looking and noting is one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path


class PhaseFile:
    """One phase's notes, a line each. One thread at a time.

    Everything here raises OSError where the file can't be used.
    """

    def __init__(self, phase: str) -> None:
        """Join the phase, removing what ended phases left behind.

        Args:
            phase: What tells it from every other phase that runs now.
        """
        name = hashlib.sha256(phase.encode()).hexdigest()
        with ExitStack() as undo:
            # Open this user's own folder only. Anybody may make a folder or
            # a link of that name where all may write.
            path = Path(tempfile.gettempdir()) / f"pulumi-cerevox-{os.getuid()}"
            with suppress(FileExistsError):
                path.mkdir(mode=0o700)
            folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            found = os.fstat(folder)
            if found.st_uid != os.getuid() or found.st_mode & 0o077:
                os.close(folder)
                raise PermissionError(f"{path} is open to other users")
            self._folder = folder
            undo.callback(os.close, self._folder)
            self.hold()
            _remove_left_over(self._folder)
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
            self._file = os.open(name, flags, 0o600, dir_fd=self._folder)
            undo.callback(os.close, self._file)
            fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            self.release()
            # Closing a file lets go of its lock.
            self._leave = undo.pop_all()
        self._read = 0

    def leave(self) -> None:
        """Let go of the file, as the end of the process does."""
        self._leave.close()

    def hold(self) -> None:
        """Let no other host look or note anything until `release`."""
        fcntl.flock(self._folder, fcntl.LOCK_EX)

    def release(self) -> None:
        """Let the other hosts go on."""
        fcntl.flock(self._folder, fcntl.LOCK_UN)

    def new_lines(self) -> list[str]:
        """Return what was noted since the last time; call it while holding the file."""
        fresh = os.pread(
            self._file, os.fstat(self._file).st_size - self._read, self._read
        )
        self._read += len(fresh)
        return fresh.decode("ascii", "replace").split("\n")

    def add(self, lines: Iterable[str]) -> None:
        """Note something; call it while holding the file, after `new_lines`."""
        # The first line break ends what a host that was killed may have begun.
        text = "\n".join(["", *lines, ""]).encode()
        if os.write(self._file, text) != len(text):
            raise OSError("the disk is full")
        self._read += len(text)


def _remove_left_over(folder: int) -> None:
    """Remove the files that no living host holds."""
    for name in os.listdir(folder):
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(name, dir_fd=folder)
        except BlockingIOError:
            continue
        finally:
            os.close(file)
