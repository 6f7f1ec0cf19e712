"""A plain account: people by email, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

OWNER = "owner@example.com"
"""The owner of the emulator's seed `empty`, whose key runs everything."""


@dataclass(frozen=True)
class Human:
    """One person in the account."""

    role: str
    name: str

    @property
    def is_admin(self) -> bool:
        """Whether they have the admin role."""
        return self.role == "admin"


People = dict[str, Human]


def default_name(email: str) -> str:
    """Give the name that the API gives to somebody without one (assumed)."""
    return email.partition("@")[0]


def people_of(users: list[dict[str, Any]]) -> People:
    """Read the emulator's users.

    Raises:
        AssertionError: a person is there twice.
    """
    people = {
        str(one["email"]).lower(): Human(str(one["role"]), str(one["name"]))
        for one in users
    }
    if len(people) != len(users):
        raise AssertionError(f"somebody is in the account twice: {users}")
    return people


def admins(people: Mapping[str, Human]) -> set[str]:
    """Give the emails of those who have the admin role."""
    return {email for email, one in people.items() if one.is_admin}


def changed(human: Human, role: str | None, name: str | None) -> Human:
    """Give the person with what is not None."""
    return replace(human, role=role or human.role, name=name or human.name)
