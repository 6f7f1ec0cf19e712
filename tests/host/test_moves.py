"""Every kind of move, for every kind of person, by the engine's order of calls.

A small stack of provider hosts stands for the engine; what only the engine can show
(components, aliases, instances) is in `tests/engine/test_moves.py`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.proof.model.stacks import Declared, Ending, HostStack, Resources

LOGGED_IN = "2026-11-01T00:00:00Z"
OWNER = "owner@example.com"
PEOPLE: dict[str, dict[str, Any]] = {
    "ada": {"name": "Ada", "role": "admin"},
    "bob": {"role": "admin"},
    "cy": {"role": "member"},
    "dora": {},
    "eve": {"name": "Eve"},
    "fay": {"role": "admin", "onDestroy": "keep"},
}
"""Logged in, adopted, banned, never logged in, with a secret email, and kept."""


def users(after: str = "", *, adopt: bool = False) -> dict[str, Declared]:
    """Declare everybody; whoever was adopted before need not be adopted again."""
    inputs = {
        who: {"email": f"{who}@example.com", **one} for who, one in PEOPLE.items()
    }
    if adopt:
        inputs["bob"]["onExisting"] = "adopt"
    return {who + after: Declared("User", one) for who, one in inputs.items()}


def roster(name: str = "team") -> dict[str, Declared]:
    """Declare everybody in one roster, which removes whom it made."""
    members = {
        f"{who}@example.com": {key: one[key] for key in ("name", "role") if key in one}
        for who, one in PEOPLE.items()
    }
    inputs = {
        "members": {OWNER: {"role": "admin"}, **members},
        "onDestroy": "remove_created",
        "guards": {"maxRemovals": {"count": 9, "fraction": 1}},
    }
    return {name: Declared("Roster", inputs)}


def rotated(program: Resources) -> Resources:
    """Let each resource declare the next one's person."""
    names, declared = list(program), list(program.values())
    return dict(zip(names, [*declared[1:], declared[0]], strict=True))


def forced(program: Resources, order: str) -> Resources:
    """Force the replacement of every resource."""
    return {name: replace(one, replaced=order) for name, one in program.items()}


class Moves:
    """A stack, its account, and what a move may do to it."""

    def __init__(self, account: Any, folder: Path) -> None:
        self.account = account
        environment = {
            "CEREVOX_API_KEY": account.api_key,
            "CEREVOX_BASE_URL": account.url,
        }
        self.stack = HostStack(environment, {"maxWaitSeconds": "10"}, folder)
        self.stack.secrets = {"eve@example.com"}

    def up(self, program: Resources) -> str:
        ended = self.stack.up(program)
        assert ended.ending is Ending.DONE, ended.text
        return ended.text

    def live(self) -> None:
        """Let everybody log in but one; one is banned."""
        for user in self.account.users():
            if not user["email"].startswith("dora"):
                self.account.patch_user(user["email"], lastlogin=LOGGED_IN)
        self.account.patch_user("cy@example.com", isbanned=True)

    def writes(self) -> list[str]:
        return [
            f"{one['method']} {one['route']}"
            for one in self.account.journal()
            if one["method"] != "GET" and "/token/" not in one["path"]
        ]

    def move(self, program: Resources) -> str:
        """Run a program that moves everybody: nothing is written, nothing is lost."""
        before = self.account.users()[1:]
        self.account.clear_journal()
        said = self.up(program)
        assert self.writes() == []
        assert self.account.users()[1:] == before
        calm = {name: replace(one, replaced="") for name, one in program.items()}
        assert self.stack.is_settled(calm)
        assert self.stack.refresh().ending is Ending.DONE
        assert self.stack.is_settled(calm)
        return said

    def left(self) -> dict[str, str]:
        return {
            user["email"].partition("@")[0]: user["role"]
            for user in self.account.users()[1:]
        }


@pytest.fixture
def moves(account: Any, tmp_path: Path) -> Moves:
    """Declare six people, one of them adopted; return the stack a while later."""
    account.add_user("bob@example.com", name="Bob", role="member")
    moves = Moves(account, tmp_path)
    moves.up(users(adopt=True))
    moves.live()
    return moves


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(users("2"), id="renamed"),
        pytest.param(rotated(users()), id="swapped"),
        pytest.param(forced(users(), "after"), id="replaced"),
        pytest.param(forced(users(), "before"), id="deleted before replaced"),
        pytest.param(forced(rotated(users()), "before"), id="swapped, deleted before"),
        pytest.param(dict(reversed(users("2").items())), id="in another order"),
    ],
)
def test_whoever_moves_between_users_keeps_id_access_and_history(
    moves: Moves, program: Resources
) -> None:
    said = moves.move(program)
    if "ada2" in program:
        for who in PEOPLE:
            assert f"{who}@example.com moves from User '{who}' to User" in said
    # Each goes with the resource afterwards, and who was there before is let go.
    said = moves.up({})
    assert moves.left() == {"bob": "member", "fay": "admin"}
    assert "bob@example.com stays in the account" in said
    assert "fay@example.com stays in the account" in said


def test_the_head_of_a_list_leaves_and_the_others_shift(
    account: Any, tmp_path: Path
) -> None:
    account.add_user("bob@example.com", name="Bob", role="member")
    moves = Moves(account, tmp_path)
    zoe = Declared("User", {"email": "zoe@example.com"})
    everybody = [zoe, *users(adopt=True).values()]
    moves.up({f"user-{n}": one for n, one in enumerate(everybody)})
    moves.live()
    before = moves.account.users()[1:]
    moves.account.clear_journal()
    moves.up({f"user-{n}": one for n, one in enumerate(users().values())})
    assert moves.writes() == ["DELETE /v1/users/{user_id}"]
    stay = [user for user in before if user["email"] != "zoe@example.com"]
    assert moves.account.users()[1:] == stay
    moves.up({})
    assert moves.left() == {"bob": "member", "fay": "admin"}


def test_people_move_to_a_roster_to_another_one_and_back(moves: Moves) -> None:
    said = moves.move(roster())
    assert "bob@example.com moves from User 'bob' to Roster 'team'" in said
    moves.move(roster("board"))
    moves.move(forced(roster("board"), "after"))
    moves.move(forced(roster("board"), "before"))
    said = moves.move(users())
    assert "ada@example.com moves from Roster 'board' to User 'ada'" in said
    moves.up({})
    # Nobody made bob here: he stays, with the role that he had before all of them.
    assert moves.left() == {"bob": "member", "fay": "admin"}


def test_whoever_the_roster_took_over_goes_with_it(moves: Moves) -> None:
    moves.move(roster())
    moves.up({})
    assert moves.left() == {"bob": "admin"}


@pytest.mark.parametrize("program", [users(), users("2"), roster()])
def test_an_old_state_is_restored(moves: Moves, program: Resources) -> None:
    old = dict(moves.stack.state)
    moves.move(users("2"))
    moves.stack.state = old
    moves.move(program)
    moves.up({})
    assert moves.left()["bob"] == ("admin" if program == roster() else "member")
    assert set(moves.left()) <= {"bob", "fay"}


ROLE = {"email": "bob@example.com", "role": "admin"}
ADOPTED = Declared("User", {**ROLE, "onExisting": "adopt"})
ADMINS = {OWNER: {"role": "admin"}, "bob@example.com": {"role": "admin"}}
TEAM = {"team": Declared("Roster", {"members": ADMINS})}


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([{"b2": Declared("RoleAssignment", ROLE)}], id="renamed"),
        pytest.param([{"b": Declared("RoleAssignment", ROLE, "after")}], id="replaced"),
        pytest.param(
            [{"b": Declared("RoleAssignment", ROLE, "before")}],
            id="deleted before replaced",
        ),
        pytest.param([{"bob": ADOPTED}], id="to a User"),
        pytest.param([{"b": ADOPTED}], id="to a User of its name"),
        pytest.param(
            [{"bob": ADOPTED}, {"again": Declared("RoleAssignment", ROLE)}],
            id="to a User and back",
        ),
        pytest.param(
            [
                {"bob": ADOPTED, "b": Declared("RoleAssignment", ROLE)},
                {"b": Declared("RoleAssignment", ROLE)},
            ],
            id="beside a User for a while",
        ),
        pytest.param(
            [TEAM, {"b": Declared("RoleAssignment", ROLE)}], id="to a Roster and back"
        ),
        pytest.param(
            [TEAM, {"board": TEAM["team"]}, {"bob": ADOPTED}],
            id="to a Roster, a renamed one, and a User",
        ),
    ],
)
def test_a_role_moves_with_the_one_before(
    account: Any, tmp_path: Path, steps: list[Resources]
) -> None:
    account.add_user("bob@example.com", name="Bob", role="member", lastlogin=LOGGED_IN)
    moves = Moves(account, tmp_path)
    moves.up({"b": Declared("RoleAssignment", ROLE)})
    for step in steps:
        moves.move(step)
    moves.up({})
    assert moves.left() == {"bob": "member"}


def test_two_roles_swap_and_are_deleted_before_they_are_replaced(
    account: Any, tmp_path: Path
) -> None:
    roles = {}
    for who in ("ada", "bob"):
        account.add_user(f"{who}@example.com", role="member", lastlogin=LOGGED_IN)
        inputs = {"email": f"{who}@example.com", "role": "admin"}
        roles[who] = Declared("RoleAssignment", inputs, "before")
    moves = Moves(account, tmp_path)
    moves.up(roles)
    moves.move(rotated(roles))
    moves.up({})
    assert moves.left() == {"ada": "member", "bob": "member"}


def test_a_roster_takes_over_the_role_from_before_also_of_whom_it_has_seen(
    account: Any, tmp_path: Path
) -> None:
    account.add_user("bob@example.com", role="member", lastlogin=LOGGED_IN)
    moves = Moves(account, tmp_path)
    assigned = {"b": Declared("RoleAssignment", ROLE)}
    alone = {"team": Declared("Roster", {"members": {OWNER: ADMINS[OWNER]}})}
    moves.up(assigned)
    assert (
        "the role of bob@example.com moves from RoleAssignment 'b' to Roster 'team'; "
        "the prior role, member, moves along"
    ) in moves.move(TEAM)
    moves.move(assigned)
    # A refresh of this roster sees bob, whom it does not declare.
    moves.move(alone | assigned)
    moves.move(TEAM)
    moves.move(assigned)
    moves.up({})
    assert moves.left() == {"bob": "member"}


def test_a_role_for_somebody_whom_a_roster_takes_out_is_refused_in_the_preview(
    account: Any, tmp_path: Path
) -> None:
    account.add_user("bob@example.com", role="member", lastlogin=LOGGED_IN)
    moves = Moves(account, tmp_path)
    moves.up(TEAM)
    alone = {"team": Declared("Roster", {"members": {OWNER: ADMINS[OWNER]}})}
    account.clear_journal()
    ended = moves.stack.up(alone | {"b": Declared("RoleAssignment", ROLE)})
    assert ended.ending is Ending.REFUSED
    assert (
        "bob@example.com is removed in this run by a Roster of this program, which "
        "declared them until now: a RoleAssignment keeps nobody in the account"
    ) in ended.text
    assert moves.writes() == []


BOB = {"bob@example.com": {"role": "member"}}
TWO = {OWNER: {"role": "admin"}, "ada@example.com": {"role": "member"}}


@pytest.mark.parametrize("mode", ["report", "fail", "remove", "ignore"])
@pytest.mark.parametrize("refreshed", [False, True])
def test_whoever_leaves_a_roster_under_another_email_loses_access(
    account: Any, tmp_path: Path, mode: str, *, refreshed: bool
) -> None:
    moves = Moves(account, tmp_path)
    options = {"undeclared": mode}
    moves.up({"team": Declared("Roster", {"members": TWO | BOB, **options})})
    account.patch_user("bob@example.com", email="robert@example.com")
    if refreshed:
        assert moves.stack.refresh().ending is Ending.DONE
    leaving = {"team": Declared("Roster", {"members": TWO, **options})}
    told = moves.up(leaving)
    assert "remove 1" in told
    assert (
        "bob@example.com has the email robert@example.com in the account now: the same "
        "person by their id, so they are removed"
    ) in told
    assert "undeclared 1" not in told
    assert moves.left() == {"ada": "member"}
    assert moves.stack.is_settled(leaving)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(
            {"team": {"members": TWO | {"robert@example.com": {"role": "member"}}}},
            id="under the new email",
        ),
        pytest.param(
            {"team": {"members": TWO}, "bob": {"email": "robert@example.com"}},
            id="as a User",
        ),
    ],
)
def test_whoever_is_declared_under_the_new_email_stays(
    account: Any, tmp_path: Path, after: dict[str, dict[str, Any]]
) -> None:
    moves = Moves(account, tmp_path)
    moves.up({"team": Declared("Roster", {"members": TWO | BOB})})
    account.patch_user("bob@example.com", email="robert@example.com")
    before = account.users()[1:]
    kinds = {"team": "Roster", "bob": "User"}
    moves.up({name: Declared(kinds[name], one) for name, one in after.items()})
    assert account.users()[1:] == before


def test_guards_judge_who_leaves_under_another_email(
    account: Any, tmp_path: Path
) -> None:
    moves = Moves(account, tmp_path)
    guards = {"maxRemovals": {"count": 0, "fraction": 0}}
    roster = {"members": TWO | BOB, "guards": guards}
    moves.up({"team": Declared("Roster", roster)})
    account.patch_user("bob@example.com", email="robert@example.com")
    account.clear_journal()
    ended = moves.stack.up({"team": Declared("Roster", roster | {"members": TWO})})
    assert ended.ending is Ending.REFUSED
    assert "max_removals" in ended.text
    assert moves.writes() == []


@pytest.mark.parametrize("mode", ["report", "fail"])
def test_whom_a_change_takes_out_of_a_roster_is_not_called_undeclared(
    account: Any, tmp_path: Path, mode: str
) -> None:
    moves = Moves(account, tmp_path)
    options = {"undeclared": mode}
    moves.up({"team": Declared("Roster", {"members": TWO | BOB, **options})})
    told = moves.up({"team": Declared("Roster", {"members": TWO, **options})})
    assert "undeclared" not in told
    assert moves.left() == {"ada": "member"}


@pytest.mark.parametrize("roster_first", [True, False])
def test_whoever_moves_from_a_roster_that_stays_to_a_user_keeps_their_history(
    account: Any, tmp_path: Path, *, roster_first: bool
) -> None:
    account.add_user("bob@example.com", role="member", lastlogin=LOGGED_IN)
    moves = Moves(account, tmp_path)
    eve = {"eve@example.com": {"role": "member"}}
    moves.up({"b": Declared("RoleAssignment", ROLE)})
    guards = {"guards": {"maxRemovals": {"count": 9, "fraction": 1}}}
    both = TWO | ADMINS | eve
    moves.up({"team": Declared("Roster", {"members": both, **guards})})
    account.patch_user("eve@example.com", lastlogin=LOGGED_IN)
    alone = {"team": Declared("Roster", {"members": TWO, **guards})}
    people = {"bob": ADOPTED, "eve": Declared("User", {"email": "eve@example.com"})}
    moves.move(alone | people if roster_first else people | alone)
    moves.up(alone)
    # The roster made eve; bob was there, as a member, before all of them.
    assert moves.left() == {"ada": "member", "bob": "member"}


@pytest.mark.parametrize("old_first", [True, False])
def test_whoever_moves_between_two_rosters_that_stay_keeps_id_and_history(
    account: Any, tmp_path: Path, *, old_first: bool
) -> None:
    moves = Moves(account, tmp_path)
    guards = {"minAdmins": 0, "maxRemovals": {"count": 9, "fraction": 1}}
    options = {
        "undeclared": "ignore",
        "onDestroy": "remove_created",
        "guards": guards,
    }
    owner = {OWNER: {"role": "admin"}}
    ada = {"ada@example.com": {"role": "member"}}

    def rosters(one: dict[str, Any], two: dict[str, Any]) -> Resources:
        made = {
            "one": Declared("Roster", {"members": owner | one, **options}),
            "two": Declared("Roster", {"members": ada | two, **options}),
        }
        return made if old_first else dict(reversed(made.items()))

    moves.up(rosters(BOB, {}))
    account.patch_user("bob@example.com", lastlogin=LOGGED_IN)
    moves.move(rosters({}, BOB))
    moves.up({"one": Declared("Roster", {"members": owner, **options})})
    assert moves.left() == {}
