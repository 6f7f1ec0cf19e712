"""Ignore rules: findings that somebody has looked at and set aside for a time."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import translate

from pulumi_cerevox.account import fold_email, printable
from pulumi_cerevox.audit.finding import Finding, FindingKind, Ignored, rank
from pulumi_cerevox.audit.result import AuditResult
from pulumi_cerevox.roster import Place


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """One rule.

    Attributes:
        people: Emails or patterns, matched against folded emails.
        findings: The kinds that it sets aside.
        reason: Why.
        owner: Whom to ask.
        until: The last day on which it holds.
        place: Where it stands.
    """

    people: tuple[str, ...]
    findings: frozenset[FindingKind]
    reason: str
    owner: str
    until: date
    place: Place


def apply_ignores(
    result: AuditResult, rules: Sequence[IgnoreRule], today: date
) -> AuditResult:
    """Set aside what the rules name, and warn of rules that do nothing.

    A rule whose last day has passed sets nothing aside. Whether a rule is used can't
    be told of an account that was not read in full.
    """
    book = _Book([rule for rule in rules if rule.until >= today])
    findings = sorted((book.judged(one) for one in result.findings), key=rank)
    warnings = [_expired_warning(rule) for rule in rules if rule.until < today]
    if not result.gaps:
        warnings += [_unused_warning(rule) for rule in book.unused()]
    return replace(
        result, findings=tuple(findings), warnings=(*result.warnings, *warnings)
    )


class _Book:
    """The rules in force, quick to ask: literal emails by look-up, patterns in turn."""

    def __init__(self, rules: Sequence[IgnoreRule]) -> None:
        self._rules = rules
        self._used: set[int] = set()
        self._literal: defaultdict[str, list[int]] = defaultdict(list)
        self._patterns: list[tuple[re.Pattern[str], int]] = []
        for number, rule in enumerate(rules):
            for person in rule.people:
                self._enter(person, number)

    def judged(self, finding: Finding) -> Finding:
        """Give the finding, set aside if a rule says so."""
        number = next(self._fitting(finding), None)
        if number is None:
            return finding
        self._used.add(number)
        rule = self._rules[number]
        return replace(finding, ignored=Ignored(rule.reason, rule.owner, rule.until))

    def unused(self) -> list[IgnoreRule]:
        """Give the rules that set nothing aside."""
        return [
            rule for number, rule in enumerate(self._rules) if number not in self._used
        ]

    def _enter(self, person: str, number: int) -> None:
        if any(char in person for char in "*?["):
            pattern = re.compile(translate(person.strip().lower()))
            self._patterns.append((pattern, number))
        else:
            self._literal[fold_email(person)].append(number)

    def _fitting(self, finding: Finding) -> Iterator[int]:
        folded = fold_email(finding.email)
        numbers = list(self._literal.get(folded, ()))
        numbers += [
            number for pattern, number in self._patterns if pattern.match(folded)
        ]
        return iter(n for n in numbers if finding.kind in self._rules[n].findings)


def _expired_warning(rule: IgnoreRule) -> str:
    return (
        f"{rule.place}: this ignore rule ended on {rule.until}; what it named counts "
        f"again. Ask {printable(rule.owner)}, or take the rule out"
    )


def _unused_warning(rule: IgnoreRule) -> str:
    named = ", ".join(printable(one) for one in rule.people[:3])
    return (
        f"{rule.place}: this ignore rule ({named}) sets nothing aside: take it out, or "
        "correct whom it names"
    )
