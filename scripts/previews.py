"""Make tests/data/previews and tests/data/stacks again, on the real engine.

`python -m scripts.previews`
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.engine.workspace import ROOT, Workspace, credentials_of, find_engine
from scripts.states import HEAD, approve, as_text

DATA = ROOT / "tests" / "data"
_LEFT_OUT = {
    *("stackTrace", "sourcePosition", "modified"),
    *("manifest", "secrets_providers", "duration"),
}
USERS = """
cerevox.User("ada", email="ada@example.com", name="Ada Lovelace", role="admin")
cerevox.User("bob", email="bob@example.com", name="Bob Noyce")
cerevox.User("eve", email="Eve@example.com", role="member")
cerevox.User("grace", email="grace@example.com", role="admin")
cerevox.RoleAssignment("linus-admin", email="linus@example.com", role="admin")
"""
ROSTER = """
cerevox.Roster("team", members={
    "owner@example.com": {"role": "admin"},
    "ada@example.com": {"role": "admin", "name": "Ada Lovelace"},
    "bob@example.com": {"name": "Bob Noyce"},
    "eve@example.com": {},
    "grace@example.com": {"role": "admin"},
    "linus@example.com": {"role": "admin"},
}, guards={"max_removals": {"count": 2, "fraction": 0.5}})
"""
_EVE = 'cerevox.User("eve", email="Eve@example.com", role="member")\n'
_BOB = 'cerevox.User("bob", email="bob@example.com", name="Bob Noyce")\n'
_LATE = """
first = cerevox.User("first", email="first@example.com")
cerevox.User("late", email=first.user_id, role="admin")
"""
SECRETS = """
cerevox.User("ada", email=pulumi.Output.secret("ada@example.com"), role="admin")
cerevox.Roster("team", pulumi.ResourceOptions(), members=pulumi.Output.secret({
    "owner@example.com": {"role": "admin"}, "bob@example.com": {"name": "Bob Noyce"},
}))
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One preview.

    Attributes:
        program: What is previewed.
        options: More words for `pulumi preview --json`.
        drift: What is done to the account by hand before: email to a new role, or
            None for removed.
        new_stack: Preview it as the first one of a stack.
        approved: Give the digest that an unapproved preview offers.
    """

    program: str
    options: tuple[str, ...] = ()
    drift: dict[str, str | None] = field(default_factory=dict)
    new_stack: bool = False
    approved: bool = False


USERS_CASES = {
    "users-unchanged": Case(USERS),
    "users-unchanged-shown": Case(USERS, ("--show-sames",)),
    "users-new": Case(USERS, new_stack=True),
    "users-removed": Case(USERS.replace(_EVE, "").replace(_BOB, "")),
    "users-replaced": Case(USERS.replace("Eve@example", "eva@example")),
    "users-replaced-in-steps": Case(
        USERS.replace("Eve@example", "eva@example"), ("--show-replacement-steps",)
    ),
    "users-demoted": Case(
        USERS.replace('Lovelace", role="admin"', 'Lovelace", role="member"')
    ),
    "users-promoted": Case(
        USERS.replace(
            '"Eve@example.com", role="member"', '"Eve@example.com", role="admin"'
        )
    ),
    "users-assignment-removed": Case(USERS.rpartition("cerevox.RoleAssignment")[0]),
    "users-errored": Case(USERS.replace('"bob@example.com"', '"bob at example.com"')),
    "users-crashed": Case(USERS + '\nraise RuntimeError("half way")\n'),
    "users-unknown": Case(USERS + _LATE),
    "users-secret": Case(
        USERS.replace('"bob@example.com"', 'pulumi.Output.secret("bo@example.com")')
    ),
    "users-drifted": Case(
        USERS, ("--refresh",), {"bob@example.com": "admin", "eve@example.com": None}
    ),
}
_REFUSED = (
    ROSTER.replace('"bob@example.com": {"name": "Bob Noyce"},', "")
    .replace('"eve@example.com": {},', "")
    .replace('"linus@example.com": {"role": "admin"},', "")
)
ROSTER_CASES = {
    "roster-unchanged": Case(ROSTER),
    "roster-new": Case(ROSTER, new_stack=True),
    "roster-changed": Case(
        ROSTER.replace('"bob@example.com": {"name": "Bob Noyce"},', "")
        .replace('"eve@example.com": {}', '"eve@example.com": {"role": "admin"}')
        .replace('"grace@example.com": {"role": "admin"}', '"grace@example.com": {}')
    ),
    "roster-refused": Case(_REFUSED),
    "roster-approved": Case(_REFUSED, approved=True),
    "roster-unknown": Case(
        'ada = cerevox.User("x", email="x@example.com")\n'
        'cerevox.Roster("other", members=[{"email": ada.user_id, "role": "admin"}])\n'
        + ROSTER
    ),
    "roster-gone": Case("pulumi.export('nothing', 1)\n"),
    "roster-drifted": Case(
        ROSTER, ("--refresh",), {"bob@example.com": "admin", "eve@example.com": None}
    ),
}
STACKS = {
    "users": (USERS, USERS_CASES),
    "roster": (ROSTER, ROSTER_CASES),
    "secret": (SECRETS, {"secret-unchanged-shown": Case(SECRETS, ("--show-sames",))}),
}
"""What is applied to an account of its own, and the previews that follow."""


def preview(workspace: Workspace, account: EmulatorProcess, case: Case) -> str:
    """Preview a program; the account is put back afterwards."""
    workspace.write(HEAD + case.program)
    before = account.snapshot()
    for email, role in case.drift.items():
        if role is None:
            account.remove_user(email)
        else:
            account.patch_user(email, role=role)
    stack = "new" if case.new_stack else "prod"
    words = ("preview", "--json", "--stack", stack, *case.options)
    approval = approve(workspace, *words) if case.approved else None
    text = workspace.stdout_of(*words, env=approval)
    account.restore(before)
    return text


def kept(text: str, engine: Path, folder: str) -> str:
    """Return an output as it is kept: without the machine's own paths and times."""
    places = {
        str(engine): "/engine",
        str(ROOT): "/clone",
        sys.base_prefix: "/python",
        folder: "/stack",
    }
    for place, name in places.items():
        text = text.replace(place, name)
    head, _, body = text.partition("{")
    document = json.loads(
        f"{{{body}",
        object_hook=lambda found: {
            key: value
            for key, value in found.items()
            # A roster has a `created` of its own, which is no time.
            if key not in _LEFT_OUT and not (key == "created" and value is not True)
        },
    )
    return head + as_text(document)


def main() -> None:
    """Make every file."""
    engine = find_engine()
    for name, (program, cases) in STACKS.items():
        with (
            tempfile.TemporaryDirectory() as folder,
            EmulatorProcess(seed="empty") as account,
        ):
            account.add_user("linus@example.com", name="Linus", role="member")
            workspace = Workspace.new(engine, Path(folder), credentials_of(account))
            workspace.must("stack", "init", "new")
            workspace.must("stack", "init", "prod")
            workspace.write(HEAD + program)
            workspace.must("up", "--yes", "--skip-preview")
            export = ("stack", "export", "--stack", "prod")
            shown = workspace.stdout_of(*export, "--show-secrets")
            texts = {
                f"stacks/{name}.json": workspace.stdout_of(*export),
                f"stacks/{name}-shown.json": shown,
            }
            for title, case in cases.items():
                text = preview(workspace, account, case)
                texts[f"previews/{title}.json"] = text
        for title, text in texts.items():
            file = DATA / title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(kept(text, engine, folder))
            print(title)


if __name__ == "__main__":
    main()
