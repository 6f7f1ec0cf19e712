"""Which faults and kills there are, and that chance repeats itself."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pulumi_cerevox.emulator import WRONG_ANSWERS
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
    assert len(cases) == len(set(cases))
    of_any_call = sum(not kind.calls for kind in KINDS)
    assert of_any_call == 8
    assert Counter(case.when for case in cases if case.request == CREATE) == {
        "before": of_any_call + 2,
        "after": of_any_call + 2,
    }
    assert {case.when for case in cases if case.request == LIST} == {"before"}


def test_which_creates_nobody_can_prove() -> None:
    unproven = {
        (case.kind.name, case.request.method)
        for case in cases_of("users-up", [LIST, CREATE])
        if not case.is_proven
        if case.when == "after"
    }
    assert unproven == {
        ("429, Retry-After 1", "POST"),
        ("other_person", "POST"),
        ("other_account", "POST"),
    }


def test_each_wrong_answer_is_tried_where_it_can_happen() -> None:
    delete = Request("DELETE", "/v1/users/{user_id}", 1, is_write=True)
    change = Request("PUT", "/v1/users/{user_id}", 1, is_write=True)
    requests = [LIST, CREATE, change, delete]
    tried = {(case.kind.name, case.request.method) for case in cases_of("s", requests)}
    wrong = {(name, call) for name, call in tried if name in WRONG_ANSWERS}
    assert {name for name, _ in wrong} == set(WRONG_ANSWERS)
    of_call = {"list": "GET", "dele": "DELETE", "upda": "PUT"}
    for name, call in wrong:
        assert call == of_call.get(name[:4], call)
    audited = {case.kind.name for case in cases_of("audit", requests)}
    assert {name for name, _ in tried} - audited == {"list_cut"}


def test_what_must_be_survived() -> None:
    must = {str(case) for case in cases_of("s", [LIST, CREATE]) if case.must_survive}
    followed = {"list_next", "list_cursor", "list_link"}
    assert must == {
        str(case)
        for case in cases_of("s", [LIST])
        if not case.kind.calls or case.kind.name in followed
    } | {
        "s: POST /users #2: 503, before the commit",
        "s: POST /users #2: 429, Retry-After 1, before the commit",
    }


def test_a_case_as_the_emulator_takes_it() -> None:
    (html,) = (kind for kind in KINDS if kind.name == "HTML")
    case = Case("s", CREATE, html, "after")
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
    assert {one.victim for one in rounds if not one.is_proven} == {Victim.HOST}
    for one in rounds:
        assert one.after is None or 1 <= one.after < writes[one.scenario]
    assert str(rounds[0]).startswith("round 1: ")
    texts = " ".join(str(one) for one in rounds)
    assert "of its time" in texts
    assert "s after write" in texts
