"""Reading request bodies: JSON, known fields, and the rules for email, name and role.

Every refusal is the contract's 400 with `validation_errors`. The syntax of an email and
the limits beyond the name's 1 to 100 characters (SDK's prose) are assumed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pulumi_cerevox.emulator.errors import invalid

#: What counts as white space, spelled out: `\s` is another set in each language.
_SPACE = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
EMAIL_PATTERN = rf"^[^@{_SPACE}]+@[^@.{_SPACE}]+(\.[^@.{_SPACE}]+)+$"
NAME_PATTERN = f"[^{_SPACE}]"
MAX_EMAIL = 254
MAX_NAME = 100
_EMAIL = re.compile(EMAIL_PATTERN)
_NAME = re.compile(NAME_PATTERN)
REQUIRED = "This field is required"


def read_object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object of a body; an empty body is an empty object.

    Raises:
        ApiError: 400, it is not JSON or not an object.
    """
    if not raw.strip():
        return {}
    value = parse_json(raw)
    if not isinstance(value, dict):
        raise invalid({"body": "Must be a JSON object"})
    return value


def parse_json(raw: bytes) -> Any:
    """Return the JSON value of a body.

    Raises:
        ApiError: 400, it is not JSON in UTF-8.
    """
    try:
        value = json.loads(raw.decode("utf-8"))
        # Half a surrogate pair, which JSON can carry and UTF-8 cannot, ends here.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
        return value  # noqa: TRY300 - the line above is part of the trial
    except (ValueError, RecursionError) as error:
        raise invalid({"body": "Must be JSON in UTF-8"}) from error


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields a call reads, collected with every complaint about them."""

    body: dict[str, Any]
    complaints: dict[str, str]

    def refuse_unknown(self, unknown: Iterable[str]) -> None:
        """Complain about fields the call does not have."""
        self.complaints.update(dict.fromkeys(unknown, "Unknown field"))

    def required(self, name: str, rule: Callable[[Any], str | None]) -> Any:
        """Return a field that has to be there."""
        if name not in self.body:
            self.complaints[name] = REQUIRED
            return None
        return self.optional(name, rule)

    def optional(self, name: str, rule: Callable[[Any], str | None]) -> Any:
        """Return a field that may be left out: None then."""
        if name not in self.body:
            return None
        complaint = rule(self.body[name])
        if complaint is not None:
            self.complaints[name] = complaint
        return self.body[name]

    def check(self) -> None:
        """Refuse the call if anything was complained about.

        Raises:
            ApiError: 400, naming every bad field.
        """
        if self.complaints:
            raise invalid(self.complaints)


def text_rule(value: Any) -> str | None:
    """Return what is wrong with a text, None where it is one."""
    return None if isinstance(value, str) else "Must be a string"


def email_rule(value: Any) -> str | None:
    """Return what is wrong with an email, None where it is one."""
    complaint = text_rule(value)
    if complaint is not None:
        return complaint
    if len(value) > MAX_EMAIL:
        return f"Must have at most {MAX_EMAIL} characters"
    return None if _EMAIL.fullmatch(value) else "Must be a valid email address"


def name_rule(value: Any) -> str | None:
    """Return what is wrong with a name, None where it is one."""
    complaint = text_rule(value)
    if complaint is not None:
        return complaint
    if not _NAME.search(value):
        return "Must not be empty"
    return (
        None if len(value) <= MAX_NAME else f"Must have at most {MAX_NAME} characters"
    )


def role_rule(value: Any) -> str | None:
    """Return what is wrong with a role, None where it is one of the two."""
    return None if value in ("admin", "member") else "Must be admin or member"
