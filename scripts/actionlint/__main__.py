"""Print where actionlint is; make it first where need be."""

import sys

from scripts.actionlint import find_or_build
from scripts.engine.report import StepError


def say(line: str) -> None:
    """Print progress on stderr: stdout holds the answer alone."""
    print(f"actionlint: {line}", file=sys.stderr, flush=True)


def main() -> int:
    """Find or build it."""
    try:
        print(find_or_build(say))
    except StepError as error:
        say(str(error))
        return 1
    return 0


sys.exit(main())
