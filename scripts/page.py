"""What a command writes into a page of docs/, between marks of its own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path


def commit() -> str:
    """Return the short hash of the commit that is checked out, else "unknown"."""
    run = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - whichever git is there
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout.strip() or "unknown"


def put_between(page: str, writer: str, text: str) -> str:
    """Return a page with the text between a writer's marks replaced.

    Args:
        page: The whole page.
        writer: The command, such as `make kill`, as its mark names it.
        text: What stands there now; it ends with a line break.

    Raises:
        ValueError: The page does not have the marks.
    """
    begin, end = f"<!-- {writer} writes from here -->", "<!-- to here -->"
    between = re.compile(f"(?<={re.escape(begin)}\n).*?(?={re.escape(end)})", re.DOTALL)
    if not between.search(page):
        raise ValueError(f"the page has no {begin!r} with {end!r} after it")
    return between.sub(lambda _: text, page, count=1)
