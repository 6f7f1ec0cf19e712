"""The scenarios: what is there before, what is run, and what must be there after."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scripts.proof.people import (
    AFTER,
    BEFORE,
    FOUR,
    MANY,
    People,
    Person,
    email_of,
    roster_file,
    roster_program,
    users_program,
)

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
    "pulumi",
    "import",
    "--file=import.json",
    "--generate-code=false",
    "--protect=false",
    "--yes",
    "--skip-preview",
)
AUDIT = ("pulumi-cerevox", "audit", "team.yaml", "--format", "json")
DRIFT = 7

MOVED = FOUR | {email_of("Dan"): Person("Dan", "admin")}
del MOVED[email_of("Eve")]
"""FOUR after somebody promoted Dan and removed Eve by hand."""

LOGGED_IN = {"lastlogin": "2026-01-02T03:04:05Z"}


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
        by_hand: What was changed in the account since, email to fields; None: removed.
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
    by_hand: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    preview: Command | None = None
    settled: Command | None = None
    min_admins: int = 1
    exit_code: int = 0
    signs: tuple[str, ...] = ()


_DRIFT_BY_HAND: dict[str, dict[str, Any] | None] = {
    email_of("Dan"): {"role": "admin"},
    email_of("Eve"): None,
}
# Only those who have logged in count for a guard of admins.
_BOTH_LOGGED_IN: dict[str, dict[str, Any] | None] = {
    email_of("Ada"): LOGGED_IN,
    email_of("Bob"): LOGGED_IN,
}

SCENARIOS = (
    Scenario(
        "users-up",
        UP,
        FOUR,
        program=users_program(FOUR),
        preview=PREVIEW,
        settled=SETTLED,
    ),
    Scenario(
        "users-change",
        UP,
        AFTER,
        program=users_program(AFTER),
        before=users_program(BEFORE),
        by_hand=_BOTH_LOGGED_IN,
        preview=PREVIEW,
        settled=SETTLED,
    ),
    Scenario(
        "users-refresh",
        REFRESH,
        MOVED,
        program=users_program(FOUR),
        before=users_program(FOUR),
        by_hand=_DRIFT_BY_HAND,
    ),
    Scenario(
        "users-destroy",
        DESTROY,
        {},
        program=users_program(FOUR),
        before=users_program(FOUR),
        preview=PREVIEW_DESTROY,
    ),
    Scenario("users-import", (EXPORT, IMPORT), FOUR, there=FOUR),
    Scenario(
        "roster-preview",
        (("pulumi", "preview"),),
        {},
        program=roster_program(FOUR, 1),
        signs=("read just now: create 4",),
    ),
    Scenario(
        "roster-up",
        UP,
        FOUR,
        program=roster_program(FOUR, 1),
        preview=PREVIEW,
        settled=SETTLED,
    ),
    Scenario(
        "roster-change",
        UP,
        AFTER,
        program=roster_program(AFTER, 2),
        before=roster_program(BEFORE, 2),
        by_hand=_BOTH_LOGGED_IN,
        preview=PREVIEW,
        settled=SETTLED,
        min_admins=2,
    ),
    Scenario(
        "roster-refresh",
        REFRESH,
        MOVED,
        program=roster_program(FOUR, 1),
        before=roster_program(FOUR, 1),
        by_hand=_DRIFT_BY_HAND,
    ),
    Scenario(
        "roster-destroy",
        DESTROY,
        {},
        program=roster_program(FOUR, 1),
        before=roster_program(FOUR, 1),
        preview=PREVIEW_DESTROY,
    ),
    Scenario(
        "audit",
        (AUDIT,),
        MOVED,
        there=MOVED,
        files={"team.yaml": roster_file(FOUR)},
        exit_code=DRIFT,
        signs=("drift: 1 with another role, 1 missing; 3 of 5 in place",),
    ),
)

SCENARIOS_OF_MANY = (
    Scenario(
        "users-up-of-many", UP, MANY, program=users_program(MANY), preview=PREVIEW
    ),
    Scenario(
        "roster-up-of-many", UP, MANY, program=roster_program(MANY, 1), preview=PREVIEW
    ),
)
"""For kills alone: an engine that dies leaves a host with most of its work undone."""


def named(names: list[str]) -> tuple[Scenario, ...]:
    """Give the scenarios of these names; for none those of the fault matrix."""
    if not names:
        return SCENARIOS
    return tuple(one for one in (*SCENARIOS, *SCENARIOS_OF_MANY) if one.name in names)
