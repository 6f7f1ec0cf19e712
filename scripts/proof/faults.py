"""`make faults`: every request of every scenario, with every fault, on the engine.

Exit code 1 when an outcome is wrong: a fault that had to be survived was not, a
failure was not clear, or a run without faults did not reach the declared state
afterwards, exactly and by nothing but what the preview had shown.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeAlias

from scripts.engine.workspace import find_engine
from scripts.proof import runner
from scripts.proof.journal import Request
from scripts.proof.record import record
from scripts.proof.runner import Prepared, Setup, try_cases, wrong_lines
from scripts.proof.sandbox import Sandbox
from scripts.proof.scenarios import SCENARIOS, named
from scripts.proof.verdict import Outcome, Verdict, judge
from scripts.table import table

CONFIG = {"requestTimeout": "2", "maxWaitSeconds": "60"}
"""So that a hung answer costs two seconds; the budget is not what is tried here."""


@dataclass(frozen=True)
class Kind:
    """One way in which an answer goes wrong; `rule` is the emulator's.

    Attributes:
        calls: Which calls can go wrong so; none: any.
        is_refusable: Whether a read of this kind may fail, clearly.
        unknowable: Scenarios in which nothing could show that the answer is wrong.
    """

    name: str
    rule: dict[str, Any] = field(hash=False)
    calls: tuple[str, ...] = ()
    is_refusable: bool = False
    unknowable: tuple[str, ...] = ()


_ANY_PERSON = "/v1/users/{user_id}"
_LIST = "GET /v1/users"
_CREATE = "POST /v1/users"
_CALLS = {
    "list": (_LIST,),
    "delete": (f"DELETE {_ANY_PERSON}",),
    "update": (f"PUT {_ANY_PERSON}",),
    "other": (_LIST, _CREATE, f"GET {_ANY_PERSON}", f"PUT {_ANY_PERSON}"),
}
"""Which calls get a wrong answer, by how its name begins."""
_FOLLOWED = ("list_next", "list_cursor", "list_link")
_OF_OTHERS = ("other_person", "other_account")
_WRONG_ANSWERS = (
    *(*_FOLLOWED, "list_cut", "list_next_elsewhere", "list_has_more", "list_206"),
    *("list_total", "list_total_count", "delete_false", "delete_202", "delete_error"),
    *("delete_empty_list", "delete_html_404", "delete_json_404", "update_false"),
    *_OF_OTHERS,
)
KINDS = (
    Kind("500", {"status": 500}),
    Kind("503", {"status": 503}),
    Kind("429, Retry-After 1", {"status": 429, "retry_after": 1}),
    Kind("timeout", {"action": "hang"}),
    Kind("connection reset", {"action": "reset"}),
    Kind("closed half-way", {"action": "truncate"}),
    Kind("malformed JSON", {"action": "malformed_json"}),
    # With 200 as of a captive portal: the status of a 502 says enough.
    Kind("HTML", {"action": "html", "status": 200}),
    *(
        Kind(
            name,
            # A list in pages has them for ever, or the second would be no page.
            {"action": name} | ({} if name.startswith("list") else {"times": 1}),
            _CALLS[name.partition("_")[0]],
            is_refusable=name not in _FOLLOWED,
            # Only who knows somebody by id can ask for those who are missing.
            unknowable=("users-import", "audit") if name == "list_cut" else (),
        )
        for name in _WRONG_ANSWERS
    ),
)
SURVIVED_BEFORE_A_COMMIT = frozenset({"503", "429, Retry-After 1"})


@dataclass(frozen=True)
class Case:
    """One fault of one request of one scenario."""

    scenario: str
    request: Request
    kind: Kind
    when: str

    def __str__(self) -> str:
        """Write it as the report names it, and as `--only` finds it."""
        when = f", {self.when} the commit" if self.request.is_write else ""
        return f"{self.scenario}: {self.request}: {self.kind.name}{when}"

    @property
    def must_survive(self) -> bool:
        """Whether failing clearly is not enough."""
        before = self.when == "before" and self.kind.name in SURVIVED_BEFORE_A_COMMIT
        is_read = not self.request.is_write and not self.kind.is_refusable
        return before or is_read

    @property
    def is_proven(self) -> bool:
        """Whether a create of this case can be known for the resource's own.

        It can't where the API made somebody and says that it refused to, or answers
        about somebody else.
        """
        is_denied = (
            self.kind.rule.get("status") == HTTPStatus.TOO_MANY_REQUESTS
            or self.kind.name in _OF_OTHERS
        )
        is_create = f"{self.request.method} {self.request.route}" == _CREATE
        return not (is_denied and is_create and self.when == "after")

    def rule(self) -> dict[str, Any]:
        """Return the fault as the emulator takes it."""
        return {
            "method": self.request.method,
            "path": self.request.route,
            "nth": self.request.nth,
            "when": self.when,
            **self.kind.rule,
        }


Tried: TypeAlias = runner.Tried[Case, Verdict]


def cases_of(scenario: str, requests: Iterable[Request]) -> list[Case]:
    """Return each fault of each request, before and, for writes, after the commit."""
    return [
        Case(scenario, request, kind, when)
        for request in requests
        for kind in KINDS
        if not kind.calls or f"{request.method} {request.route}" in kind.calls
        if scenario not in kind.unknowable
        for when in (("before", "after") if request.is_write else ("before",))
    ]


def sample(cases: Sequence[Case], size: int, seed: int) -> list[Case]:
    """Take some of the cases, the same ones for the same seed, in their order."""
    if size >= len(cases):
        return list(cases)
    chance = random.Random(seed)  # noqa: S311 - no secret depends on it
    return [cases[index] for index in sorted(chance.sample(range(len(cases)), size))]


def try_case(sandbox: Sandbox, prepared: Prepared, case: Case) -> Verdict:
    """Run a scenario with one fault, and once more without where it failed."""
    sandbox.put_back(prepared.saved)
    sandbox.emulator.add_fault(**case.rule())
    commands = prepared.scenario.commands
    first = sandbox.run(*commands)
    fired = any(rule["fired"] for rule in sandbox.emulator.faults())
    sandbox.emulator.clear_faults()
    again = None if prepared.goal.is_met_by(first) else sandbox.run(*commands)
    seen = runner.evidence(
        sandbox,
        prepared.saved,
        first,
        again,
        fired=fired,
        is_proven=case.is_proven,
    )
    return judge(
        prepared.goal,
        seen,
        must_survive=case.must_survive,
        is_lasting=case.kind.name.startswith("list_"),
    )


def report(tried: Sequence[Tried]) -> str:
    """Say what went wrong, then count outcomes by fault and by scenario."""

    def rows(key: Callable[[Case], tuple[str, ...]]) -> list[list[str | int]]:
        groups: dict[tuple[str, ...], list[Tried]] = {}
        for one in tried:
            groups.setdefault(key(one.case), []).append(one)
        return [[*name, *_counts(group)] for name, group in groups.items()]

    def fault_of(case: Case) -> tuple[str, str]:
        is_write = case.request.is_write
        of = f"a write, {case.when} the commit" if is_write else "a read"
        return (case.kind.name, of)

    order = [kind.name for kind in KINDS]
    by_fault = rows(fault_of)
    by_fault.sort(key=lambda row: (order.index(str(row[0])), str(row[1])))
    by_scenario = rows(lambda case: (case.scenario,))
    by_scenario.append(["all", *_counts(tried)])
    wrong = wrong_lines(tried)
    return "\n".join(
        [
            *([*wrong, ""] if wrong else []),
            table(["fault", "of", *Outcome, "tried"], by_fault),
            "",
            table(["scenario", *Outcome, "tried"], by_scenario),
        ]
    )


def _counts(tried: Sequence[Tried]) -> list[int]:
    counts = Counter(one.verdict.outcome for one in tried)
    return [*(counts[outcome] for outcome in Outcome), len(tried)]


def exit_code(tried: Sequence[Tried]) -> int:
    """Return 0 when something was tried and nothing is wrong, otherwise 1."""
    return 1 if not tried or any(one.is_wrong for one in tried) else 0


def main(words: Sequence[str] | None = None) -> int:
    """Try what was asked for, and print the matrix last."""
    names = [one.name for one in SCENARIOS]
    parser = runner.options("scripts.proof.faults", __doc__, names)
    parser.add_argument("--only", default="", help="only cases that hold this text")
    parser.add_argument("--sample", type=int, help="at most so many cases, by chance")
    options = parser.parse_args(words)
    if options.sample is not None:
        print(f"a sample of {options.sample} cases, --seed {options.seed}")

    def choose(prepared: dict[str, Prepared]) -> list[Case]:
        cases = [
            case
            for name, one in prepared.items()
            for case in cases_of(name, one.requests)
            if options.only in str(case)
        ]
        if options.sample is None:
            return cases
        return sample(cases, options.sample, options.seed)

    scenarios = [
        one
        for one in named(options.scenario)
        # Without a program there is no provider that could be another one.
        if one.program or not options.native
    ]
    setup = Setup(scenarios, CONFIG, workers=options.workers, native=options.native)
    tried = try_cases(find_engine(), setup, choose, try_case)
    matrix = report(tried)
    print(matrix)
    if options.record:
        sampled = "" if options.sample is None else f" --sample {options.sample}"
        note = f"{len(tried)} cases,{sampled} --seed {options.seed}\n\n{matrix}"
        record(f"make faults{' OPTIONS=--native' if options.native else ''}", note)
    return exit_code(tried)


if __name__ == "__main__":
    sys.exit(main())
