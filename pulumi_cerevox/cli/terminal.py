"""Writing to stdout: what it can show, and colours only where they are wanted."""

from __future__ import annotations

import os
import shutil
import sys

import click

_WIDEST = 120


def show(text: str) -> None:
    """Write a report that is ready: its colours and its last line break are its own."""
    # A terminal that is not UTF-8 shows an escape rather than a traceback.
    encoding = sys.stdout.encoding or "utf-8"
    shown = text.encode(encoding, "backslashreplace").decode(encoding)
    click.echo(shown, nl=False, color=True)


def is_colored() -> bool:
    """Tell whether stdout is coloured: NO_COLOR wins, then FORCE_COLOR."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """Give the width of the terminal, within what is good to read."""
    return min(shutil.get_terminal_size((80, 24)).columns, _WIDEST)


def shows_blocks() -> bool:
    """Tell whether stdout can show the block characters that bars are made of."""
    try:
        "█░".encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
