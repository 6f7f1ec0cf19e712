"""The declared side of an audit: who is declared, where, and what can't be compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pulumi_cerevox.roster import Place


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


class SourceKind(StrEnum):
    """Where declared people were read."""

    ROSTER = "roster"
    STACK = "stack"
    PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class Source:
    """What was read.

    Attributes:
        kind: A roster file, a stack's export, or a preview's JSON.
        names: The files, or the stack; as the user named them.
    """

    kind: SourceKind
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeclaredPerson:
    """One person as declared.

    Attributes:
        email: As declared; compare it folded.
        role: "admin" or "member"; None where the role is not managed.
        name: None where the name is not managed.
        until: Last day of the membership.
        place: Where it stands in a roster file; None for a stack.
        resource: What declares it in a stack, as in `User ada`; None for a file.
    """

    email: str
    role: str | None = None
    name: str | None = None
    until: date | None = None
    place: Place | None = None
    resource: str | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """Everybody whom a source declares.

    Attributes:
        source: Where it was read.
        people: Each person once, by folding.
        whole_account: Whether the source claims to know everybody: a roster does,
            single `User`s do not. Where it does not, undeclared people are noted and
            are no drift.
        ignores_undeclared: A roster with `undeclared: ignore`.
        account_id: The account it is bound to, where it says so.
        gaps: What in the source can't be compared.
        elsewhere: What the same source declares for other accounts.
    """

    source: Source
    people: tuple[DeclaredPerson, ...]
    whole_account: bool = True
    ignores_undeclared: bool = False
    account_id: str | None = None
    gaps: tuple[Gap, ...] = ()
    elsewhere: tuple[Declared, ...] = ()

    def for_account(self, account_id: str | None) -> Declared:
        """Return what the source declares for one account.

        Where it declares nothing for that account, it is what it declares for its
        first one: the comparison says then that the account is another.
        """
        for one in (self, *self.elsewhere):
            if one.account_id == account_id:
                return one
        return self


class SourceError(ValueError):
    """A source can't be used; the text says why, a line for each reason."""
