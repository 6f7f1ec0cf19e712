"""What the search for an engine says while it works, and what it failed with."""

from __future__ import annotations

import sys
from collections.abc import Callable

Progress = Callable[[str], None]


class StepError(Exception):
    """One way of getting an engine did not work; the text says why."""


def say(line: str) -> None:
    """Print one line of progress on stderr: stdout holds the answer alone."""
    print(f"engine: {line}", file=sys.stderr, flush=True)


def failures_text(failures: list[tuple[str, str]]) -> str:
    """Say what was tried, in order, and why each way failed."""
    lines = ["no Pulumi engine could be found or made. Tried, in this order:"]
    for number, (way, reason) in enumerate(failures, start=1):
        first, *rest = reason.strip().splitlines() or ["no reason was given"]
        lines.append(f"  {number}. {way}: {first}")
        lines.extend(f"     {line}" for line in rest[-12:])
    lines.append(
        "Install the Pulumi CLI from https://www.pulumi.com/docs/install/ "
        "and put it on PATH, or mend one of the above, and run it again."
    )
    return "\n".join(lines)
