"""Sends the requests of a run, and writes each down as it is allowed to be kept."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from requests.auth import AuthBase

from pulumi_cerevox.account import AccountError
from pulumi_cerevox.account.answers import RawAnswer, parse_json
from pulumi_cerevox.account.auth import HeaderAuth, bearer
from pulumi_cerevox.account.calls import Call
from pulumi_cerevox.account.settings import Settings
from pulumi_cerevox.account.transport import NoAuth, Transport
from pulumi_cerevox.text import Redactor
from scripts.contract.exchanges import Exchange
from scripts.contract.redaction import Veil

#: What a run without writes may send beside GET: a login, which gives the token.
LOGIN = ("POST", "/token/login")


class Sender:
    """Sends through the client's own transport, each request once.

    Args:
        base_url: Where to; checked as the client checks it.
        api_key: Goes into headers of requests, and nowhere else.
        writes: Whether more than GET and the login may be sent.

    Attributes:
        made: The exchanges so far, redacted.

    Raises:
        ConfigurationError: The base URL is none to send a key to.
    """

    def __init__(self, base_url: str, api_key: str, *, writes: bool) -> None:
        settings = Settings(base_url)
        self.base_url = settings.base_url
        self.made: list[Exchange] = []
        self._writes = writes
        self._key = api_key
        self._veil = Veil(api_key)
        self._transport = Transport(settings, Redactor())

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def key(self, ending: str = "") -> tuple[str, AuthBase]:
        """Give what authorises by the key, with something behind it if need be."""
        encoded = base64.b64encode((self._key + ending).encode()).decode()
        return f"key{ending}", HeaderAuth("Basic", encoded)

    @staticmethod
    def token(token: str) -> tuple[str, AuthBase]:
        """Give what authorises by a token."""
        return "token", bearer(token)

    @staticmethod
    def nothing() -> tuple[str, AuthBase]:
        """Give what authorises nobody."""
        return "none", NoAuth()

    def get(
        self,
        ask: str,
        path: str,
        auth: tuple[str, AuthBase],
        query: Mapping[str, str] | None = None,
    ) -> Any:
        """Send a GET; give the JSON of a good answer, else None."""
        return self.send(ask, "GET", path, auth, query=query)

    def send(
        self,
        ask: str,
        method: str,
        path: str,
        auth: tuple[str, AuthBase],
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Send a request and keep the exchange; give the JSON of a good answer.

        Raises:
            PermissionError: It may change something, and that was not allowed.
        """
        if method != "GET" and (method, path) != LOGIN and not self._writes:
            raise PermissionError(f"{method} {path} without being asked to write")
        call = Call(method, path, "ask", body, query)
        word, header = auth
        request: dict[str, Any] = {
            "ask": ask,
            "method": method,
            "path": path,
            "query": query or {},
            "auth": word,
            "sent": self._veil.over(body),
        }
        try:
            raw = self._transport.exchange(call, header)
        except AccountError as error:
            self.made.append(Exchange(**request, failure=error.summary))
            return None
        return self._kept(request, raw)

    def _kept(self, request: Mapping[str, Any], raw: RawAnswer) -> Any:
        try:
            found, is_json = parse_json(raw.content), True
        except (ValueError, RecursionError):
            found, is_json = None, False
        answer = Exchange(
            **request,
            status=raw.status,
            headers=self._veil.headers(raw.headers),
            body=self._veil.over(found),
            is_json=is_json,
        )
        self.made.append(answer)
        return found if 200 <= raw.status < 300 else None
