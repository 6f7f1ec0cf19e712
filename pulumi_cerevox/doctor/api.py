"""The way to the API: base URL, connection, TLS, what answers, its clock."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

from pulumi_cerevox.account import (
    AccountError,
    ConfigurationError,
    ConnectionFailedError,
    ServerError,
    TimedOutError,
)
from pulumi_cerevox.account.probe import probe
from pulumi_cerevox.account.settings import base_url_or_default, checked_base_url
from pulumi_cerevox.doctor.check import Check, Fault, fail, note, ok, warning

REQUEST_SECONDS = 10.0
"""How long the one request may wait for a connection, and for each next byte."""

LARGEST_SKEW = 60
"""Seconds that two clocks may differ without a word."""


def check_base_url(base_url: str | None) -> tuple[Check, str | None]:
    """Judge the base URL that counts, and give it if it is usable."""
    try:
        url = checked_base_url(base_url_or_default(base_url))
    except ConfigurationError as error:
        return fail("base URL", error.summary, error.hint, Fault.OTHER), None
    return ok("base URL", url), url


def check_way(url: str) -> list[Check]:
    """Send one request without credentials, and judge what became of it."""
    try:
        date = probe(url, REQUEST_SECONDS).date
    except AccountError as error:
        return _failed(error, url)
    return [
        ok("connection", "the server answers"),
        _tls(url),
        ok("API", "it is an Account API: it asks for credentials"),
        check_clock(date, time.time()),
    ]


def check_clock(date: str | None, now: float) -> Check:
    """Compare this machine's clock with the one that set a `Date` header.

    Args:
        date: As sent; None where the answer had none.
        now: This machine's time, in Unix seconds.
    """
    try:
        theirs = parsedate_to_datetime(date or "").timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return note("clock", "not compared: the API's answer has no usable Date.")
    seconds = round(now - theirs)
    if abs(seconds) <= LARGEST_SKEW:
        return ok("clock", f"within {LARGEST_SKEW} s of the API's")
    side = "ahead of" if seconds > 0 else "behind"
    return warning(
        "clock",
        f"this machine's is {abs(seconds)} s {side} the API's.",
        "Set it by the network (timedatectl set-ntp true, or the system's settings).",
    )


def _tls(url: str) -> Check:
    if url.startswith("http:"):
        return note("TLS", "not used: plain http, which stays on this machine.")
    return ok("TLS", "the server's certificate verifies")


def _failed(error: AccountError, url: str) -> list[Check]:
    """Say how far the request came."""
    told = f"{error.summary} {error.exchange}".strip()
    if isinstance(error, ConnectionFailedError) and error.tls:
        mend = error.hint or "Check that the base URL's port speaks TLS."
        return [
            ok("connection", "the server answers"),
            fail("TLS", error.summary, mend, Fault.API),
        ]
    if isinstance(error, ConnectionFailedError | TimedOutError):
        mend = error.hint or "Check the network; try again in a while."
        return [fail("connection", error.summary, mend, Fault.API)]
    if isinstance(error, ServerError):
        mend = "Try again in a while; if it stays so, ask the vendor."
        found = fail("API", told, mend, Fault.API)
    else:
        mend = f"{error.hint} The base URL should end in /v1.".strip()
        found = fail("API", told, mend, Fault.API)
    clock = check_clock(error.exchange.date, time.time())
    return [ok("connection", "the server answers"), _tls(url), found, clock]
