"""Helpers for people who test their own Pulumi programs against the emulator.

Each name is loaded on first use: the pytest plugin is in this package, and pytest loads
it before a test asks for anything.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_cerevox.testing.emulator_process import EmulatorError, EmulatorProcess
    from pulumi_cerevox.testing.mocks import CerevoxMocks, begin_mocked_run

__all__ = ["CerevoxMocks", "EmulatorError", "EmulatorProcess", "begin_mocked_run"]

_MODULE_OF = {
    "CerevoxMocks": "mocks",
    "EmulatorError": "emulator_process",
    "EmulatorProcess": "emulator_process",
    "begin_mocked_run": "mocks",
}


def __getattr__(name: str) -> object:
    """Load a name from its module."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_MODULE_OF[name]}")
    value: object = getattr(module, name)
    globals()[name] = value
    return value
