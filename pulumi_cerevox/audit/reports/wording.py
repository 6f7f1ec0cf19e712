"""What every report says of a finding: the words are ours, the values are foreign.

Nothing here is escaped. A value goes through `shown`, the format's own way to make
foreign text harmless, before it is put among the words.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum

from pulumi_cerevox.audit.declared import SourceKind
from pulumi_cerevox.audit.finding import Finding, FindingKind, Level
from pulumi_cerevox.audit.result import AuditResult

Shown = Callable[[str], str]
"""Makes foreign text harmless for one format."""

LONGEST_TEXT = 600
"""Characters of a fix or a gap that a report for people shows."""


class Standing(StrEnum):
    """What a finding counts as in a report."""

    DRIFT = "drift"
    NOTE = "note"
    IGNORED = "ignored"


def standing(finding: Finding) -> Standing:
    """Say whether a finding is drift, a note, or set aside by a rule."""
    if finding.ignored is not None:
        return Standing.IGNORED
    return Standing.DRIFT if finding.level is Level.DRIFT else Standing.NOTE


TITLES = {
    FindingKind.UNDECLARED: "undeclared",
    FindingKind.CHANGED_ROLE: "another role",
    FindingKind.EXPIRED: "expired",
    FindingKind.MISSING: "missing",
    FindingKind.CHANGED_NAME: "another name",
    FindingKind.BANNED: "banned",
    FindingKind.DORMANT: "dormant",
    FindingKind.NEVER_LOGGED_IN: "never logged in",
}
"""What each kind is called."""


def title(finding: Finding) -> str:
    """Give the short name of what a finding is; admins whom nobody asked for stand out.

    Nothing in it is foreign.
    """
    if finding.is_raise and finding.kind is FindingKind.UNDECLARED:
        return "undeclared admin"
    return "role raised to admin" if finding.is_raise else TITLES[finding.kind]


def what(finding: Finding, shown: Shown) -> str:
    """Say what is declared, and what is there."""
    return _WHAT[finding.kind](finding, shown)


def last_seen(finding: Finding) -> str | None:
    """Give the last login or `never`; None for people who are not in the account."""
    if finding.kind is FindingKind.MISSING:
        return None
    return finding.last_login or "never"


def and_last_seen(finding: Finding, shown: Shown) -> str:
    """Give the last login as the end of a sentence; "" where it adds nothing."""
    if finding.kind in {FindingKind.MISSING, FindingKind.NEVER_LOGGED_IN}:
        return ""
    if finding.last_login is None:
        return "; never logged in"
    return f"; last login {shown(finding.last_login)}"


def where(finding: Finding) -> str | None:
    """Give the line or the resource that declares them; None for undeclared people."""
    if finding.place is not None:
        return f"{finding.place.path}:{finding.place.line}"
    return finding.resource


def set_aside(finding: Finding, shown: Shown) -> str:
    """Say why a finding does not count; "" where it does."""
    rule = finding.ignored
    return (
        f"until {rule.until}, owner {shown(rule.owner)}: {shown(rule.reason)}"
        if rule
        else ""
    )


def subject(result: AuditResult, shown: Shown) -> str:
    """Say which two sides were compared, and when."""
    names = " + ".join(shown(name) for name in result.source.names)
    kind = "" if result.source.kind is SourceKind.ROSTER else f"{result.source.kind} "
    redacted = "; emails and names are redacted" if result.redacted else ""
    account = _account(result, shown)
    return f"{kind}{names} against {account}, {shown(result.date)}{redacted}"


def quoted(text: str) -> str:
    """Give a name in quotes that nothing in it can close."""
    # As the stored audit has it: half of a surrogate pair is shown as what it is.
    whole = text.encode("utf-8", "backslashreplace").decode()
    return json.dumps(whole, ensure_ascii=False)


def _account(result: AuditResult, shown: Shown) -> str:
    account = result.account
    if account.account_id is None:
        url = account.base_url
        return f"the account at {shown(url)}" if url else "an unknown account"
    name = f" ({shown(account.account_name)})" if account.account_name else ""
    return f"account {shown(account.account_id)}{name}"


def _undeclared(finding: Finding, shown: Shown) -> str:
    return f"in the account as {shown(finding.role or 'member')}, declared nowhere"


def _role(finding: Finding, shown: Shown) -> str:
    declared, actual = shown(finding.declared or ""), shown(finding.actual or "")
    return f"declared as {declared}, is {actual}"


def _expired(finding: Finding, shown: Shown) -> str:
    return f"declared until {shown(finding.declared or '')}, still in the account"


def _missing(finding: Finding, shown: Shown) -> str:
    role = f" as {shown(finding.declared)}" if finding.declared else ""
    return f"declared{role}, not in the account"


def _name(finding: Finding, shown: Shown) -> str:
    declared, actual = (
        shown(quoted(text or "")) for text in (finding.declared, finding.actual)
    )
    return f"declared with the name {declared}, has {actual}"


def _banned(_: Finding, __: Shown) -> str:
    return "declared, and barred from logging in"


def _dormant(_: Finding, __: Shown) -> str:
    return "declared, and has not logged in for long"


def _never(_: Finding, __: Shown) -> str:
    return "declared, and has never logged in"


_WHAT = {
    FindingKind.UNDECLARED: _undeclared,
    FindingKind.CHANGED_ROLE: _role,
    FindingKind.EXPIRED: _expired,
    FindingKind.MISSING: _missing,
    FindingKind.CHANGED_NAME: _name,
    FindingKind.BANNED: _banned,
    FindingKind.DORMANT: _dormant,
    FindingKind.NEVER_LOGGED_IN: _never,
}
