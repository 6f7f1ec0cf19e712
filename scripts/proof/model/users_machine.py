"""hypothesis against single `User`s: adopted, made, moved between names, removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.proof.model.account_model import OWNER, People, admins, people_of
from scripts.proof.model.roster_machine import (
    emails,
    faults,
    roles,
)
from scripts.proof.model.stack import Declared, Ending, Outcome, Resources, Stack

_BEFORE = "2026-01-01T00:00:00Z"
_REASONS = (
    "is in account acc_empty already",
    "is no longer in the account",
    "refused to",
    "one run may delete",
)
"""Parts of the messages of which one must tell why a program without a fault fails."""
_slots = st.sampled_from(["first", "second", "third"])


@dataclass(frozen=True)
class OneUser:
    """One `User` of the program; None is not managed."""

    email: str
    role: str | None = None
    name: str | None = None
    on_existing: str = "fail"

    def inputs(self) -> dict[str, Any]:
        """Give the resource's inputs."""
        given = {"email": self.email, "role": self.role, "name": self.name}
        kept = {key: value for key, value in given.items() if value is not None}
        return {**kept, "onExisting": self.on_existing}


class UsersMachine(RuleBasedStateMachine):
    """One stack with up to three `User`s, and hands that change the account."""

    emulator: ClassVar[EmulatorProcess]
    start_stack: ClassVar[Callable[[], Stack]]

    def __init__(self) -> None:
        """Begin with the owner alone, and an empty stack."""
        super().__init__()
        self.emulator.reset()
        self.stack = type(self).start_stack()
        self.users: dict[str, OneUser] = {}
        self.others = {OWNER}
        self.ever_declared: set[str] = set()
        self.made: dict[str, str] = {}
        self.account: People = people_of(self.emulator.users())

    @initialize(people=st.dictionaries(emails, roles, max_size=3))
    def some_are_there(self, people: dict[str, str]) -> None:
        """Let the account begin with a few people."""
        for email, role in people.items():
            self.emulator.add_user(email, role=role, lastlogin=_BEFORE)
        self.others |= people.keys()
        self._look()

    @rule(
        slot=_slots,
        user=st.builds(
            OneUser,
            emails,
            st.sampled_from([None, "admin", "member"]),
            st.sampled_from([None, "Ada", "Bob"]),
            st.sampled_from(["fail", "adopt"]),
        ),
    )
    def declare(self, slot: str, user: OneUser) -> None:
        """Edit the program; a person is never declared twice."""
        taken = {one.email for name, one in self.users.items() if name != slot}
        if user.email not in taken:
            self.users[slot] = user

    @rule(slot=_slots)
    def drop(self, slot: str) -> None:
        """Edit the program: one `User` less."""
        self.users.pop(slot, None)

    @rule(email=emails, role=roles)
    def change_by_hand(self, email: str, role: str) -> None:
        """Somebody adds a person, or changes their role."""
        if email in self.account:
            self.emulator.patch_user(email, role=role)
        else:
            self.emulator.add_user(email, role=role, lastlogin=_BEFORE)
            self.others.add(email)
        self._look()

    @rule(email=emails)
    def remove_by_hand(self, email: str) -> None:
        """Somebody removes a person."""
        if email in self.account:
            self.emulator.remove_user(email)
            self._forget(email)
            self._look()

    @rule()
    def refresh(self) -> None:
        """`pulumi refresh`: reads, and writes nothing."""
        assert self.stack.refresh().ending is Ending.DONE
        assert people_of(self.emulator.users()) == self.account

    @rule()
    def up_after_a_refresh(self) -> None:
        """What is declared is there, if nothing refuses it; nothing else is touched."""
        self.refresh()
        self._up()

    @rule()
    def up(self) -> None:
        """`pulumi up` without a refresh."""
        self._up(converges=False)

    @rule(fault=faults)
    def up_with_a_fault(self, fault: dict[str, Any]) -> None:
        """`pulumi up` with a fault: only declared people are touched."""
        self.emulator.add_fault(**fault)
        self._up(converges=False, has_fault=True)
        self.emulator.clear_faults()

    @rule()
    def destroy(self) -> None:
        """`pulumi destroy`: whom others made stay, whom the program made go."""
        before = dict(self.account)
        outcome = self.stack.destroy()
        event(f"destroy: {outcome.ending}")
        self._look()
        self._others_stay(before)
        if outcome.ending is Ending.DONE:
            assert not self.account.keys() & set(self.made.values()), self.made
        else:
            self._had_a_reason(outcome)
        self.made = {}

    @invariant()
    def the_owner_can_still_act(self) -> None:
        """The key's own user is there, and is an admin."""
        assert OWNER in admins(people_of(self.emulator.users()))

    def _up(self, *, converges: bool = True, has_fault: bool = False) -> None:
        before = dict(self.account)
        self.ever_declared |= {one.email for one in self.users.values()}
        outcome = self.stack.up(self._resources())
        event(f"up: {outcome.ending}")
        self._look()
        self._others_stay(before)
        changed = {
            email
            for email in before.keys() | self.account.keys()
            if before.get(email) != self.account.get(email)
        }
        assert changed <= self.ever_declared, changed
        if outcome.ending is Ending.REFUSED:
            assert not changed, changed
        if outcome.ending is not Ending.DONE:
            assert has_fault or self._had_a_reason(outcome)
            self._keep_what_is_still_declared()
            return
        self._whom_it_made_has_gone(before)
        if converges:
            self._is_as_declared()
        assert self.stack.is_settled(self._resources())

    def _is_as_declared(self) -> None:
        for one in self.users.values():
            human = self.account[one.email]
            assert one.role in {None, human.role}, (one, human)
            assert one.name in {None, human.name}, (one, human)

    @staticmethod
    def _had_a_reason(outcome: Outcome) -> bool:
        """Without a fault only what a program may not do is refused."""
        assert any(reason in outcome.text for reason in _REASONS), outcome.text
        return True

    def _whom_it_made_has_gone(self, before: People) -> None:
        """Whom a `User` made goes with it, unless another one declares them."""
        declared = {one.email for one in self.users.values()}
        dropped = self._made_and_no_longer_declared() - declared
        assert not dropped & self.account.keys(), dropped
        self._keep_what_is_still_declared()
        self.made |= {
            name: one.email
            for name, one in self.users.items()
            if one.email not in before
        }

    def _made_and_no_longer_declared(self) -> set[str]:
        kept = {(name, one.email) for name, one in self.users.items()}
        return {email for name, email in self.made.items() if (name, email) not in kept}

    def _keep_what_is_still_declared(self) -> None:
        """A resource that is to go after a failure may have gone from the state."""
        self.made = {
            name: email
            for name, email in self.made.items()
            if name in self.users and self.users[name].email == email
        }

    def _forget(self, email: str) -> None:
        self.made = {name: one for name, one in self.made.items() if one != email}

    def _others_stay(self, before: People) -> None:
        """Nobody goes whom the program did not make."""
        gone = before.keys() - self.account.keys()
        assert not gone & self.others, gone

    def _resources(self) -> Resources:
        return {
            name: Declared("User", one.inputs()) for name, one in self.users.items()
        }

    def _look(self) -> None:
        self.account = people_of(self.emulator.users())
        self.others &= self.account.keys()
