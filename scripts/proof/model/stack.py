"""What a model asks of a stack, on whichever engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Ending(StrEnum):
    """How a command ended."""

    DONE = "done"
    REFUSED = "refused"
    """In the preview: nothing was sent."""
    FAILED = "failed"
    """On the way."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what it said."""

    ending: Ending
    text: str = ""


@dataclass(frozen=True)
class Declared:
    """One resource of a program.

    Attributes:
        kind: "Roster" or "User".
        inputs: As the provider gets them.
    """

    kind: str
    inputs: Mapping[str, Any]


Resources = Mapping[str, Declared]
"""A program: resources by name."""


class Stack(Protocol):
    """A stack whose programs are given as resources."""

    def up(self, program: Resources) -> Outcome:
        """Preview, and carry out."""

    def is_settled(self, program: Resources) -> bool:
        """Tell whether a preview shows no change."""

    def refresh(self) -> Outcome:
        """Read everything anew."""

    def destroy(self) -> Outcome:
        """Delete everything."""
