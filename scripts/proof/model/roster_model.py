"""What a roster must do to an account, said plainly and apart from the product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scripts.proof.model.account_model import Human, People, changed, default_name


@dataclass(frozen=True)
class Wish:
    """One declared person."""

    role: str = "member"
    name: str | None = None


@dataclass(frozen=True)
class Program:
    """A program with one roster."""

    members: Mapping[str, Wish]
    undeclared: str = "report"
    min_admins: int = 1
    on_destroy: str = "keep"


@dataclass(frozen=True)
class Seen:
    """One person as the state knows them."""

    role: str
    name: str | None = None
    is_undeclared: bool = False


@dataclass
class RosterModel:
    """The state of a stack with a roster, as far as it decides what happens next.

    Attributes:
        known: The account as the last step left it; None: there is no roster.
        named: Members at the last create or update, and their names where managed.
        mode: `undeclared` of the last create or update.
        created: Whom a completed step of the roster made.
    """

    known: dict[str, Seen] | None = None
    named: dict[str, Wish] = field(default_factory=dict)
    mode: str = "report"
    created: set[str] = field(default_factory=set)

    def target(self, program: Program) -> dict[str, Seen]:
        """Give what an `up` makes the state's view of the account."""
        wishes = {
            email: Seen(one.role, one.name) for email, one in program.members.items()
        }
        if self.known is None or program.undeclared == "remove":
            return wishes
        carried = {
            email: one
            for email, one in self.known.items()
            if one.is_undeclared and email not in wishes
        }
        return {**wishes, **carried}

    def after_up(self, account: People, program: Program) -> People:
        """Give the account after an `up` that went through."""
        before, target = self.known or {}, self.target(program)
        people = dict(account)
        for email in before.keys() - target.keys():
            people.pop(email, None)
        for email, wish in target.items():
            if not wish.is_undeclared:
                self._settle(people, email, before.get(email), wish)
        return people

    def touched(self, program: Program) -> set[str]:
        """Give whom the preview of an `up` names."""
        before, target = self.known or {}, self.target(program)
        gone = before.keys() - target.keys()
        return gone | {
            email
            for email, wish in target.items()
            if not wish.is_undeclared and not _is_as_wished(before.get(email), wish)
        }

    def loses(self, program: Program) -> bool:
        """Tell whether an `up` removes or demotes anybody."""
        before, target = self.known or {}, self.target(program)
        return bool(before.keys() - target.keys()) or any(
            email in before and before[email].role == "admin" != wish.role
            for email, wish in target.items()
        )

    def note_up(self, account: People, program: Program) -> None:
        """Take over what an `up` left; *account* is from before it."""
        before, target = self.known or {}, self.target(program)
        made = target.keys() - before.keys() - account.keys()
        self.created = (self.created | made) & target.keys()
        self.known = target
        self.named = dict(program.members)
        self.mode = program.undeclared

    def note_refresh(self, account: People) -> None:
        """Take over what a refresh sees."""
        if self.known is None:
            return
        self.known = {
            email: _seen(human, self.named.get(email))
            for email, human in account.items()
            if email in self.named or self.mode != "ignore"
        }
        self.created &= account.keys()

    def after_destroy(self, account: People, on_destroy: str) -> People:
        """Give the account after the roster was destroyed."""
        if on_destroy == "keep":
            return dict(account)
        return {
            email: one for email, one in account.items() if email not in self.created
        }

    def note_destroy(self) -> None:
        """There is no roster any more."""
        self.known, self.named, self.mode, self.created = None, {}, "report", set()

    @staticmethod
    def _settle(people: People, email: str, before: Seen | None, wish: Seen) -> None:
        """Make one person as wished, as far as the preview compared them."""
        human = people.get(email)
        if before is None:
            if human is None:
                people[email] = Human(wish.role, wish.name or default_name(email))
            else:  # nobody is demoted who was not seen before
                role = "admin" if wish.role == "admin" else None
                people[email] = changed(human, role, wish.name)
            return
        if human is None:
            return  # removed by hand: no later plain `up` brings them back
        role = wish.role if before.role != wish.role else None
        name = wish.name if before.name != wish.name else None
        people[email] = changed(human, role, name)


def _is_as_wished(before: Seen | None, wish: Seen) -> bool:
    if before is None:
        return False
    return before.role == wish.role and wish.name in {None, before.name}


def _seen(human: Human, wish: Wish | None) -> Seen:
    if wish is None:
        return Seen(human.role, is_undeclared=True)
    return Seen(human.role, None if wish.name is None else human.name)
