"""Every call of the Account API: method, path, body, and which arguments are refused.

Numbers are the rows of the wire contract, section 2. What only the real server can
settle (the billing path, where a role travels) is a one-line edit here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_cerevox.account.errors import ValidationError
from pulumi_cerevox.text import email_fault, name_fault, printable

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Call:
    """One request that can be sent.

    Attributes:
        method: HTTP method.
        path: Path below the base URL; its ids are checked.
        purpose: What it is for, to follow "could not"; escaped.
        body: JSON object to send, or None for no body.
        query: Query parameters.
        repeatable: Sending it twice does no more than sending it once.
    """

    method: str
    path: str
    purpose: str
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    query: Mapping[str, str] | None = None
    repeatable: bool = True

    @property
    def reads(self) -> bool:
        """Whether it changes nothing in the account."""
        return self.method == "GET" or self.path.startswith("/token/")


def is_id(value: str) -> bool:
    """Return whether *value* may be put into a path unescaped (charset: assumed)."""
    return bool(_ID.fullmatch(value)) and value not in {"me", "my"}


def login() -> Call:
    """Call 1 (SDK 0.2): fetch tokens. Auth: Basic."""
    return Call("POST", "/token/login", "log in", {"login": True})


def refresh(refresh_token: str) -> Call:
    """Call 2 (SDK 0.2): exchange a refresh token for a new pair. Auth: Basic."""
    body = {"refresh_token": refresh_token}
    return Call("POST", "/token/refresh", "refresh the access token", body)


def revoke() -> Call:
    """Call 3 (SDK 0.2): end the presented token."""
    return Call("POST", "/token/revoke", "revoke the access token")


def account_info() -> Call:
    """Call 4 (SDK 0.2)."""
    return Call("GET", "/accounts/my", "read the account")


def plan(account_id: str) -> Call:
    """Call 5 (SDK 0.2)."""
    return Call("GET", _account_path(account_id, "plan"), "read the plan")


def usage(account_id: str, query: Mapping[str, str]) -> Call:
    """Call 6 (SDK 0.2; the query: documented names, assumed place)."""
    path = _account_path(account_id, "usage")
    return Call("GET", path, "read the usage", query=query)


def billing(account_id: str) -> Call:
    """Call 7 (path: assumed; the call: documented)."""
    return Call("GET", _account_path(account_id, "billing"), "read the billing")


def list_users(page: Mapping[str, str] | None = None) -> Call:
    """Call 8 (SDK 0.2); which page of it, where the API has pages (assumed)."""
    return Call("GET", "/users", "list the account's users", query=page)


def create_user(email: str, role: str, name: str | None) -> Call:
    """Call 9 (SDK 0.2; `role` in the body: documented). Not to be sent blindly twice.

    The name is left out when it is None (documented, not in SDK 0.2).
    """
    body = {"email": email, "role": role}
    if name is not None:
        body["name"] = name
    purpose = f"create user {printable(email)}"
    return Call("POST", "/users", purpose, body, repeatable=False)


def current_user() -> Call:
    """Call 10 (SDK 0.2)."""
    return Call("GET", "/users/me", "read the current user")


def update_current_user(name: str) -> Call:
    """Call 11 (SDK 0.2)."""
    return Call("PUT", "/users/me", "rename the current user", {"name": name})


def get_user(user_id: str) -> Call:
    """Call 12 (SDK 0.2)."""
    return Call("GET", user_path(user_id), f"read user {user_id}")


def update_user(user_id: str, name: str | None, role: str | None) -> Call:
    """Call 13 (SDK 0.2; `role`: documented that it exists, place assumed)."""
    body = {"name": name, "role": role}
    given = {key: value for key, value in body.items() if value is not None}
    return Call("PUT", user_path(user_id), f"update user {user_id}", given)


def delete_user(user_id: str, email: str) -> Call:
    """Call 14 (SDK 0.2): the email confirms whom it means."""
    purpose = f"delete user {printable(email)} ({user_id})"
    return Call("DELETE", user_path(user_id), purpose, {"email": email})


def user_path(user_id: str) -> str:
    """Return the path of a user.

    Raises:
        ValidationError: *user_id* can't be an id of this API.
    """
    return f"/users/{_checked_id(user_id, 'user_id')}"


def _account_path(account_id: str, leaf: str) -> str:
    return f"/accounts/{_checked_id(account_id, 'account_id')}/{leaf}"


def _checked_id(value: object, field_name: str) -> str:
    if not isinstance(value, str) or not is_id(value):
        fault = "must be 1 to 64 letters, digits, hyphens or underscores"
        raise ValidationError(
            f"Validation failed: this is no {field_name}.",
            validation_errors={field_name: fault},
        )
    return value


_ROLES = (None, "admin", "member")


def check(
    doing: str,
    *,
    email: str | None = None,
    role: str | None = None,
    name: str | None = None,
) -> None:
    """Refuse bad arguments before anything is sent.

    Raises:
        ValidationError: What is wrong with each.
    """
    faults = {
        "email": None if email is None else email_fault(email),
        "role": None if role in _ROLES else "must be admin or member",
        "name": None if name is None else name_fault(name),
    }
    if any(faults.values()):
        raise bad(doing, {name: fault for name, fault in faults.items() if fault})


def bad(doing: str, faults: dict[str, str]) -> ValidationError:
    """Make the error for arguments that nothing is sent with."""
    return ValidationError(
        f"Validation failed: could not {doing}.", validation_errors=faults
    )
