"""How the demo talks: a line for each step, the command, what came, what was seen."""

from __future__ import annotations


class DemoFailedError(Exception):
    """A step did not show what it says; the demo ends with exit code 1."""


class Narrator:
    """Prints the steps and keeps what they showed for the summary."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._steps = 0
        self.seen: list[str] = []

    def step(self, what: str, by_hand: str) -> None:
        """Say what comes next, and the command to do it yourself."""
        self._steps += 1
        print(f"\n[{self._steps}] {what}\n    by hand: {by_hand}", flush=True)

    def show(self, output: str) -> None:
        """Print what a command printed, set apart from the demo's own words."""
        for line in output.strip().splitlines():
            print(f"    | {line}".rstrip(), flush=True)

    def expect(self, output: str, *signs: str, seen: str) -> None:
        """Make sure that a command showed what the step says.

        Raises:
            DemoFailedError: a sign is missing from the output.
        """
        for sign in signs:
            if sign not in output:
                raise DemoFailedError(f"expected to see {sign!r} here, and did not")
        self.seen.append(seen)
        print(f"    seen: {seen}", flush=True)
