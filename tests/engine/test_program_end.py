"""How a program of many users ends: the SDK awaits answers, not outputs in circles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

NewProject = Callable[..., Any]
USERS = 60
OUTPUTS_EACH = 20
"""More than a resource has, the SDK's own `id` and `urn` among them."""

COUNTING = f"""
import asyncio

looked_at = 0
waiting = asyncio.wait

def counted(tasks, **options):
    global looked_at
    looked_at += len(tasks)
    return waiting(tasks, **options)

asyncio.wait = counted

for number in range({USERS}):
    cerevox.User(f"user-{{number}}", email=f"user-{{number}}@example.com")


import atexit
atexit.register(lambda: open("looked-at", "w").write(str(looked_at)))
"""


def test_no_output_is_looked_at_again_and_again(new_project: NewProject) -> None:
    project = new_project(COUNTING)
    project.pulumi("preview")
    looked_at = int((project.workspace.project / "looked-at").read_text())
    assert looked_at <= USERS * OUTPUTS_EACH
