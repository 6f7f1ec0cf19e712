"""The scenarios: what is there before, what is run, and what must be there after."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from scripts.proof.journal import OWNER, People, Person

Command = tuple[str, ...]
"""The words of one command; the first is the program."""

UP = (("pulumi", "up", "--yes", "--skip-preview"),)
DESTROY = (("pulumi", "destroy", "--yes", "--skip-preview"),)
REFRESH = (("pulumi", "refresh", "--yes", "--skip-preview"),)
PREVIEW = ("pulumi", "preview", "--json")
SETTLED = ("pulumi", "preview", "--refresh", "--expect-no-changes")
PREVIEW_DESTROY = ("pulumi", "destroy", "--preview-only", "--json")
EXPORT = ("pulumi-cerevox", "export", "--format", "import", "-o", "import.json")
IMPORT = (
    *("pulumi", "import", "--file=import.json", "--generate-code=false"),
    *("--protect=false", "--yes", "--skip-preview"),
)
AUDIT = ("pulumi-cerevox", "audit", "team.yaml", "--format", "json")
DRIFT = 7

ByHand = dict[str, dict[str, Any] | None]
"""What was changed in the account by hand: email to fields, None for removed."""


@dataclass(frozen=True)
class Scenario:
    """One thing that somebody does with their account.

    Attributes:
        name: As `--scenario` takes it.
        commands: What is run, one after another, until one fails.
        expected: Who must be in the account at the end, besides the owner.
        program: The program that is run.
        before: The program that was brought up before; None: the stack is empty.
        there: Who is in the account already, made by hand.
        by_hand: What was changed in the account since.
        files: More files of the project, name to text.
        preview: The command that shows what will be done; None: nothing may be.
        settled: The command that fails where anything differs at the end.
        min_admins: Admins that the account must have at every moment.
        exit_code: Of the last command, when all is well.
        signs: What its output must hold then.
    """

    name: str
    commands: tuple[Command, ...]
    expected: People
    program: str = ""
    before: str | None = None
    there: People = field(default_factory=dict)
    by_hand: ByHand = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    preview: Command | None = None
    settled: Command | None = None
    min_admins: int = 1
    exit_code: int = 0
    signs: tuple[str, ...] = ()

    @property
    def is_of_a_roster(self) -> bool:
        """Whether one `Roster` declares everybody."""
        return self.name.startswith("roster-")


def email_of(first_name: str) -> str:
    """Return the email of somebody with this first name."""
    return f"{first_name.lower()}@example.com"


def people(*, admins: str = "", members: str = "") -> dict[str, Person]:
    """Return people by their first names, separated by spaces."""
    return {
        email_of(name): Person(name, role)
        for role, names in (("admin", admins), ("member", members))
        for name in names.split()
    }


def users_program(declared: People) -> str:
    """Write a program with a `User` for each person."""
    lines = [
        f"cerevox.User({email.partition('@')[0]!r}, email={email!r}, "
        f"name={one.name!r}, role={one.role!r})"
        for email, one in declared.items()
    ]
    return "\n".join(["import pulumi_cerevox as cerevox", *lines, ""])


def members_of(declared: People) -> list[dict[str, str]]:
    """Return the members of a roster: the owner, and these people."""
    others = [{"email": email, **one._asdict()} for email, one in declared.items()]
    return [{"email": OWNER, "role": "admin"}, *others]


def roster_program(declared: People, min_admins: int = 1) -> str:
    """Write a program with one `Roster` of these people and the owner."""
    removals = {"count": 5, "fraction": 1}
    guards = {"min_admins": min_admins, "max_removals": removals}
    return (
        "import pulumi_cerevox as cerevox\n"
        f'cerevox.Roster("team", members={members_of(declared)!r}, guards={guards!r}, '
        'on_destroy="remove_created")\n'
    )


FOUR = people(admins="Ada", members="Bob Eve Dan")
MOVED = people(admins="Ada Dan", members="Bob")
"""FOUR after somebody promoted Dan and removed Eve by hand."""
DRIFTED: ByHand = {email_of("Dan"): {"role": "admin"}, email_of("Eve"): None}

BEFORE = people(admins="Ada", members="Bob Cat Dan Eve Fay Gus Hal Ivy")
AFTER = people(admins="Bob", members="Ada Cat Fay Jan Kim Leo") | {
    email_of("Dan"): Person("Dan Renamed"),
    email_of("Eve"): Person("Eve Renamed"),
}
"""Ten changes to BEFORE: create 3, rename 2, promote 1, demote 1, remove 3."""
# Only those who have logged in count for a guard of admins.
LOGGED_IN: ByHand = {
    email_of(name): {"lastlogin": "2026-01-02T03:04:05Z"} for name in ("Ada", "Bob")
}

MANY = people(members=" ".join(f"P{number}" for number in range(16)))
"""More than a provider host writes at any moment."""

_ends_settled = partial(Scenario, commands=UP, preview=PREVIEW, settled=SETTLED)
_refresh = partial(Scenario, commands=REFRESH, expected=MOVED, by_hand=DRIFTED)
_destroy = partial(Scenario, commands=DESTROY, expected={}, preview=PREVIEW_DESTROY)
_users, _roster = users_program(FOUR), roster_program(FOUR)

SCENARIOS = (
    _ends_settled("users-up", expected=FOUR, program=_users),
    _ends_settled(
        "users-change",
        expected=AFTER,
        program=users_program(AFTER),
        before=users_program(BEFORE),
        by_hand=LOGGED_IN,
    ),
    _refresh("users-refresh", program=_users, before=_users),
    _destroy("users-destroy", program=_users, before=_users),
    Scenario("users-import", (EXPORT, IMPORT), FOUR, there=FOUR),
    Scenario(
        "roster-preview",
        (("pulumi", "preview"),),
        {},
        program=_roster,
        signs=("read just now: create 4",),
    ),
    _ends_settled("roster-up", expected=FOUR, program=_roster),
    _ends_settled(
        "roster-change",
        expected=AFTER,
        program=roster_program(AFTER, 2),
        before=roster_program(BEFORE, 2),
        by_hand=LOGGED_IN,
        min_admins=2,
    ),
    _refresh("roster-refresh", program=_roster, before=_roster),
    _destroy("roster-destroy", program=_roster, before=_roster),
    Scenario(
        "audit",
        (AUDIT,),
        MOVED,
        there=MOVED,
        # A roster file is YAML, which JSON is too.
        files={"team.yaml": json.dumps({"members": members_of(FOUR)}, indent=2)},
        exit_code=DRIFT,
        signs=("drift: 1 with another role, 1 missing; 3 of 5 in place",),
    ),
)

SCENARIOS_OF_MANY = (
    Scenario("users-up-of-many", UP, MANY, users_program(MANY), preview=PREVIEW),
    Scenario("roster-up-of-many", UP, MANY, roster_program(MANY), preview=PREVIEW),
)
"""For kills alone: an engine that dies leaves a host with most of its work undone."""


def named(names: list[str]) -> tuple[Scenario, ...]:
    """Return the scenarios of these names; for none those of the fault matrix."""
    if not names:
        return SCENARIOS
    return tuple(one for one in (*SCENARIOS, *SCENARIOS_OF_MANY) if one.name in names)
