"""The only place that sends a request: one request, one answer, no repetition.

It keeps the promises about secrets. Plain http goes to this machine only. No redirect
is followed, no ``.netrc`` replaces the credentials, and no cookie is kept. An error of
``requests``, which may carry the headers, never leaves this module.
"""

from __future__ import annotations

import errno
import io
import json
import os
import platform
import socket
import ssl
import threading
import time
from http.client import HTTPException, HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import requests
import urllib3
from requests import PreparedRequest
from requests import exceptions as of_requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3 import exceptions as of_urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from pulumi_cerevox.account import calls
from pulumi_cerevox.account.answers import Answer, RawAnswer, judge
from pulumi_cerevox.account.errors import (
    AccountError,
    AuthenticationError,
    ConnectionFailedError,
    Exchange,
    TimedOutError,
    UnexpectedAnswerError,
)
from pulumi_cerevox.account.settings import Settings
from pulumi_cerevox.text import Redactor, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_cerevox.account.calls import Call


_exchange_ends = threading.local()
"""`at`: when the exchange that this thread has under way must be complete."""


class _TrickledError(TimeoutError):
    """An answer came bit by bit, and was not complete in time."""


class _Deadlined(io.RawIOBase):
    """Reads an answer until a deadline; a timeout alone begins anew with each byte."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, ends_at: float) -> None:
        self._raw = raw
        self._sock = sock
        self._ends_at = ends_at

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise _TrickledError
        timeout = self._sock.gettimeout()
        self._sock.settimeout(left if timeout is None else min(left, timeout))
        try:
            return self._raw.readinto(buffer)
        except TimeoutError:
            if timeout is None or left < timeout:
                raise _TrickledError from None
            raise
        finally:
            if self._sock.fileno() != -1:
                self._sock.settimeout(timeout)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _HTTPResponse(HTTPResponse):
    """A response whose headers and chunk sizes must come before the deadline too."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_Deadlined(raw, sock, _exchange_ends.at))


class _HTTPConnection(HTTPConnection):
    debuglevel = 0
    response_class = _HTTPResponse


class _HTTPSConnection(HTTPSConnection):
    debuglevel = 0
    response_class = _HTTPResponse


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class QuietAdapter(HTTPAdapter):
    """The part of `requests` that connects to servers and through proxies."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools for direct connections."""
        super().init_poolmanager(*args, **options)
        _quieten(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        """Return the pools for a proxy."""
        manager = super().proxy_manager_for(*args, **options)
        _quieten(manager)
        return manager


def _quieten(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


_MAX_CHAIN = 10


def translate(
    error: Exception, call: Call, timeout: float, server: str
) -> AccountError:
    """Return our error for *error*, without keeping hold of it.

    Args:
        error: What was raised while *call* was sent or its answer was read.
        call: The request.
        timeout: Seconds that were waited, for the text.
        server: The base URL, for the text.
    """
    chain = list(_chain(error))
    exchange = Exchange(call.method, call.path)
    if _has(chain, of_requests.ContentDecodingError, of_urllib3.DecodeError):
        packed = UnexpectedAnswerError(
            f"Could not {call.purpose}: the answer could not be unpacked.", exchange
        )
        packed.malformed = True
        return packed
    if _has(chain, _TrickledError):
        return TimedOutError(
            f"Timed out: could not {call.purpose}: the answer trickled in and was not "
            "complete in time.",
            exchange,
        )
    if _has(chain, *_TIMEOUTS) and not _has(chain, of_urllib3.NewConnectionError):
        timed_out = TimedOutError(
            f"Timed out: could not {call.purpose} within {timeout:g} s at {server}.",
            exchange,
        )
        timed_out.sent = not _has(chain, *_CONNECT_TIMEOUTS)
        return timed_out
    return _connection_failed(chain, call, exchange, server)


# urllib3's NewConnectionError, a refused connection, counts as one of them.
_CONNECT_TIMEOUTS = (of_requests.ConnectTimeout, of_urllib3.ConnectTimeoutError)

_TIMEOUTS = (
    of_requests.Timeout,
    of_urllib3.ConnectTimeoutError,
    of_urllib3.ReadTimeoutError,
    TimeoutError,
)

_PROXY = (of_requests.ProxyError, of_urllib3.ProxyError)

_TLS = (of_requests.SSLError, of_urllib3.SSLError, ssl.SSLError)

_SETTINGS_OF_PROXIES = (
    of_requests.InvalidProxyURL,
    of_requests.InvalidSchema,
    of_urllib3.ProxySchemeUnknown,
)

_MEND_BUNDLE = "Correct the variable, or unset it."
_REFUSED_HERE = (
    "this machine does not allow it (permission denied)",
    "Check its firewall, and whether the CA bundle can be read.",
)

_OTHER_HOST = ("it is another host's", "Check the base URL.")

_CERTIFICATE_FAULTS = {  # X509_V_ERR_… of OpenSSL
    9: ("it is not valid yet", "Check this machine's clock."),
    10: (
        "it has expired",
        "Check this machine's clock; if it is right, the server needs a new one.",
    ),
    18: ("it is self-signed", ""),
    19: ("its chain ends in a self-signed one that is not trusted here", ""),
    20: ("its issuer is not known here", ""),
    62: _OTHER_HOST,
    64: _OTHER_HOST,
}


def _connection_failed(
    chain: list[BaseException], call: Call, exchange: Exchange, server: str
) -> ConnectionFailedError:
    fault = _fault_of_machine(chain)
    reason, hint, sent = (*fault, False) if fault else _reason(chain, server)
    error = ConnectionFailedError(
        f"Connection failed: could not {call.purpose}: {reason}.", exchange, hint=hint
    )
    error.sent = sent
    error.lasting = bool(fault) or _has(chain, ssl.SSLCertVerificationError)
    error.unresolved = _is_unresolved(chain)
    error.tls = _has(chain, *_TLS) and not _has(chain, *_PROXY)
    return error


def _reason(chain: list[BaseException], server: str) -> tuple[str, str, bool]:
    """Return what happened, what to do, and whether the request may have arrived."""
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            number = getattr(link, "verify_code", 0)
            fault, hint = _CERTIFICATE_FAULTS.get(number, ("", ""))
            reason = "the server's certificate does not verify"
            proxied = "Behind a proxy that inspects TLS, set REQUESTS_CA_BUNDLE."
            return f"{reason}: {fault}" if fault else reason, hint or proxied, False
    if _has(chain, *_PROXY):
        return "the proxy refused or failed", "Check HTTPS_PROXY and NO_PROXY.", False
    if _is_unresolved(chain):
        return f"the host of {server} was not found", "Check the base URL.", False
    if _has(chain, of_urllib3.NewConnectionError, ConnectionRefusedError):
        return f"nothing answers at {server}", "Check the base URL.", False
    if _has(chain, *_TLS):
        return "the TLS connection failed", "", True
    return "the connection broke before the answer was complete", "", True


_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

_MACHINE_FAULTS = {
    errno.EMFILE: ("this process has too many open files", "Raise `ulimit -n`."),
    errno.ENFILE: ("this machine has too many open files", "End some programs."),
    errno.ENOMEM: ("this machine has no memory left", "End some programs."),
    errno.EACCES: _REFUSED_HERE,
    errno.EPERM: _REFUSED_HERE,
}


def _fault_of_machine(chain: list[BaseException]) -> tuple[str, str] | None:
    """Return what is wrong on this machine, and what to do; None for other faults.

    Waiting mends none of these, and nothing was sent.
    """
    for link in chain:
        if isinstance(link, ssl.SSLError):  # its numbers are OpenSSL's
            if getattr(link, "library", "") in {"X509", "PEM"}:
                return f"{_ca_bundle()} holds no certificate", _MEND_BUNDLE
            continue
        if isinstance(link, OSError) and "TLS CA certificate bundle" in str(link):
            return f"{_ca_bundle()} does not exist", _MEND_BUNDLE
        if isinstance(link, _SETTINGS_OF_PROXIES):
            return "the address of the proxy is unusable", "Check HTTPS_PROXY."
        if isinstance(link, OSError) and link.errno in _MACHINE_FAULTS:
            return _MACHINE_FAULTS[link.errno]
    return None


def _ca_bundle() -> str:
    """Name the file of certificates that is used, as far as it was set."""
    for name in _CA_VARIABLES:
        if path := os.environ.get(name):
            return f"the CA bundle {printable(path, 120)} ({name})"
    return "the CA bundle of this Python"


def _is_unresolved(chain: list[BaseException]) -> bool:
    names = {type(link).__name__ for link in chain}
    # urllib3 1 has no such class and keeps the cause's name in its text alone.
    return bool(names & {"NameResolutionError", "gaierror"})


def _has(chain: list[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(link, kinds) for link in chain)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Walk from *error* to what it was raised for: causes, contexts and arguments.

    requests wraps urllib3's error as an argument, urllib3's has a `reason`.
    """
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending and len(seen) < _MAX_CHAIN:
        link = pending.pop(0)
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        pending += [getattr(link, "reason", None), *link.args]
        pending += [link.__cause__, link.__context__]


MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""Longest answer that is read, unpacked. A user takes about 300 bytes."""

ANSWER_TIMEOUTS = 4
"""A whole answer may take this many times the timeout, however it trickles."""

_PIECE = 64 * 1024
FOREIGN = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    HTTPException,
    OSError,
    ValueError,  # some of urllib3's, and host names that idna refuses
)
"""The exceptions that must not leave this package."""


class Transport:
    """Sends requests over pooled connections. Thread-safe.

    Args:
        settings: Where to, and how long to wait.
        redact: Takes secrets out of the API's words.
    """

    def __init__(self, settings: Settings, redact: Redactor) -> None:
        self._settings = settings
        self._redact = redact
        session = requests.Session()
        adapter = QuietAdapter(
            pool_connections=1,
            pool_maxsize=settings.parallelism,
            max_retries=0,
            pool_block=True,
        )
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        try:
            ours = version("pulumi-cerevox")
        except PackageNotFoundError:
            ours = "unknown"
        session.headers["User-Agent"] = (
            f"pulumi-cerevox/{ours} python/{platform.python_version()}"
        )
        session.headers["Accept"] = "application/json"
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # Proxies of the environment are for https to elsewhere: over plain http a proxy
        # would see the key, and this machine needs none.
        session.trust_env = not settings.is_loopback
        # `requests` reads these itself only when it trusts the environment.
        session.verify = next(
            (path for name in _CA_VARIABLES if (path := os.environ.get(name))), True
        )
        self._session = session

    def send(self, call: Call, auth: AuthBase) -> Answer:
        """Send *call* once.

        Raises:
            AccountError: What the answer's status stands for, or what happened to
                the connection.
        """
        return judge(call, self.exchange(call, auth), self._redact)

    def exchange(self, call: Call, auth: AuthBase) -> RawAnswer:
        """Send *call* once and return the answer as it came, whatever its status.

        Raises:
            AccountError: What happened to the connection, or the answer is too long.
                Nothing of ``requests`` is in its chain.
        """
        settings = self._settings
        seconds = ANSWER_TIMEOUTS * settings.request_timeout
        _exchange_ends.at = time.monotonic() + seconds
        body = None if call.body is None else json.dumps(call.body).encode("ascii")
        failure: AccountError
        try:
            with self._session.request(
                call.method,
                settings.base_url + call.path,
                params=call.query,
                data=body,
                headers={"Content-Type": "application/json"} if call.body else {},
                auth=auth,
                timeout=settings.request_timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                content = self._content(response, call)
                return RawAnswer(response.status_code, response.headers, content)
        except FOREIGN as error:
            failure = translate(
                error, call, settings.request_timeout, settings.base_url
            )
        raise failure  # out here, so that no headers hang on its context

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()

    def _content(self, response: requests.Response, call: Call) -> bytes:
        """Read the body, within the limit of size."""
        content = bytearray()
        exchange = Exchange(call.method, call.path, response.status_code)
        for piece in _pieces(response):
            content += piece
            if len(content) > MAX_ANSWER_BYTES:
                raise UnexpectedAnswerError(
                    f"Could not {call.purpose}: the answer is longer than "
                    f"{MAX_ANSWER_BYTES} bytes.",
                    exchange,
                )
        return bytes(content)


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """Return the unpacked body as it comes in.

    `iter_content` would wait for a full piece, and a server that sends a byte now and
    then would hold us for hours; urllib3 2 can hand out what is there.
    """
    read_some = getattr(response.raw, "read1", None)
    if read_some is None:
        yield from response.iter_content(_PIECE)
        return
    while piece := read_some(_PIECE, decode_content=True):
        yield piece


class NoAuth(AuthBase):
    """Sets no header, and keeps ``.netrc`` from setting one."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Leave *request* as it is."""
        return request


def probe(base_url: str, request_timeout: float) -> Exchange:
    """Send one request, not repeated, and return what was answered.

    Args:
        base_url: Where the API should be.
        request_timeout: Seconds to wait for a connection, and for each next byte.

    Raises:
        AccountError: Nothing answered, or something else than an Account API; one
            that asks for credentials (401) is as it should be.
    """
    transport = Transport(Settings(base_url, request_timeout), Redactor())
    try:
        return transport.send(calls.current_user(), NoAuth()).exchange
    except AuthenticationError as error:
        return error.exchange
    finally:
        transport.close()
