"""The one place that sends a request: one request, one answer, no repetition.

It keeps the promises about secrets: plain http to this machine only, no redirect is
followed, no ``.netrc`` replaces the credentials, no cookie is kept, and what
``requests`` raises, which may carry the headers, never leaves.
"""

from __future__ import annotations

import json
import os
import platform
import time
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING

import requests
import urllib3

from pulumi_cerevox.account.adapter import QuietAdapter
from pulumi_cerevox.account.answers import Answer, RawAnswer, judge
from pulumi_cerevox.account.connection_errors import translate
from pulumi_cerevox.account.errors import (
    AccountError,
    Exchange,
    TimedOutError,
    UnexpectedAnswerError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests.auth import AuthBase

    from pulumi_cerevox.account.calls import Call
    from pulumi_cerevox.account.escaping import Redactor
    from pulumi_cerevox.account.settings import Settings

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
"""What must not leave this package."""


class Transport:
    """Sends requests over pooled connections. Thread-safe.

    Args:
        settings: Where to, and how long to wait.
        redact: Takes secrets out of the API's words.
    """

    def __init__(self, settings: Settings, redact: Redactor) -> None:
        self._settings = settings
        self._redact = redact
        self._session = _new_session(settings)

    def send(self, call: Call, auth: AuthBase) -> Answer:
        """Send *call* once.

        Raises:
            AccountError: What the answer's status stands for, or what happened to
                the connection.
        """
        return judge(call, self.exchange(call, auth), self._redact)

    def exchange(self, call: Call, auth: AuthBase) -> RawAnswer:
        """Send *call* once and give the answer as it came, whatever its status.

        Raises:
            AccountError: What happened to the connection, or the answer is too long.
                Nothing of ``requests`` is in its chain.
        """
        failure: AccountError
        try:
            return self._exchanged(call, auth)
        except FOREIGN as error:
            failure = translate(
                error, call, self._settings.request_timeout, self._settings.base_url
            )
        raise failure  # out here, so that no headers hang on its context

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()

    def _exchanged(self, call: Call, auth: AuthBase) -> RawAnswer:
        settings = self._settings
        ends_at = time.monotonic() + ANSWER_TIMEOUTS * settings.request_timeout
        with self._session.request(
            call.method,
            settings.base_url + call.path,
            params=call.query,
            data=_body(call),
            headers={"Content-Type": "application/json"} if call.body else {},
            auth=auth,
            timeout=settings.request_timeout,
            allow_redirects=False,
            stream=True,
        ) as response:
            content = self._content(response, call, ends_at)
            return RawAnswer(response.status_code, response.headers, content)

    def _content(
        self, response: requests.Response, call: Call, ends_at: float
    ) -> bytes:
        """Read the body, within the limits of size and time."""
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
            if time.monotonic() > ends_at:
                raise TimedOutError(
                    f"Timed out: could not {call.purpose}: the answer trickled in "
                    "and was not complete in time.",
                    exchange,
                )
        return bytes(content)


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """Give the unpacked body as it comes in.

    `iter_content` would wait for a full piece, and a server that sends a byte now and
    then would hold us for hours; urllib3 2 can hand out what is there.
    """
    read_some = getattr(response.raw, "read1", None)
    if read_some is None:
        yield from response.iter_content(_PIECE)
        return
    while piece := read_some(_PIECE, decode_content=True):
        yield piece


def _body(call: Call) -> bytes | None:
    return None if call.body is None else json.dumps(call.body).encode("ascii")


def _new_session(settings: Settings) -> requests.Session:
    session = requests.Session()
    adapter = QuietAdapter(
        pool_connections=1,
        pool_maxsize=settings.parallelism,
        max_retries=0,
        pool_block=True,
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["User-Agent"] = _user_agent()
    session.headers["Accept"] = "application/json"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Proxies of the environment are for https to elsewhere: over plain http a proxy
    # would see the key, and this machine needs none.
    session.trust_env = not settings.is_loopback
    session.verify = _certificates()
    return session


def _certificates() -> str | bool:
    """Give what `requests` itself reads from the environment, proxies or not."""
    variables = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    return next((v for name in variables if (v := os.environ.get(name))), True)


def _user_agent() -> str:
    from importlib.metadata import (  # noqa: PLC0415 - slow to import
        PackageNotFoundError,
        version,
    )

    try:
        ours = version("pulumi-cerevox")
    except PackageNotFoundError:
        ours = "unknown"
    return f"pulumi-cerevox/{ours} python/{platform.python_version()}"
