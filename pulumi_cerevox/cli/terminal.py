"""The output of a command: reports, messages, exit codes, unusual streams."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from pulumi_cerevox.screen import Screen

_WIDEST = 120
_F = TypeVar("_F", bound=Callable[..., Any])


def show(text: str) -> None:
    """Write a report that is ready: its colours and its last line break are its own."""
    # A terminal that is not UTF-8 shows an escape rather than a traceback.
    encoding = sys.stdout.encoding or "utf-8"
    shown = text.encode(encoding, "backslashreplace").decode(encoding)
    click.echo(shown, nl=False, color=True)


def is_colored() -> bool:
    """Return whether stdout is coloured: NO_COLOR wins, then FORCE_COLOR."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """Return the width of the terminal, within what is good to read."""
    return min(shutil.get_terminal_size((80, 24)).columns, _WIDEST)


def screen() -> Screen:
    """Return what stdout can show."""
    # Not every command draws, and rich takes its time to load.
    from pulumi_cerevox.screen import Screen  # noqa: PLC0415

    try:
        "█░".encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return Screen(is_colored(), columns(), blocks=False)
    return Screen(is_colored(), columns())


def watch(steps: Sequence[int], about: str) -> Iterable[int]:
    """Yield the steps, with a progress bar if stderr is a terminal."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    if is_plain or not sys.stderr.isatty():
        return steps
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import track  # noqa: PLC0415

    return track(steps, about, console=Console(stderr=True), transient=True)


class ExitCode(IntEnum):
    """The exit codes of `pulumi-cerevox`."""

    IN_SYNC = 0
    UNEXPECTED = 1
    BAD_INPUT = 2
    AUTHENTICATION = 3
    NOT_READ_IN_FULL = 4
    REFUSED = 5
    DRIFT = 7


def fail(message: str, code: ExitCode) -> NoReturn:
    """End the command with one message on stderr."""
    click.echo(f"pulumi-cerevox: {message}", err=True)
    sys.exit(code)


@contextmanager
def account_errors_told() -> Iterator[None]:
    """Turn what the API answers into a message and an exit code."""
    # Every command imports this module, and the emulator must not load the client.
    from pulumi_cerevox.account import (  # noqa: PLC0415
        AccountError,
        AuthenticationError,
        ConfigurationError,
    )

    try:
        yield
    except (AuthenticationError, ConfigurationError) as error:
        fail(str(error), ExitCode.AUTHENTICATION)
    except AccountError as error:
        fail(str(error), ExitCode.NOT_READ_IN_FULL)


_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF})


def open_closed_streams() -> None:
    """Put an empty stream where the caller closed one (`>&-`): Python has None there.

    The exit code says the same then as with all of them open.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            null = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - it stays
            setattr(sys, name, null)


@contextmanager
def full_disks_told() -> Iterator[None]:
    """Say in one line that the output is cut: a disk is full, say.

    A reader that went away (`| head`) is click's to handle.
    """
    try:
        yield
    except OSError as error:
        if error.filename is not None or error.errno not in _UNWRITABLE:
            raise
        text = f"could not write all of the output: {error.strerror}"
        fail(text, ExitCode.UNEXPECTED)


STDOUT = Path("-")
"""The name of stdout as an output file."""


def check_files(
    written: Iterable[tuple[str, Path]], read: Iterable[str | None] = ()
) -> None:
    """Refuse outputs that would overwrite what is read, or each other.

    A file counts under each of its names: links are followed, and what stdin reads
    from is known too. Devices and pipes take what they are given.

    Args:
        written: What each output is called, and its file.
        read: Files and `-`; None is nothing.

    Raises:
        click.UsageError: with the output that has to go elsewhere.
    """
    sources = {_identity(path) for path in read if path is not None}
    taken: dict[object, str] = {}
    for name, path in written:
        identity = _identity(path) if path != STDOUT else STDOUT
        if identity is None:
            continue
        if identity in sources:
            raise click.UsageError(
                f"{name} would be written over a file that is read: give it another "
                "name"
            )
        if identity in taken:
            place = "on stdout" if path == STDOUT else f"in {path}"
            raise click.UsageError(
                f"{taken[identity]} and {name} would be mixed {place}: give all but "
                "one another file, as in --format json=FILE"
            )
        taken[identity] = name


def _identity(path: str | Path) -> object:
    """Return what the names of one file have in common; None for what is no file."""
    try:
        # The standard input of a test has no descriptor, which is a ValueError.
        status = os.fstat(sys.stdin.fileno()) if path == "-" else Path(path).stat()
    except ValueError:
        return None
    except OSError:
        return os.path.realpath(path)
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def write_file(path: Path, content: bytes) -> None:
    """Replace a file as a whole, or end the command with 1 and leave it as it is."""
    try:
        replace_file(path, content)
    except OSError as error:
        fail(f"could not write {path}: {error.strerror}", ExitCode.UNEXPECTED)


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file as a whole; `-` is stdout.

    The content is written beside it and then takes its name, so a full disk or an
    interrupt never leaves half a file. A link stays a link.

    Raises:
        OSError: it could not be written; what was there is as it was.
    """
    if path == STDOUT:
        click.echo(content, nl=False)
        return
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        # A device or a pipe takes what it is given.
        target.write_bytes(content)
        return
    beside = target.with_name(f".cerevox-{os.getpid()}")
    try:
        with beside.open("xb") as file:
            file.write(content)
        if target.exists():
            beside.chmod(stat.S_IMODE(target.stat().st_mode))
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def format_option(*names: str, text: str | None = None) -> Callable[[_F], _F]:
    """Return the option `--format` of a command that writes one text.

    Args:
        names: The formats; the first is the default.
        text: The help.
    """
    return click.option(
        "--format",
        "form",
        type=click.Choice(names),
        default=names[0],
        show_default=True,
        help=text,
    )


def examples(*lines: str) -> str:
    r"""Return the `epilog` of a command: a section "Example", one line each.

    The first line must begin with `pulumi-cerevox` and the command; a test walks
    through all commands and demands it. ``\b`` keeps click from joining the lines.
    """
    return "\n".join(["\b", "Example:", *(f"  {line}" for line in lines)])
