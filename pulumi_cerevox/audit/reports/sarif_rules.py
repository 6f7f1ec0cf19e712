"""The rules of a SARIF report: one for each kind of finding, and one for gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi_cerevox.audit.finding import DRIFT_KINDS, FindingKind
from pulumi_cerevox.audit.gaps import GapKind
from pulumi_cerevox.audit.reports.wording import TITLES

GAP_RULE = "gap"
"""The id of the rule for what could not be read or compared."""


@dataclass(frozen=True, slots=True)
class _Help:
    says: str
    then: str


_HELP = {
    FindingKind.UNDECLARED: _Help(
        "Somebody is in the account, and nobody declared them.",
        "Declare them, or remove them by hand.",
    ),
    FindingKind.CHANGED_ROLE: _Help(
        "Somebody has another role than declared.",
        "Let Pulumi set the declared role, or declare the role that is there.",
    ),
    FindingKind.EXPIRED: _Help(
        "The last day of a membership has passed, and they are still in the account.",
        "Take them out of the roster, or move the day.",
    ),
    FindingKind.MISSING: _Help(
        "Somebody is declared, and not in the account.",
        "Let Pulumi put them back, or take them out of the declaration.",
    ),
    FindingKind.CHANGED_NAME: _Help(
        "Somebody has another name than declared.",
        "Let Pulumi set the declared name, or declare the name that is there.",
    ),
    FindingKind.BANNED: _Help(
        "Somebody who is declared is barred from logging in.",
        "Lift the ban, or take them out of the declaration.",
    ),
    FindingKind.DORMANT: _Help(
        "Somebody who is declared has not logged in for long.",
        "Ask them; if they left, take them out of the declaration.",
    ),
    FindingKind.NEVER_LOGGED_IN: _Help(
        "Somebody who is declared has never logged in.",
        "Ask them; if they left, take them out of the declaration.",
    ),
}
_GAP_HELP = _Help(
    "Something could not be read or compared, so nobody can say what is in sync.",
    "Do what the message says, and audit again.",
)

RULE_IDS = (*(kind.value for kind in FindingKind), GAP_RULE)
"""The ids, in the order of `rules`; they never change."""


def rules() -> list[dict[str, Any]]:
    """Give the rules' metadata."""
    found = [
        _rule(kind.value, TITLES[kind], _HELP[kind], is_error=kind in DRIFT_KINDS)
        for kind in FindingKind
    ]
    gap = _rule(GAP_RULE, "not read or compared", _GAP_HELP, is_error=True)
    return [*found, gap]


def notifications() -> list[dict[str, Any]]:
    """Give the metadata of what the tool says of itself."""
    ids = [*(f"gap.{kind}" for kind in GapKind), "warning", "cut"]
    return [{"id": one} for one in ids]


def _rule(rule_id: str, title: str, told: _Help, *, is_error: bool) -> dict[str, Any]:
    text = f"{told.says} {told.then}"
    return {
        "id": rule_id,
        "name": "".join(word.capitalize() for word in title.split()),
        "shortDescription": {"text": told.says},
        "fullDescription": {"text": text},
        "help": {"text": text, "markdown": f"{told.says}\n\n{told.then}"},
        "defaultConfiguration": {"level": "error" if is_error else "note"},
    }
