"""A stored audit: written as JSON, read back without loss, or with names replaced."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from pulumi_cerevox.account import fold_email
from pulumi_cerevox.audit.findings import (
    Finding,
    FindingKind,
    Ignored,
    Level,
    Since,
    SourceKind,
    counted,
    fix_of,
)
from pulumi_cerevox.audit.model import (
    EXIT_CODES,
    Audited,
    AuditedPerson,
    AuditResult,
    Counts,
    Gap,
    GapKind,
    Source,
    Verdict,
)
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.roster import Place
from pulumi_cerevox.roster.kinds import (
    Choice,
    Day,
    Flag,
    Key,
    ListOf,
    Nullable,
    Number,
    Table,
    Text,
)

VERSION = 1
"""The version of the format; it changes when a reader of it would have to."""

_COUNT = Number(whole=True)
_LINE = Number(whole=True, least=1)


def _required(name: str, kind: Any, description: str) -> Key:
    return Key(name, kind, description, required=True)


_PLACE = Table(
    (
        _required("path", Text(), "The roster file."),
        _required("line", _LINE, "Counted from 1."),
        _required("column", _LINE, "Counted from 1."),
    )
)
_IGNORED = Table(
    (
        _required("reason", Text(), "Why it is set aside."),
        _required("owner", Text(), "Whom to ask."),
        _required("until", Day(), "The last day on which it is set aside."),
    )
)
_FINDING = Table(
    (
        _required("kind", Choice(tuple(FindingKind)), "What it is."),
        _required("level", Choice(tuple(Level)), "Whether it is drift."),
        _required(
            "fingerprint", Text(), "The same in every audit for person and kind."
        ),
        _required("email", Text(), "Who."),
        _required("role", Nullable(Text()), "The role in the account."),
        _required("name", Nullable(Text()), "The name in the account."),
        _required("user_id", Nullable(Text()), "The id in the account."),
        _required("last_login", Nullable(Text()), "RFC 3339; null before the first."),
        _required("declared", Nullable(Text()), "The declared value."),
        _required("actual", Nullable(Text()), "The account's value."),
        _required("resource", Nullable(Text()), "What declares them in a stack."),
        _required("fix", Text(), "What to do."),
        _required("place", Nullable(_PLACE), "The line that declares them."),
        _required("ignored", Nullable(_IGNORED), "The rule that sets it aside."),
        Key("since", Nullable(Choice(tuple(Since))), "Whether an older audit had it."),
    )
)
_PERSON_TEXTS = (
    *("email", "role", "name", "user_id", "last_login"),
    *("declared_role", "note", "where"),
)
_PERSON = Table(
    (
        _required("email", Text(), "Who."),
        _required("role", Nullable(Text()), "The role in the account."),
        _required("name", Nullable(Text()), "The name in the account."),
        _required("user_id", Nullable(Text()), "The id in the account."),
        _required("last_login", Nullable(Text()), "RFC 3339; null before the first."),
        _required("declared", Flag(), "Whether the source declares them."),
        _required("declared_role", Nullable(Text()), "Null where it is not managed."),
        _required("note", Nullable(Text()), "What the roster file says of them."),
        _required("until", Nullable(Day()), "The last day of the membership."),
        Key("reviewed", Nullable(Day()), "The day of the last review."),
        _required(
            "where", Nullable(Text()), "The line or resource that declares them."
        ),
        _required("findings", ListOf(Choice(tuple(FindingKind))), "About them."),
    )
)
_COUNTS = Table(
    (
        _required("declared", _COUNT, "People in the source."),
        _required("actual", Nullable(_COUNT), "People in the account."),
        _required("in_place", Nullable(_COUNT), "Declared, there, and as declared."),
        Key("admins", Nullable(_COUNT), "People in the account who are admins."),
        _required("drift", _COUNT, "Findings that make the audit fail."),
        _required("notes", _COUNT, "Findings that don't."),
        _required("ignored", _COUNT, "Findings that a rule sets aside."),
        _required(
            "by_kind",
            # An audit that an earlier release stored has no kind that came later.
            Table(tuple(Key(kind, _COUNT, "Drift.") for kind in FindingKind)),
            "Drift of each kind.",
        ),
    )
)
AUDIT_KEYS = Table(
    (
        _required(
            "version", Number(whole=True, least=VERSION, most=VERSION), "The format's."
        ),
        _required("verdict", Choice(tuple(Verdict)), "What it came to."),
        _required(
            "exit_code",
            Number(whole=True, most=max(EXIT_CODES.values())),
            "What the command exits with, unless told otherwise.",
        ),
        _required("headline", Text(), "The verdict with its figures."),
        _required("date", Text(), "When it was made, RFC 3339 in UTC."),
        _required("redacted", Flag(), "Whether emails and names were replaced."),
        _required(
            "source",
            Table(
                (
                    _required("kind", Choice(tuple(SourceKind)), "What was read."),
                    _required("names", ListOf(Text()), "Files, or the stack."),
                    Key("digest", Nullable(Text()), "SHA-256 of what was read."),
                )
            ),
            "The declared side.",
        ),
        _required(
            "account",
            Table(
                (
                    _required("base_url", Text(), "Where the API is."),
                    _required("account_id", Nullable(Text()), "Which account."),
                    _required("account_name", Nullable(Text()), "Its name."),
                )
            ),
            "The actual side.",
        ),
        _required("counts", _COUNTS, "How many people and findings."),
        _required("findings", ListOf(_FINDING), "The worst first."),
        _required(
            "gaps",
            ListOf(
                Table(
                    (
                        _required("kind", Choice(tuple(GapKind)), "Why."),
                        _required("text", Text(), "What."),
                    )
                )
            ),
            "What could not be read or compared.",
        ),
        _required("warnings", ListOf(Text()), "What to look at."),
        Key("tool_version", Nullable(Text()), "The release that made the audit."),
        Key("since", Nullable(Text()), "When the older audit was made."),
        Key("settled", ListOf(_FINDING), "What the older audit found and is gone."),
        Key("people", Nullable(ListOf(_PERSON)), "Everybody, with `--all`."),
    )
)
"""The keys of the whole document."""


def audit_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a stored audit."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cerevox audit",
        "description": "Who is declared against who is in the account.",
        **AUDIT_KEYS.schema(),
    }


_MOST_FAULTS = 5


class StoredAuditError(ValueError):
    """A file is no audit that this version can read; the text says why."""


def to_document(result: AuditResult) -> dict[str, Any]:
    """Return an audit as what JSON holds; keys are in a fixed order."""
    return {
        "version": VERSION,
        "verdict": result.verdict.value,
        "exit_code": result.exit_code,
        "headline": result.headline,
        "date": result.date,
        "redacted": result.redacted,
        "source": {
            "kind": result.source.kind.value,
            "names": [_writable(name) for name in result.source.names],
            "digest": result.source.digest,
        },
        "account": {
            "base_url": result.account.base_url,
            "account_id": result.account.account_id,
            "account_name": _writable(result.account.account_name),
        },
        "counts": {
            "declared": result.counts.declared,
            "actual": result.counts.actual,
            "in_place": result.counts.in_place,
            "admins": result.counts.admins,
            "drift": len(result.drift),
            "notes": len(result.notes),
            "ignored": len(result.ignored),
            "by_kind": {
                kind.value: number for kind, number in counted(result.drift).items()
            },
        },
        "findings": [_finding(one) for one in result.findings],
        "gaps": [
            {"kind": gap.kind.value, "text": _writable(gap.text)} for gap in result.gaps
        ],
        "warnings": [_writable(text) for text in result.warnings],
        "tool_version": result.tool_version,
        "since": result.since,
        "settled": [_finding(one) for one in result.settled],
        "people": None
        if result.people is None
        else [_person(one) for one in result.people],
    }


def render(result: AuditResult, look: Look) -> str:
    """Return an audit as the text of a JSON file, in ASCII: nothing in it acts."""
    del look
    text = json.dumps(to_document(result), indent=2)
    # Two of them stand in strings alone; some CIs take them for a command in a log.
    return text.replace("##", "\\u0023\\u0023") + "\n"


def from_json(text: str, path: str) -> AuditResult:
    """Read a stored audit.

    Args:
        text: The file's content.
        path: Its name, for messages.

    Raises:
        StoredAuditError: it is no JSON, no audit, or one of another version.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StoredAuditError(f"{path}: is no JSON: {error}") from None
    if isinstance(document, Mapping) and document.get("version") != VERSION:
        raise StoredAuditError(
            f"{path}: is no audit in version {VERSION}, the one that this release "
            "reads; make it with `pulumi-cerevox audit --format json`"
        )
    faults = [fault.told_in_full for fault in AUDIT_KEYS.faults(document)]
    if faults:
        shown = "; ".join(faults[:_MOST_FAULTS])
        raise StoredAuditError(f"{path}: is no audit: {shown}")
    source, account, counts = (document[key] for key in ("source", "account", "counts"))
    return AuditResult(
        source=Source(
            SourceKind(source["kind"]), tuple(source["names"]), source.get("digest")
        ),
        account=Audited(
            account["base_url"], account["account_id"], account["account_name"]
        ),
        date=document["date"],
        counts=Counts(
            counts["declared"],
            counts["actual"],
            counts["in_place"],
            counts.get("admins"),
        ),
        findings=tuple(_read_finding(one) for one in document["findings"]),
        gaps=tuple(Gap(GapKind(one["kind"]), one["text"]) for one in document["gaps"]),
        warnings=tuple(document["warnings"]),
        redacted=document["redacted"],
        people=None
        if document.get("people") is None
        else tuple(_read_person(one) for one in document["people"]),
        tool_version=document.get("tool_version"),
        since=document.get("since"),
        settled=tuple(_read_finding(one) for one in document.get("settled") or ()),
    )


_TEXTS = (
    "fingerprint",
    "email",
    "role",
    "name",
    "user_id",
    "last_login",
    "declared",
    "actual",
    "resource",
    "fix",
)


def _finding(finding: Finding) -> dict[str, Any]:
    place, ignored = finding.place, finding.ignored
    return {
        "kind": finding.kind.value,
        "level": finding.level.value,
        **{key: _writable(getattr(finding, key)) for key in _TEXTS},
        "place": place
        and {"path": place.path, "line": place.line, "column": place.column},
        "ignored": ignored
        and {
            "reason": ignored.reason,
            "owner": ignored.owner,
            "until": ignored.until.isoformat(),
        },
        "since": finding.since,
    }


def _read_finding(stored: Mapping[str, Any]) -> Finding:
    place, ignored = stored["place"], stored["ignored"]
    return Finding(
        kind=FindingKind(stored["kind"]),
        level=Level(stored["level"]),
        **{key: stored[key] for key in _TEXTS},
        place=place and Place(place["path"], place["line"], place["column"]),
        ignored=ignored
        and Ignored(
            ignored["reason"], ignored["owner"], date.fromisoformat(ignored["until"])
        ),
        since=None if stored.get("since") is None else Since(stored["since"]),
    )


def _person(person: AuditedPerson) -> dict[str, Any]:
    return {
        **{key: _writable(getattr(person, key)) for key in _PERSON_TEXTS},
        "declared": person.declared,
        "until": person.until and person.until.isoformat(),
        "reviewed": person.reviewed and person.reviewed.isoformat(),
        "findings": [kind.value for kind in person.findings],
    }


def _read_person(stored: Mapping[str, Any]) -> AuditedPerson:
    return AuditedPerson(
        **{key: stored[key] for key in _PERSON_TEXTS},
        declared=stored["declared"],
        until=stored["until"] and date.fromisoformat(stored["until"]),
        reviewed=stored.get("reviewed") and date.fromisoformat(stored["reviewed"]),
        findings=tuple(FindingKind(kind) for kind in stored["findings"]),
    )


def _writable(text: str | None) -> str | None:
    """Return half of a surrogate pair in a form that every reader of JSON takes."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()


_DIGITS = 12


def redacted(result: AuditResult) -> AuditResult:
    """Replace what names a person by a hash that stays the same.

    The hash covers the account's id too, so that one person in two accounts can't be
    told. Whoever knows the account's id and guesses an email can check the guess.
    Texts of gaps and warnings may name people, and go.
    """
    if result.redacted:
        return result
    veil = _Veil(result.account.account_id or "", result.source.kind)
    return replace(
        result,
        redacted=True,
        findings=tuple(veil.over(one) for one in result.findings),
        settled=tuple(veil.over(one) for one in result.settled),
        gaps=tuple(
            Gap(gap.kind, f"{gap.kind.value} (text redacted)") for gap in result.gaps
        ),
        warnings=tuple("(text redacted)" for _ in result.warnings),
        people=None
        if result.people is None
        else tuple(veil.over_person(one) for one in result.people),
    )


class _Veil:
    def __init__(self, account_id: str, source: SourceKind) -> None:
        self._account_id = account_id
        self._source = source

    def over(self, finding: Finding) -> Finding:
        """Return the finding without what names the person."""
        hides_values = finding.kind is FindingKind.CHANGED_NAME
        hidden = replace(
            finding,
            email=self._hashed("person", fold_email(finding.email)),
            name=self._name(finding.name),
            user_id=None,
            resource=self._resource(finding.resource),
            declared=self._name(finding.declared) if hides_values else finding.declared,
            actual=self._name(finding.actual) if hides_values else finding.actual,
            ignored=finding.ignored
            and replace(finding.ignored, owner="redacted", reason="redacted"),
        )
        return replace(hidden, fix=fix_of(hidden, self._source))

    def over_person(self, person: AuditedPerson) -> AuditedPerson:
        """Return the person without what names them."""
        return replace(
            person,
            email=self._hashed("person", fold_email(person.email)),
            name=self._name(person.name),
            user_id=None,
            note=person.note and "redacted",
            # A line of a file names nobody.
            where=person.where
            if self._source is SourceKind.ROSTER
            else self._resource(person.where),
        )

    def _name(self, name: str | None) -> str | None:
        return None if name is None else self._hashed("name", name)

    def _resource(self, resource: str | None) -> str | None:
        # Resources are named after people more often than not.
        return None if resource is None else self._hashed("resource", resource)

    def _hashed(self, what: str, text: str) -> str:
        salted = f"{self._account_id}\0{text}".encode("utf-8", "surrogatepass")
        return f"{what}-{hashlib.sha256(salted).hexdigest()[:_DIGITS]}"
