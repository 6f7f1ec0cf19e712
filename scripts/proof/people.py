"""Who is in the account of a scenario, and the programs that declare them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

OWNER = "owner@example.com"
"""The owner of the emulator's seed `empty`, whose key runs everything."""


class Person(NamedTuple):
    """One person as the account should have them."""

    name: str
    role: str = "member"


People = Mapping[str, Person]
"""By email."""


def email_of(first_name: str) -> str:
    """Give the email of somebody with this first name."""
    return f"{first_name.lower()}@example.com"


def people(*, admins: str = "", members: str = "") -> dict[str, Person]:
    """Give people by their first names, separated by spaces."""
    return {
        email_of(name): Person(name, role)
        for role, names in (("admin", admins), ("member", members))
        for name in names.split()
    }


FOUR = people(admins="Ada", members="Bob Eve Dan")
BEFORE = people(admins="Ada", members="Bob Cat Dan Eve Fay Gus Hal Ivy")
AFTER = people(admins="Bob", members="Ada Cat Fay Jan Kim Leo") | {
    email_of("Dan"): Person("Dan Renamed"),
    email_of("Eve"): Person("Eve Renamed"),
}
"""Ten changes to BEFORE: create 3, rename 2, promote 1, demote 1, remove 3."""

MANY = people(members=" ".join(f"P{number}" for number in range(16)))
"""More than a provider host has in hand at any moment."""


def users_program(declared: People) -> str:
    """Write a program with a `User` for each person."""
    lines = [
        f"cerevox.User({email.partition('@')[0]!r}, email={email!r}, "
        f"name={one.name!r}, role={one.role!r})"
        for email, one in declared.items()
    ]
    return "\n".join(["import pulumi_cerevox as cerevox", *lines, ""])


def roster_program(declared: People, min_admins: int) -> str:
    """Write a program with one `Roster` of these people and the owner."""
    members: list[dict[str, str]] = [{"email": OWNER, "role": "admin"}]
    members += [{"email": email, **one._asdict()} for email, one in declared.items()]
    guards = {
        "min_admins": min_admins,
        "max_removals": {"count": 5, "fraction": 1},
    }
    return (
        "import pulumi_cerevox as cerevox\n"
        f'cerevox.Roster("team", members={members!r}, guards={guards!r}, '
        'on_destroy="remove_created")\n'
    )


def roster_file(declared: People) -> str:
    """Write a roster file (YAML, which JSON is too) of these people and the owner."""
    members: list[dict[str, str]] = [{"email": OWNER, "role": "admin"}]
    members += [{"email": email, **one._asdict()} for email, one in declared.items()]
    return json.dumps({"members": members}, indent=2)


def people_of(users: Iterable[Mapping[str, Any]]) -> dict[str, Person]:
    """Give the people of an emulator's snapshot, without the owner."""
    return {
        user["email"]: Person(user["name"], user["role"])
        for user in users
        if user["email"] != OWNER
    }
