"""What `requests` and `urllib3` raise, told in our words.

Decided by type alone: their texts may repeat a proxy's password.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from requests import exceptions as of_requests
from urllib3 import exceptions as of_urllib3

from pulumi_cerevox.account.errors import (
    AccountError,
    ConnectionFailedError,
    Exchange,
    TimedOutError,
    UnexpectedAnswerError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_cerevox.account.calls import Call

_MAX_CHAIN = 10


def translate(
    error: Exception, call: Call, timeout: float, server: str
) -> AccountError:
    """Give our error for *error*, without keeping hold of it.

    Args:
        error: What was raised while *call* was sent or its answer was read.
        call: The request.
        timeout: Seconds that were waited, for the text.
        server: The base URL, for the text.
    """
    chain = list(_chain(error))
    exchange = Exchange(call.method, call.path)
    if _has(chain, of_requests.ContentDecodingError, of_urllib3.DecodeError):
        return _undecodable(call, exchange)
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


def _undecodable(call: Call, exchange: Exchange) -> UnexpectedAnswerError:
    error = UnexpectedAnswerError(
        f"Could not {call.purpose}: the answer could not be unpacked.", exchange
    )
    error.malformed = True
    return error


def _connection_failed(
    chain: list[BaseException], call: Call, exchange: Exchange, server: str
) -> ConnectionFailedError:
    reason, hint, sent = _reason(chain, server)
    error = ConnectionFailedError(
        f"Connection failed: could not {call.purpose}: {reason}.", exchange, hint=hint
    )
    error.sent = sent
    error.lasting = _has(chain, ssl.SSLCertVerificationError)
    error.unresolved = _is_unresolved(chain)
    error.tls = _has(chain, *_TLS) and not _has(chain, *_PROXY)
    return error


def _reason(chain: list[BaseException], server: str) -> tuple[str, str, bool]:
    """Give what happened, what to do, and whether the request may have arrived."""
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            return *_certificate_fault(link), False
    if _has(chain, *_PROXY):
        return "the proxy refused or failed", "Check HTTPS_PROXY and NO_PROXY.", False
    if _is_unresolved(chain):
        return f"the host of {server} was not found", "Check the base URL.", False
    if _has(chain, of_urllib3.NewConnectionError, ConnectionRefusedError):
        return f"nothing answers at {server}", "Check the base URL.", False
    if _has(chain, *_TLS):
        return "the TLS connection failed", "", True
    return "the connection broke before the answer was complete", "", True


def _certificate_fault(error: ssl.SSLCertVerificationError) -> tuple[str, str]:
    """Give what is wrong with a certificate, by OpenSSL's number, and what to do."""
    fault, hint = _CERTIFICATE_FAULTS.get(getattr(error, "verify_code", 0), ("", ""))
    reason = "the server's certificate does not verify" + (fault and f": {fault}")
    return reason, hint or "Behind a proxy that inspects TLS, set REQUESTS_CA_BUNDLE."


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
