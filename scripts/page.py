"""What a command writes into a page of docs/, between marks of its own."""

from __future__ import annotations

import re


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
