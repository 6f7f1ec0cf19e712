"""The findings as tables: drift, notes, and what rules set aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pulumi_cerevox.audit.model import (
    AuditResult,
    Finding,
    FindingKind,
    Ignored,
    Verdict,
)
from pulumi_cerevox.audit.reports.html_page.markup import (
    Html,
    element,
    foreign,
    joined,
)
from pulumi_cerevox.audit.reports.html_page.summary import instant
from pulumi_cerevox.audit.reports.wording import TITLES, last_seen, title

_RANKS = {kind: str(rank) for rank, kind in enumerate(FindingKind)}
_NOTHING = Html("")


@dataclass(frozen=True, slots=True)
class _Column:
    """One column; `cell` gives None where there is nothing to show.

    Attributes:
        key: What it is sorted by, where that is not its text.
    """

    name: str
    label: str
    cell: Callable[[Finding], Html | None]
    key: Callable[[Finding], str | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class _Table:
    """One table; `level` is what it is filtered by."""

    level: str
    title: str
    about: str
    columns: tuple[_Column, ...]


def findings(result: AuditResult) -> Html:
    """Return the filters, and one section for each level."""
    shown = [
        (table, found)
        for table, found in (
            (_DRIFT, result.drift),
            (_NOTES, result.notes),
            (_IGNORED, result.ignored),
        )
        if found or table is _DRIFT
    ]
    return joined(
        element(
            "div",
            _tools(result, shown) if result.findings else _NOTHING,
            id="findings",
            tabindex="-1",
        ),
        *(_section(result, table, found) for table, found in shown),
    )


def _tools(
    result: AuditResult, shown: Sequence[tuple[_Table, Sequence[Finding]]]
) -> Html:
    present = {finding.kind for finding in result.findings}
    levels = (_toggle("level", table.level, table.title) for table, found in shown)
    kinds = (
        _toggle("kind", kind.value, TITLES[kind])
        for kind in FindingKind
        if kind in present
    )
    return element(
        "section",
        element("h2", "Find", class_="unseen"),
        element(
            "label",
            element("span", "Search"),
            element(
                "input",
                type="search",
                id="search",
                dir="auto",
                autocomplete="off",
                spellcheck="false",
                placeholder="email, name, role, file, fingerprint",
            ),
        ),
        element("div", *levels, role="group", aria_label="Level"),
        element("div", *kinds, role="group", aria_label="Kind"),
        element("button", "Clear", type="button", id="reset", disabled=True),
        element("p", role="status", id="status"),
        class_="tools scripted",
    )


def _toggle(group: str, value: str, label: str) -> Html:
    return element(
        "button",
        label,
        type="button",
        aria_pressed="false",
        **{f"data_{group}": value},
    )


def _section(result: AuditResult, table: _Table, found: Sequence[Finding]) -> Html:
    if not found:
        heading = element("h2", table.title)
        return element("section", heading, element("p", _none_found(result)))
    return element(
        "section",
        element("h2", table.title, " ", element("span", f"{len(found):,}")),
        element("p", table.about, class_="dim"),
        _as_table(table, found),
        id=table.level,
        data_findings=table.level,
    )


def _none_found(result: AuditResult) -> str:
    if result.verdict is Verdict.UNAUTHENTICATED:
        return "Nothing was compared."
    if result.gaps:
        return "None in what could be compared, which is not everything."
    return "None: everybody is as declared."


def _as_table(table: _Table, found: Sequence[Finding]) -> Html:
    heads = (
        element(
            "th",
            element("button", column.label, type="button"),
            scope="col",
            role="columnheader",
            class_=column.name,
        )
        for column in table.columns
    )
    rows = (_row(table.columns, finding) for finding in found)
    return element(
        "table",
        element("caption", table.title, class_="unseen"),
        element("thead", element("tr", *heads, role="row"), role="rowgroup"),
        element("tbody", *rows, role="rowgroup"),
        # Said aloud: the page's style lays tables out as grids and cards.
        role="table",
    )


def _row(columns: Sequence[_Column], finding: Finding) -> Html:
    cells = (_cell(column, finding) for column in columns)
    urgent = "raise" if finding.is_raise and finding.ignored is None else None
    return element(
        "tr", *cells, role="row", data_kind=finding.kind.value, class_=urgent
    )


def _cell(column: _Column, finding: Finding) -> Html:
    told = column.cell(finding)
    if told is None:
        return element("td", "\N{EM DASH}", role="cell", class_="none")
    key = column.key(finding)
    return element("td", told, role="cell", data_label=column.label, data_key=key)


def _kind(finding: Finding) -> Html:
    return joined(
        element("span", title(finding), class_="badge"),
        " ",
        element("code", finding.fingerprint, title="Fingerprint"),
    )


def _who(finding: Finding) -> Html:
    lines = [element("b", foreign(finding.email))]
    lines += [
        element("div", foreign(text), class_=shade)
        for text, shade in ((finding.name, "name"), (finding.user_id, "id"))
        if text
    ]
    return joined(*(part for line in lines for part in (line, " ")))


def _foreign_or_none(text: str | None) -> Html | None:
    return foreign(text) if text else None


_NOT_DECLARED = {FindingKind.UNDECLARED: "nobody"}
_STATES = {
    FindingKind.UNDECLARED: "in the account",
    FindingKind.EXPIRED: "in the account",
    FindingKind.MISSING: "not in the account",
}


def _declared(finding: Finding) -> Html | None:
    if finding.declared is None:
        return _dim(_NOT_DECLARED.get(finding.kind))
    if finding.kind is FindingKind.EXPIRED:
        return joined("until ", foreign(finding.declared))
    return foreign(finding.declared)


def _actual(finding: Finding) -> Html | None:
    if finding.actual is None:
        return _dim(_STATES.get(finding.kind))
    return foreign(finding.actual)


def _dim(text: str | None) -> Html | None:
    return None if text is None else element("span", text, class_="dim")


def _last_login(finding: Finding) -> Html | None:
    return (
        instant(finding.last_login) if finding.last_login else _dim(last_seen(finding))
    )


def _where(finding: Finding) -> Html | None:
    place = finding.place
    if place is not None:
        return joined(foreign(place.path), f":{place.line}:{place.column}")
    return _foreign_or_none(finding.resource)


def _fix(finding: Finding) -> Html | None:
    if not finding.fix:
        return None
    copy = element(
        "button", type="button", class_="copy scripted", aria_label="Copy what to do"
    )
    return joined(foreign(finding.fix), " ", copy)


def _rule(finding: Finding) -> Html | None:
    rule = finding.ignored
    return None if rule is None else _ignored(rule)


def _ignored(rule: Ignored) -> Html:
    return joined(
        foreign(rule.reason),
        " ",
        element("div", "until ", element("time", rule.until.isoformat())),
        " ",
        element("div", "ask ", foreign(rule.owner), class_="dim"),
    )


_COLUMNS = (
    _Column("kind", "Kind", _kind, lambda finding: _RANKS[finding.kind]),
    _Column("who", "Who", _who),
    _Column("role", "Role", lambda finding: _foreign_or_none(finding.role)),
    _Column("value", "Declared", _declared),
    _Column("value", "Actual", _actual),
    _Column("login", "Last login", _last_login),
    _Column("where", "Declared at", _where),
)
_OPEN = (*_COLUMNS, _Column("long", "What to do", _fix))

_DRIFT = _Table(
    "drift", "Drift", "What differs and is not meant to; the worst first.", _OPEN
)
_NOTES = _Table("note", "Notes", "Worth knowing, and no drift.", _OPEN)
_IGNORED = _Table(
    "ignored",
    "Ignored",
    "Set aside by a rule, until the day that it names.",
    (*_COLUMNS, _Column("long", "Why", _rule)),
)
