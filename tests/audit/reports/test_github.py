"""Annotations, read by a parser that does as a workflow's runner is documented to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit import AuditResult, Look, ReportFormat
from pulumi_cerevox.audit.reports import github
from tests.audit.samples import render_text

Filled = Callable[[str], AuditResult]
ANY_TEXT = st.text(st.characters(exclude_categories=()))
DATA = {"%0D": "\r", "%0A": "\n", "%25": "%"}
PROPERTY = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}


@dataclass
class Command:
    name: str
    properties: dict[str, str]
    data: str


def unescaped(text: str, codes: dict[str, str]) -> str:
    for code, char in codes.items():
        text = text.replace(code, char)
    return text


def command(line: str) -> Command:
    """Read a line as `::name key=value,key=value::data`."""
    assert line.startswith("::")
    head, separator, data = line[2:].partition("::")
    assert separator
    name, _, told = head.partition(" ")
    properties = {}
    for pair in told.split(","):
        key, equals, value = pair.partition("=")
        assert equals
        assert key not in properties
        properties[key] = unescaped(value, PROPERTY)
    return Command(name, properties, unescaped(data, DATA))


def commands(result: AuditResult, look: Look | None = None) -> list[Command]:
    text = render_text(ReportFormat.GITHUB, result, look)
    assert text.endswith("\n")
    # `splitlines` knows every line break that any reader could.
    assert text.splitlines() == text[:-1].split("\n")
    return [command(line) for line in text.splitlines()]


def assert_harmless(result: AuditResult) -> list[Command]:
    told = commands(result)
    assert len(told) <= github.MOST_ANNOTATIONS + 1
    for one in told:
        assert one.name in {"error", "warning", "notice"}
        assert set(one.properties) == {"file", "line", "title"}
        assert one.data.isprintable()
    return told


def test_nothing_becomes_a_command(
    hostile: str, filled: Filled, with_gaps: Callable[..., AuditResult]
) -> None:
    told = assert_harmless(filled(hostile))
    assert told[1].data.startswith(f"{printable(hostile)}: in the account as ")
    assert_harmless(with_gaps(filled(hostile), hostile))


@given(text=ANY_TEXT)
def test_whatever_people_call_themselves(text: str, filled: Filled) -> None:
    told = assert_harmless(filled(text))
    assert told[1].data.startswith(f"{printable(text)}: in the account as ")


def test_the_worst_first_nine_at_most_and_the_verdict_last(filled: Filled) -> None:
    result = filled("eve@example.com")
    told = commands(result)
    assert [one.properties["title"] for one in told] == [
        "undeclared admin",
        "undeclared",
        "left over",
        "another role",
        "expired",
        "expired as admin",
        "not in the directory",
        "missing",
        "missing",
        "Cerevox audit",
    ]
    assert [one.name for one in told] == ["error"] * 10
    assert told[-1].data == f"{result.headline}; 7 more are not shown here"
    few = commands(replace(result, findings=result.findings[:1]))
    assert [one.name for one in few] == ["error", "warning", "error"]


def test_what_is_set_aside_is_not_told(filled: Filled) -> None:
    told = commands(filled("eve@example.com"))
    assert not any(one.data.startswith(("3eve", "4eve")) for one in told)


def test_people_are_shown_at_their_line(filled: Filled) -> None:
    told = commands(filled("eve@example.com"))
    assert told[2].properties["file"] == "teameve@example.com.yaml"
    assert told[2].properties["line"] == "7"
    assert told[0].properties["line"] == "1"


def test_files_are_named_from_the_checkout(large: Callable[..., AuditResult]) -> None:
    (_, last) = commands(large(1), Look(folder="/r/infra", root="/r"))
    assert last.properties["file"] == "infra/team.yaml"


def test_in_sync_is_one_notice(in_sync: AuditResult) -> None:
    (only,) = commands(in_sync)
    assert (only.name, only.data) == ("notice", "in sync: 3 of 3 in place")


def test_gaps_are_errors_and_nothing_is_in_sync(
    in_sync: AuditResult, with_gaps: Callable[..., AuditResult]
) -> None:
    told = commands(with_gaps(in_sync))
    assert [(one.name, one.data) for one in told] == [
        ("error", "GET /users: 500"),
        ("error", "GET /users: 500"),
        ("error", "incomplete: 2 gaps"),
    ]
