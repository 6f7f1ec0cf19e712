"""What the emulator keeps about the account and its users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Plan = Literal["free", "pro", "enterprise"]
AccountStatus = Literal["active", "suspended", "cancelled"]
Role = Literal["admin", "member"]


@dataclass(frozen=True, slots=True)
class Account:
    """The one account of an emulator.

    `created_at` is RFC 3339 in UTC. `max_users` is the number of seats, the owner's
    included (that seats are counted so is assumed). `owner_id` is the `user_id` of the
    person whose email and name the account information shows (assumed).
    """

    account_id: str
    account_name: str
    plan: Plan
    status: AccountStatus
    max_users: int
    created_at: str
    owner_id: str


@dataclass(frozen=True, slots=True)
class User:
    """A person in the account.

    `last_login` is RFC 3339 in UTC, or None before the first login. `password` is None
    for somebody who has only API keys; it is kept as it is, because it belongs to a
    made-up person and a snapshot has to give it back.
    """

    user_id: str
    email: str
    name: str
    is_admin: bool
    is_banned: bool = False
    last_login: str | None = None
    password: str | None = None

    @property
    def role(self) -> Role:
        """The documentation's word for `is_admin` (that the two agree is assumed)."""
        return "admin" if self.is_admin else "member"


def fold_email(email: str) -> str:
    """Return the form in which two emails are compared: without case."""
    return email.casefold()
