"""Stacks of many people without the minutes that making them takes.

The engine writes the whole state at each step, so that 1000 creates take minutes of its
own. Here a state with one person is multiplied, and the account filled beside it.
"""

from __future__ import annotations

import json
from typing import Any

from benchmarks.programs import Kind
from benchmarks.stacks import Stack

_TYPES = ("pulumi-python:dynamic/",)


def fill(stack: Stack, kind: Kind, size: int) -> None:
    """Put everybody whom a program of this kind declares into account and stack."""
    stack.write(kind, 1)
    stack.up()
    if size == 1:
        return
    model = stack.workspace.export()
    resources = model["deployment"]["resources"]
    one = next(r for r in resources if r["type"].startswith(_TYPES))
    people = _account_filled(stack, size, made=kind is Kind.USERS)
    copies = [_copy(one, number, people) for number in range(1, size)]
    model["deployment"]["resources"] = resources + copies
    file = stack.workspace.project / "multiplied.json"
    file.write_text(json.dumps(model))
    stack.run("stack", "import", "--file", str(file))
    stack.write(kind, size)


def _account_filled(stack: Stack, size: int, *, made: bool) -> dict[str, str]:
    """Add the rest of the people; give everybody's id by email."""
    if not made:
        return {}
    snapshot = stack.emulator.snapshot()
    model = snapshot["users"][-1]
    snapshot["users"] += [
        {
            **model,
            "user_id": f"user-{number}",
            "email": f"person-{number}@example.com",
            "name": f"Person {number}",
        }
        for number in range(1, size)
    ]
    stack.emulator.restore(snapshot)
    return {user["email"]: user["user_id"] for user in snapshot["users"]}


def _copy(one: dict[str, Any], number: int, people: dict[str, str]) -> dict[str, Any]:
    """Give the resource of another person, with that person's id."""
    text = json.dumps(one)
    before, after = "person-0@example.com", f"person-{number}@example.com"
    text = text.replace(before, after).replace("Person 0", f"Person {number}")
    if people:
        text = text.replace(json.dumps(people[before]), json.dumps(people[after]))
    copy: dict[str, Any] = json.loads(text)
    return copy
