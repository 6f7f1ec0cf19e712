"""A short form of `make model`; and the model notices what it is there for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_cerevox.testing import EmulatorProcess
from scripts.engine.provider_host import CallError
from scripts.proof.journal import OWNER
from scripts.proof.model.__main__ import try_histories
from scripts.proof.model.expectation import Wish
from scripts.proof.model.machines import (
    AccountMachine,
    OneUser,
    RosterMachine,
    UsersMachine,
)
from scripts.proof.model.stacks import Ended, HostStack, Resources, Stack


@pytest.fixture(scope="module")
def account() -> Iterator[EmulatorProcess]:
    with EmulatorProcess(seed="empty") as emulator:
        yield emulator


@pytest.fixture
def environment(account: EmulatorProcess) -> dict[str, str]:
    return {"CEREVOX_API_KEY": account.api_key, "CEREVOX_BASE_URL": account.url}


@pytest.mark.parametrize("kind", ["Roster", "Users"])
def test_random_histories_keep_every_promise(
    kind: str, account: EmulatorProcess, environment: dict[str, str]
) -> None:
    def start() -> Stack:
        return HostStack(environment, {"maxWaitSeconds": "10"})

    try_histories(kind, start, account, histories=4, steps=10)


def careless(account: EmulatorProcess) -> type[HostStack]:
    """Make stacks whose `up` also removes somebody whom nobody named."""

    class Careless(HostStack):
        def up(self, program: Resources, targets: Collection[str] = ()) -> Ended:
            ended = super().up(program, targets)
            for user in account.users():
                if user["email"] != OWNER:
                    account.remove_user(user["email"])
                    break
            return ended

    return Careless


def lazy(account: EmulatorProcess) -> type[HostStack]:
    """Make stacks whose `up` does nothing."""
    del account

    class Lazy(HostStack):
        def _carry_out(self, *_: object) -> None:
            pass

    return Lazy


def timid(account: EmulatorProcess) -> type[HostStack]:
    """Make stacks whose `up` always fails, for no reason of the program's."""
    del account

    class Timid(HostStack):
        def _carry_out(self, *_: object) -> None:
            raise CallError("TypeError: 'NoneType' object is not subscriptable")

    return Timid


def keeping(account: EmulatorProcess) -> type[HostStack]:
    """Make stacks that forget whom they should delete."""
    del account

    class Keeping(HostStack):
        def _delete(self, _: object, names: list[str]) -> None:
            for name in names:
                del self.state[name]

    return Keeping


def one_history(
    kind: type[AccountMachine],
    stack: type[HostStack],
    account: EmulatorProcess,
    environment: dict[str, str],
    play: Callable[[Any], None],
) -> None:
    """Play one history against a stack, in the words of the model's own rules."""

    def start() -> Stack:
        return stack(environment, {"maxWaitSeconds": "10"})

    parts = {"emulator": account, "start_stack": staticmethod(start)}
    machine = type("Machine", (kind,), parts)

    @settings(max_examples=1, database=None, deadline=None)
    @given(st.none())
    def played(_: None) -> None:
        play(machine())

    played()


def declare_one(machine: Any) -> None:
    """Let somebody else be there, declare one person more, and run the program."""
    machine.change_by_hand("p1@example.com", "member")
    if isinstance(machine, UsersMachine):
        machine.declare("first", OneUser("p0@example.com"))
    else:
        machine.declare("p0@example.com", Wish())
    machine.up()


def change_an_email(machine: Any) -> None:
    """Let the declared person change their email, and run the program again."""
    declare_one(machine)
    machine.change_email("p0@example.com", "p4@example.com")
    machine.up()
    assert "p4@example.com" in machine.account
    machine.refresh()
    machine.up()


@pytest.mark.parametrize("play", [declare_one, change_an_email])
@pytest.mark.parametrize("kind", [RosterMachine, UsersMachine])
def test_a_sound_stack_passes_the_same_history(
    kind: type[AccountMachine],
    play: Callable[[Any], None],
    account: EmulatorProcess,
    environment: dict[str, str],
) -> None:
    one_history(kind, HostStack, account, environment, play)


def test_the_model_notices_a_roster_that_forgets_ids(
    account: EmulatorProcess, environment: dict[str, str]
) -> None:
    class Forgetful(HostStack):
        def up(self, program: Resources, targets: Collection[str] = ()) -> Ended:
            for kept in self.state.values():
                for one in kept.outputs["__known"].values():
                    one.pop("userId", None)
            return super().up(program, targets)

    with pytest.raises(AssertionError, match=r"p4@example\.com"):
        one_history(RosterMachine, Forgetful, account, environment, change_an_email)


@pytest.mark.parametrize("kind", [RosterMachine, UsersMachine])
@pytest.mark.parametrize("broken", [careless, lazy, timid])
def test_the_model_notices_a_stack_that_does_otherwise(
    broken: Callable[[EmulatorProcess], type[HostStack]],
    kind: type[AccountMachine],
    account: EmulatorProcess,
    environment: dict[str, str],
) -> None:
    with pytest.raises(AssertionError):
        one_history(kind, broken(account), account, environment, declare_one)


@pytest.mark.parametrize("ends", ["dropped", "destroyed"])
def test_the_model_notices_whom_nobody_deleted(
    ends: str, account: EmulatorProcess, environment: dict[str, str]
) -> None:
    def play(users: UsersMachine) -> None:
        users.declare("first", OneUser("p0@example.com"))
        users.up()
        if ends == "dropped":
            users.drop("first")
        users.destroy() if ends == "destroyed" else users.up()

    with pytest.raises(AssertionError, match=r"p0@example\.com"):
        one_history(UsersMachine, keeping(account), account, environment, play)
