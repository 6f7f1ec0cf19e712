"""hypothesis against a roster: programs, hands, refreshes and faults in any order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

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
from scripts.proof.model.account_model import (
    OWNER,
    People,
    admins,
    people_of,
)
from scripts.proof.model.roster_model import Program, RosterModel, Wish
from scripts.proof.model.stack import Declared, Ending, Outcome, Resources, Stack

_EMAILS = [f"p{number}@example.com" for number in range(5)]
_NAMES = ["Ada", "Bob"]
_BEFORE = "2026-01-01T00:00:00Z"

emails = st.sampled_from(_EMAILS)
roles = st.sampled_from(["admin", "member"])
wishes = st.builds(Wish, roles, st.sampled_from([None, *_NAMES]))
faults = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["POST", "PUT", "DELETE", "GET"]),
        "nth": st.integers(1, 3),
        "status": st.sampled_from([400, 500, 503]),
        "when": st.sampled_from(["before", "after"]),
    }
)


class RosterMachine(RuleBasedStateMachine):
    """One stack with at most one roster, and hands that change the account."""

    emulator: ClassVar[EmulatorProcess]
    start_stack: ClassVar[Callable[[], Stack]]

    def __init__(self) -> None:
        """Begin with the owner alone, and an empty stack."""
        super().__init__()
        self.emulator.reset()
        self.stack = type(self).start_stack()
        self.model = RosterModel()
        self.account: People = people_of(self.emulator.users())
        self.members: dict[str, Wish] = {OWNER: Wish("admin")}
        self.settings: dict[str, Any] = {}
        self.on_destroy = "keep"
        self.applied: Program | None = None

    @initialize(people=st.dictionaries(emails, roles, max_size=3))
    def some_are_there(self, people: dict[str, str]) -> None:
        """Let the account begin with a few people."""
        for email, role in people.items():
            self.emulator.add_user(email, role=role, lastlogin=_BEFORE)
        self._look()

    @rule(email=emails, wish=wishes)
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
    def set(self, undeclared: str, min_admins: int, on_destroy: str) -> None:
        """Edit the program: its settings."""
        self.settings = {
            "undeclared": undeclared,
            "min_admins": min_admins,
            "on_destroy": on_destroy,
        }

    @rule(email=emails, role=roles)
    def add_by_hand(self, email: str, role: str) -> None:
        """Somebody adds a person, or changes their role, behind the program's back."""
        if email in self.account:
            self.emulator.patch_user(email, role=role)
        else:
            self.emulator.add_user(email, role=role, lastlogin=_BEFORE)
        self._look()

    @rule(email=emails, name=st.sampled_from(_NAMES))
    def rename_by_hand(self, email: str, name: str) -> None:
        """Somebody renames a person."""
        if email in self.account:
            self.emulator.patch_user(email, name=name)
            self._look()

    @rule(email=emails)
    def remove_by_hand(self, email: str) -> None:
        """Security removes somebody at 17:00."""
        if email in self.account:
            self.emulator.remove_user(email)
            self._look()

    @rule()
    def refresh(self) -> None:
        """`pulumi refresh`: reads, and writes nothing."""
        assert self.stack.refresh().ending is Ending.DONE
        self._unchanged("a refresh")
        self.model.note_refresh(self.account)

    @rule()
    def up(self) -> None:
        """`pulumi up`: does what its preview showed, exactly."""
        program = self._program()
        before = dict(self.account)
        outcome = self.stack.up(self._resources(program))
        event(f"up: {outcome.ending}")
        if outcome.ending is Ending.REFUSED:
            self._unchanged("a refused preview")
            self._had_a_reason(program, outcome)
            return
        if outcome.ending is Ending.FAILED:
            self._only_previewed(program, before)
            self._had_a_reason(program, outcome)
            return
        expected = self.model.after_up(before, program)
        assert people_of(self.emulator.users()) == expected, outcome.text
        self._applied(program, before)
        assert self.stack.is_settled(self._resources(program))
        self._unchanged("a preview")

    @rule(fault=faults)
    def up_with_a_fault(self, fault: dict[str, Any]) -> None:
        """`pulumi up` with a fault: what is done was previewed, and can be finished."""
        program = self._program()
        before = dict(self.account)
        self.emulator.add_fault(**fault)
        outcome = self.stack.up(self._resources(program))
        self.emulator.clear_faults()
        event(f"up with a fault: {outcome.ending}")
        if outcome.ending is Ending.DONE:
            expected = self.model.after_up(before, program)
            assert people_of(self.emulator.users()) == expected, outcome.text
            self._applied(program, before)
            return
        self._only_previewed(program, before)
        # Without the fault the same program goes through, or says what refuses it.
        self.up()

    @precondition(lambda self: self.model.known is not None)
    @rule()
    def destroy(self) -> None:
        """`pulumi destroy`: keeps everybody, or removes whom the roster made."""
        on_destroy = self.applied.on_destroy if self.applied else "keep"
        expected = self.model.after_destroy(self.account, on_destroy)
        outcome = self.stack.destroy()
        event(f"destroy: {outcome.ending}")
        if outcome.ending is Ending.FAILED:
            assert "refused by guard" in outcome.text, outcome.text
            self._unchanged("a refused destroy")
            return
        assert people_of(self.emulator.users()) == expected, outcome.text
        self._look()
        self.model.note_destroy()

    @invariant()
    def the_owner_can_still_act(self) -> None:
        """Nobody locks the account: its key's own user is there, and is an admin."""
        assert OWNER in admins(people_of(self.emulator.users()))

    def _program(self) -> Program:
        return Program(dict(self.members), **self.settings)

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

    def _applied(self, program: Program, before: People) -> None:
        self.model.note_up(before, program)
        self.applied = program
        self._look()

    def _look(self) -> None:
        self.account = people_of(self.emulator.users())

    def _unchanged(self, what: str) -> None:
        assert people_of(self.emulator.users()) == self.account, f"{what} wrote"

    def _had_a_reason(self, program: Program, outcome: Outcome) -> None:
        """A program that harms nobody must go through; any other is told why not."""
        declared_admins = {
            email for email, one in program.members.items() if one.role == "admin"
        }
        able = OWNER in declared_admins and len(declared_admins) >= program.min_admins
        harms = self.model.loses(program)
        if "refused by guard" in outcome.text:
            assert not able or harms, outcome.text
        else:
            assert program.undeclared == "fail", outcome.text
            assert "undeclared" in outcome.text, outcome.text

    def _only_previewed(self, program: Program, before: People) -> None:
        """Nobody was touched whom the preview did not name."""
        now = people_of(self.emulator.users())
        touched = {
            email
            for email in now.keys() | before.keys()
            if now.get(email) != before.get(email)
        }
        assert touched <= self.model.touched(program), touched
        self._look()
