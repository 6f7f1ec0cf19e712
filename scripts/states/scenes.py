"""The programs whose states are kept: every kind of resource in every form."""

from __future__ import annotations

from dataclasses import dataclass, field

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
class Scene:
    """One stack.

    Attributes:
        program: What its state is kept of.
        update: The program that changes it, later.
        people: Who is in the account before: email to role.
        before: Applied first; where the program's changes to it are refused, they
            are approved, and the state remembers the approval.
        intruders: Who comes in behind the stack's back, and is seen by a refresh.
    """

    program: str
    update: str
    people: dict[str, str]
    before: str | None = None
    intruders: dict[str, str] = field(default_factory=dict)


SCENES = {
    "users": Scene(
        program=_USERS,
        update=_USERS.replace("Ada Lovelace", "Ada King").replace(
            'role="member", on_destroy="keep"', 'role="admin", on_destroy="keep"'
        ),
        people=dict.fromkeys(
            (
                "grace@example.com",
                "linus@example.com",
                "kay@example.com",
                "tim@example.com",
                "joe@example.com",
            ),
            "member",
        ),
    ),
    "roster": Scene(
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
