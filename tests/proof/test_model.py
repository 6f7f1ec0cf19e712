"""A short form of `make model`; and the model notices what it is there for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.proof.model.__main__ import try_histories
from scripts.proof.model.account_model import OWNER
from scripts.proof.model.host_stack import HostStack
from scripts.proof.model.stack import Outcome, Resources, Stack


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
        def up(self, program: Resources) -> Outcome:
            outcome = super().up(program)
            for user in account.users():
                if user["email"] != OWNER:
                    account.remove_user(user["email"])
                    break
            return outcome

    return Careless


def lazy(account: EmulatorProcess) -> type[HostStack]:
    """Make stacks whose `up` does nothing."""
    del account

    class Lazy(HostStack):
        def _carried_out(self, *_: object) -> str:
            return ""

    return Lazy


@pytest.mark.parametrize("kind", ["Roster", "Users"])
@pytest.mark.parametrize("broken", [careless, lazy])
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
