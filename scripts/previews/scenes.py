"""The programs whose previews are kept, each against a stack that was applied."""

from __future__ import annotations

from dataclasses import dataclass, field

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
class Scene:
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


USERS_SCENES = {
    "users-unchanged": Scene(USERS),
    "users-unchanged-shown": Scene(USERS, ("--show-sames",)),
    "users-new": Scene(USERS, new_stack=True),
    "users-removed": Scene(USERS.replace(_EVE, "").replace(_BOB, "")),
    "users-replaced": Scene(USERS.replace("Eve@example", "eva@example")),
    "users-replaced-in-steps": Scene(
        USERS.replace("Eve@example", "eva@example"), ("--show-replacement-steps",)
    ),
    "users-demoted": Scene(
        USERS.replace('Lovelace", role="admin"', 'Lovelace", role="member"')
    ),
    "users-promoted": Scene(
        USERS.replace(
            '"Eve@example.com", role="member"', '"Eve@example.com", role="admin"'
        )
    ),
    "users-assignment-removed": Scene(USERS.rpartition("cerevox.RoleAssignment")[0]),
    "users-errored": Scene(USERS.replace('"bob@example.com"', '"bob at example.com"')),
    "users-crashed": Scene(USERS + '\nraise RuntimeError("half way")\n'),
    "users-unknown": Scene(USERS + _LATE),
    "users-secret": Scene(
        USERS.replace('"bob@example.com"', 'pulumi.Output.secret("bo@example.com")')
    ),
    "users-drifted": Scene(
        USERS, ("--refresh",), {"bob@example.com": "admin", "eve@example.com": None}
    ),
}
ROSTER_SCENES = {
    "roster-unchanged": Scene(ROSTER),
    "roster-new": Scene(ROSTER, new_stack=True),
    "roster-changed": Scene(
        ROSTER.replace('"bob@example.com": {"name": "Bob Noyce"},', "")
        .replace('"eve@example.com": {}', '"eve@example.com": {"role": "admin"}')
        .replace('"grace@example.com": {"role": "admin"}', '"grace@example.com": {}')
    ),
    "roster-refused": Scene(
        ROSTER.replace('"bob@example.com": {"name": "Bob Noyce"},', "")
        .replace('"eve@example.com": {},', "")
        .replace('"linus@example.com": {"role": "admin"},', "")
    ),
    "roster-approved": Scene(
        ROSTER.replace('"bob@example.com": {"name": "Bob Noyce"},', "")
        .replace('"eve@example.com": {},', "")
        .replace('"linus@example.com": {"role": "admin"},', ""),
        approved=True,
    ),
    "roster-unknown": Scene(
        'ada = cerevox.User("x", email="x@example.com")\n'
        'cerevox.Roster("other", members=[{"email": ada.user_id, "role": "admin"}])\n'
        + ROSTER
    ),
    "roster-gone": Scene("pulumi.export('nothing', 1)\n"),
    "roster-drifted": Scene(
        ROSTER, ("--refresh",), {"bob@example.com": "admin", "eve@example.com": None}
    ),
}
WORLDS = {
    "users": (USERS, USERS_SCENES),
    "roster": (ROSTER, ROSTER_SCENES),
    "secret": (SECRETS, {"secret-unchanged-shown": Scene(SECRETS, ("--show-sames",))}),
}
"""What is applied to an account of its own, and the previews that follow."""
