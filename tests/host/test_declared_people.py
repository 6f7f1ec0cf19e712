"""Whatever a program looks like, nobody whom it declares is removed or undeclared.

Programs of `User`s, `RoleAssignment`s and a `Roster`, in any order, with any targets,
follow one another; people move between their resources. A small stack of provider
hosts stands for the engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from pulumi_cerevox.testing import EmulatorProcess
from scripts.proof.model.stacks import Declared, Ending, HostStack, Resources

OWNER = "owner@example.com"
INTRUDER = "intruder@example.com"
PEOPLE = [f"p{number}@example.com" for number in range(4)]
LOGGED_IN = "2026-11-01T00:00:00Z"
CALLED_UNDECLARED = re.compile(r"(?:undeclared \d+|not in the roster): ([^;\n]*)")


@dataclass(frozen=True)
class Program:
    """Resources in their order, and the targets of the run."""

    resources: Resources
    targets: tuple[str, ...]

    def people(self) -> set[str]:
        """Return whom a `User` or the roster declares."""
        found: set[str] = set()
        for one in self.resources.values():
            if one.kind == "User":
                found.add(one.inputs["email"])
            elif one.kind == "Roster":
                found.update(one.inputs["members"])
        return found


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Declare each person by a `User`, by the roster, or not at all."""
    mode = draw(st.sampled_from(["report", "fail", "remove", "ignore", "no roster"]))
    members = {OWNER: {"role": "admin"}}
    resources: dict[str, Declared] = {}
    for email in PEOPLE:
        by = draw(st.sampled_from(["user", "adopt", "roster", "nobody"]))
        role = {"role": draw(st.sampled_from(["member", "admin"]))}
        if by == "roster":
            members[email] = role
        elif by != "nobody":
            slot = draw(st.sampled_from(["a", "b", "c", "d"]))
            existing = "adopt" if by == "adopt" else "fail"
            inputs = {"email": email, "onExisting": existing}
            resources.setdefault(f"user-{slot}", Declared("User", inputs))
            if draw(st.booleans()):
                assigned = Declared("RoleAssignment", {"email": email, **role})
                resources[f"role-{slot}"] = assigned
    if mode != "no roster":
        guards = {"maxRemovals": {"count": 9, "fraction": 1}}
        team = {"members": members, "undeclared": mode, "guards": guards}
        name = draw(st.sampled_from(["team", "board"]))
        resources[name] = Declared("Roster", team)
    names = draw(st.permutations(sorted(resources)))
    targets = draw(
        st.lists(st.sampled_from(names), unique=True) if names else st.just([])
    )
    ordered = {name: resources[name] for name in names}
    return Program(ordered, tuple(targets if draw(st.booleans()) else []))


@pytest.fixture(scope="module")
def account() -> Iterator[EmulatorProcess]:
    with EmulatorProcess(seed="empty") as emulator:
        yield emulator


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack")


def play(
    account: EmulatorProcess, folder: Path, there: set[str], history: list[Program]
) -> list[Ending]:
    """Run programs one after the other; return how each ended."""
    account.reset()
    environment = {"CEREVOX_API_KEY": account.api_key, "CEREVOX_BASE_URL": account.url}
    stack = HostStack(environment, {"maxWaitSeconds": "10"}, folder)
    for email in (INTRUDER, *sorted(there)):
        account.add_user(email, role="member", lastlogin=LOGGED_IN)
    endings: list[Ending] = []
    for program in history:
        before = {user["email"]: user["user_id"] for user in account.users()}
        ended = stack.up(program.resources, program.targets)
        endings.append(ended.ending)
        after = {user["email"]: user["user_id"] for user in account.users()}
        for email in program.people() & set(before):
            assert after.get(email) == before[email], (email, ended.text)
        for names in CALLED_UNDECLARED.findall(ended.text):
            called = set(re.findall(r"[\w-]+@example\.com", names))
            assert not called & program.people(), ended.text
        for user in account.users():
            account.patch_user(user["email"], lastlogin=LOGGED_IN)
        assert stack.refresh().ending is Ending.DONE
    return endings


ADOPTED = Declared("User", {"email": PEOPLE[0], "onExisting": "adopt"})
TEAM = Declared(
    "Roster", {"members": {OWNER: {"role": "admin"}}, "undeclared": "remove"}
)


@settings(max_examples=8, deadline=None)
@given(st.sets(st.sampled_from(PEOPLE)), st.lists(programs(), min_size=2, max_size=3))
@example(
    {PEOPLE[0]},
    [Program({"team": TEAM}, ()), Program({"team": TEAM, "u": ADOPTED}, ("team",))],
)
def test_nobody_whom_the_program_declares_is_removed_or_called_undeclared(
    account: EmulatorProcess, folder: Path, there: set[str], history: list[Program]
) -> None:
    for ending in play(account, folder, there, history):
        event(f"up: {ending}")


def test_an_intruder_beside_them_is_removed_all_the_same(
    account: EmulatorProcess, folder: Path
) -> None:
    program = Program({"team": TEAM, "u": ADOPTED}, ())
    play(account, folder, {PEOPLE[0]}, [program, program, program])
    assert [user["email"] for user in account.users()] == [OWNER, PEOPLE[0]]
