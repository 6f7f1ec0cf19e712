"""Provider hosts that a killed engine leaves behind: do they end?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass

import psutil

from scripts.engine.provider_host import CallError, HostCalls

_HOST = "pulumi.dynamic"
_SOMEBODY = {"email": "somebody@example.com", "role": "member"}


@dataclass(frozen=True)
class HostsLeft:
    """What became of the hosts.

    Attributes:
        unasked: How many stayed, but only because nobody had asked them anything.
        stuck: Those that stay in any case.
    """

    unasked: int
    stuck: list[psutil.Process]


def hosts_left(hosts: Sequence[psutil.Process], seconds: float) -> HostsLeft:
    """Tell which hosts stay, each time after so many seconds.

    A host is the SDK's program, and loads ours at the first call about a resource.
    Whoever kills the engine before that leaves a host that knows nothing of us, so it
    can neither write nor look for its engine. One call tells such a host from one of
    ours that should have ended by itself: it loads our code, and then it ends too.
    """
    staying = _staying(hosts, seconds)
    for host in staying:
        _ask(host)
    stuck = _staying(staying, seconds) if staying else []
    return HostsLeft(len(staying) - len(stuck), stuck)


def is_host(process: psutil.Process) -> bool:
    """Tell a provider host; a dead process that nobody has reaped is none."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE and _HOST in process.cmdline()
    except psutil.Error:
        return False


def _staying(hosts: Sequence[psutil.Process], seconds: float) -> list[psutil.Process]:
    _, alive = psutil.wait_procs(hosts, timeout=seconds)
    return [host for host in alive if is_host(host)]


def _ask(host: psutil.Process) -> None:
    with suppress(psutil.Error, CallError):
        for port in _ports(host):
            with closing(HostCalls(port)) as calls:
                calls.configure().check(_SOMEBODY)


def _ports(host: psutil.Process) -> list[int]:
    connections = host.net_connections("tcp")
    return [one.laddr.port for one in connections if one.status == psutil.CONN_LISTEN]
