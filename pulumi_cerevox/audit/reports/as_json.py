"""The audit as JSON, in the versioned form of `audit.document`."""

from __future__ import annotations

from pulumi_cerevox.audit.model import AuditResult
from pulumi_cerevox.audit.reports import Look
from pulumi_cerevox.audit.stored import to_json


def render(result: AuditResult, look: Look) -> str:
    """Return the JSON; it looks the same everywhere."""
    del look
    return to_json(result)
