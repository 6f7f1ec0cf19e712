"""What is wrong after a kill, the bars, and the table."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.proof.kill import (
    RECEIVED,
    Cut,
    Tried,
    interrupt_faults,
    missed_bars,
    orphan_faults,
    plan_rounds,
    report,
)
from scripts.proof.sandbox import Run
from scripts.proof.scenarios import people
from scripts.proof.verdict import Outcome

ADA = {"user_id": "u1", "email": "ada@example.com", "name": "Ada", "role": "admin"}
WANTED = people(admins="Ada", members="Bob")
USER = {"type": "pulumi-python:dynamic/cerevox:User", "id": "u1", "urn": "urn:ada"}
CANCELED = "error: update canceled\n"
INTERRUPTED = Run(1, RECEIVED + CANCELED)


def test_a_good_interruption() -> None:
    assert interrupt_faults(INTERRUPTED, {"resources": [USER]}, [ADA], WANTED) == []


def test_an_interruption_that_had_nothing_to_cancel() -> None:
    run = Run(0, "")
    wanted = people(admins="Ada")
    assert interrupt_faults(run, {"resources": [USER]}, [ADA], wanted) == []


@pytest.mark.parametrize(
    ("run", "state", "sign"),
    [
        (INTERRUPTED, {}, "ada@example.com is in the account and not in the state"),
        (
            INTERRUPTED,
            {
                "resources": [USER],
                "pending_operations": [{"type": "creating", "resource": USER}],
            },
            "pending after ^C: creating urn:ada",
        ),
        (Run(0, INTERRUPTED.output), {"resources": [USER]}, "exit code 0"),
        (Run(1, ""), {"resources": [USER]}, "^C ended with exit code 1"),
        (Run(1, CANCELED), {"resources": [USER]}, "does not say that"),
        (
            INTERRUPTED,
            {"resources": [USER, USER | {"id": "u9"}]},
            "u9 is in the state and not in the account",
        ),
    ],
)
def test_a_bad_interruption(run: Run, state: Any, sign: str) -> None:
    (fault,) = interrupt_faults(run, state, [ADA], WANTED)
    assert fault.startswith(sign) or sign in fault


def write(number: int) -> dict[str, Any]:
    return {"method": "POST", "path": f"/v1/users/{number}", "committed": True}


LOGIN = {"method": "POST", "path": "/v1/token/login", "committed": True}


def test_an_orphan_ends_what_it_has_in_hand_and_no_more() -> None:
    journal = [LOGIN, *map(write, range(6)), LOGIN, *map(write, range(9))]
    assert orphan_faults(journal, done=2, seen=3, in_hand=4) == []
    assert orphan_faults(journal, done=1, seen=3, in_hand=4) == [
        "5 writes were committed after the engine was killed"
    ]
    assert orphan_faults(journal, done=2, seen=3, in_hand=2) != []
    assert orphan_faults(journal[:7], done=1, seen=3, in_hand=4) != []


def rounds(count: int, *, between: int, faults: Any = (), **more: bool) -> list[Tried]:
    outcome = Outcome.WRONG if faults else Outcome.SURVIVED
    return [
        Tried(one, Cut(outcome, tuple(faults), one.number <= between, **more))
        for one in plan_rounds(count, 0, 1, {"users-up": 4})
    ]


def test_the_bars_of_the_kills() -> None:
    assert missed_bars(rounds(3, between=2)) == []
    (few,) = missed_bars(rounds(3, between=1))
    assert few.startswith("1 of 3 kills were between")
    assert missed_bars(rounds(1, between=1, faults=["lost"])) == ["1 rounds went wrong"]
    assert missed_bars([])


def test_the_report_says_where_the_backend_was_mended() -> None:
    text = report(rounds(1, between=1, mended=True))
    assert text.startswith("1 times Pulumi's file backend left an empty .attrs")
    assert "attrs" not in report(rounds(1, between=1))


def test_the_report_says_where_a_host_had_not_been_asked_anything() -> None:
    text = report(rounds(1, between=1, unasked=True))
    assert text.startswith("1 times a killed engine left a provider host")
    assert "a provider host that" not in report(rounds(1, between=1))


def test_the_report_of_the_kills_ends_in_a_table() -> None:
    text = report(rounds(2, between=2, faults=["it was lost"])).splitlines()
    assert text[0].startswith("WRONG  round 1: users-up: engine")
    assert text[1] == "    it was lost"
    assert text[-1].split() == ["all", "2", "2", "0", "2", "2"]
