"""Connections that never print what they send.

`http.client.HTTPConnection.debuglevel = 1`, which people set to see their requests,
prints every header, the key among them. Ours do not follow it.
"""

from __future__ import annotations

from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class _HTTPConnection(HTTPConnection):
    debuglevel = 0


class _HTTPSConnection(HTTPSConnection):
    debuglevel = 0


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class QuietAdapter(HTTPAdapter):
    """What `requests` connects by, to servers and through proxies."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools for direct connections."""
        super().init_poolmanager(*args, **options)
        _quieten(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        """Make or give the pools for a proxy."""
        manager = super().proxy_manager_for(*args, **options)
        _quieten(manager)
        return manager


def _quieten(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
