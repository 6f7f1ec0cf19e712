"""What a roster must do to an account, said plainly and apart from the product."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace

from scripts.proof.journal import Person

People = dict[str, Person]


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
    """One person as the state knows them; `moved_to` is a new email of their own."""

    role: str
    name: str | None = None
    is_undeclared: bool = False
    moved_to: str | None = None


@dataclass
class RosterModel:
    """The state of a stack with a roster, as far as it decides what happens next.

    Attributes:
        known: The account as the last step left it; None: there is no roster.
        ids: The user ids of its members, by the email that is declared for them.
        named: Members at the last create or update, and their names where managed.
        mode: `undeclared` of the last create or update.
        created: Whom a completed step of the roster made, with the user id.
    """

    known: dict[str, Seen] | None = None
    named: dict[str, Wish] = field(default_factory=dict)
    mode: str = "report"
    ids: dict[str, str] = field(default_factory=dict)
    created: dict[str, str] = field(default_factory=dict)

    def emails(self, ids: Mapping[str, str], members: Container[str]) -> dict[str, str]:
        """Return the email that everybody has, by the one that the roster has.

        A member who changed their own email stays the same person, by the user id,
        unless somebody else has the old email now.
        """
        emails = {email: email for email in ids}
        for member, known in sorted(self.ids.items()):
            present = [key for key, email in emails.items() if ids[email] == known]
            if present and member in members and member not in emails:
                emails[member] = emails.pop(present[0])
        return emails

    def before(self, program: Program) -> dict[str, Seen]:
        """Return the state's view; who is declared under a new email has that one."""
        before: dict[str, Seen] = {}
        for email, one in (self.known or {}).items():
            new = one.moved_to or email
            is_moved = new in program.members and email not in program.members
            before[new if is_moved else email] = one
        return before

    def target(self, program: Program) -> dict[str, Seen]:
        """Return what an `up` makes the state's view of the account."""
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

    def after_up(
        self, account: People, ids: Mapping[str, str], program: Program
    ) -> People:
        """Return the account after an `up` that went through."""
        before, target = self.before(program), self.target(program)
        emails = self.emails(ids, program.members)
        people = {email: account[now] for email, now in emails.items()}
        for email in before.keys() - target.keys():
            people.pop(email, None)
        for email, wish in target.items():
            known, person = before.get(email), people.get(email)
            if wish.is_undeclared:
                continue
            if known is None and person is None:
                # Assumed: the API gives this name to somebody without one.
                name = wish.name or email.partition("@")[0]
                people[email] = Person(name, wish.role)
            elif known is None and person is not None:
                # Nobody is demoted who was not seen before.
                role = "admin" if wish.role == "admin" else person.role
                people[email] = Person(wish.name or person.name, role)
            elif known is not None and person is not None:
                # Only what the preview compared; whom somebody removed by hand is not
                # added back by a later plain `up`.
                role = wish.role if known.role != wish.role else person.role
                new = wish.name if known.name != wish.name else None
                people[email] = Person(new or person.name, role)
        return {emails.get(email, email): one for email, one in people.items()}

    def touched(self, ids: Mapping[str, str], program: Program) -> set[str]:
        """Return whom the preview of an `up` names, by the email that they have."""
        before, target = self.before(program), self.target(program)
        found = before.keys() - target.keys()
        for email, wish in target.items():
            known = before.get(email)
            if not wish.is_undeclared and (
                known is None
                or known.role != wish.role
                or wish.name not in {None, known.name}
            ):
                found.add(email)
        emails = self.emails(ids, program.members)
        return {emails.get(email, email) for email in found}

    def loses(self, program: Program) -> bool:
        """Tell whether an `up` removes or demotes anybody."""
        before, target = self.before(program), self.target(program)
        return bool(before.keys() - target.keys()) or any(
            email in before and before[email].role == "admin" != wish.role
            for email, wish in target.items()
        )

    def note_up(
        self, before: Mapping[str, str], ids: Mapping[str, str], program: Program
    ) -> None:
        """Take over what an `up` left: the user ids in the account, before and now."""
        known, target = self.before(program), self.target(program)
        there = self.emails(before, program.members)
        emails = self.emails(ids, program.members)
        now = {email: ids[one] for email, one in emails.items() if email in target}
        made = target.keys() - known.keys() - there.keys()
        mine = set(self.created.values())
        self.created = {
            email: one for email, one in now.items() if email in made or one in mine
        }
        self.ids = {
            email: one for email, one in now.items() if email in program.members
        }
        self.known = {
            email: replace(one, moved_to=known[email].moved_to)
            if email in known and known[email].moved_to != email
            else one
            for email, one in target.items()
        }
        self.named = dict(program.members)
        self.mode = program.undeclared

    def note_refresh(self, account: People, ids: Mapping[str, str]) -> None:
        """Take over what a refresh sees."""
        if self.known is None:
            return
        self.known = {}
        emails = self.emails(ids, self.named)
        self.ids = {
            email: ids[emails[email]] for email in self.named.keys() & emails.keys()
        }
        for email, now in emails.items():
            person, wish = account[now], self.named.get(email)
            if wish is not None:
                name = None if wish.name is None else person.name
                moved_to = None if now == email else now
                self.known[email] = Seen(person.role, name, moved_to=moved_to)
            elif self.mode != "ignore":
                self.known[email] = Seen(person.role, is_undeclared=True)
        self.created = {
            email: one
            for email, one in self.created.items()
            if email in self.known and ids[emails[email]] == one
        }

    def after_destroy(
        self, account: People, ids: Mapping[str, str], on_destroy: str
    ) -> People:
        """Return the account after the roster was destroyed."""
        if on_destroy == "keep":
            return dict(account)
        made = self.created.values()
        return {email: one for email, one in account.items() if ids[email] not in made}

    def note_destroy(self) -> None:
        """There is no roster any more."""
        self.known, self.named, self.mode = None, {}, "report"
        self.ids, self.created = {}, {}
