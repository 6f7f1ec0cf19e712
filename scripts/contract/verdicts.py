"""All facts, judged on a recording, and told as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from pulumi_cerevox.account import printable
from scripts.contract import (
    account_facts,
    token_facts,
    user_facts,
    wire_facts,
    write_facts,
)
from scripts.contract.exchanges import Recording
from scripts.contract.facts import Fact, Judgement, Verdict

READ_FACTS: tuple[Fact, ...] = (
    *token_facts.BOOK.facts,
    *wire_facts.BOOK.facts,
    *account_facts.BOOK.facts,
    *user_facts.BOOK.facts,
)
WRITE_FACTS: tuple[Fact, ...] = tuple(write_facts.BOOK.facts)


def judge(seen: Recording) -> dict[Fact, Judgement]:
    """Give the verdict on every fact that the run was about."""
    facts = READ_FACTS + (WRITE_FACTS if seen.writes else ())
    return {fact: fact.judged(seen) for fact in facts}


def as_text(seen: Recording, judged: Mapping[Fact, Judgement]) -> str:
    """Tell every verdict on a line, and what follows from those that fail."""
    width = max(len(fact.name) for fact in judged)
    lines = [printable(f"{seen.base_url}, {seen.recorded}"), ""]
    for verdict in (Verdict.FAILS, Verdict.UNKNOWN, Verdict.HOLDS):
        for fact, one in judged.items():
            if one.verdict is verdict:
                lines.append(f"{verdict:13}  {fact.name:{width}}  {fact.assumed}")
                lines.append(f"{'':13}  {'':{width}}  {printable(one.why)}")
                if verdict is Verdict.FAILS:
                    place = f"pulumi_cerevox/{fact.place}"
                    lines.append(f"{'':13}  {'':{width}}  the place to mend: {place}")
    counts = Counter(one.verdict for one in judged.values())
    told = ", ".join(f"{verdict} {counts[verdict]}" for verdict in Verdict)
    return "\n".join([*lines, "", f"{len(judged)} facts: {told}"])


def some_fail(judged: Mapping[Fact, Judgement]) -> bool:
    """Tell whether a fact does not hold."""
    return any(one.verdict is Verdict.FAILS for one in judged.values())
