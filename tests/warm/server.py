"""A Python that has imported the SDK, and forks for each program that it is given.

The engine starts three Pythons for each `pulumi up`, and most of what they compute is
the import of the SDK. Here each start is a fork of a process that has the SDK and what
the SDK brings. The package itself is imported anew by every child.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import time
from dataclasses import dataclass

BROUGHT = ("pulumi.dynamic", "requests", "yaml")
LONGEST = 1 << 20
GRACE_SECONDS = 5.0


@dataclass(frozen=True)
class Job:
    """What a child is to be: the words after `python`, and where it runs."""

    words: list[str]
    folder: str
    environment: dict[str, str]

    def run(self) -> None:
        """Do in this process what `python -u` would have done."""
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.environment)
        # The package asks here which program runs it.
        sys.orig_argv = [sys.executable, *self.words]
        words = [word for word in self.words if word != "-u"]
        if words[0] == "-m":
            sys.argv = words[1:]
            sys.path[0] = self.folder
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = words
            sys.path[0] = words[0].rpartition("/")[0]
            runpy.run_path(words[0], run_name="__main__")


class Server:
    """Forks, passes signals on to the children, and tells their clients how they ended.

    Attributes:
        clients: The connection for each child that runs.
    """

    def __init__(self, path: str) -> None:
        """Listen at a path."""
        self.clients: dict[int, socket.socket] = {}
        self._kill_at: dict[int, float] = {}
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(64)
        self._ended, self._ending = socket.socketpair()
        self._ending.setblocking(False)  # noqa: FBT003 - the library's own signature
        signal.set_wakeup_fd(self._ending.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector = selectors.DefaultSelector()
        for source in (self._listener, self._ended, sys.stdin):
            self._selector.register(source, selectors.EVENT_READ)

    def serve(self) -> Job:
        """Serve until standard input ends. Return in a child alone, with its job."""
        while True:
            self._kill_what_stays()
            for key, _ in self._selector.select(1 if self._kill_at else None):
                if key.fileobj is sys.stdin:
                    for pid in self.clients:
                        os.killpg(pid, signal.SIGKILL)
                    sys.exit()
                elif key.fileobj is self._ended:
                    self._ended.recv(LONGEST)
                    self._report()
                elif key.fileobj is self._listener:
                    job = self._start(self._listener.accept()[0])
                    if job is not None:
                        return job
                elif key.data in self.clients:
                    self._pass_on(key.data)

    def _start(self, connection: socket.socket) -> Job | None:
        """Fork for a client; in the child, return what it is to do."""
        text, streams, _, _ = socket.recv_fds(connection, LONGEST, 3)
        while not text.endswith(b"\n"):
            text += connection.recv(LONGEST)
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._selector.close()
            ours = (self._listener, self._ended, self._ending, connection)
            for opened in (*ours, *self.clients.values()):
                opened.close()
            for place, number in enumerate(streams):
                os.dup2(number, place)
                os.close(number)
            return Job(**json.loads(text))
        # Here too: the child may not have come to it when a signal comes.
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        for number in streams:
            os.close(number)
        self.clients[pid] = connection
        self._selector.register(connection, selectors.EVENT_READ, pid)
        return None

    def _kill_what_stays(self) -> None:
        """Kill what the ended children have left, as the engine does after a while."""
        for pid, moment in tuple(self._kill_at.items()):
            try:
                os.killpg(pid, 0 if time.monotonic() < moment else signal.SIGKILL)
            except ProcessLookupError:
                del self._kill_at[pid]

    def _pass_on(self, pid: int) -> None:
        """Send a child the signals that its client got."""
        signals = self.clients[pid].recv(16)
        for number in signals:
            # The engine signals its language host's group, with the program in it.
            os.killpg(pid, number)
        if not signals:
            # The client was killed. Its child goes too, and what that has started.
            self._selector.unregister(self.clients[pid])
            os.killpg(pid, signal.SIGKILL)

    def _report(self) -> None:
        """Tell each client whose child has ended how it ended."""
        while self.clients:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            connection = self.clients.pop(pid)
            self._kill_at[pid] = time.monotonic() + GRACE_SECONDS
            with contextlib.suppress(KeyError):
                self._selector.unregister(connection)
            with contextlib.suppress(OSError):
                connection.sendall(b"%d" % os.waitstatus_to_exitcode(status))
            connection.close()


if __name__ == "__main__":
    for name in BROUGHT:
        importlib.import_module(name)
    gc.freeze()
    server = Server(sys.argv[1])
    sys.stdout.write("ready\n")
    server.serve().run()
