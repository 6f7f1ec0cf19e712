"""Pulumi programs that declare the same people through different providers."""

from __future__ import annotations

from enum import StrEnum

from benchmarks.setup import ROOT

PULUMI_YAML = """
name: people
runtime:
  name: python
  options:
    virtualenv: {environment}
"""

_PEOPLE = """
people = [
    {{"email": f"person-{{n}}@example.com", "name": f"Person {{n}}", "role": "member"}}
    for n in range({size})
]
"""
_MEMBERS = """
owner = {"email": "owner@example.com", "role": "admin"}
members = [owner, *people]
"""


class Kind(StrEnum):
    """Whose resources a program declares."""

    USERS = "User"
    ROSTER = "Roster"
    NOTHING_USERS = "nothing, a resource each"
    NOTHING_USERS_PLAIN = "nothing, a resource each, by the SDK as it is"
    NOTHING_ROSTER = "nothing, one resource"
    NAIVE = "naive"


def program(kind: Kind, size: int) -> str:
    """Write a program that declares so many people."""
    head, tail = _PARTS[kind]
    return head + _PEOPLE.format(size=size) + tail


_OURS = "import pulumi_cerevox as cerevox\n"
_NOTHING = "from benchmarks.providers.nothing import Nothing\n"
# To its favour: by value, the SDK's pickler meets a RecursionError at the 238th.
_NAIVE = "import sys\nsys.setrecursionlimit(100_000)\n"
_NAIVE += (ROOT / "benchmarks" / "providers" / "naive.py").read_text()

_PARTS = {
    Kind.USERS: (
        _OURS,
        'for one in people:\n    cerevox.User(one["email"], **one)\n',
    ),
    Kind.ROSTER: (_OURS, f'{_MEMBERS}cerevox.Roster("team", members=members)\n'),
    Kind.NOTHING_USERS: (
        _NOTHING,
        'for one in people:\n    Nothing(one["email"], one)\n',
    ),
    Kind.NOTHING_USERS_PLAIN: (
        _NOTHING,
        'for one in people:\n    Nothing(one["email"], one, mended=False)\n',
    ),
    Kind.NOTHING_ROSTER: (
        _NOTHING,
        _MEMBERS + 'Nothing("team", {"members": {p["email"]: p for p in members}})\n',
    ),
    Kind.NAIVE: (
        _NAIVE,
        'for one in people:\n    NaiveUser(one["email"], one)\n',
    ),
}
