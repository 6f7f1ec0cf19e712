"""The people whom the resources of this run declare.

For the engine, a renamed, replaced or moved resource is a create and a delete. Both are
about the same person, who must survive the delete. The two may run in two hosts, if the
resources use two `Provider` instances of one account.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path

from pulumi_cerevox.account import AccountUser, fold_email, printable
from pulumi_cerevox.provider import host
from pulumi_cerevox.provider.configuration import Settings
from pulumi_cerevox.provider.host import ProviderError

try:
    import fcntl
except ImportError:  # On Windows: the notes are not shared there.
    fcntl = None  # type: ignore[assignment]


class Transaction:
    """The notes while nobody else looks at them or adds any."""

    def __init__(self, lines: set[str]) -> None:
        """Look at these lines, and add to them."""
        self._lines = lines
        self.fresh: list[str] = []

    def has(self, line: str) -> bool:
        """Return whether somebody has noted it."""
        return line in self._lines

    def add(self, line: str) -> None:
        """Note it, unless somebody has."""
        if line not in self._lines:
            self._lines.add(line)
            self.fresh.append(line)

    def beginning_with(self, start: str) -> list[str]:
        """Return the notes that begin like this."""
        return [line for line in self._lines if line.startswith(start)]


class PhaseFile:
    """One phase's notes in a file, a line each. One thread at a time.

    The engine runs a host, a process of its own, for each `Provider` instance. Nothing
    but the engine's address is the same in all of them, so the file is named by that.
    An address is used again, by another engine on the same port. So each host holds a
    shared lock on the file for as long as it lives, and the kernel releases it however
    the process ends. A file that nobody holds is left over, and is removed before the
    next host begins one. That is sound, because within a phase

    - nobody's notes are lost: what is noted of the program's resources is noted by the
      hosts of the program's instances, and the engine ends those with the phase (read
      in its provider registry, CLI 3.259);
    - nothing old is believed: the engine kills its hosts, and those of a killed engine
      end by themselves within seconds (`host.end_with_engine`).

    The folder's own lock is held for each step, so that looking and noting is one.
    Everything here raises OSError where the file can't be used, or where the system has
    no such locks.
    """

    def __init__(self, phase: str) -> None:
        """Join the phase, removing what ended phases left behind.

        Args:
            phase: What tells it from every other phase that runs now.
        """
        if fcntl is None:
            raise OSError("this system has no file locks")
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


class PhaseNotes:
    """A growing set of lines, shared by every host of the phase. Thread-safe."""

    def __init__(self, phase: str) -> None:
        """Join a phase; one without a name has no other hosts."""
        self._alone: str | None = None
        self._said = False
        self._lock = threading.Lock()
        self._lines: set[str] = set()
        self._file: PhaseFile | None = None
        if phase:
            try:
                self._file = PhaseFile(phase)
            except OSError as error:
                self._alone = str(error)

    def warn_if_alone(self) -> None:
        """Say, once, what is not protected while these notes can't be shared."""
        with self._lock:
            if self._alone is not None:
                self._say(self._alone)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Look and note in one: no other thread and no other host does meanwhile."""
        with self._lock:
            if self._file is not None:
                try:
                    self._file.hold()
                    self._lines.update(self._file.new_lines())
                except OSError as error:
                    self._go_alone(self._file, error)
            notes = Transaction(self._lines)
            try:
                yield notes
            finally:
                if self._file is not None:
                    try:
                        if notes.fresh:
                            self._file.add(notes.fresh)
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
            host.warning(
                "the Provider instances of this program can't tell each other whom "
                f"they declare ({printable(reason)}): a person who moves from a "
                "resource of one to a resource of another in this run may be deleted. "
                "First add them in one change, with the old resource's "
                'on_destroy="keep" applied before, then drop the old resource in '
                "another"
            )


@cache
def of_this_phase() -> PhaseNotes:
    """Return the notes of the phase that this process is a host of."""
    return PhaseNotes(host.address())


class DeclaredUsers:
    """The people whom a resource of this run keeps or makes.

    Every note is a digest: the file that the hosts share names nobody.
    """

    def __init__(self, subject: str) -> None:
        """Start with nobody.

        Args:
            subject: What of a person is declared; it keeps two registries apart.
        """
        self._subject = subject
        self._program_runs = False

    def program_runs(self) -> None:
        """Note that the engine has begun to look at what the program declares.

        Before that, in the refresh of `up --refresh`, the same calls are made for
        resources that the program has dropped. It is so for each host: one that gets
        to see no resource of the program has only such.
        """
        self._program_runs = True

    @property
    def sees_program(self) -> bool:
        """Whether the engine has begun to look at what the program declares."""
        return self._program_runs

    def declare(self, people: Iterable[str], settings: Settings) -> None:
        """Note whom the program declares, by email or id, as soon as it is shown.

        A forced replacement is told by this alone: the engine compares nothing there.
        Nothing is asked of the API here, so the account is known by its key, and by
        its id where one is bound.
        """
        with of_this_phase().transaction() as notes:
            for one in people:
                for place in _places(settings):
                    notes.add(self._line("declared", place, fold_email(one)))

    def declares(self, who: str, account_id: str, settings: Settings) -> bool:
        """Return whether the program declares this email or id in the account."""
        with of_this_phase().transaction() as notes:
            return any(
                notes.has(self._line("declared", place, fold_email(who)))
                for place in (*_places(settings), account_id)
            )

    def declares_user(self, user: AccountUser, settings: Settings) -> bool:
        """Return whether a resource of the program keeps, makes or declares them."""
        return self.has(user) or any(
            self.declares(one, user.account_id, settings)
            for one in (user.email, user.user_id)
        )

    def expect_removal(self, user: AccountUser) -> None:
        """Note that a roster is about to remove somebody for whom nobody stands."""
        with of_this_phase().transaction() as notes:
            notes.add(self._line("going", user.account_id, user.user_id))

    def is_going(self, user: AccountUser) -> bool:
        """Return whether a roster that comes before is about to remove somebody."""
        with of_this_phase().transaction() as notes:
            return notes.has(self._line("going", user.account_id, user.user_id))

    def may_remove(self, user: AccountUser) -> bool:
        """Note a removal, unless a resource declares the person; return whether so.

        Afterwards no create of the same run can take the person over.
        """
        with of_this_phase().transaction() as notes:
            if self._stands(notes, user):
                return False
            notes.add(self._line("leaving", user.account_id, user.user_id))
        return True

    def keep(self, account_id: str, user_ids: Iterable[str]) -> None:
        """Note that a resource of the program stays and stands for these users."""
        if self._program_runs:
            with of_this_phase().transaction() as notes:
                for user_id in user_ids:
                    notes.add(self._line("kept", account_id, user_id))

    def make(self, user: AccountUser) -> None:
        """Note that a create of this run stands for this user.

        Raises:
            ProviderError: another create of this run does already.
        """
        key = (user.account_id, user.user_id)
        with of_this_phase().transaction() as notes:
            if notes.has(self._line("leaving", *key)):
                raise ProviderError(
                    f"{printable(user.email)} is being removed by another resource of "
                    "this program, which declared them until now. Run `pulumi up` "
                    "again: it makes them anew"
                )
            if notes.has(self._line("made", *key)):
                raise ProviderError(
                    f"{printable(user.email)} is declared by two resources of this "
                    "program. Declare each person once"
                )
            notes.add(self._line("made", *key))

    def has(self, user: AccountUser) -> bool:
        """Return whether a resource of the program stands for this user."""
        with of_this_phase().transaction() as notes:
            return self._stands(notes, user)

    def _stands(self, notes: Transaction, user: AccountUser) -> bool:
        return any(
            notes.has(self._line(event, user.account_id, user.user_id))
            for event in ("kept", "made")
        )

    def _line(self, *words: str) -> str:
        text = "\0".join((self._subject, *words))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Leaving:
    """The people who are about to lose something in this run, in all hosts together.

    Two `Provider` instances of one account are two processes: each would allow what
    both together may not.
    """

    def __init__(self, what: str) -> None:
        """Count nobody yet.

        Args:
            what: What they lose; it keeps two counts apart.
        """
        self._what = what

    def others(self, notes: Transaction, user: AccountUser) -> set[str]:
        """Return a token for everybody else of the account who is leaving."""
        lines = notes.beginning_with(self._start(user))
        begun = [line.split(" ")[1] for line in lines if line.endswith(" begun")]
        undone = [line.split(" ")[1] for line in lines if line.endswith(" undone")]
        return set(begun) - set(undone) - {self.token(user.user_id)}

    def begin(self, notes: Transaction, user: AccountUser) -> None:
        """Note that somebody is on the way out."""
        notes.add(f"{self._start(user)}{self.token(user.user_id)} begun")

    def undo(self, user: AccountUser) -> None:
        """Note that somebody stays after all: the write failed."""
        with of_this_phase().transaction() as notes:
            notes.add(f"{self._start(user)}{self.token(user.user_id)} undone")

    @staticmethod
    def token(user_id: str) -> str:
        """Return what stands for a user in the notes, which name nobody."""
        return hashlib.sha256(user_id.encode("utf-8", "surrogatepass")).hexdigest()

    def _start(self, user: AccountUser) -> str:
        text = f"{self._what}\0{user.account_id}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() + " "


def _places(settings: Settings) -> list[str]:
    """Name the account by what is known of it without asking."""
    behind_key = f"{settings.base_url} {settings.api_key}"
    return [behind_key, *([settings.account_id] if settings.account_id else [])]


DECLARED_USERS = DeclaredUsers("person")
"""The people."""

DECLARED_ROLES = DeclaredUsers("role")
"""The people whose role a resource of the program manages."""

PAST_LAST_DAY = DeclaredUsers("past the last day")
"""People of a roster who are past their last day. Nobody promotes them."""
