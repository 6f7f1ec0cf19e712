"""Run a command that is cut off, and watch the provider hosts that it leaves."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import psutil

from scripts.engine.provider_host import CallError, HostCalls
from scripts.proof.journal import writes
from scripts.proof.sandbox import LONGEST_RUN, Run, Sandbox
from scripts.proof.scenarios import Command

_LOOKS_A_SECOND = 100
_HOST = "pulumi.dynamic"
_PLUGIN = "pulumi-resource-cerevox"
_SOMEBODY = {"email": "somebody@example.com", "role": "member"}


@contextmanager
def started(sandbox: Sandbox, command: Command) -> Iterator[RunningCommand]:
    """Start a command in a process group of its own; leave nothing of it running."""
    with (sandbox.workspace.home / "output.txt").open("w+") as output:
        engine = psutil.Popen(
            sandbox.words(command),
            cwd=sandbox.workspace.project,
            env=sandbox.workspace.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        run = RunningCommand(sandbox, engine, output)
        try:
            yield run
        finally:
            for process in (*run.children(), *run.hosts, engine):
                _kill(process)
            engine.wait()


@dataclass
class RunningCommand:
    """A command that is running, with the provider hosts that were seen of it."""

    sandbox: Sandbox
    engine: psutil.Popen
    output: TextIO
    hosts: list[psutil.Process] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether the engine has ended."""
        return self.engine.poll() is not None

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to become true, or for the run to end."""
        while not (condition() or self.is_over):
            time.sleep(1 / _LOOKS_A_SECOND)

    def writes(self) -> int:
        """Count the writes that the account's journal has."""
        return len(writes(self.sandbox.emulator.journal()))

    def kill_engine(self) -> bool:
        """Kill the engine alone, and tell whether it ran; its hosts live on."""
        self.find_hosts()
        _kill(self.engine)
        return self.engine.wait() == -signal.SIGKILL

    def kill_hosts(self) -> bool:
        """Kill the provider hosts; wait for the first one where there is none yet.

        Tells whether any was there to be killed.
        """
        self.wait_until(lambda: bool(self.find_hosts()))
        hit = [is_host(host) for host in self.hosts]
        for host in self.hosts:
            _kill(host)
        return any(hit)

    def interrupt(self) -> bool:
        """Send the engine what one ^C sends, and tell whether it ran."""
        self.find_hosts()
        if not self.is_over:
            self.engine.send_signal(signal.SIGINT)
        return not self.is_over

    def end(self) -> Run | None:
        """Wait for the engine's end; return the run, None where it hangs."""
        try:
            code = self.engine.wait(LONGEST_RUN)
        except psutil.TimeoutExpired:
            return None
        self.output.seek(0)
        return Run(code, self.output.read())

    def find_hosts(self) -> list[psutil.Process]:
        """Remember the provider hosts that the engine has now."""
        for child in self.children():
            if child not in self.hosts and is_host(child):
                self.hosts.append(child)
        return self.hosts

    def children(self) -> list[psutil.Process]:
        """Return every process that the engine has started and that still runs."""
        with suppress(psutil.NoSuchProcess):
            return list(self.engine.children(recursive=True))
        return []


@dataclass(frozen=True)
class HostsLeft:
    """What became of the hosts of an engine that has gone.

    Attributes:
        unasked: How many stayed, but only because nobody had asked them anything.
        stuck: Those that stay in any case.
    """

    unasked: int
    stuck: list[psutil.Process]


def hosts_left(
    hosts: Sequence[psutil.Process], seconds: float, *, had_time: bool = False
) -> HostsLeft:
    """Tell which hosts stay, each time after so many seconds.

    A host is the SDK's program, and loads ours at the first call about a resource.
    Whoever kills the engine before that leaves a host that knows nothing of us, so it
    can neither write nor look for its engine. One call tells such a host from one of
    ours that should have ended by itself: it loads our code, and then it ends too.

    Args:
        hosts: Those that were seen.
        seconds: How long each look takes at most.
        had_time: Whether they have had that long already. Then the first look does
            not wait.
    """
    staying = _staying(hosts, 0 if had_time else seconds)
    for host in staying:
        with suppress(psutil.Error, CallError):
            for connection in host.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN:
                    with closing(HostCalls(connection.laddr.port)) as calls:
                        calls.configure().check(_SOMEBODY)
    stuck = _staying(staying, seconds) if staying else []
    return HostsLeft(len(staying) - len(stuck), stuck)


def is_host(process: psutil.Process) -> bool:
    """Tell a provider host; a dead process that nobody has reaped is none.

    It is the SDK's program, or the native provider's, which Python runs by its path.
    """
    try:
        words = process.cmdline()
        is_ours = _HOST in words or _PLUGIN in (Path(word).name for word in words)
        return is_ours and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _staying(hosts: Sequence[psutil.Process], seconds: float) -> list[psutil.Process]:
    _, alive = psutil.wait_procs(hosts, timeout=seconds)
    return [host for host in alive if is_host(host)]


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.kill()
