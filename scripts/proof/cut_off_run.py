"""A run in a process group of its own, and killing what takes part in it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import psutil

from scripts.proof.deeds import writes
from scripts.proof.hosts_left import is_host
from scripts.proof.scenarios import Command
from scripts.proof.world import LONGEST_RUN, Run, World

_LOOKS_A_SECOND = 100


class CutOffRun:
    """A command that is running, with its provider hosts; ended with `with`."""

    def __init__(self, world: World, command: Command) -> None:
        """Start the command; its output goes to a file of the world."""
        self._world = world
        self._began = time.monotonic()
        self._output = (world.home / "output.txt").open("w+")
        self._engine = psutil.Popen(
            world.words(*command),
            cwd=world.project,
            env=world.workspace.environment(),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._hosts: list[psutil.Process] = []

    def __enter__(self) -> Self:
        """Give the run."""
        return self

    def __exit__(
        self,
        _: type[BaseException] | None,
        __: BaseException | None,
        ___: TracebackType | None,
    ) -> None:
        """Leave nothing running, whatever happened."""
        for process in (*self._children(recursive=True), *self._hosts):
            _kill(process)
        _kill(self._engine)
        self._engine.wait()
        self._output.close()

    @property
    def is_over(self) -> bool:
        """Whether the engine has ended."""
        return self._engine.poll() is not None

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to become true, or for the run to end."""
        while not (condition() or self.is_over):
            time.sleep(1 / _LOOKS_A_SECOND)

    def wait_for_writes(self, count: int) -> None:
        """Wait until so many writes were committed, or the run has ended."""
        self.wait_until(lambda: len(self.writes()) >= count)

    def wait_for_time(self, seconds: float) -> None:
        """Wait until so long after the start, or until the run has ended."""
        self.wait_until(lambda: time.monotonic() - self._began >= seconds)

    def writes(self) -> list[object]:
        """Give the writes that the account's journal has."""
        return list(writes(self._world.emulator.journal()))

    def kill_engine(self) -> bool:
        """Kill the engine alone, and tell whether it ran; its hosts live on."""
        self.find_hosts()
        _kill(self._engine)
        return self._engine.wait() == -signal.SIGKILL

    def kill_hosts(self) -> bool:
        """Kill the provider hosts; wait for the first one where there is none yet.

        Tells whether any was there to be killed.
        """
        self.wait_until(lambda: bool(self.find_hosts()))
        hit = [is_host(host) for host in self._hosts]
        for host in self._hosts:
            _kill(host)
        return any(hit)

    def interrupt(self) -> bool:
        """Send the engine what one ^C sends, and tell whether it ran."""
        self.find_hosts()
        if not self.is_over:
            self._engine.send_signal(signal.SIGINT)
        return not self.is_over

    def end(self) -> Run | None:
        """Wait for the engine's end; give the run, None where it hangs."""
        try:
            code = self._engine.wait(LONGEST_RUN)
        except psutil.TimeoutExpired:
            return None
        self._output.seek(0)
        return Run(code, self._output.read())

    def find_hosts(self) -> list[psutil.Process]:
        """Remember the provider hosts that the engine has now."""
        for child in self._children(recursive=False):
            if child not in self._hosts and is_host(child):
                self._hosts.append(child)
        return self._hosts

    def _children(self, *, recursive: bool) -> list[psutil.Process]:
        try:
            return list(self._engine.children(recursive=recursive))
        except psutil.NoSuchProcess:
            return []


def _kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()
