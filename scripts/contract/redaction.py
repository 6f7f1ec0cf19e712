"""Take out of an exchange what names a person or gives access.

What stays is the shape that the facts are about: which fields there are, of which
type, and which values are the same. A hash is keyed with the API key: equal in all
recordings made with it, and nobody else can check a guess.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

from pulumi_cerevox.text import Redactor, printable

#: Fields whose texts are words of the API: they say nothing of anybody.
_WORDS = frozenset(
    {
        *("account_id", "user_id", "role", "plan", "status", "token_type", "currency"),
        *("error", "error_type", "message", "quota_type", "validation_errors"),
        *("created_at", "lastlogin", "rate_limit_reset", "reset_time"),
        *("period_start", "period_end", "next_invoice_date"),
    }
)
_TOKENS = frozenset({"access_token", "refresh_token", "password"})
_HEADERS = ("content-type", "x-request-id", "retry-after", "www-authenticate")
_PRESENT = ("location", "link")  # their being there is the fact; they hold addresses
_EMAIL = re.compile(r"[^@\s'\"<>()]+@[^@\s'\"<>()]+")
_LONGEST_WORDS = 200
_DIGITS = 10


class ExchangeRedactor:
    """Redacts the exchanges made with one API key."""

    def __init__(self, api_key: str) -> None:
        self._key = api_key.encode()
        self._secrets = Redactor()
        self._secrets.learn(api_key)
        self._secrets.learn(f"{api_key}:")  # as one of the logins sends it

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers that count, in lower case."""
        found = {name.lower(): value for name, value in headers.items()}
        kept = {name: self._words(found[name]) for name in _HEADERS if name in found}
        return kept | {name: "(there)" for name in _PRESENT if name in found}

    def redact(self, value: Any, field: str = "") -> Any:
        """Return a field's JSON value without what must not be written down."""
        if isinstance(value, dict):
            return {
                self._words(str(name)): self.redact(
                    part, field if field == "validation_errors" else name
                )
                for name, part in value.items()
            }
        if isinstance(value, list):
            return [self.redact(part, field) for part in value]
        return self._text(value, field) if isinstance(value, str) else value

    def _text(self, text: str, field: str) -> str:
        if not text:
            return text
        if field in _TOKENS:
            self._secrets.learn_tokens(text)
            return f"token-{self._hash(text)}"
        if field in _WORDS:
            return self._words(text)
        return (
            self._email(text) if _EMAIL.fullmatch(text) else f"text-{self._hash(text)}"
        )

    def _words(self, text: str) -> str:
        """Return words of the API, which may repeat what they were asked about."""
        return printable(
            _EMAIL.sub(lambda found: self._email(found[0]), self._secrets(text)),
            _LONGEST_WORDS,
        )

    def _email(self, email: str) -> str:
        """Return an email that is the same for any case, and shows that it had some."""
        begin = "email" if email == email.lower() else "Email"
        return f"{begin}-{self._hash(email.lower())}@example.invalid"

    def _hash(self, text: str) -> str:
        raw = text.encode("utf-8", "surrogatepass")
        return hmac.new(self._key, raw, hashlib.sha256).hexdigest()[:_DIGITS]
