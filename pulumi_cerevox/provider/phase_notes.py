"""What the hosts of one engine phase know of each other's people.

Where they can't share a file, each host knows its own alone, and says so.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from pulumi_cerevox.account import printable
from pulumi_cerevox.provider import engine

if TYPE_CHECKING:  # there is no file to share on Windows
    from pulumi_cerevox.provider.phase_file import PhaseFile


class Page:
    """The notes while they are held."""

    def __init__(self, lines: set[str]) -> None:
        """Look at these lines, and add to them."""
        self._lines = lines
        self.fresh: list[str] = []

    def has(self, line: str) -> bool:
        """Tell whether somebody has noted it."""
        return line in self._lines

    def add(self, line: str) -> None:
        """Note it, unless somebody has."""
        if line not in self._lines:
            self._lines.add(line)
            self.fresh.append(line)


class PhaseNotes:
    """A growing set of lines, shared by every host of the phase. Thread-safe."""

    def __init__(self, phase: str) -> None:
        """Join a phase; one without a name has no other hosts."""
        self._alone: str | None = None
        self._said = False
        self._lock = threading.Lock()
        self._lines: set[str] = set()
        self._file = self._joined(phase) if phase else None

    def warn_if_alone(self) -> None:
        """Say, once, what is not protected while these notes can't be shared."""
        with self._lock:
            if self._alone is not None:
                self._say(self._alone)

    @contextmanager
    def held(self) -> Iterator[Page]:
        """Look and note in one: no other thread and no other host does meanwhile."""
        with self._lock:
            self._begin()
            page = Page(self._lines)
            try:
                yield page
            finally:
                self._end(page.fresh)

    def _joined(self, phase: str) -> PhaseFile | None:
        try:
            from pulumi_cerevox.provider.phase_file import PhaseFile  # noqa: PLC0415

            return PhaseFile(phase)
        except (ImportError, OSError) as error:
            self._alone = str(error)
            return None

    def _begin(self) -> None:
        if self._file is not None:
            try:
                self._file.hold()
                self._lines.update(self._file.new_lines())
            except OSError as error:
                self._go_alone(self._file, error)

    def _end(self, fresh: list[str]) -> None:
        if self._file is not None:
            try:
                if fresh:
                    self._file.add(fresh)
                self._file.release()
            except OSError as error:
                self._go_alone(self._file, error)

    def _go_alone(self, file: PhaseFile, error: OSError) -> None:
        file.leave()
        self._file = None
        self._alone = str(error)
        self._say(self._alone)

    def _say(self, reason: str) -> None:
        if not self._said:
            self._said = True
            engine.warning(
                "the Provider instances of this program can't tell each other whom "
                f"they declare ({printable(reason)}): a person who moves from a "
                "resource of one to a resource of another in this run may be deleted. "
                "First add them in one change, with the old resource's "
                'on_destroy="keep" applied before, then drop the old resource in '
                "another"
            )


@cache
def of_this_phase() -> PhaseNotes:
    """Give the notes of the phase that this process is a host of."""
    return PhaseNotes(engine.address())
