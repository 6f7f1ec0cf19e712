"""Which faults and kills there are, and that chance repeats itself."""

from __future__ import annotations

from collections import Counter
from typing import Any

from scripts.proof.faults import KINDS, Case, cases_of, sample
from scripts.proof.journal import Request, requests_of
from scripts.proof.kill import KILLED, Victim, plan_rounds

LIST = Request("GET", "/v1/users", 1, is_write=False)
CREATE = Request("POST", "/v1/users", 2, is_write=True)


def entry(method: str, route: str) -> dict[str, Any]:
    return {"method": method, "route": route, "path": route}


def test_requests_are_counted_by_method_and_route() -> None:
    journal = [
        entry("POST", "/v1/token/login"),
        entry("POST", "/v1/users"),
        entry("GET", "/v1/users"),
        entry("POST", "/v1/users"),
    ]
    login, _, listing, second = requests_of(journal)
    assert (listing, second) == (LIST, CREATE)
    assert not login.is_write


def test_a_write_is_tried_before_and_after_its_commit() -> None:
    cases = cases_of("users-up", [LIST, CREATE])
    assert len(cases) == len(set(cases)) == 3 * len(KINDS) == 24
    assert Counter(case.when for case in cases if case.request == CREATE) == {
        "before": 8,
        "after": 8,
    }
    assert {case.when for case in cases if case.request == LIST} == {"before"}


def test_what_must_be_survived() -> None:
    must = {str(case) for case in cases_of("s", [LIST, CREATE]) if case.must_survive}
    assert must == {str(case) for case in cases_of("s", [LIST])} | {
        "s: POST /users #2: 503, before the commit",
        "s: POST /users #2: 429, Retry-After 1, before the commit",
    }


def test_a_case_as_the_emulator_takes_it() -> None:
    case = Case("s", CREATE, KINDS[-1], "after")
    assert case.rule() == {
        "method": "POST",
        "path": "/v1/users",
        "nth": 2,
        "when": "after",
        "action": "html",
        "status": 200,
    }


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    cases = cases_of("s", [LIST, CREATE])
    some = sample(cases, 5, seed=7)
    assert some == sample(cases, 5, seed=7)
    assert some != sample(cases, 5, seed=8)
    assert len(set(some)) == 5
    assert sample(cases, 99, seed=7) == cases


def test_rounds_are_the_same_for_the_same_seed() -> None:
    writes = {"users-up": 4, "roster-change": 10}
    rounds = plan_rounds(30, 2, 7, writes)
    assert rounds == plan_rounds(30, 2, 7, writes)
    assert rounds != plan_rounds(30, 2, 8, writes)
    assert Counter(one.victim for one in rounds) == {
        **dict.fromkeys(KILLED, 10),
        Victim.ENGINE_ONCE: 2,
    }
    assert {one.scenario for one in rounds} == set(writes)
    for one in rounds:
        assert one.after is None or 1 <= one.after < writes[one.scenario]
    assert str(rounds[0]).startswith("round 1: ")
    texts = " ".join(str(one) for one in rounds)
    assert "of its time" in texts
    assert "s after write" in texts
