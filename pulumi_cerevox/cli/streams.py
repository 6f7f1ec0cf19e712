"""Standard streams that are closed, or can't be written any more."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pulumi_cerevox.cli.failures import ExitCode, fail

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
