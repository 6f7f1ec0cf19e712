"""Provider hosts for an emulated account, without an engine's state and program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pulumi.dynamic import ResourceProvider

from benchmarks.setup import ROOT
from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.engine.provider_host import Engine, Host


@contextmanager
def serving(
    emulator: EmulatorProcess, provider: type[ResourceProvider]
) -> Iterator[Host]:
    """Start a host whose calls are about the resources of one provider class."""
    engine = Engine()
    try:
        with Host(engine, account_of(emulator)) as host:
            host.provider = provider
            yield host.configure()
    finally:
        engine.close()


def account_of(emulator: EmulatorProcess) -> dict[str, str]:
    """Give the environment in which a provider finds the account, and our modules."""
    return {
        "CEREVOX_API_KEY": emulator.api_key,
        "CEREVOX_BASE_URL": emulator.url,
        "PYTHONPATH": str(ROOT),
    }
