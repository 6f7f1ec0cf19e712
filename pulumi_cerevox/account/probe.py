"""One request without credentials: is there an Account API at the base URL?"""

from pulumi_cerevox.account import calls
from pulumi_cerevox.account.credentials import NoAuth
from pulumi_cerevox.account.errors import AuthenticationError, Exchange
from pulumi_cerevox.account.escaping import Redactor
from pulumi_cerevox.account.settings import Settings
from pulumi_cerevox.account.transport import Transport


def probe(base_url: str, request_timeout: float) -> Exchange:
    """Send one request, not repeated, and give what was answered.

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
