"""Keep the last table of each proof in docs/promises.md, with its date and commit."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

from scripts.engine.workspace import ROOT
from scripts.page import commit, put_between

PAGE = ROOT / "docs" / "promises.md"


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add `--record`, which every proof has."""
    parser.add_argument(
        "--record", action="store_true", help="put the table into docs/promises.md"
    )


def record(command: str, text: str, page: Path = PAGE) -> None:
    """Replace the table between the command's marks; what it printed, and when.

    Args:
        command: As it is typed, such as `make kill OPTIONS=--native`.
        text: The table, with what stands above and below it.
        page: The page that has the marks.

    Raises:
        ValueError: the page has no marks of this command.
    """
    day, cores = datetime.now(UTC).date().isoformat(), os.cpu_count()
    when = f"{day}, commit {commit()}, {cores} processors."
    new = f"{when}\n\n```console\n$ {command}\n{text.rstrip()}\n```\n"
    page.write_text(put_between(page.read_text("utf-8"), command, new), "utf-8")
