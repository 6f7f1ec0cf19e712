"""Users of the live account, as the guards see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from pulumi_cerevox.roster.model import ADMIN


class LiveUser(Protocol):
    """What the guards need to know of a user in the account."""

    @property
    def user_id(self) -> str:
        """Opaque id."""

    @property
    def email(self) -> str:
        """As the account has it."""

    @property
    def name(self) -> str:
        """As the account has it."""

    @property
    def role(self) -> str:
        """Either "admin" or "member"."""

    @property
    def isbanned(self) -> bool:
        """Whether they can't log in."""

    @property
    def lastlogin(self) -> str | None:
        """Time of the last login; None before the first one."""


AnyUser = TypeVar("AnyUser", bound=LiveUser)


def effective_admins(users: Iterable[AnyUser], caller_id: str) -> list[AnyUser]:
    """Give the admins who can act: not banned, and seen to log in or calling now."""
    return [one for one in users if one.role == ADMIN and can_act(one, caller_id)]


def can_act(user: LiveUser, caller_id: str) -> bool:
    """Tell whether a user can log in, as far as anybody can know."""
    has_come = user.lastlogin is not None or user.user_id == caller_id
    return has_come and not user.isbanned
