"""What to do about a finding, in one line."""

from __future__ import annotations

import json

from pulumi_cerevox.audit.declared import SourceKind
from pulumi_cerevox.audit.finding import Finding, FindingKind
from pulumi_cerevox.roster import Member, member_line

_APPLY = "`pulumi up --refresh`"


def fix_of(finding: Finding, source: SourceKind) -> str:
    """Say how a finding is settled, either way round.

    Text from the account stands in it as YAML or JSON writes it: no name ends the
    quotes it is in.
    """
    return _FIXES[finding.kind](finding, source)


def _undeclared(finding: Finding, source: SourceKind) -> str:
    role = finding.role or "member"
    if source is SourceKind.ROSTER:
        member = Member(email=finding.email, role=role, name=finding.name)
        return f"declare them: `- {member_line(member)}`, or remove them by hand"
    return (
        f"declare them: email={_quoted(finding.email)}, role={_quoted(role)} (a User "
        'with on_existing="adopt", or a member of the Roster), or remove them by hand'
    )


def _role(finding: Finding, _: SourceKind) -> str:
    return (
        f"{_APPLY} makes them {finding.declared} again; if {finding.actual} is right, "
        f"declare role {finding.actual}{_where(finding)}"
    )


def _expired(finding: Finding, _: SourceKind) -> str:
    return f"take them out of the roster, or move `until`{_where(finding)}"


def _missing(finding: Finding, _: SourceKind) -> str:
    return (
        f"{_APPLY} puts them back; if they left for good, take them out of the "
        f"declaration{_where(finding)}"
    )


def _name(finding: Finding, _: SourceKind) -> str:
    return (
        f"{_APPLY} sets the declared name; or declare name "
        f"{_quoted(finding.actual or '')}{_where(finding)}"
    )


def _banned(finding: Finding, _: SourceKind) -> str:
    return f"lift the ban, or take them out of the declaration{_where(finding)}"


def _dormant(finding: Finding, _: SourceKind) -> str:
    return f"ask them; if they left, take them out of the declaration{_where(finding)}"


_FIXES = {
    FindingKind.UNDECLARED: _undeclared,
    FindingKind.CHANGED_ROLE: _role,
    FindingKind.EXPIRED: _expired,
    FindingKind.MISSING: _missing,
    FindingKind.CHANGED_NAME: _name,
    FindingKind.BANNED: _banned,
    FindingKind.DORMANT: _dormant,
    FindingKind.NEVER_LOGGED_IN: _dormant,
}


def _where(finding: Finding) -> str:
    if finding.place is not None:
        return f" ({finding.place.path}:{finding.place.line})"
    return f" ({finding.resource})" if finding.resource else ""


def _quoted(text: str) -> str:
    return json.dumps(text)
