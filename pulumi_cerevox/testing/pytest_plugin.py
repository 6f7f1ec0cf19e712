"""A pytest plugin for people who test their own Pulumi programs and scripts.

Installing the package is enough: pytest finds it. Nothing is loaded or run before a
test asks for one of the fixtures. The emulator needs the extra `emulator`.

`cerevox_emulator`
    A running account, reset to its seed for each test. Choose the seed
    with ``@pytest.mark.cerevox_seed("team")``. The default is `empty`.
`cerevox_account`
    An `Account` for it, with the owner's key.
`cerevox_environment`
    Sets CEREVOX_API_KEY and CEREVOX_BASE_URL for it during the test.
`cerevox_mocks`
    Sets mocks for this package's resources: no engine and no account needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from pulumi_cerevox import account as api
from pulumi_cerevox import testing

if TYPE_CHECKING:
    from pulumi_cerevox.account import Account
    from pulumi_cerevox.testing import CerevoxMocks, EmulatorProcess

DEFAULT_SEED = "empty"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, so that strict pytest accepts it."""
    config.addinivalue_line(
        "markers", "cerevox_seed(name_or_file): what cerevox_emulator starts with"
    )


@pytest.fixture(scope="session")
def _cerevox_emulators() -> Iterator[dict[str, EmulatorProcess]]:
    """Hold one emulator a seed, for the whole session."""
    running: dict[str, EmulatorProcess] = {}
    with ExitStack() as stack:
        yield running
        for emulator in running.values():
            stack.push(emulator)


@pytest.fixture
def cerevox_emulator(
    request: pytest.FixtureRequest, _cerevox_emulators: dict[str, EmulatorProcess]
) -> EmulatorProcess:
    """Return a running account as its seed left it, with journal and faults."""
    marker = request.node.get_closest_marker("cerevox_seed")
    seed = str(marker.args[0]) if marker else DEFAULT_SEED
    if seed not in _cerevox_emulators:
        _cerevox_emulators[seed] = testing.EmulatorProcess(seed=seed)
    emulator = _cerevox_emulators[seed]
    emulator.reset()
    return emulator


@pytest.fixture
def cerevox_account(cerevox_emulator: EmulatorProcess) -> Iterator[Account]:
    """Return a client of the emulated account, with its owner's key."""
    emulator = cerevox_emulator
    with api.Account(emulator.api_key, base_url=emulator.url) as account:
        yield account


@pytest.fixture
def cerevox_environment(
    cerevox_emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> EmulatorProcess:
    """Let programs and scripts find the emulated account by their environment."""
    monkeypatch.setenv("CEREVOX_API_KEY", cerevox_emulator.api_key)
    monkeypatch.setenv("CEREVOX_BASE_URL", cerevox_emulator.url)
    return cerevox_emulator


@pytest.fixture
def cerevox_mocks() -> CerevoxMocks:
    """Run programs without an engine: resources are recorded, outputs are made up."""
    return testing.begin_mocked_run()
