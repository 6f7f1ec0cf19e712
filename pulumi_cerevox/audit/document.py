"""An audit as JSON: written, and read back without loss. The schema is the reader's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from pulumi_cerevox.audit.declared import Source, SourceKind
from pulumi_cerevox.audit.document_keys import AUDIT_KEYS, VERSION
from pulumi_cerevox.audit.finding import Finding, FindingKind, Ignored, Level
from pulumi_cerevox.audit.gaps import Gap, GapKind
from pulumi_cerevox.audit.result import Audited, AuditResult, Counts, counted
from pulumi_cerevox.roster import Place

_MOST_FAULTS = 5


class StoredAuditError(ValueError):
    """A file is no audit that this version can read; the text says why."""


def to_document(result: AuditResult) -> dict[str, Any]:
    """Give an audit as what JSON holds; keys are in a fixed order."""
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
    }


def to_json(result: AuditResult) -> str:
    """Give an audit as the text of a JSON file, in ASCII: nothing in it acts."""
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
    _check(document, path)
    return _result(document)


def _check(document: object, path: str) -> None:
    if isinstance(document, Mapping) and document.get("version") != VERSION:
        raise StoredAuditError(
            f"{path}: is no audit in version {VERSION}, the one that this release "
            "reads; make it with `pulumi-cerevox audit --format json`"
        )
    faults = [fault.told_in_full for fault in AUDIT_KEYS.faults(document)]
    if faults:
        shown = "; ".join(faults[:_MOST_FAULTS])
        raise StoredAuditError(f"{path}: is no audit: {shown}")


def _result(document: Mapping[str, Any]) -> AuditResult:
    source, account, counts = (document[key] for key in ("source", "account", "counts"))
    return AuditResult(
        source=Source(SourceKind(source["kind"]), tuple(source["names"])),
        account=Audited(
            account["base_url"], account["account_id"], account["account_name"]
        ),
        date=document["date"],
        counts=Counts(counts["declared"], counts["actual"], counts["in_place"]),
        findings=tuple(_read_finding(one) for one in document["findings"]),
        gaps=tuple(Gap(GapKind(one["kind"]), one["text"]) for one in document["gaps"]),
        warnings=tuple(document["warnings"]),
        redacted=document["redacted"],
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
    )


def _writable(text: str | None) -> str | None:
    """Give half of a surrogate pair a form that every reader of JSON takes."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()
