"""The audit as metrics: figures alone, whatever people call themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from pulumi_cerevox.audit import (
    AuditResult,
    Counts,
    FindingKind,
    ReportFormat,
    Verdict,
)
from tests.audit.samples import every_kind, render_text
from tests.metrics_text import labels_of, read_metrics

Filled = Callable[[str], AuditResult]
GOOD_READ = "audit_last_read_timestamp_seconds"


def metrics(result: AuditResult) -> dict[str, float]:
    return read_metrics(render_text(ReportFormat.PROMETHEUS, result))


def test_findings_by_kind_and_people_by_role() -> None:
    result = replace(every_kind(), counts=Counts(42, 44, 36, admins=4))
    found = metrics(result)
    assert found["audit_drift{undeclared}"] == 2
    assert found["audit_drift{changed.role}"] == 1
    assert found["audit_notes{dormant}"] == 1
    assert found["audit_ignored{undeclared}"] == 1
    assert found["audit_people{admin}"] == 4
    assert found["audit_people{member}"] == 40
    assert (found["audit_declared"], found["audit_in_place"]) == (42, 36)
    assert found[GOOD_READ] == datetime.fromisoformat(result.date).timestamp()


def test_each_kind_has_a_figure_also_where_it_is_0(in_sync: AuditResult) -> None:
    found = metrics(in_sync)
    for name in ("drift", "notes", "ignored"):
        told = [found[f"audit_{name}{{{kind}}}"] for kind in FindingKind]
        assert told == [0] * len(FindingKind)
    verdicts = {one: found[f"audit_verdict{{{one}}}"] for one in Verdict}
    assert verdicts == dict.fromkeys(Verdict, 0) | {Verdict.IN_SYNC: 1}


def test_an_audit_with_gaps_is_no_good_read(
    in_sync: AuditResult, with_gaps: Callable[..., AuditResult]
) -> None:
    unread = replace(with_gaps(in_sync), counts=Counts(3, None, None))
    found = metrics(unread)
    assert found["audit_verdict{incomplete}"] == 1
    assert sum(found[key] for key in found if key.startswith("audit_gaps")) > 0
    for name in (GOOD_READ, "audit_in_place", "audit_people{admin}"):
        assert name not in found
    assert GOOD_READ in metrics(in_sync)


def test_a_stored_audit_with_an_odd_date_has_no_time(in_sync: AuditResult) -> None:
    assert GOOD_READ not in metrics(replace(in_sync, date="some day"))


def test_no_name_is_a_label_or_breaks_the_format(
    hostile: str, filled: Filled, in_sync: AuditResult
) -> None:
    result = filled(hostile)
    text = render_text(ReportFormat.PROMETHEUS, result)
    assert set(read_metrics(text)) == set(metrics(in_sync))
    assert list(labels_of(text)) == ["account_id", "kind", "source"]


def test_nobody_is_named(filled: Filled) -> None:
    result = filled("mallory@example.com")
    result = replace(
        result,
        account=replace(result.account, account_id="acc_1"),
        source=replace(result.source, names=("team.yaml",)),
    )
    assert "mallory" not in render_text(ReportFormat.PROMETHEUS, result)


@pytest.mark.parametrize("digits", ["", "1"])
def test_two_sources_of_one_account_are_two_series(
    digits: str, in_sync: AuditResult
) -> None:
    source = replace(in_sync.source, names=(f"a{digits}.yaml", "b.yaml"))
    text = render_text(ReportFormat.PROMETHEUS, replace(in_sync, source=source))
    assert labels_of(text)["source"] == f"a{digits}.yaml,b.yaml"
