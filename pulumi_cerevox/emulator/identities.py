"""Where ids, keys and tokens come from.

User ids and API keys are derived from the account id and a stored counter: the same
seed gives the same ids, also after a reset, and a kill cannot make one appear twice.
Tokens and request ids are random: a token from before a reset must not come back to
life as somebody else's.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import urlsafe_b64encode
from uuid import UUID

from pulumi_cerevox.emulator.database import Database

#: What an id may look like, because the SDK puts it into a path unescaped (assumed).
ID_FORM = re.compile(r"[A-Za-z0-9_-]{1,64}")
KEY_PREFIX = "cvx_emulator_"
_COUNTER = "identity_counter"


class Identities:
    """The source of everything that has to be unique in one account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def counter(self) -> int:
        """How many ids and keys were handed out since the seed began."""
        return int(self._database.setting(_COUNTER) or 0)

    @counter.setter
    def counter(self, value: int) -> None:
        self._database.store_setting(_COUNTER, value)

    def user_id(self, account_id: str) -> str:
        """Return a new user id in the form of a UUID (the form: SDK's prose)."""
        digest = self._next_digest(f"user/{account_id}")
        return str(UUID(bytes=digest[:16], version=4))

    def api_key(self, account_id: str, email: str) -> str:
        """Return a new API key: no colon in it, which a Basic parser would split at."""
        digest = self._next_digest(f"key/{account_id}/{email}")
        return KEY_PREFIX + urlsafe_b64encode(digest[:24]).decode("ascii")

    def _next_digest(self, purpose: str) -> bytes:
        number = self.counter + 1
        self.counter = number
        text = f"pulumi-cerevox/{purpose}/{number}"
        return hashlib.sha256(text.encode()).digest()


def new_token(prefix: str) -> str:
    """Return an opaque token: the prefix, then 43 unguessable characters."""
    return prefix + secrets.token_urlsafe(32)


def new_request_id() -> str:
    """Return an id for the header `x-request-id`: `req_` and 12 hex (assumed form)."""
    return "req_" + secrets.token_hex(6)
