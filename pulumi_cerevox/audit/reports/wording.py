"""The words of every report about a finding. The words are ours, values are foreign.

This module escapes nothing. A value goes through `shown`, the format's own function
that makes foreign text harmless, before it is put among the words.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from urllib.parse import quote

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.findings import (
    KINDS,
    Finding,
    FindingKind,
    Level,
    Shown,
    Since,
    SourceKind,
)
from pulumi_cerevox.audit.model import AuditedPerson, AuditResult
from pulumi_cerevox.audit.reports import Look

LONGEST_TEXT = 600
"""Characters of a fix or a gap that a report for people shows."""


class Standing(StrEnum):
    """The class of a finding in a report."""

    DRIFT = "drift"
    NOTE = "note"
    IGNORED = "ignored"


def standing(finding: Finding) -> Standing:
    """Say whether a finding is drift, a note, or set aside by a rule."""
    if finding.ignored is not None:
        return Standing.IGNORED
    return Standing.DRIFT if finding.level is Level.DRIFT else Standing.NOTE


def title(finding: Finding) -> str:
    """Return the short name of a finding; undeclared admins have their own.

    Nothing in it is foreign.
    """
    if finding.is_raise and finding.kind is FindingKind.UNDECLARED:
        return "undeclared admin"
    return "role raised to admin" if finding.is_raise else KINDS[finding.kind].title


def what(finding: Finding, shown: Shown) -> str:
    """Say what is declared and what is there, and whether an older audit had it."""
    told = KINDS[finding.kind].what(finding, shown)
    return told if finding.since is None else f"{told}; {_SINCE[finding.since]}"


_SINCE = {
    Since.NEW: "new since the older audit",
    Since.STANDING: "in the older audit too",
}


def last_seen(finding: Finding) -> str | None:
    """Return the last login or `never`; None for people who are not in the account."""
    if finding.kind is FindingKind.MISSING:
        return None
    return finding.last_login or "never"


def and_last_seen(finding: Finding, shown: Shown) -> str:
    """Return the last login as the end of a sentence; "" where it adds nothing."""
    if finding.kind in {FindingKind.MISSING, FindingKind.NEVER_LOGGED_IN}:
        return ""
    if finding.last_login is None:
        return "; never logged in"
    return f"; last login {shown(finding.last_login)}"


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
    account_id, url = result.account.account_id, result.account.base_url
    if account_id is None:
        account = f"the account at {shown(url)}" if url else "an unknown account"
    else:
        called = result.account.account_name
        name = f" ({shown(called)})" if called else ""
        account = f"account {shown(account_id)}{name}"
    made = f"; beside the audit of {shown(result.since)}" if result.since else ""
    if result.people is not None:
        # A list of everybody is evidence: it says what it was made of, and by what.
        digest, tool = result.source.digest, result.tool_version
        made += f"; source SHA-256 {shown(digest)}" if digest else ""
        made += f"; made by pulumi-cerevox {shown(tool)}" if tool else ""
    return f"{kind}{names} against {account}, {shown(result.date)}{redacted}{made}"


def about_person(person: AuditedPerson, shown: Shown) -> str:
    """Say what there is to say of one person of an audit that lists everybody."""
    told = [shown(person.role) if person.role else "not in the account"]
    if not person.declared:
        told.append("not declared")
    elif person.declared_role and person.declared_role != person.role:
        told.append(f"declared as {shown(person.declared_role)}")
    if person.role:
        seen = person.last_login
        told.append(f"last login {shown(seen)}" if seen else "never logged in")
    if person.where:
        told.append(f"declared at {shown(person.where)}")
    if person.until:
        told.append(f"until {person.until}")
    if person.reviewed:
        told.append(f"reviewed {person.reviewed}")
    if person.note:
        told.append(f"note: {shown(person.note)}")
    told += [KINDS[kind].title for kind in person.findings]
    return "; ".join(told)


_BACKTICKS = re.compile("`+")


def code_span(text: str) -> str:
    """Return foreign text as a code span that nothing in it can leave.

    A pipe would end a table's cell, in a span too, and how it is escaped there
    differs between readers: it is shown as what it is.
    """
    safe = printable(text, LONGEST_TEXT).replace("|", "\\x7c")
    if not safe.strip():
        return ""
    fence = "`" * (1 + max(map(len, _BACKTICKS.findall(safe)), default=0))
    pad = " " if safe[0] == "`" or safe[-1] == "`" else ""
    return f"{fence}{pad}{safe}{pad}{fence}"


STACK_FILE = "Pulumi.yaml"
"""The file name for a stack: code hosts need a file for each finding."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A line of a file.

    Attributes:
        path: With `/`; relative to the look's root where it is inside it.
        line: Counted from 1.
        column: Counted from 1; None where the whole line is meant.
    """

    path: str
    line: int = 1
    column: int | None = None

    @property
    def uri(self) -> str:
        """The path as a URI, with `file:` where it is absolute."""
        # As in JSON: half of a surrogate pair is shown as what it is.
        path = quote(self.path.encode("utf-8", "backslashreplace"), safe="/")
        return f"file://{path}" if self.is_absolute else path

    @property
    def is_absolute(self) -> bool:
        """Whether the path says where it begins."""
        return self.path.startswith("/")


def anchor(finding: Finding, result: AuditResult, look: Look) -> Anchor:
    """Return the line that declares somebody, else the declaration's."""
    place = finding.place
    if place is None:
        return whole_declaration(result, look)
    return Anchor(_inside(place.path, look), place.line, place.column)


def whole_declaration(result: AuditResult, look: Look) -> Anchor:
    """Return the first line of the first roster file, or of the stack's project."""
    names = result.source.names
    is_roster = result.source.kind is SourceKind.ROSTER and bool(names)
    return Anchor(_inside(names[0] if is_roster else STACK_FILE, look))


def _inside(path: str, look: Look) -> str:
    """Name a file by its way from the root; one outside by its whole way."""
    if not look.folder:
        return PurePath(path).as_posix()
    whole = os.path.normpath(PurePath(look.folder, path))
    root = PurePath(look.root or look.folder)
    if PurePath(whole).is_relative_to(root):
        return PurePath(whole).relative_to(root).as_posix()
    named = PurePath(whole).as_posix()
    return named if named.startswith("/") else f"/{named}"
