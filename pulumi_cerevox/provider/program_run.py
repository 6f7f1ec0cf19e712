"""What belongs to one run of a Pulumi program, and ends with it.

One process may run several programs, and the preview and the update of one (inline
programs of the Automation API): each run has a root stack of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime.settings import get_root_resource

T = TypeVar("T")


class PerRun(Generic[T]):
    """One value for each run.

    A value must not hold resources: they lead to their stack, which would never go.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        """Make the value of a run when it is first asked for."""
        self._make = make
        self._lock = threading.Lock()
        self._values: WeakKeyDictionary[pulumi.Resource, T] = WeakKeyDictionary()

    def current(self) -> T:
        """Give the value of the present run; outside of any, a new one each time.

        Unit tests with mocks have no root stack, and nothing of one test may be left
        over for the next.
        """
        stack = get_root_resource()
        if stack is None:
            return self._make()
        with self._lock:
            if stack not in self._values:
                self._values[stack] = self._make()
            return self._values[stack]
