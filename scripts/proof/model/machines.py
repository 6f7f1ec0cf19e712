"""Let hypothesis edit programs and accounts, refresh, fail and destroy in any order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.proof.journal import OWNER, people_of
from scripts.proof.model.expectation import People, Program, RosterModel, Wish
from scripts.proof.model.stacks import Declared, Ended, Ending, Resources, Stack

_EMAILS = [f"p{number}@example.com" for number in range(5)]
_NAMES = ["Ada", "Bob"]
_BEFORE = "2026-01-01T00:00:00Z"
_REASONS = (
    "is in account acc_empty already",
    "is no longer in the account",
    "another email in the account now",
    "refused to",
    "one run may delete",
)
"""Parts of the messages of which one must say why single `User`s are refused."""

emails = st.sampled_from(_EMAILS)
roles = st.sampled_from(["admin", "member"])
names = st.sampled_from(_NAMES)
slots = st.sampled_from(["first", "second", "third"])
faults = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["POST", "PUT", "DELETE", "GET"]),
        "nth": st.integers(1, 3),
        "status": st.sampled_from([400, 500, 503]),
        "when": st.sampled_from(["before", "after"]),
    }
)


class AccountMachine(RuleBasedStateMachine):
    """One stack, and people who change its account by hand.

    Attributes:
        account: Who is in the account, as last looked at.
        ids: Their user ids, by email.
        others: The ids of those among them whom the program did not make.
    """

    emulator: ClassVar[EmulatorProcess]
    start_stack: ClassVar[Callable[[], Stack]]

    def __init__(self) -> None:
        """Begin with the owner alone, and an empty stack."""
        super().__init__()
        self.emulator.reset()
        self.stack = type(self).start_stack()
        self.account: People = {}
        self.ids: dict[str, str] = {}
        self.look()
        self.others = {self.ids[OWNER]}

    def look(self) -> None:
        """Look who is in the account now."""
        users = self.emulator.users()
        self.account = people_of(users, with_owner=True)
        self.ids = {user["email"]: user["user_id"] for user in users}

    def people_now(self) -> People:
        """Return who is in the account."""
        return people_of(self.emulator.users(), with_owner=True)

    def unchanged(self, what: str) -> None:
        """Make sure that nothing was written."""
        assert self.people_now() == self.account, f"{what} wrote"

    @initialize(people=st.dictionaries(emails, roles, max_size=3))
    def some_are_there(self, people: dict[str, str]) -> None:
        """Let the account begin with a few people."""
        for email, role in people.items():
            self.change_by_hand(email, role)

    @rule(email=emails, role=roles)
    def change_by_hand(self, email: str, role: str) -> None:
        """Somebody adds a person, or changes their role, behind the program's back."""
        if email in self.account:
            self.emulator.patch_user(email, role=role)
        else:
            user = self.emulator.add_user(email, role=role, lastlogin=_BEFORE)
            self.others.add(user["user_id"])
        self.look()

    @rule(email=emails)
    def remove_by_hand(self, email: str) -> None:
        """Somebody removes a person."""
        if email in self.account:
            self.others.discard(self.ids[email])
            self.emulator.remove_user(email)
            self.look()

    @rule(email=emails, new=emails)
    def change_email(self, email: str, new: str) -> None:
        """A person changes their own email to one that nobody has."""
        if email in self.account and new not in self.account:
            self.emulator.patch_user(email, email=new)
            self.look()

    @rule(email=emails)
    def log_in(self, email: str) -> None:
        """A person logs in, as everybody does in a real account."""
        if email in self.account:
            self.emulator.patch_user(email, lastlogin=_BEFORE)

    @rule()
    def refresh(self) -> None:
        """`pulumi refresh`: reads, and writes nothing."""
        assert self.stack.refresh().ending is Ending.DONE
        self.unchanged("a refresh")

    def assert_gone(self, user_ids: set[str]) -> None:
        """Make sure that none of these is in the account."""
        left = {email for email, user_id in self.ids.items() if user_id in user_ids}
        assert not left, left

    @invariant()
    def the_owner_can_still_act(self) -> None:
        """Nobody locks the account: its key's own user is there, and is an admin."""
        assert self.people_now()[OWNER].role == "admin"


class RosterMachine(AccountMachine):
    """A stack with at most one roster."""

    def __init__(self) -> None:
        """Begin without a roster."""
        super().__init__()
        self.model = RosterModel()
        self.members: dict[str, Wish] = {OWNER: Wish("admin")}
        self.settings: dict[str, Any] = {}
        self.applied: Program | None = None

    @rule(email=emails, wish=st.builds(Wish, roles, st.sampled_from([None, *_NAMES])))
    def declare(self, email: str, wish: Wish) -> None:
        """Edit the program: one more member, or another role or name."""
        self.members[email] = wish

    @rule(email=st.sampled_from([*_EMAILS, OWNER]))
    def drop(self, email: str) -> None:
        """Edit the program: one member less."""
        self.members.pop(email, None)

    @rule(
        undeclared=st.sampled_from(["report", "remove", "ignore", "fail"]),
        min_admins=st.sampled_from([1, 1, 2]),
        on_destroy=st.sampled_from(["keep", "remove_created"]),
    )
    def set(self, **settings: Any) -> None:
        """Edit the program: its settings."""
        self.settings = settings

    @rule(email=emails, name=names)
    def rename_by_hand(self, email: str, name: str) -> None:
        """Somebody renames a person."""
        if email in self.account:
            self.emulator.patch_user(email, name=name)
            self.look()

    @rule()
    def refresh(self) -> None:
        """`pulumi refresh`: reads, and the model knows what it saw."""
        super().refresh()
        self.model.note_refresh(self.account, self.ids)

    @rule()
    def up(self) -> None:
        """`pulumi up`: does what its preview showed, exactly."""
        program, ended = self._up("up")
        if ended.ending is Ending.DONE:
            assert self.stack.is_settled(self._resources(program))
            self.unchanged("a preview")
            return
        # A program that harms nobody must go through; any other says why not.
        admins = {
            email for email, one in program.members.items() if one.role == "admin"
        }
        able = OWNER in admins and len(admins) >= program.min_admins
        if "declared twice" in ended.text:
            emails = self.model.emails(self.ids, program.members)
            moved = {now for email, now in emails.items() if now != email}
            assert moved & program.members.keys(), ended.text
        elif "refused by guard" in ended.text:
            assert not able or self.model.loses(program), ended.text
        else:
            assert program.undeclared == "fail", ended.text
            assert "undeclared" in ended.text, ended.text

    @rule(fault=faults)
    def up_with_a_fault(self, fault: dict[str, Any]) -> None:
        """`pulumi up` with a fault: what is done was previewed, and can be finished."""
        self.emulator.add_fault(**fault)
        _, ended = self._up("up with a fault")
        self.emulator.clear_faults()
        if ended.ending is not Ending.DONE:
            # Without the fault the same program goes through, or says what refuses it.
            self.up()

    @precondition(lambda self: self.model.known is not None)
    @rule()
    def destroy(self) -> None:
        """`pulumi destroy`: keeps everybody, or removes whom the roster made."""
        on_destroy = self.applied.on_destroy if self.applied else "keep"
        expected = self.model.after_destroy(self.account, self.ids, on_destroy)
        ended = self.stack.destroy()
        event(f"destroy: {ended.ending}")
        if ended.ending is Ending.FAILED:
            assert "refused by guard" in ended.text, ended.text
            self.unchanged("a refused destroy")
            return
        self.look()
        assert self.account == expected, ended.text
        self.model.note_destroy()

    def _up(self, name: str) -> tuple[Program, Ended]:
        """Run the program, and compare the account with what the model expects."""
        program = Program(dict(self.members), **self.settings)
        before, ids = self.account, self.ids
        ended = self.stack.up(self._resources(program))
        event(f"{name}: {ended.ending}")
        self.look()
        if ended.ending is Ending.DONE:
            expected = self.model.after_up(before, ids, program)
            assert self.account == expected, ended.text
            stayed = before.keys() & self.account.keys()
            assert all(ids[email] == self.ids[email] for email in stayed), ended.text
            self.model.note_up(ids, self.ids, program)
            self.applied = program
        else:
            touched = _changed(before, self.account)
            may_touch = ended.ending is Ending.FAILED
            named = self.model.touched(ids, program) if may_touch else set()
            assert touched <= named, (touched, ended.text)
        return program, ended

    @staticmethod
    def _resources(program: Program) -> Resources:
        members = {
            email: {"role": one.role} | ({"name": one.name} if one.name else {})
            for email, one in program.members.items()
        }
        inputs = {
            "members": members,
            "undeclared": program.undeclared,
            "onDestroy": program.on_destroy,
            "guards": {
                "minAdmins": program.min_admins,
                "maxRemovals": {"count": 2, "fraction": 1},
                "maxDemotions": {"count": 2, "fraction": 1},
            },
        }
        return {"team": Declared("Roster", inputs)}


@dataclass(frozen=True)
class OneUser:
    """One `User` of the program; None is not managed."""

    email: str
    role: str | None = None
    name: str | None = None
    on_existing: str = "fail"

    def inputs(self) -> dict[str, Any]:
        """Return the resource's inputs."""
        given = {"email": self.email, "role": self.role, "name": self.name}
        kept = {key: value for key, value in given.items() if value is not None}
        return {**kept, "onExisting": self.on_existing}


class Made(NamedTuple):
    """A person whom a `User` made, with the email that the state has of them."""

    user_id: str
    email: str


class UsersMachine(AccountMachine):
    """A stack with up to three `User`s: adopted, made, moved between names, removed.

    Attributes:
        users: The program.
        made: Whom which `User` made, as far as they are there.
        ever_declared: Who was declared at some time, by id.
    """

    def __init__(self) -> None:
        """Begin without resources."""
        self.users: dict[str, OneUser] = {}
        self.made: dict[str, Made] = {}
        self.ever_declared: set[str] = set()
        super().__init__()

    def look(self) -> None:
        """Look who is in the account now."""
        super().look()
        there = set(self.ids.values())
        self.made = {
            name: one for name, one in self.made.items() if one.user_id in there
        }

    @rule(
        slot=slots,
        user=st.builds(
            OneUser,
            emails,
            st.sampled_from([None, "admin", "member"]),
            st.sampled_from([None, *_NAMES]),
            st.sampled_from(["fail", "adopt"]),
        ),
    )
    def declare(self, slot: str, user: OneUser) -> None:
        """Edit the program; a person is never declared twice."""
        taken = {one.email for name, one in self.users.items() if name != slot}
        if user.email not in taken:
            self.users[slot] = user

    @rule(slot=slots)
    def drop(self, slot: str) -> None:
        """Edit the program: one `User` less."""
        self.users.pop(slot, None)

    @rule(one=slots, other=slots)
    def move(self, one: str, other: str) -> None:
        """Edit the program: two `User`s change their names, or one gets a new one."""
        moved = {one: self.users.get(other), other: self.users.get(one)}
        kept = {name: user for name, user in self.users.items() if name not in moved}
        there = {name: user for name, user in moved.items() if user is not None}
        self.users = kept | there

    @rule()
    def refresh(self) -> None:
        """`pulumi refresh`: reads, and learns who has another email."""
        super().refresh()
        emails_now = {user_id: email for email, user_id in self.ids.items()}
        self.made = {
            name: Made(one.user_id, emails_now[one.user_id])
            for name, one in self.made.items()
        }

    @rule()
    def up_after_a_refresh(self) -> None:
        """What is declared is there, if nothing refuses it; nothing else is touched."""
        self.refresh()
        if self._up():
            for one in self.users.values():
                person = self.account[one.email]
                assert one.role in {None, person.role}, (one, person)
                assert one.name in {None, person.name}, (one, person)

    @rule()
    def up(self) -> None:
        """`pulumi up` without a refresh."""
        self._up()

    @rule(fault=faults)
    def up_with_a_fault(self, fault: dict[str, Any]) -> None:
        """`pulumi up` with a fault: only declared people are touched."""
        self.emulator.add_fault(**fault)
        self._up(has_fault=True)
        self.emulator.clear_faults()

    @rule()
    def destroy(self) -> None:
        """`pulumi destroy`: whom others made stay, whom the program made go."""
        made = {one.user_id for one in self.made.values()}
        ended = self.stack.destroy()
        event(f"destroy: {ended.ending}")
        self.look()
        there = set(self.ids.values())
        assert self.others <= there, self.others
        if ended.ending is Ending.DONE:
            self.assert_gone(made)
        else:
            assert any(reason in ended.text for reason in _REASONS), ended.text
        self.made = {}

    def _up(self, *, has_fault: bool = False) -> bool:
        """Run the program, compare who is there; tell whether it went through."""
        before, ids, made = self.account, self.ids, dict(self.made)
        declared = {one.email for one in self.users.values()}
        self.ever_declared |= {ids.get(email, email) for email in declared}
        resources = {
            name: Declared("User", one.inputs()) for name, one in self.users.items()
        }
        ended = self.stack.up(resources)
        event(f"up: {ended.ending}")
        self.look()
        # Nobody goes whom the program did not make, and nobody else is touched.
        there = set(self.ids.values())
        assert self.others <= there, self.others
        changed = _changed(before, self.account)
        self.ever_declared |= {self.ids.get(email, email) for email in declared}
        touched = {ids.get(email) or self.ids[email] for email in changed}
        assert touched <= self.ever_declared, changed
        if ended.ending is Ending.REFUSED:
            assert not changed, changed
        if ended.ending is not Ending.DONE and not has_fault:
            assert any(reason in ended.text for reason in _REASONS), ended.text
        # A resource that is to go after a failure may have gone from the state.
        self.made = {
            name: one
            for name, one in made.items()
            if name in self.users and self.users[name].email == one.email
        }
        kept = {one.user_id for one in self.made.values()}
        assert kept <= there, kept
        if ended.ending is not Ending.DONE:
            return False
        # Whom a `User` made goes with it, unless another one declares them.
        dropped = {one.user_id for one in made.values()} - kept
        dropped -= {self.ids[email] for email in declared & self.ids.keys()}
        self.assert_gone(dropped)
        self.made |= {
            name: Made(self.ids[one.email], one.email)
            for name, one in self.users.items()
            if one.email not in before and one.email in self.ids
        }
        assert self.stack.is_settled(resources)
        return True


def _changed(before: People, now: People) -> set[str]:
    """Return whom two looks at an account show differently."""
    return {
        email
        for email in before.keys() | now.keys()
        if before.get(email) != now.get(email)
    }
