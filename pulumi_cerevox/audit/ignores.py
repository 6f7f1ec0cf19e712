"""Ignore rules: read from a file with line and column, applied, and written."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import translate
from pathlib import Path
from typing import Any

from pulumi_cerevox.account import fold_email, printable
from pulumi_cerevox.audit.findings import Finding, FindingKind, Ignored, rank
from pulumi_cerevox.audit.model import AuditResult
from pulumi_cerevox.roster import Place
from pulumi_cerevox.roster.file import UnusableFileError, read_bytes, readable_text
from pulumi_cerevox.roster.kinds import Choice, Day, Key, ListOf, Table, Text
from pulumi_cerevox.roster.writing import yaml_text
from pulumi_cerevox.roster.yaml_tree import read_tree


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
    warnings = [
        f"{rule.place}: this ignore rule ended on {rule.until}; what it named counts "
        f"again. Ask {printable(rule.owner)}, or take the rule out"
        for rule in rules
        if rule.until < today
    ]
    for rule in [] if result.gaps else book.unused():
        named = ", ".join(printable(one) for one in rule.people[:3])
        warnings.append(
            f"{rule.place}: this ignore rule ({named}) sets nothing aside: take it "
            "out, or correct whom it names"
        )
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
        """Return the finding, set aside if a rule says so."""
        number = next(self._fitting(finding), None)
        if number is None:
            return finding
        self._used.add(number)
        rule = self._rules[number]
        return replace(finding, ignored=Ignored(rule.reason, rule.owner, rule.until))

    def unused(self) -> list[IgnoreRule]:
        """Return the rules that set nothing aside."""
        return [
            rule for number, rule in enumerate(self._rules) if number not in self._used
        ]

    def _enter(self, person: str, number: int) -> None:
        if any(char in person for char in "*?["):
            # Only * and ? are patterns. A bracket is itself, but for those that
            # `_literal` writes around a single character.
            plain = re.sub(
                r"\[[*?[]\]|\[",
                lambda found: found[0] if len(found[0]) > 1 else "[[]",
                person.strip().lower(),
            )
            pattern = re.compile(translate(plain))
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


_TEXT = Text(lambda text: None if text.strip() else "is empty", {"pattern": r"\S"})

_RULE_KEYS = Table(
    (
        Key(
            "people",
            ListOf(_TEXT),
            "Emails, or patterns with * and ? that fit whole emails, without case.",
            required=True,
        ),
        Key(
            "findings",
            ListOf(Choice(tuple(FindingKind))),
            "Which findings about them are set aside.",
            required=True,
        ),
        Key("reason", _TEXT, "Why that is fine, for whoever reads it.", required=True),
        Key("owner", _TEXT, "Whom to ask about it.", required=True),
        Key(
            "until",
            Day(),
            "The last day on which the rule holds; after it, the findings count again.",
            required=True,
        ),
    )
)

IGNORE_KEYS = Table(
    (
        Key(
            "rules",
            ListOf(_RULE_KEYS),
            "What is set aside.",
            required=True,
        ),
    )
)
"""The keys of the whole file."""


def ignores_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a file of ignore rules."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cerevox audit: ignore rules",
        "description": "Findings that somebody has looked at and set aside for a time.",
        **IGNORE_KEYS.schema(),
    }


class IgnoreFileError(ValueError):
    """A file of ignore rules can't be used; the text has a line for each reason."""


def read_ignores(path: str) -> tuple[IgnoreRule, ...]:
    """Read the rules of a file.

    Raises:
        IgnoreFileError: with every fault. A file that can't be read is one: without its
            rules an audit would report what somebody has set aside.
    """
    try:
        tree = read_tree(readable_text(read_bytes(Path(path))))
    except UnusableFileError as error:
        raise _error(path, error.faults) from None
    faults = [(line, column, text) for (line, column), text in tree.faults]
    if not faults:
        faults = [
            (*tree.mark(fault), fault.told) for fault in IGNORE_KEYS.faults(tree.value)
        ]
    if faults:
        raise _error(path, faults)
    return tuple(
        IgnoreRule(
            people=tuple(written["people"]),
            findings=frozenset(FindingKind(kind) for kind in written["findings"]),
            reason=written["reason"],
            owner=written["owner"],
            until=date.fromisoformat(written["until"]),
            place=Place(path, *tree.values["rules", position]),
        )
        for position, written in enumerate(tree.value["rules"])
    )


def write_ignores(
    findings: Iterable[Finding], *, reason: str, owner: str, until: date
) -> str:
    """Write a file that sets these findings aside: one rule for each, in their order.

    Args:
        findings: What is drift today.
        reason: Why that is fine.
        owner: Whom to ask.
        until: The last day on which the rules hold.
    """
    lines = [
        f"  - people: [{yaml_text(_literal(one.email))}]\n"
        f"    findings: [{one.kind.value}]\n"
        f"    reason: {yaml_text(reason)}\n"
        f"    owner: {yaml_text(owner)}\n"
        f"    until: {until.isoformat()}\n"
        for one in findings
    ]
    return "rules:\n" + "".join(lines) if lines else "rules: []\n"


def _literal(email: str) -> str:
    """Return the pattern that fits this email alone."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in email)


def _error(path: str, faults: Iterable[tuple[int, int, str]]) -> IgnoreFileError:
    told = [
        f"{printable(path)}{f':{line}:{column}' if line else ''}: {text}"
        for line, column, text in sorted(faults)
    ]
    return IgnoreFileError("\n".join(told))
