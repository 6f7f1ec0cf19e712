"""Audits: compare the declared people with the account. Sends only GET.

`sources` and `stack` read the declared people. `compare` reads the account and compares
both with `roster.plan`. `findings` has one table with everything about each kind of
finding. Every report, the JSON and the exit code come from the `AuditResult` in
`model`. `guard_files` and `guard_preview` judge a change before it is applied.

Each name is loaded on first use, so a command loads only what it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_cerevox.audit.compare import (
        AuditRules,
        audit_account,
        read_account,
    )
    from pulumi_cerevox.audit.engine import ShapeError
    from pulumi_cerevox.audit.findings import (
        DRIFT_KINDS,
        KINDS,
        Finding,
        FindingKind,
        Ignored,
        Level,
        Since,
        SourceKind,
        fingerprint,
        fix_of,
        rank,
    )
    from pulumi_cerevox.audit.guard import GuardResult, Limits
    from pulumi_cerevox.audit.guard_files import judge_commit, judge_files
    from pulumi_cerevox.audit.guard_preview import judge_preview
    from pulumi_cerevox.audit.history import (
        Comparison,
        beside,
        compare_memberships,
        read_membership,
        render_diff,
    )
    from pulumi_cerevox.audit.ignores import (
        IgnoreFileError,
        IgnoreRule,
        apply_ignores,
        ignores_schema,
        read_ignores,
        write_ignores,
    )
    from pulumi_cerevox.audit.leavers import PeopleDirectory, read_directory
    from pulumi_cerevox.audit.model import (
        Audited,
        AuditedPerson,
        AuditResult,
        Counts,
        Declared,
        DeclaredPerson,
        Gap,
        GapKind,
        Source,
        SourceError,
        Verdict,
    )
    from pulumi_cerevox.audit.reports import (
        Look,
        MissingPackageError,
        ReportFormat,
        load_format,
        render,
    )
    from pulumi_cerevox.audit.reports.guard import render_guard
    from pulumi_cerevox.audit.sources import (
        CutError,
        read_content,
        read_declared,
        read_declared_stack,
        recognise,
        recognise_preview,
    )
    from pulumi_cerevox.audit.stack import declared_in_stack, resources_in_stack
    from pulumi_cerevox.audit.stored import (
        StoredAuditError,
        audit_schema,
        from_json,
        redacted,
    )

__all__ = [
    "DRIFT_KINDS",
    "KINDS",
    "AuditResult",
    "AuditRules",
    "Audited",
    "AuditedPerson",
    "Comparison",
    "Counts",
    "CutError",
    "Declared",
    "DeclaredPerson",
    "Finding",
    "FindingKind",
    "Gap",
    "GapKind",
    "GuardResult",
    "IgnoreFileError",
    "IgnoreRule",
    "Ignored",
    "Level",
    "Limits",
    "Look",
    "MissingPackageError",
    "PeopleDirectory",
    "ReportFormat",
    "ShapeError",
    "Since",
    "Source",
    "SourceError",
    "SourceKind",
    "StoredAuditError",
    "Verdict",
    "apply_ignores",
    "audit_account",
    "audit_schema",
    "beside",
    "compare_memberships",
    "declared_in_stack",
    "fingerprint",
    "fix_of",
    "from_json",
    "ignores_schema",
    "judge_commit",
    "judge_files",
    "judge_preview",
    "load_format",
    "rank",
    "read_account",
    "read_content",
    "read_declared",
    "read_declared_stack",
    "read_directory",
    "read_ignores",
    "read_membership",
    "recognise",
    "recognise_preview",
    "redacted",
    "render",
    "render_diff",
    "render_guard",
    "resources_in_stack",
    "write_ignores",
]

_HOME = {
    "findings": (
        "DRIFT_KINDS",
        "KINDS",
        "Finding",
        "FindingKind",
        "Ignored",
        "Level",
        "Since",
        "SourceKind",
        "fingerprint",
        "fix_of",
        "rank",
    ),
    "model": (
        "AuditResult",
        "Audited",
        "AuditedPerson",
        "Counts",
        "Declared",
        "DeclaredPerson",
        "Gap",
        "GapKind",
        "Source",
        "SourceError",
        "Verdict",
    ),
    "compare": ("AuditRules", "audit_account", "read_account"),
    "engine": ("ShapeError",),
    "guard": ("GuardResult", "Limits"),
    "guard_files": ("judge_commit", "judge_files"),
    "guard_preview": ("judge_preview",),
    "history": (
        "Comparison",
        "beside",
        "compare_memberships",
        "read_membership",
        "render_diff",
    ),
    "ignores": (
        "IgnoreFileError",
        "IgnoreRule",
        "apply_ignores",
        "ignores_schema",
        "read_ignores",
        "write_ignores",
    ),
    "leavers": ("PeopleDirectory", "read_directory"),
    "reports": ("Look", "MissingPackageError", "ReportFormat", "load_format", "render"),
    "reports.guard": ("render_guard",),
    "sources": (
        "CutError",
        "read_content",
        "read_declared",
        "read_declared_stack",
        "recognise",
        "recognise_preview",
    ),
    "stack": ("declared_in_stack", "resources_in_stack"),
    "stored": ("StoredAuditError", "audit_schema", "from_json", "redacted"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a name from its module."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_MODULE_OF[name]}")
    value: object = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
