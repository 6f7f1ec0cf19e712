"""Audits for public logs: emails and names replaced, the same ones every time."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from pulumi_cerevox.account import fold_email
from pulumi_cerevox.audit.declared import SourceKind
from pulumi_cerevox.audit.finding import Finding, FindingKind
from pulumi_cerevox.audit.fixes import fix_of
from pulumi_cerevox.audit.gaps import Gap
from pulumi_cerevox.audit.result import AuditResult

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
        gaps=tuple(
            Gap(gap.kind, f"{gap.kind.value} (text redacted)") for gap in result.gaps
        ),
        warnings=tuple("(text redacted)" for _ in result.warnings),
    )


class _Veil:
    def __init__(self, account_id: str, source: SourceKind) -> None:
        self._account_id = account_id
        self._source = source

    def over(self, finding: Finding) -> Finding:
        """Give the finding without what names the person."""
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

    def _name(self, name: str | None) -> str | None:
        return None if name is None else self._hashed("name", name)

    def _resource(self, resource: str | None) -> str | None:
        # Resources are named after people more often than not.
        return None if resource is None else self._hashed("resource", resource)

    def _hashed(self, what: str, text: str) -> str:
        salted = f"{self._account_id}\0{text}".encode("utf-8", "surrogatepass")
        return f"{what}-{hashlib.sha256(salted).hexdigest()[:_DIGITS]}"
