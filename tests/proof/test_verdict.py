"""Each way in which an outcome is wrong, and the two in which it is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.proof.journal import Action, History, Person
from scripts.proof.sandbox import Run
from scripts.proof.scenarios import Scenario
from scripts.proof.verdict import Evidence, Goal, Outcome, judge, unclear

FOUR = {"ada@example.com": Person("Ada", "admin")}
DONE = [Action("create", "ada@example.com")]
STATE = {"ada": {"id": "id of ada@example.com"}}
GOAL = Goal(
    Scenario("users-up", (), FOUR, signs=("ok",)),
    STATE,
    {"lenient": 1},
    frozenset(DONE),
)
GOOD = Run(0, "ok")
FAILED = Run(
    255,
    "Diagnostics:\n"
    "  cerevox:User (ada):\n"
    "    error: could not create ada@example.com: Timed out\n"
    "  pulumi:pulumi:Stack:\n"
    "    error: update failed\n",
)
SEEN = Evidence(GOOD, None, FOUR, STATE, History({}, DONE, fewest_admins=1))
MENDED = replace(SEEN, first=FAILED, again=GOOD, state={"lenient": 1})


def test_survived_by_itself() -> None:
    verdict = judge(GOAL, SEEN, must_survive=True)
    assert (verdict.outcome, verdict.faults) == (Outcome.SURVIVED, ())


def test_failed_clearly() -> None:
    verdict = judge(GOAL, MENDED, must_survive=False)
    assert (verdict.outcome, verdict.faults) == (Outcome.FAILED, ())


def test_to_set_a_role_twice_is_no_fault() -> None:
    actions = [Action("promote", "ada@example.com")] * 2
    goal = replace(GOAL, shown=frozenset(actions))
    seen = replace(SEEN, history=History({}, actions, fewest_admins=1))
    assert judge(goal, seen, must_survive=True).outcome is Outcome.SURVIVED


@pytest.mark.parametrize(
    ("seen", "sign"),
    [
        pytest.param(replace(SEEN, fired=False), "never happened", id="not-fired"),
        pytest.param(replace(SEEN, people={}), "not there in the", id="lost"),
        pytest.param(
            replace(SEEN, people=FOUR | {"x@example.com": Person("X")}),
            "x@example.com is Person",
            id="one-too-many",
        ),
        pytest.param(replace(SEEN, state={}), "the state.ada is absent", id="state"),
        pytest.param(replace(SEEN, pending=["creating x"]), "pending", id="pending"),
        pytest.param(
            replace(SEEN, history=History({}, DONE * 2, fewest_admins=1)),
            "create ada@example.com was committed 2 times",
            id="duplicate",
        ),
        pytest.param(
            replace(
                SEEN,
                history=History(
                    {}, [Action("remove", "b@example.com")], fewest_admins=1
                ),
            ),
            "remove b@example.com: the preview had not shown it",
            id="not-shown",
        ),
        pytest.param(
            replace(SEEN, history=History({}, DONE, fewest_admins=0)),
            "had 0 admins at a moment, not 1",
            id="admins",
        ),
        pytest.param(
            replace(
                SEEN,
                history=History({}, DONE, 1, blind_creates=["ada@example.com"]),
            ),
            "create ada@example.com was sent again before anybody looked",
            id="blindly",
        ),
        pytest.param(
            replace(MENDED, again=Run(255, "still not")),
            "a run without faults failed: still not",
            id="not-mended",
        ),
        pytest.param(
            replace(MENDED, again=Run(0, "")), "without faults failed", id="no-sign"
        ),
        pytest.param(
            replace(MENDED, first=Run(255, FAILED.output + "Traceback")),
            "traceback",
            id="traceback",
        ),
    ],
)
def test_wrong(seen: Evidence, sign: str) -> None:
    verdict = judge(GOAL, seen, must_survive=False)
    assert verdict.outcome is Outcome.WRONG
    assert sign in "\n".join(verdict.faults)


def test_failing_clearly_is_no_way_out_of_what_must_be_survived() -> None:
    verdict = judge(GOAL, MENDED, must_survive=True)
    assert verdict.outcome is Outcome.WRONG
    assert "had to survive" in verdict.faults[0]


@pytest.mark.parametrize(
    ("run", "sign"),
    [
        (Run(255, "Diagnostics:\n    error: update failed\n"), "0 messages"),
        (Run(255, "Diagnostics:\n  error: one\n  error: other\n"), "2 messages"),
        (Run(0, FAILED.output), "exit code 0"),
    ],
)
def test_unclear(run: Run, sign: str) -> None:
    assert any(sign in line for line in unclear(run))


def test_the_command_s_own_message_is_clear() -> None:
    assert unclear(Run(4, "pulumi-cerevox: could not list the users: …\n")) == []
    audit = (
        "pulumi-cerevox: incomplete: 1 gap\npulumi-cerevox: GET /users answered 206\n"
    )
    assert unclear(Run(4, audit)) == []


def test_each_resource_has_its_message_where_the_fault_lasts() -> None:
    ada, bob = "  cerevox:User (ada):\n", "  cerevox:User (bob):\n"
    one, other = "    error: one\n", "    error: other\n"
    each = Run(255, f"Diagnostics:\n{ada}{one}\n{bob}{other}\n")
    assert unclear(each, is_lasting=True) == []
    assert "2 messages" in unclear(each)[0]
    both = Run(255, f"Diagnostics:\n{ada}{one}{other}\n{bob}{one}\n")
    assert "2 messages" in unclear(both, is_lasting=True)[0]
    none = Run(255, "Diagnostics:\n    error: update failed\n")
    assert unclear(none, is_lasting=True)


def test_a_preview_that_says_it_did_not_look_is_clear() -> None:
    said = "Diagnostics:\n  warning: the live account was not looked at: cut\n"
    assert unclear(Run(0, f"Previewing update (test):\n{said}")) == []
    assert unclear(Run(0, f"Updating (test):\n{said}"))
    assert unclear(Run(0, f"Previewing update (test):\nUpdating (test):\n{said}"))


def test_only_a_create_that_nobody_can_prove_may_be_taken_over() -> None:
    goal = replace(GOAL, unproven_state={"unproven": 1})
    unproven = replace(SEEN, state={"unproven": 1}, is_proven=False)
    assert judge(goal, unproven, must_survive=False).outcome is Outcome.SURVIVED
    proven = replace(unproven, is_proven=True)
    assert judge(goal, proven, must_survive=False).outcome is Outcome.WRONG
