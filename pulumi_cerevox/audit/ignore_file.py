"""Files of ignore rules: read with line and column for every fault, and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.finding import Finding, FindingKind
from pulumi_cerevox.audit.ignore_keys import IGNORE_KEYS
from pulumi_cerevox.audit.ignores import IgnoreRule
from pulumi_cerevox.roster import Place
from pulumi_cerevox.roster.file_text import (
    UnusableFileError,
    read_bytes,
    readable_text,
)
from pulumi_cerevox.roster.writing import yaml_text
from pulumi_cerevox.roster.yaml_tree import Tree, read_tree


class IgnoreFileError(ValueError):
    """A file of ignore rules can't be used; the text has a line for each reason."""


def read_ignores(path: str) -> tuple[IgnoreRule, ...]:
    """Read the rules of a file.

    Raises:
        IgnoreFileError: with every fault. A file that can't be read is one: an audit
            without its rules would cry wolf, and one with half of them stay silent.
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
        _rule(path, tree, position, written)
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
    """Give the pattern that fits this email alone."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in email)


def _rule(
    path: str, tree: Tree, position: int, written: Mapping[str, Any]
) -> IgnoreRule:
    return IgnoreRule(
        people=tuple(written["people"]),
        findings=frozenset(FindingKind(kind) for kind in written["findings"]),
        reason=written["reason"],
        owner=written["owner"],
        until=date.fromisoformat(written["until"]),
        place=Place(path, *tree.values["rules", position]),
    )


def _error(path: str, faults: Iterable[tuple[int, int, str]]) -> IgnoreFileError:
    told = [
        f"{printable(path)}{f':{line}:{column}' if line else ''}: {text}"
        for line, column, text in sorted(faults)
    ]
    return IgnoreFileError("\n".join(told))
