"""Write down what this version leaves in a stack's state: tests/data/states/VERSION.

`python -m scripts.states`, before each release. A released version's files are never
written again: they are what users have.
"""

from __future__ import annotations

import json
import re
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.engine.workspace import ROOT, Workspace, credentials_of, find_engine

STATES = ROOT / "tests" / "data" / "states"
HEAD = "import pulumi\nimport pulumi_cerevox as cerevox\n"
SECOND_KEY = "PEOPLE_KEY"
"""The environment variable that the explicit `Provider` of `users` takes its key of."""

_USERS = """
people = cerevox.Provider("people", api_key_env="PEOPLE_KEY", max_removals=10)
through = pulumi.ResourceOptions(provider=people)
cerevox.User("made", email="ada@example.com", name="Ada Lovelace", role="admin")
bob = cerevox.User("unmanaged", email="Bob@example.com")
cerevox.User("kept", email="eve@example.com", role="member", on_destroy="keep")
cerevox.User(
    "adopted", email="grace@example.com", role="admin", on_existing="adopt"
)
cerevox.User(
    "adopted-name", email="linus@example.com", name="Linus", on_existing="adopt"
)
cerevox.User(
    "secret", email=pulumi.Output.secret("mary@example.com"), name="Mary", opts=through
)
cerevox.RoleAssignment("by-email", email="kay@example.com", role="admin")
cerevox.RoleAssignment("by-id", user_id=bob.user_id, role="admin")
cerevox.RoleAssignment(
    "role-kept", email="tim@example.com", role="admin", on_destroy="keep", opts=through
)
cerevox.Roster("guests", members=pulumi.Output.secret([
    {"email": "joe@example.com", "role": "admin"},
    {"email": "sue@example.com", "name": "Sue"},
]), undeclared="ignore", account_id="acc_states")
"""
_TEAM = """
cerevox.Roster("team", members={
    "owner@example.com": {"role": "admin"},
    "Ada@example.com": {"role": "admin", "name": "Ada Lovelace"},
    "bob@example.com": {"name": "Bob Noyce"},
    "eve@example.com": {},
}, guards={
    "min_admins": 2,
    "required_admins": ["ada@example.com"],
    "max_removals": {"count": 2, "fraction": 0.5},
    "allowed_domains": ["example.com"],
}, undeclared="report", on_destroy="remove_created")
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One stack.

    Attributes:
        program: What its state is kept of.
        update: The program that changes it, later.
        people: Who is in the account before: email to role.
        before: Applied first; where the program's changes to it are refused, they
            are approved, and the state remembers the approval.
        intruders: Whom somebody adds by hand, to be seen by a refresh.
    """

    program: str
    update: str
    people: dict[str, str]
    before: str | None = None
    intruders: dict[str, str] = field(default_factory=dict)


STACKS = {
    "users": Recorded(
        program=_USERS,
        update=_USERS.replace("Ada Lovelace", "Ada King").replace(
            'role="member", on_destroy="keep"', 'role="admin", on_destroy="keep"'
        ),
        people={
            f"{name}@example.com": "member"
            for name in ("grace", "linus", "kay", "tim", "joe")
        },
    ),
    "roster": Recorded(
        program=_TEAM,
        update=_TEAM.replace('"report"', '"remove"').replace("Noyce", "Noyce Jr"),
        people={"ada@example.com": "member"},
        before=_TEAM.replace(
            '"eve@example.com": {},',
            '"eve@example.com": {}, "alan@example.com": {}, "joan@example.com": {},'
            '"rosa@example.com": {},',
        ),
        intruders={"mallory@example.com": "admin"},
    ),
}


def this_version() -> str:
    """Return the version that pyproject.toml names."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def released() -> list[str]:
    """Return the versions that the CHANGELOG has a heading for, newest first."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return re.findall(r"^## \[(\d[^\]]*)\]", text, flags=re.MULTILINE)


def people(account: EmulatorProcess) -> dict[str, list[str]]:
    """Return who is in an account: email to name and role."""
    return {
        user["email"].casefold(): [user["name"], user["role"]]
        for user in account.users()
    }


def approve(workspace: Workspace, *preview: str) -> dict[str, str]:
    """Return the environment that approves what a preview refuses."""
    refusal = workspace.stdout_of(*preview)
    offered = re.search(r"CEREVOX_APPROVE=(\w+)", refusal)
    if offered is None:
        raise SystemExit(f"the preview offers no approval:\n{refusal}")
    return {"CEREVOX_APPROVE": offered[1]}


def without(value: Any, names: frozenset[str]) -> Any:
    """Return a JSON value without the fields of these names, at any depth."""
    if isinstance(value, dict):
        return {k: without(v, names) for k, v in value.items() if k not in names}
    return [without(one, names) for one in value] if isinstance(value, list) else value


def as_text(document: object) -> str:
    """Write a document as the tests keep it."""
    return f"{json.dumps(document, indent=1)}\n"


def record(
    workspace: Workspace, account: EmulatorProcess, stack: Recorded
) -> dict[str, str]:
    """Take a stack through its life; return the files to keep, by name."""

    def up(program: str, env: Mapping[str, str] | None = None) -> None:
        workspace.write(HEAD + program)
        workspace.must("up", "--yes", "--skip-preview", env=env)

    for email, role in stack.people.items():
        account.add_user(email, role=role, lastlogin="2026-01-01T00:00:00Z")
    owner = account.users()[0]["email"]
    workspace.extra[SECOND_KEY] = account.key_for(owner)
    workspace.must("stack", "init", "prod")
    approval = None
    if stack.before is not None:
        up(stack.before)
        workspace.write(HEAD + stack.program)
        approval = approve(workspace, "preview")
    up(stack.program, approval)
    for email, role in stack.intruders.items():
        account.add_user(email, role=role)
    workspace.must("refresh", "--yes", "--skip-preview")
    # Without where on this machine the program lay.
    state = without(workspace.export(), frozenset({"stackTrace", "sourcePosition"}))
    # Without keys: whoever restores the account makes new ones.
    snapshot = account.snapshot() | {"keys": [], "sessions": [], "usage": []}
    snapshot["users"] = [one | {"password": None} for one in snapshot["users"]]
    up(stack.update)
    updated = people(account)
    workspace.must("destroy", "--yes", "--skip-preview")
    return {
        "program.py": HEAD + stack.program,
        "update.py": HEAD + stack.update,
        "state.json": as_text(state),
        "account.json": as_text(snapshot),
        "people.json": as_text({"updated": updated, "destroyed": people(account)}),
    }


def main() -> None:
    """Record every stack and write its files."""
    version = this_version()
    if version in released():
        raise SystemExit(
            f"{version} is released: its states are what users have, and stay as they "
            "are. Raise the version in pyproject.toml first"
        )
    engine = find_engine()
    for name, stack in STACKS.items():
        with (
            tempfile.TemporaryDirectory() as folder,
            EmulatorProcess(seed="empty", account_id="acc_states") as account,
        ):
            workspace = Workspace.new(engine, Path(folder), credentials_of(account))
            files = record(workspace, account, stack)
        target = STATES / version / name
        target.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (target / file).write_text(text)
            print(target / file)


if __name__ == "__main__":
    main()
