"""The audit as metrics for Prometheus. Needs the extra `metrics`.

It has only figures, and nobody's email or name.
"""

from __future__ import annotations

from datetime import datetime

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.findings import counted
from pulumi_cerevox.audit.model import AuditResult, GapKind, Verdict
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.metrics import Metric, exposition, one


def render(result: AuditResult, look: Look) -> str:
    """Return the audit as metrics.

    Each kind has its figure, also where it is 0. The time of the last good read is
    missing from an audit that has gaps, and so is what could not be counted.
    """
    del look
    counts = result.counts
    roles: list[tuple[str, int]] = []
    if counts.actual is not None and counts.admins is not None:
        roles = [("admin", counts.admins), ("member", counts.actual - counts.admins)]
    kinds = [gap.kind for gap in result.gaps]
    metrics = [
        *(
            Metric(
                f"audit_{name}",
                text,
                counted(findings).items(),
                label="kind",
            )
            for name, text, findings in (
                ("drift", "Findings that make the audit fail.", result.drift),
                ("notes", "Findings that are no drift.", result.notes),
                ("ignored", "Findings that a rule sets aside.", result.ignored),
            )
        ),
        Metric(
            "audit_gaps",
            "What could not be read or compared.",
            ((kind, kinds.count(kind)) for kind in GapKind),
            label="kind",
        ),
        Metric(
            "audit_verdict",
            "1 for the verdict of the audit, 0 for the others.",
            ((word, word is result.verdict) for word in Verdict),
            label="verdict",
        ),
        one("audit_declared", "People who are declared.", counts.declared),
        one("audit_in_place", "People who are as declared.", counts.in_place),
        Metric("audit_people", "People in the account.", roles, label="role"),
        one(
            "audit_last_read_timestamp_seconds",
            "When the account was read in full.",
            None if result.gaps else _seconds(result.date),
        ),
    ]
    labels = {
        "account_id": printable(result.account.account_id or ""),
        "source": printable(",".join(result.source.names)),
    }
    return f"# {result.headline}\n" + exposition(metrics, labels)


def _seconds(moment: str) -> float | None:
    """Return a time in seconds; None where a stored audit holds another text."""
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return None
