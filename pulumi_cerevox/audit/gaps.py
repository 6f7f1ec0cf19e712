"""What an audit could not read or compare: it fails closed (promise 9)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class GapKind(StrEnum):
    """Why something is missing from an audit."""

    AUTHENTICATION = "authentication"
    """The API refused the credentials, or there are none."""
    ACCOUNT = "account"
    """The account could not be read in full."""
    WRONG_ACCOUNT = "wrong_account"
    """The source belongs to another account than the key."""
    SOURCE = "source"
    """Something in the source can't be compared: a secret, a pending operation."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing.

    Attributes:
        kind: Why.
        text: What, and what to do; foreign text in it is escaped.
    """

    kind: GapKind
    text: str
