"""Foreign text in Markdown."""

from __future__ import annotations

import re

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.reports.wording import LONGEST_TEXT

_BACKTICKS = re.compile("`+")


def code_span(text: str) -> str:
    """Give foreign text as a code span that nothing in it can leave.

    A pipe would end a table's cell, in a span too, and how it is escaped there
    differs between readers: it is shown as what it is.
    """
    safe = printable(text, LONGEST_TEXT).replace("|", "\\x7c")
    if not safe.strip():
        return ""
    fence = "`" * (1 + max(map(len, _BACKTICKS.findall(safe)), default=0))
    pad = " " if safe[0] == "`" or safe[-1] == "`" else ""
    return f"{fence}{pad}{safe}{pad}{fence}"
