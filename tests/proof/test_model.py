"""A short form of `make model`; and the model notices what it is there for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_cerevox.testing import EmulatorProcess
from scripts.engine.provider_host import CallError
from scripts.proof.journal import OWNER
from scripts.proof.model.__main__ import try_histories
from scripts.proof.model.machines import OneUser, UsersMachine
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
        def up(self, program: Resources) -> Ended:
            ended = super().up(program)
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
                del self._state[name]

    return Keeping


BROKEN = [
    (careless, "Roster"),
    (careless, "Users"),
    (lazy, "Roster"),
    (lazy, "Users"),
    (timid, "Roster"),
    (timid, "Users"),
]


@pytest.mark.parametrize(("broken", "kind"), BROKEN)
def test_the_model_notices_a_stack_that_does_otherwise(
    broken: Callable[[EmulatorProcess], type[HostStack]],
    kind: str,
    account: EmulatorProcess,
    environment: dict[str, str],
) -> None:
    def start() -> Stack:
        return broken(account)(environment, {"maxWaitSeconds": "10"})

    with pytest.raises(Exception):  # noqa: B017, PT011 - any sign of it will do
        try_histories(kind, start, account, histories=8, steps=12, shrinks=False)


@pytest.mark.parametrize("ends", ["dropped", "destroyed"])
def test_the_model_notices_whom_nobody_deleted(
    ends: str, account: EmulatorProcess, environment: dict[str, str]
) -> None:
    def start() -> Stack:
        return keeping(account)(environment, {"maxWaitSeconds": "10"})

    parts = {"emulator": account, "start_stack": staticmethod(start)}
    machine = type("Machine", (UsersMachine,), parts)

    @settings(max_examples=1, database=None, deadline=None)
    @given(st.just(ends))
    def one_history(_: str) -> None:
        users = machine()
        users.declare("first", OneUser("p0@example.com"))
        users.up()
        if ends == "dropped":
            users.drop("first")
        users.destroy() if ends == "destroyed" else users.up()

    with pytest.raises(AssertionError, match=r"p0@example\.com"):
        one_history()
